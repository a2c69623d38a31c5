import { expect, test } from '@jest/globals';
import { safeLine } from '../../src/output/safe-text.ts';
import { table, tableLine } from '../../src/output/table.ts';

const cells = (...values: readonly string[]) => values.map(safeLine);

test('columns stand three spaces apart, and nothing stands behind the last', () => {
  expect(
    table(cells('NAME', 'STATUS', 'AGE'), [cells('web-1', 'CrashLoopBackOff', '5m'), cells('db', '', '21d')]),
  ).toBe(
    [
      'NAME    STATUS             AGE',
      'web-1   CrashLoopBackOff   5m',
      'db                         21d',
      '',
    ].join('\n'),
  );
});

test('a table may have no header', () => {
  expect(table(null, [cells('a', 'b')])).toBe('a   b\n');
});

test('a cell cannot colour, break or move its line', () => {
  expect(table(null, [cells('\u001b[2K\rroot', 'x\ny')])).toBe('\\u001b[2K\\u000droot   x\\u000ay\n');
});

test('a line of a table may be printed before the others are there', () => {
  expect(tableLine(cells('a', 'b', 'c'), [3, 2, 9])).toBe('a     b    c');
  expect(tableLine(cells('a', '', ''), [3, 2, 9])).toBe('a');
  // What is wider than was thought moves what comes behind it, and nothing else.
  expect(tableLine(cells('abcdef', 'b'), [3, 2])).toBe('abcdef   b');
  expect(tableLine(cells('a', 'b'), [3])).toBe('a     b');
});

test('a hundred thousand rows are no burden', () => {
  const rows = Array.from({ length: 100_000 }, (_, index) =>
    cells(`pod-${String(index)}`, 'host', '-', 'Running'),
  );
  expect(table(null, rows).split('\n')).toHaveLength(100_001);
});
