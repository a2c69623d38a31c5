import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIpAddresses } from '../../src/inspection/ip-addresses.ts';
import { ReportError } from '../../src/inspection/report-error.ts';
import { fixture, interfaceCases } from '../support/interface-fixtures.ts';

const FOREVER = String.raw`\       valid_lft forever preferred_lft forever`;

describe('parseIpAddresses', () => {
  test('reads everything that ifconfig requests from the kernel', () => {
    expect(
      parseIpAddresses(
        [
          String.raw`2: eth0    inet 192.0.2.9/24 brd 192.0.2.255 scope global eth0${FOREVER}`,
          String.raw`2: eth0    inet 192.0.2.6/24 scope 100 secondary eth0:2\       valid_lft 2996sec preferred_lft 0sec`,
          String.raw`12: tun0    inet 10.8.0.1 peer 10.8.0.2/32 scope link tun0${FOREVER}`,
          '',
        ].join('\n'),
      ),
    ).toEqual([
      {
        interface: 'eth0',
        address: '192.0.2.9',
        prefixLength: 24,
        peer: null,
        broadcast: '192.0.2.255',
        label: 'eth0',
        scope: 'global',
      },
      {
        interface: 'eth0',
        address: '192.0.2.6',
        prefixLength: 24,
        peer: null,
        broadcast: null,
        label: 'eth0:2',
        scope: '100',
      },
      {
        interface: 'tun0',
        address: '10.8.0.1',
        prefixLength: 32,
        peer: '10.8.0.2',
        broadcast: null,
        label: 'tun0',
        scope: 'link',
      },
    ]);
  });

  test.each(interfaceCases)('reads the same addresses from busybox and iproute2: %s', (name) => {
    expect(parseIpAddresses(fixture(name, 'ip-busybox'))).toEqual(
      parseIpAddresses(fixture(name, 'ip-iproute2')),
    );
  });

  test.each([
    [
      'a flag that only busybox names',
      'scope global secondary tentative dadfailed deprecated dynamic eth0:1',
      'eth0:1',
    ],
    ['it has none', 'scope global flags 600 eth0', 'eth0'],
    [
      'iproute2 has a word for it',
      'metric 100 brd 192.0.2.255 scope global noprefixroute stable-privacy eth0',
      'eth0',
    ],
    ['iproute2 names who made it', 'scope global dynamic proto kernel_lo eth0', 'eth0'],
    ['a label like a flag', 'scope global dynamic dynamic', 'dynamic'],
    ['a label with a space', 'scope global secondary dynamic:a b', 'dynamic:a b'],
  ])('accepts flags: %s', (_title, flags, label) => {
    expect(parseIpAddresses(`2: eth0    inet 192.0.2.9/24 ${flags}${FOREVER}`)).toMatchObject([
      { address: '192.0.2.9', prefixLength: 24, label },
    ]);
  });

  test.each([
    ['an octet above 255', `2: eth0    inet 192.0.2.256/24 scope global eth0${FOREVER}`],
    ['a leading zero', `2: eth0    inet 192.0.02.1/24 scope global eth0${FOREVER}`],
    ['an invalid peer', `2: eth0    inet 192.0.2.1 peer 1/24 scope global eth0${FOREVER}`],
    ['an invalid broadcast address', `2: eth0    inet 192.0.2.1/24 brd 1.2.3 scope global eth0${FOREVER}`],
    ['a prefix length of 33', `2: eth0    inet 192.0.2.1/33 scope global eth0${FOREVER}`],
    ['an IPv6 address', `2: eth0    inet6 2001:db8::1/64 scope global${FOREVER}`],
    ['a link', '2: eth0: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state UP'],
    ['an invalid device name', `2: a:b    inet 192.0.2.1/24 scope global eth0${FOREVER}`],
    ['no label', `2: eth0    inet 192.0.2.1/24 scope global ${FOREVER}`],
    ['a label that is too long', `2: eth0    inet 192.0.2.1/24 scope global abcdefghijklmnop${FOREVER}`],
    ['no lifetime', '2: eth0    inet 192.0.2.1/24 scope global eth0'],
    ['a very long line', `2: eth0    inet 192.0.2.1/24 scope global ${'dynamic '.repeat(1_000_000)}eth0`],
  ])('refuses %s', (_title, text) => {
    expect(() => parseIpAddresses(text)).toThrow(ReportError);
  });

  test('reads or refuses any text', () => {
    const lines = interfaceCases.flatMap((name) => fixture(name, 'ip-iproute2').split('\n'));
    const words = ['secondary', 'dynamic', 'flags', 'scope', 'peer', 'brd', '0', 'ff', String.raw`\ `];
    const damaged = fc
      .tuple(fc.constantFrom(...lines), fc.nat(100), fc.oneof(fc.string(), fc.constantFrom(...words)))
      .map(([line, at, insertion]) => `${line.slice(0, at)}${insertion}${line.slice(at)}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(damaged, fc.string({ unit: 'binary' }))), (all) => {
        const text = all.join('\n');
        try {
          expect(parseIpAddresses(text).length).toBeLessThanOrEqual(text.split('\n').length);
        } catch (error) {
          if (!(error instanceof ReportError)) throw error;
        }
      }),
    );
  });
});
