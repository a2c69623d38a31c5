import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseNsPid } from '../../src/procfs/pid-status.ts';

describe('parseNsPid', () => {
  test('returns the outermost process ID first', () => {
    expect(parseNsPid('Name:\tsleep\nNStgid:\t563\t1\nNSpid:\t563\t1\nNSpgid:\t563\t1\n')).toEqual([563, 1]);
  });

  test('returns nothing for old kernels without the line', () => {
    expect(parseNsPid('Name:\tsleep\nPid:\t563\n')).toEqual([]);
    expect(parseNsPid('')).toEqual([]);
  });

  test('ignores a process whose name is NSpid', () => {
    expect(parseNsPid('Name:\tx\\nNSpid:\t1\nNSpid:\t7\n')).toEqual([7]);
  });

  test.each([
    ['no process ID', 'NSpid:\n', 'status, line 1: no process ID'],
    ['a word', 'NSpid:\tone\n', 'line 1: the process ID is "one"'],
    ['a negative number', 'NSpid:\t-1\n', 'line 1: the process ID is "-1"'],
    [
      'more than PID_MAX_LIMIT',
      'NSpid:\t4194305\n',
      'line 1: the process ID 4194305 is greater than 4194304',
    ],
    ['34 namespaces', `NSpid:${'\t1'.repeat(34)}\n`, 'line 1: 34 process IDs'],
    ['a second line', 'NSpid:\t1\nName:\tx\nNSpid:\t2\n', 'line 3: a second NSpid'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseNsPid(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4_194_304), { minLength: 1, maxLength: 33 }), (pids) => {
        expect(parseNsPid(`Name:\tx\nNSpid:\t${pids.join('\t')}\nNSsid:\t1\n`)).toEqual(pids);
      }),
    );
  });
});
