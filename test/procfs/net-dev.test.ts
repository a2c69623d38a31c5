import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseNetDev } from '../../src/procfs/net-dev.ts';
import { deviceName } from './arbitraries.ts';

const HEADINGS = [
  'Inter-|   Receive                                                |  Transmit\n',
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n',
].join('');
const ZEROS = ' 0'.repeat(16);
const counts = (counters: object): readonly unknown[] => Object.values(counters);
const device = (name: string): string => `${HEADINGS}${name}:${ZEROS}\n`;

describe('parseNetDev', () => {
  test('returns each counter under its heading', () => {
    const [lo] = parseNetDev(`${HEADINGS}    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n`);
    expect(lo).toStrictEqual({
      name: 'lo',
      rx: { bytes: 1, packets: 2, errors: 3, dropped: 4, fifo: 5, frame: 6, compressed: 7, multicast: 8 },
      tx: {
        bytes: 9,
        packets: 10,
        errors: 11,
        dropped: 12,
        fifo: 13,
        collisions: 14,
        carrier: 15,
        compressed: 16,
      },
    });
  });

  test('accepts the first counter directly after the colon', () => {
    expect(parseNetDev(`${HEADINGS}  eth0:123${' 0'.repeat(15)}\n`)[0]).toMatchObject({
      name: 'eth0',
      rx: { bytes: 123 },
    });
  });

  test('reads counters up to 2^64 - 1', () => {
    const [most] = parseNetDev(`${HEADINGS}eth0: 18446744073709551615${' 0'.repeat(15)}\n`);
    expect(most?.rx.bytes).toBe(2 ** 64);
  });

  test('accepts a file without devices', () => {
    expect(parseNetDev(HEADINGS)).toEqual([]);
  });

  test('keeps spaces in a name that are not spaces for the kernel', () => {
    expect(parseNetDev(device('\ufefflo')).map(({ name }) => name)).toEqual(['\ufefflo']);
  });

  test.each([
    ['nothing', '', 'net/dev: no headings'],
    ['one heading', 'Inter-|\n', 'net/dev: no headings'],
    ['no headings', `lo:${ZEROS}`, 'net/dev, line 1: '],
    ['an error message', 'cat: can’t open', 'net/dev, line 1: "cat: can’t open" instead of the headings'],
    ['a name without a colon', `${HEADINGS}lo${ZEROS}`, 'line 3: no colon'],
    ['no name', device(''), 'line 3: "" is not a device name'],
    [
      'a name of sixteen bytes',
      device('abcdefghijklmnop'),
      'line 3: "abcdefghijklmnop" is not a device name',
    ],
    ['a name with a space', device('a b'), 'line 3: "a b" is not a device name'],
    ['a name with a carriage return', device('lo\r'), 'line 3: "lo\\r" is not a device name'],
    ['a name with a slash', device('../x'), 'line 3: "../x" is not a device name'],
    ['seven counters', `${HEADINGS}lo: 0 0 0 0 0 0 0`, 'line 3: 7 counters instead of 16'],
    ['17 counters', `${HEADINGS}lo: 0${ZEROS}`, 'line 3: 17 counters instead of 16'],
    [
      'a counter of 2^64',
      `${HEADINGS}lo: 18446744073709551616${' 0'.repeat(15)}`,
      'rx bytes 18446744073709551616 is greater',
    ],
    ['a negative counter', `${HEADINGS}lo:${' 0'.repeat(15)} -1`, 'line 3: tx compressed is "-1"'],
    ['a counter in hexadecimal', `${HEADINGS}lo: 0 0x1${' 0'.repeat(14)}`, 'line 3: rx packets is "0x1"'],
    ['a counter with leading zeros', `${HEADINGS}lo: 01${' 0'.repeat(15)}`, 'line 3: rx bytes is "01"'],
    ['a duplicate device', `${device('lo')}lo:${ZEROS}`, 'line 4: duplicate device "lo"'],
    ['a NUL', device('l\0o'), 'line 3: a NUL character'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseNetDev(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const counters = fc.array(counter, { minLength: 16, maxLength: 16 });
    const entries = fc.uniqueArray(fc.tuple(deviceName, counters), {
      selector: ([name]) => name,
      maxLength: 8,
    });
    fc.assert(
      fc.property(entries, (printed) => {
        const text = printed.map(
          ([name, values]) =>
            `${name.padStart(6)}: ${values.map((value) => String(value).padStart(7)).join(' ')}\n`,
        );
        const parsed = parseNetDev(HEADINGS + text.join(''));
        expect(parsed.map(({ name, rx, tx }) => [name, [...counts(rx), ...counts(tx)]])).toEqual(
          printed.map(([name, values]) => [name, values.map(Number)]),
        );
      }),
    );
  });
});

test('parseNetDev refuses more devices than any node has', () => {
  const headings = 'Inter-|\n face |\n';
  const many = Array.from({ length: 10_001 }, (_, n) => `d${String(n)}:${' 0'.repeat(16)}\n`).join('');
  expect(() => parseNetDev(headings + many)).toThrow(/more than 10000 devices/);
});
