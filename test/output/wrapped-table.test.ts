import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SafeText, safeLine } from '../../src/output/safe-text.ts';
import { table } from '../../src/output/table.ts';
import { wrappedTable } from '../../src/output/wrapped-table.ts';

const HEADER = ['NAMESPACE', 'EVIDENCE'].map(safeLine);
const ROWS = [
  ['network', 'kubelet: the sandbox has all of the node’s interfaces (cni0, eth0) with matching counters'],
  ['pid', "probe: the container c is in the node's PID namespace (pid:[4026531836])"],
].map((row) => row.map(safeLine));

describe('wrappedTable', () => {
  test('wraps the last column at spaces', () => {
    expect(wrappedTable(HEADER, ROWS, 60)).toBe(`\
NAMESPACE   EVIDENCE
network     kubelet: the sandbox has all of the node’s
            interfaces (cni0, eth0) with matching counters
pid         probe: the container c is in the node's PID
            namespace (pid:[4026531836])
`);
  });

  test('keeps a word that is longer than the line', () => {
    expect(wrappedTable(HEADER, ROWS.slice(1), 20)).toContain('            (pid:[4026531836])\n');
  });

  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '-', ' ', '\u001b', '\n'), maxLength: 30 });
  const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
  const TITLES = ['NAME', 'NODE', 'EVIDENCE'].map(safeLine);
  const safe = (row: readonly string[]): readonly SafeText[] => row.map((text) => safeLine(text.trim()));

  test('is the same as table if the terminal is wide enough', () => {
    fc.assert(
      fc.property(rows, (texts) => {
        const more = texts.map(safe);
        expect(wrappedTable(TITLES, more, 500)).toBe(table(TITLES, more));
      }),
    );
  });

  test('loses no word of any cell at any width', () => {
    const words = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean).sort();
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 80 }), (texts, columns) => {
        const more = texts.map(safe);
        expect(words(wrappedTable(TITLES, more, columns))).toEqual(words([TITLES, ...more].flat().join(' ')));
      }),
    );
  });
});
