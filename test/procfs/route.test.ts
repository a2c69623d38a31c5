import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRoute } from '../../src/procfs/route.ts';
import { deviceName, endianness, hostWord, octets } from './arbitraries.ts';

const HEADINGS =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127) + '\n';

/** One line with default values for the columns that a test does not set. */
function route(
  given: Readonly<Partial<Record<'name' | 'destination' | 'gateway' | 'flags' | 'metric' | 'mask', string>>>,
): string {
  const { name = 'eth0', destination = '00000000', gateway = '00000000', flags = '0001' } = given;
  const { metric = '0', mask = '00000000' } = given;
  return `${[name, destination, gateway, flags, '0', '0', metric, mask, '0', '0', '0'].join('\t').padEnd(127)}\n`;
}

describe('parseRoute', () => {
  test('returns no routes of an empty file and of a file with only headings', () => {
    expect(parseRoute('')).toEqual([]);
    expect(parseRoute(HEADINGS)).toEqual([]);
  });

  test('reads words in the byte order of the machine', () => {
    const expected = {
      interface: 'eth0',
      destination: '192.0.2.128',
      gateway: '198.51.100.1',
      flags: 3,
      metric: 100,
      prefixLength: 25,
    };
    const rest = { flags: '0003', metric: '100' };
    const little = route({ destination: '800200C0', gateway: '016433C6', mask: '80FFFFFF', ...rest });
    const big = route({ destination: 'C0000280', gateway: 'C6336401', mask: 'FFFFFF80', ...rest });
    expect(parseRoute(HEADINGS + little)).toEqual([expected]);
    expect(parseRoute(HEADINGS + big, 'big')).toEqual([expected]);
  });

  test('reads negative metrics of old kernels as metrics above 2^31', () => {
    const metrics = ['4278198272', '-16769024', '-1', '-2147483648'];
    const text = HEADINGS + metrics.map((metric) => route({ metric })).join('');
    expect(parseRoute(text).map(({ metric }) => metric)).toEqual([
      4278198272, 4278198272, 4294967295, 2147483648,
    ]);
  });

  test.each([
    ['no headings', route({}), 'net/route, line 1: '],
    ['an error message', 'cat: /proc/net/route: Permission denied', 'line 1: "cat: '],
    ['ten columns', `${HEADINGS}eth0${'\t0'.repeat(9)}`, 'line 2: 10 columns instead of 11'],
    ['twelve columns', `${HEADINGS}${route({}).trimEnd()}\t0`, 'line 2: 12 columns instead of 11'],
    ['an invalid device name', HEADINGS + route({ name: 'a/b' }), 'line 2: "a/b" is not a device name'],
    [
      'a destination of seven digits',
      HEADINGS + route({ destination: '0000000' }),
      'line 2: Destination is "0000000"',
    ],
    ['a dotted gateway', HEADINGS + route({ gateway: '1.2.3.4' }), 'line 2: Gateway is "1.2.3.4"'],
    ['flags that are not a number', HEADINGS + route({ flags: 'UG' }), 'line 2: Flags are "UG"'],
    ['a mask with a hole', HEADINGS + route({ mask: '00FF00FF' }), 'line 2: Mask 00FF00FF is not contiguous'],
    [
      'a mask in the other byte order',
      HEADINGS + route({ mask: 'FFFFFF00' }),
      'line 2: Mask FFFFFF00 is not contiguous',
    ],
    [
      'a destination with host bits',
      HEADINGS + route({ destination: '010200C0', mask: '00FFFFFF' }),
      'line 2: Destination 010200C0 is longer',
    ],
    [
      'a metric of 2^32',
      HEADINGS + route({ metric: '4294967296' }),
      'line 2: Metric 4294967296 is greater than 4294967295',
    ],
    [
      'a metric below -2^31',
      HEADINGS + route({ metric: '-2147483649' }),
      'line 2: Metric 2147483649 is greater than',
    ],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseRoute(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const printed = fc.record({
      interface: deviceName,
      address: octets,
      gateway: octets,
      flags: fc.nat(0xffffffff),
      metric: fc.nat(0xffffffff),
      prefixLength: fc.nat(32),
    });
    fc.assert(
      fc.property(fc.array(printed, { maxLength: 8 }), endianness, (routes, order) => {
        const expected = routes.map(({ address, gateway, prefixLength, ...rest }) => {
          const mask = address.map(
            (_, index) => (0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * index))) & 0xff,
          );
          const network = address.map((octet, index) => octet & (mask[index] ?? 0));
          return { ...rest, prefixLength, gateway, network, mask };
        });
        const text = expected.map(({ network, gateway, flags, metric, mask, interface: name }) =>
          route({
            name,
            destination: hostWord(network, order),
            gateway: hostWord(gateway, order),
            flags: flags.toString(16).toUpperCase().padStart(4, '0'),
            metric: String(metric),
            mask: hostWord(mask, order),
          }),
        );
        expect(parseRoute(HEADINGS + text.join(''), order)).toEqual(
          expected.map(({ network, gateway, flags, metric, prefixLength, interface: name }) => ({
            interface: name,
            destination: network.join('.'),
            gateway: gateway.join('.'),
            flags,
            metric,
            prefixLength,
          })),
        );
      }),
    );
  });
});
