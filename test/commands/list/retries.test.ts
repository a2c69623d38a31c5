import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CommandContext } from '../../../src/commands/shared/context.ts';
import { Retries } from '../../../src/commands/list/retries.ts';
import { ExplainedError, InterruptedError, UsageError } from '../../../src/errors.ts';
import { ConnectionError, UnavailableError } from '../../../src/kube/errors/connection-error.ts';
import type { SafeText } from '../../../src/output/safe-text.ts';

const broken = new ConnectionError('Cannot watch Pods: the connection was closed.');
const refused = new ExplainedError('Cannot watch Pods: the server answers 500.');

let now = 0;
let pauses: number[] = [];
let said = '';
let retries: Retries;

beforeEach(() => {
  now = 1_790_000_000_000;
  pauses = [];
  said = '';
  const controller = new AbortController();
  retries = new Retries({
    now: () => now,
    sleep: async (milliseconds: number) => {
      pauses.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
    signal: controller.signal,
    stderr: {
      write: (text: SafeText) => {
        said += text;
      },
    },
  } as unknown as CommandContext);
});

async function repeat(times: number, step: () => Promise<void>): Promise<void> {
  for (let time = 0; time < times; time += 1) await step();
}

describe('a watch that ends', () => {
  test('begins again at once, and in silence', async () => {
    retries.connected();
    await retries.ended();
    expect([pauses, said]).toEqual([[], '']);
  });

  test('again and again without anything to tell begins ever later, at most half a minute later', async () => {
    await repeat(11, async () => {
      retries.connected();
      await retries.ended();
    });
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(said).toBe('');
  });

  test('after it has told something begins at once', async () => {
    await repeat(5, async () => {
      retries.connected();
      retries.progressed();
      await retries.ended();
    });
    expect(pauses).toEqual([]);
  });

  test('after a long silence begins at once, too', async () => {
    await repeat(5, async () => {
      retries.connected();
      now += 90_000;
      await retries.failed(broken);
    });
    expect([pauses, said]).toEqual([[], '']);
  });
});

describe('a server that cannot be reached', () => {
  test('is waited for however long it takes, and that is said once', async () => {
    await repeat(300, () => retries.failed(broken));
    expect(pauses.at(-1)).toBe(30_000);
    expect(said).toBe(
      'Note: the watch is interrupted, and goes on as soon as it can. Cannot watch Pods: the connection was closed.\n',
    );
    retries.connected();
    retries.connected();
    retries.progressed();
    expect(said.split('\n').slice(1)).toEqual([
      'Note: the watch goes on; what has changed meanwhile is shown.',
      '',
    ]);
  });

  test('and is lost a second time: that is said again', async () => {
    await repeat(2, () => retries.failed(broken));
    retries.connected();
    retries.progressed();
    await repeat(2, () => retries.failed(broken));
    expect(said.match(/is interrupted/g)).toHaveLength(2);
  });
});

describe('a server that opens a watch and then breaks it', () => {
  test('for ever is said once, and given up on after a minute', async () => {
    const garbage = new ExplainedError("Cannot watch Pods: the server's answer cannot be read.");
    const began = now;
    await expect(
      repeat(100, async () => {
        retries.connected();
        await retries.failed(garbage);
      }),
    ).rejects.toBe(garbage);
    expect(now - began).toBeLessThan(95_000);
    expect(said.split('\n')).toHaveLength(3);
  });
});

describe('a server that refuses', () => {
  test('behind an outage is given its minute from then on', async () => {
    retries.connected();
    await retries.failed(refused);
    for (let time = 0; time < 20; time += 1) await retries.failed(broken);
    await retries.failed(refused);
    await retries.failed(new UnavailableError('Cannot list Pods: the server answers 503.'));
    await retries.failed(refused);
    expect(pauses.length).toBeGreaterThan(20);
  });

  test('to begin with, ends it', async () => {
    await expect(retries.failed(refused)).rejects.toBe(refused);
  });

  test('after it was there is given a minute', async () => {
    retries.connected();
    const began = now;
    await expect(repeat(100, () => retries.failed(refused))).rejects.toBe(refused);
    expect(now - began).toBeGreaterThanOrEqual(60_000);
    expect(now - began).toBeLessThan(95_000);
  });

  test('again an hour later is given another one', async () => {
    retries.connected();
    await repeat(3, () => retries.failed(refused));
    retries.connected();
    now += 3_600_000;
    await repeat(3, () => retries.failed(refused));
    expect(pauses.length).toBeGreaterThan(0);
  });
});

test.each([
  ['Ctrl-C', new InterruptedError('Interrupted.')],
  ['a wrong selector', new UsageError('The server does not take the selector.')],
  ['a defect', new TypeError('x is not a function')],
])('%s is not waited for', async (_, error) => {
  retries.connected();
  await expect(retries.failed(error)).rejects.toBe(error);
  expect(pauses).toEqual([]);
});
