import { expect, test } from '@jest/globals';
import { parseOptions } from '../../scripts/release/options.ts';

test('without options the executables are built', () => {
  expect(parseOptions([])).toEqual({ executables: undefined, requireSignatures: false });
});

test('executables that were built before can be asked to be signed', () => {
  expect(parseOptions(['--executables', 'a/folder', '--require-signatures'])).toEqual({
    executables: 'a/folder',
    requireSignatures: true,
  });
});

test.each([
  [['--sign'], "Unknown option '--sign'"],
  [['--executables'], "Option '--executables <value>' argument missing"],
  [['--executables='], "Option '--executables' needs a folder"],
  [['now'], "Unexpected argument 'now'"],
])('%j is refused in one sentence', (args, reason) => {
  expect(() => parseOptions(args)).toThrow(
    `${reason}: the options are --executables FOLDER and --require-signatures.`,
  );
});
