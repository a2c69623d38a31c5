import { expect, test } from '@jest/globals';
import { isDeviceName } from '../../src/procfs/device-name.ts';

test.each([
  'lo',
  'eth0',
  'bond0.100',
  'abcdefghijklmno',
  '*',
  '...',
  'a%d',
  '\u001b[31m',
  'é€中',
  '\u0085',
  'x',
])('isDeviceName accepts %j', (name) => {
  expect(isDeviceName(name)).toBe(true);
});

test.each([
  ['empty', ''],
  ['a directory', '.'],
  ['the directory above', '..'],
  ['sixteen bytes', 'abcdefghijklmnop'],
  ['eight characters of two bytes each', 'éééééééé'],
  ['with a slash', 'a/b'],
  ['with a colon', 'a:b'],
  ['with a space', 'a b'],
  ['with a tab', 'a\tb'],
  ['with a vertical tab', 'a\u000bb'],
  ['with a carriage return', 'a\r'],
  ['with a NUL', 'a\0'],
  ['with a no-break space', 'a\u00a0b'],
  // [T] `ip link add voilà type bridge` is refused: its last byte is 0xA0.
  ['with the byte 0xA0 in a letter', 'voilà'],
])('isDeviceName refuses a name: %s', (_title, name) => {
  expect(isDeviceName(name)).toBe(false);
});

test('isDeviceName counts a replacement character as one byte', () => {
  expect(isDeviceName('\uFFFD'.repeat(15))).toBe(true);
  expect(isDeviceName('\uFFFD'.repeat(16))).toBe(false);
});
