import { expect, test } from '@jest/globals';
import { safeLine } from '../../src/output/safe-text.ts';
import { table } from '../../src/output/table.ts';

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

test('a hundred thousand rows are no burden', () => {
  const rows = Array.from({ length: 100_000 }, (_, index) =>
    cells(`pod-${String(index)}`, 'host', '-', 'Running'),
  );
  expect(table(null, rows).split('\n')).toHaveLength(100_001);
});
