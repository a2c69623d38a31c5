import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseReport } from '../../src/inspection/report.ts';
import { ReportError } from '../../src/inspection/report-error.ts';

const M = '0123456789abcdef0123456789abcdef';
const section = (name: string, text: string, status = 0): string =>
  `${M} begin ${name}\n${text}\n${M} end ${String(status)}\n`;
const done = `\n${M} done\n`;

describe('the report of a container', () => {
  test('is read section by section, whatever the files hold', () => {
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

  test('that is cut off anywhere has its whole sections and says so', () => {
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

  test('does not mind what stands outside of its sections', () => {
    const { sections } = parseReport(`sh: warning\n${section('a', 'x')}noise\n${done}`, M);
    expect([...sections]).toEqual([['a', { text: 'x', failed: false }]]);
  });

  test.each([
    ['a section that comes twice', section('a', 'x') + section('a', 'y'), /the section "a" comes twice/],
    ['a section within a section', `${M} begin a\n${section('b', 'x')}`, /"begin" stands where it cannot/],
    ['an end without a beginning', `${M} end 0\n`, /"end" stands where it cannot/],
    ['an end without a number', `${M} begin a\n\n${M} end x\n`, /the section "a" ends without a status/],
    ['the end in a section', `${M} begin a\n${done}`, /"done" stands where it cannot/],
    ['more behind its end', `${section('a', 'x')}${done}${section('b', 'x')}`, /something behind its end/],
    ['another word', `${M} sing\n`, /"sing" stands where it cannot/],
    [
      'sections without end',
      Array.from({ length: 100 }, (_, n) => section(`s${String(n)}`, '')).join(''),
      /too many/,
    ],
  ])('with %s is none', (_says, output, reason) => {
    expect(() => parseReport(output, M)).toThrow(ReportError);
    expect(() => parseReport(output, M)).toThrow(reason);
  });

  test('is read or refused, whatever was printed', () => {
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
