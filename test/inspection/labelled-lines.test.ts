import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseLabelledLines } from '../../src/inspection/labelled-lines.ts';
import { ReportError } from '../../src/inspection/report-error.ts';

describe('parseLabelledLines', () => {
  test('groups lines by process and keeps their order', () => {
    const text = [
      '/proc/1/net/dev:Inter-|   Receive',
      '/proc/1/net/dev: face |bytes',
      '/proc/42/net/dev:Inter-|   Receive',
      '/proc/1/net/dev:    lo: 1 2',
      '',
    ].join('\n');
    expect([...parseLabelledLines(text, 'net/dev')]).toEqual([
      [1, 'Inter-|   Receive\n face |bytes\n    lo: 1 2'],
      [42, 'Inter-|   Receive'],
    ]);
  });

  test('reads the output of stat', () => {
    const text = '/proc/1/ns/net 4026531833\n/proc/1234567/ns/net 4026532899\n';
    expect([...parseLabelledLines(text, 'ns/net')]).toEqual([
      [1, '4026531833'],
      [1234567, '4026532899'],
    ]);
  });

  test('accepts an empty text', () => {
    expect(parseLabelledLines('', 'cgroup').size).toBe(0);
    expect(parseLabelledLines('\n\n', 'cgroup').size).toBe(0);
  });

  test('keeps text like another label, and line separators other than a line feed', () => {
    const odd = '0::/kubepods/pod1/a:/proc/2/cgroup:0::/\u2028/proc/3/cgroup:\r\u0085 ';
    expect([...parseLabelledLines(`/proc/1/cgroup:${odd}\n`, 'cgroup')]).toEqual([[1, odd]]);
  });

  test.each([
    ['no label', '0::/kubepods'],
    ['the label of another file', '/proc/1/ns/net 4026531833'],
    ['a label without a process ID', '/proc/self/cgroup:0::/'],
    ['a label with a process ID that is too large', '/proc/12345678/cgroup:0::/'],
    ['a label of a thread', '/proc/1/task/1/cgroup:0::/'],
    ['a label without an end', '/proc/1/cgroup'],
    ['a space before the label', ' /proc/1/cgroup:0::/'],
    ['a label with a tab after it', '/proc/1/cgroup\t0::/'],
    ['a message of GNU grep', 'grep: /proc/1/cgroup: binary file matches'],
    ['a message of an older GNU grep', 'Binary file /proc/1/cgroup matches'],
  ])('refuses %s', (_title, line) => {
    const text = `/proc/7/cgroup:0::/\n${line}\n`;
    expect(() => parseLabelledLines(text, 'cgroup')).toThrow(ReportError);
    expect(() => parseLabelledLines(text, 'cgroup')).toThrow(
      'a line of cgroup has the label of another file',
    );
  });

  test('returns the contents of the files unchanged', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ':'));
    const files = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 4_194_304 }), fc.array(line, { minLength: 1 })),
      {
        selector: ([pid]) => pid,
      },
    );
    fc.assert(
      fc.property(files, (printed) => {
        const text = printed.flatMap(([pid, own]) =>
          own.map((one) => `/proc/${String(pid)}/net/if_inet6:${one}\n`),
        );
        expect([...parseLabelledLines(text.join(''), 'net/if_inet6')]).toEqual(
          printed.map(([pid, own]) => [pid, own.join('\n')]),
        );
      }),
    );
  });

  test('reads or refuses any text', () => {
    const piece = fc.oneof(
      fc.constantFrom('/proc/1/cgroup:', '/proc/22/ns/net ', '/proc/', '\n', '\n\n', ':', '/', '1'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('cgroup', 'ns/net', ''), (pieces, file) => {
        try {
          parseLabelledLines(pieces.join(''), file);
        } catch (error) {
          expect(error).toBeInstanceOf(ReportError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('reads many and long lines within five seconds', () => {
    const start = performance.now();
    const many = Array.from(
      { length: 300_000 },
      (_, line) => `/proc/${String(line % 30_000)}/cgroup:0::/${String(line)}\n`,
    );
    expect(parseLabelledLines(many.join(''), 'cgroup').size).toBe(30_000);
    expect(parseLabelledLines(`/proc/1/cgroup:${'x'.repeat(2 ** 22)}`, 'cgroup').get(1)).toHaveLength(
      2 ** 22,
    );
    expect(() => parseLabelledLines('/proc/1'.repeat(2 ** 19), 'cgroup')).toThrow(ReportError);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
