import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseReport } from '../../src/inspection/report.ts';
import { ReportError } from '../../src/inspection/report-error.ts';

const M = '0123456789abcdef0123456789abcdef';
const section = (name: string, text: string, status = 0): string =>
  `${M} begin ${name}\n${text}\n${M} end ${String(status)}\n`;
const done = `\n${M} done\n`;

describe('parseReport', () => {
  test('reads sections with any contents', () => {
    const report = parseReport(
      section('net-dev', 'Inter-|   Receive\n') +
        section('cgroup-1', '', 1) +
        section('inode net', 'ino:\t4026531833\n') +
        section('odd', ` ${M} end 0\nbegin ${M}\n`) +
        done,
      M,
    );
    expect(report.isComplete).toBe(true);
    expect(Object.fromEntries(report.sections)).toEqual({
      'net-dev': { text: 'Inter-|   Receive\n', failed: false },
      'cgroup-1': { text: '', failed: true },
      'inode net': { text: 'ino:\t4026531833\n', failed: false },
      odd: { text: ` ${M} end 0\nbegin ${M}\n`, failed: false },
    });
  });

  test('returns the complete sections of a report that is cut off, and marks it incomplete', () => {
    const whole = `${section('a', 'one\n')}${section('b', 'two\n')}${done}`;
    const firstEnds = section('a', 'one\n').length;
    for (let length = 0; length < whole.length; length += 1) {
      const { sections, isComplete } = parseReport(whole.slice(0, length), M);
      expect(isComplete).toBe(false);
      expect(sections.has('a')).toBe(length >= firstEnds);
      expect(sections.size).toBeLessThanOrEqual(2);
    }
    expect(parseReport(whole, M).isComplete).toBe(true);
  });

  test('ignores text outside the sections', () => {
    const { sections } = parseReport(`sh: warning\n${section('a', 'x')}noise\n${done}`, M);
    expect([...sections]).toEqual([['a', { text: 'x', failed: false }]]);
  });

  test.each([
    [
      'a duplicate section',
      section('a', 'x') + section('a', 'y'),
      /the report contains the section "a" twice/,
    ],
    [
      'a section inside a section',
      `${M} begin a\n${section('b', 'x')}`,
      /"begin" is not allowed at this place/,
    ],
    ['an end without a beginning', `${M} end 0\n`, /"end" is not allowed at this place/],
    ['an end without a status', `${M} begin a\n\n${M} end x\n`, /the section "a" ends without a status/],
    ['the end in a section', `${M} begin a\n${done}`, /"done" is not allowed at this place/],
    [
      'a section after the end',
      `${section('a', 'x')}${done}${section('b', 'x')}`,
      /the report continues after its end/,
    ],
    ['an unknown keyword', `${M} sing\n`, /"sing" is not allowed at this place/],
    [
      'too many sections',
      Array.from({ length: 100 }, (_, n) => section(`s${String(n)}`, '')).join(''),
      /too many/,
    ],
  ])('refuses %s', (_title, output, reason) => {
    expect(() => parseReport(output, M)).toThrow(ReportError);
    expect(() => parseReport(output, M)).toThrow(reason);
  });

  test('reads or refuses any text', () => {
    const piece = fc.oneof(
      fc.constantFrom(`${M} `, 'begin a', 'begin b', 'end 0', 'end', 'done', '\n', ' '),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          expect(parseReport(pieces.join(''), M).sections.size).toBeLessThanOrEqual(64);
        } catch (error) {
          expect(error).toBeInstanceOf(ReportError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
