import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProcfsError } from '../../src/procfs/procfs-error.ts';
import { fixtures, parsers } from './fixtures.ts';

/** Checks that a parser accepts a text, or refuses it with a message that is safe to print. */
function expectReturnOrRefusal(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ProcfsError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
    // eslint-disable-next-line no-control-regex -- the test is that there are no control characters
    expect(error.message).not.toMatch(/[\0-\x1f]/);
    expect(error.line).toBeGreaterThanOrEqual(0);
  }
}

/** Text from pieces of kernel files, which parsers accept further than random text. */
const kernelText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '\t',
        '\n',
        ':',
        '/',
        '-',
        ' - ',
        ',',
        '\0',
        '\\040',
        '\u001b[2J',
        '\u2028',
        '\ud800',
      ),
      fc.constantFrom(
        'Main:',
        'Local:',
        '  |-- ',
        '  +-- ',
        '/32 host LOCAL',
        'ino:',
        'NSpid:',
        'net:[',
        ']',
      ),
      fc.constantFrom(
        '0',
        '00000000',
        '18446744073709551616',
        '9'.repeat(400),
        'FFFF',
        '1.2.3.4',
        '0100007F',
      ),
      fc.string({ maxLength: 8, unit: 'binary' }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

/** A real file with a part removed, duplicated or replaced. */
const mutation = fc.record({
  from: fc.nat(5000),
  length: fc.nat(200),
  into: fc.oneof(kernelText, fc.constant('')),
  twice: fc.boolean(),
});

function mutate(
  text: string,
  { from, length, into, twice }: { from: number; length: number; into: string; twice: boolean },
): string {
  const start = from % (text.length + 1);
  const part = text.slice(start, start + length);
  return text.slice(0, start) + into + (twice ? part + part : '') + text.slice(start + length);
}

describe.each(Object.entries(parsers))('the parser of %s', (name, parse) => {
  const own = fixtures.filter((fixture) => fixture.parse === parse);

  test('reads or refuses any text', () => {
    fc.assert(
      fc.property(fc.oneof(kernelText, fc.string({ unit: 'binary' })), (text) => {
        expectReturnOrRefusal(parse, text);
      }),
      { numRuns: 200 },
    );
  });

  test('reads or refuses a real file with any damage', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...own),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        ({ text }, mutations) => {
          expectReturnOrRefusal(parse, mutations.reduce(mutate, text));
        },
      ),
      { numRuns: 200 },
    );
  });

  const MEBIBYTE = 2 ** 20;
  const heading = name === 'net-dev' ? 2 : ['route', 'sockets', 'sockets6'].includes(name) ? 1 : 0;
  const head =
    own[0]?.text
      .split('\n')
      .slice(0, heading)
      .map((line) => `${line}\n`)
      .join('') ?? '';
  const firstLine = own[0]?.text.split('\n')[heading] ?? '';
  test.each([
    ['of blanks', ' '.repeat(2 * MEBIBYTE)],
    ['of tabs and digits', '\t1'.repeat(MEBIBYTE)],
    ['of digits', '1'.repeat(2 * MEBIBYTE)],
    ['of colons', ':'.repeat(2 * MEBIBYTE)],
    ['that is valid at the start and ends in blanks', `${firstLine}${' '.repeat(2 * MEBIBYTE)}x`],
    ['that is valid at the start and ends in backslashes', `${firstLine}${'\\04'.repeat(MEBIBYTE)}`],
    ['that is empty, a million times', '\n'.repeat(MEBIBYTE)],
  ])('reads or refuses a long line within a minute: %s', (_kind, line) => {
    const start = performance.now();
    expectReturnOrRefusal(parse, `${head}${line}\n`);
    // Two megabytes take at most 200 ms. A quadratic parser takes hours on any machine.
    expect(performance.now() - start).toBeLessThan(60_000);
  });
});

test('ProcfsError reports file, line and reason, with a short quote', () => {
  const parse = parsers['route'] ?? String;
  const text = `${'\u001b'.repeat(100)}${'x'.repeat(1000)}`;
  let caught: unknown;
  try {
    parse(`\n${text}`);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ProcfsError);
  expect(caught).toMatchObject({
    name: 'ProcfsError',
    file: 'net/route',
    line: 2,
    message: `net/route, line 2: "${'\\u001b'.repeat(60)}…" instead of the headings`,
  });
  expect(new ProcfsError('net/dev', 0, 'no headings').message).toBe('net/dev: no headings');
});
