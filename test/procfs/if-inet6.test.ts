import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesFromHex, ipv6Text } from '../../src/procfs/address.ts';
import { parseIfInet6 } from '../../src/procfs/if-inet6.ts';
import { deviceName } from './arbitraries.ts';

const LOOPBACK = '00000000000000000000000000000001 01 80 10 80       lo\n';

describe('parseIfInet6', () => {
  test('accepts the empty file of a network namespace without IPv6 addresses', () => {
    expect(parseIfInet6('')).toEqual([]);
  });

  test('reads hexadecimal numbers', () => {
    expect(parseIfInet6(LOOPBACK)).toEqual([
      { address: '::1', interfaceIndex: 1, prefixLength: 128, scope: 0x10, flags: 0x80, interface: 'lo' },
    ]);
  });

  test('reads numbers with more digits than usual', () => {
    const text = 'fe800000000000000000000000000001 1a2b3 40 4000 80 abcdefghijklmno\n';
    expect(parseIfInet6(text)[0]).toMatchObject({
      interfaceIndex: 0x1a2b3,
      scope: 0x4000,
      interface: 'abcdefghijklmno',
    });
  });

  test.each([
    [
      'an error message',
      'cat: /proc/net/if_inet6: No such file or directory',
      'net/if_inet6, line 1: "cat: ',
    ],
    ['a short address', LOOPBACK.slice(1), 'is not an address of a device'],
    ['an address with colons', LOOPBACK.replace(/^0{31}1/, '::1'), 'is not an address of a device'],
    ['upper case', LOOPBACK.replace(/^0/, 'F'), 'is not an address of a device'],
    ['a column too few', LOOPBACK.replace(' 10', ''), 'is not an address of a device'],
    ['a column too many', LOOPBACK.replace(' lo', ' 00 lo'), 'is not an address of a device'],
    ['a prefix length of 129', LOOPBACK.replace(' 80', ' 81'), 'line 1: the prefix length is 129'],
    ['an invalid device name', LOOPBACK.replace('lo', 'l:o'), 'line 1: "l:o" is not a device name'],
    ['a name of sixteen bytes', LOOPBACK.replace('lo', 'abcdefghijklmnop'), 'is not an address of a device'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseIfInet6(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const byte = fc.nat(255);
    const hex = (value: number): string => value.toString(16).padStart(2, '0');
    const address = fc.record({
      bytes: fc.array(byte, { minLength: 16, maxLength: 16 }),
      interfaceIndex: fc.nat(0x7fffffff),
      prefixLength: fc.nat(128),
      scope: fc.nat(0xffff),
      flags: byte,
      interface: deviceName,
    });
    fc.assert(
      fc.property(fc.array(address, { maxLength: 8 }), (printed) => {
        const text = printed.map(
          ({ bytes, interfaceIndex, prefixLength, scope, flags, interface: name }) =>
            `${bytes.map(hex).join('')} ${hex(interfaceIndex)} ${hex(prefixLength)} ${hex(scope)} ${hex(flags)} ${name.padStart(8)}\n`,
        );
        expect(parseIfInet6(text.join(''))).toEqual(
          printed.map(({ bytes, ...rest }) => ({
            address: ipv6Text(bytesFromHex(bytes.map(hex).join(''))),
            ...rest,
          })),
        );
      }),
    );
  });
});
