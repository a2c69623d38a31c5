import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineIndex } from '../../src/manifests/line-index.ts';

test('lines end with a line feed, a carriage return, or both', () => {
  const index = new LineIndex('a\nb\r\nc\rd\n\ne');
  const lines = Array.from({ length: 12 }, (_, offset) => index.lineAt(offset));
  expect(lines).toEqual([1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6]);
});

test('what lies behind the end is in the last line', () => {
  expect(new LineIndex('').lineAt(0)).toBe(1);
  expect(new LineIndex('').lineAt(20_000)).toBe(1);
  expect(new LineIndex('a\n').lineAt(20_000)).toBe(2);
  expect(new LineIndex('\n'.repeat(10_000)).lineAt(20_000)).toBe(10_001);
});

test('a long text is counted as a short one is, whatever is asked for first', () => {
  const text = `${'x'.repeat(4095)}\r\n${'y\n'.repeat(6000)}z`;
  const counted = (offset: number): number => 1 + (text.slice(0, offset).match(/\n/g)?.length ?? 0);
  const offset = fc.oneof(
    fc.nat(text.length),
    fc.constantFrom(0, 4095, 4097, 4098, 8191, 8192, 8193, text.length),
  );
  fc.assert(
    fc.property(fc.array(offset, { maxLength: 5 }), (offsets) => {
      const index = new LineIndex(text);
      // Between a carriage return and its line feed no line ends yet.
      for (const one of offsets) expect(index.lineAt(one)).toBe(counted(one));
    }),
  );
});
