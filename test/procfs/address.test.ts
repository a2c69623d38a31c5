import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isIPv6 } from 'node:net';
import { bytesFromHex, ipv4FromHex, ipv4Text, ipv4Word, ipv6Text } from '../../src/procfs/address.ts';

describe('ipv6Text', () => {
  // The right column is the result of inet_ntop of glibc 2.36.
  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00000000000000000000000000000102', '::102'],
    ['20010db8000000000000000000000002', '2001:db8::2'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['00010000000000020000000000000003', '1:0:0:2::3'],
    ['00010000000000000000000000000000', '1::'],
    ['00000001000000000000000000000001', '0:1::1'],
    ['fe80000000000000020c29fffeada8d2', 'fe80::20c:29ff:fead:a8d2'],
    ['20010db8aaaabbbbccccddddeeee0000', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:0'],
    ['00000000000000000000ffffc0000202', '::ffff:192.0.2.2'],
    ['00000000000000000000ffff00000000', '::ffff:0.0.0.0'],
    ['000000000000000000000000c0000202', '::192.0.2.2'],
    ['00000000000000000000fffec0000202', '::fffe:c000:202'],
    ['0000000000000000ffff0000c0000202', '::ffff:0:c000:202'],
    ['0064ff9b0000000000000000c0000202', '64:ff9b::c000:202'],
  ])('returns the text of %s: %s', (hex, text) => {
    expect(ipv6Text(bytesFromHex(hex))).toBe(text);
  });

  test('returns lower-case text that Node.js accepts, with the longest run of zeros as ::', () => {
    const word = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
        const text = ipv6Text(
          bytesFromHex(words.map((value) => value.toString(16).padStart(4, '0')).join('')),
        );
        expect(isIPv6(text)).toBe(true);
        expect(text).toBe(text.toLowerCase());
        expect(text).not.toMatch(/(?:^|:)0:0(?::|$)(?!.*::)(?<!::.*)/);
      }),
    );
  });

  test('refuses an address without sixteen bytes, and bytesFromHex an odd number of digits', () => {
    expect(() => ipv6Text(new Uint8Array(15))).toThrow(RangeError);
    expect(() => bytesFromHex('0g')).toThrow(RangeError);
    expect(() => bytesFromHex('123')).toThrow(RangeError);
  });
});

describe('ipv4FromHex and ipv4Word', () => {
  test('ipv4FromHex reads words of both byte orders', () => {
    expect(ipv4FromHex('020200C0', 'little')).toBe('192.0.2.2');
    expect(ipv4FromHex('C0000202', 'big')).toBe('192.0.2.2');
    expect(ipv4FromHex('ffffffff', 'little')).toBe('255.255.255.255');
    expect(() => ipv4FromHex('020200C', 'little')).toThrow(RangeError);
  });

  test('ipv4Word reverses ipv4Text', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (word) => {
        expect(ipv4Word(ipv4Text(word))).toBe(word);
      }),
    );
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    '256.0.0.0',
    '999.0.0.0',
  ])('ipv4Word returns null for %p', (text) => {
    expect(ipv4Word(text)).toBeNull();
  });
});
