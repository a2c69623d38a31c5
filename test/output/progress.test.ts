import { expect, jest, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgress } from '../../src/output/progress.ts';
import { text } from '../../src/output/safe-text.ts';

/** Longer than it waits until it shows itself, and than ora takes to be loaded. */
const LONG_MILLISECONDS = 20_000;
const SHORT_MILLISECONDS = 1500;
/** At first it only hides the cursor. */
const MOVE_OF_CURSOR = 20;

const UTF8 = { TERM: 'xterm', LANG: 'en_US.UTF-8' };

/** Returns what a terminal of so many columns shows within a time, or until it shows something. */
async function shownOn(
  columns: number | undefined,
  milliseconds: number,
  environment: Readonly<Record<string, string>> = UTF8,
): Promise<string> {
  const stream = Object.assign(new PassThrough(), {
    columns,
    isTTY: true,
    clearLine: jest.fn(),
    cursorTo: jest.fn(),
    moveCursor: jest.fn(),
  });
  let shown = '';
  stream.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const progress = startProgress(
    stream as unknown as NodeJS.WriteStream,
    environment,
    (count) => text`${count} Pods read`,
  );
  progress.update(1234);
  const deadline = performance.now() + milliseconds;
  while (shown.length < MOVE_OF_CURSOR && performance.now() < deadline) await sleep(50);
  let above = '';
  progress.above(() => {
    above = 'written';
  });
  progress.stop();
  expect(above).toBe('written');
  return shown;
}

test('a terminal is shown how far it has come', async () => {
  expect(await shownOn(80, LONG_MILLISECONDS)).toContain('1,234 Pods read');
});

test.each([[0], [undefined]])(
  'a terminal of no width (%s) is shown nothing, and keeps nobody busy',
  async (columns) => {
    expect(await shownOn(columns, SHORT_MILLISECONDS)).toBe('');
  },
);

test('a terminal with TERM=dumb shows no spinner and no escape sequence', async () => {
  expect(await shownOn(80, SHORT_MILLISECONDS, { ...UTF8, TERM: 'dumb' })).toBe('');
});

test('a locale without UTF-8 shows a spinner in ASCII', async () => {
  const shown = await shownOn(80, LONG_MILLISECONDS, { TERM: 'xterm', LC_ALL: 'C', LANG: 'en_US.UTF-8' });
  expect(shown).toContain('- 1,234 Pods read');
  expect(shown).toBe(Buffer.from(shown, 'latin1').toString('ascii'));
});
