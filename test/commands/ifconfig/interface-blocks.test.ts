import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assembleInterfaces } from '../../../src/inspection/interfaces.ts';
import type { InterfaceAddress, NetworkInterface } from '../../../src/inspection/network-interface.ts';
import { ifconfig } from '../../../src/commands/ifconfig/interface-blocks.ts';
import { safeLines } from '../../../src/output/safe-text.ts';
import {
  fixture,
  interfaceCases,
  interfacesOf,
  netDevice,
  networkInterface,
  sourcesOf,
} from '../../support/interface-fixtures.ts';

const every = { all: true, name: null };
const onlyUp = { all: false, name: null };

describe.each(interfaceCases)('in the network namespace %s', (name) => {
  describe.each(['ip-busybox', 'ip-iproute2'] as const)('with what %s shows', (ip) => {
    const { interfaces } = interfacesOf(name, ip);

    test('ifconfig prints what busybox does', () => {
      expect(ifconfig(interfaces, onlyUp)).toBe(fixture(name, 'ifconfig'));
    });

    test('ifconfig -a prints what busybox does', () => {
      expect(ifconfig(interfaces, every)).toBe(fixture(name, 'ifconfig-a'));
    });

    test('ifconfig NAME prints what busybox does, of an alias too, up or down', () => {
      for (const paragraph of fixture(name, 'ifconfig-a').split(/(?<=\n\n)/)) {
        const [shown = ''] = paragraph.split(/ +Link encap:/);
        expect(ifconfig(interfaces, { all: false, name: shown })).toBe(paragraph);
      }
    });
  });

  test('without ip, nothing is printed that busybox does not print', () => {
    const expected = new Set(fixture(name, 'ifconfig-a').split('\n'));
    const printed = ifconfig(interfacesOf(name, null).interfaces, every).split('\n');
    expect(printed.filter((line) => !line.includes('inet addr:') && !expected.has(line))).toEqual([]);
  });
});

describe('an interface', () => {
  const ethernet = networkInterface({
    hardwareType: 1,
    hardwareAddress: '02:00:00:00:00:0a',
    mtu: 1500,
    flags: 0x1043,
    txQueueLength: 1000,
  });
  const lines = (given: Partial<NetworkInterface>, options = every): readonly string[] =>
    ifconfig([{ ...ethernet, ...given }], options).split('\n');

  test('that is not there is not printed', () => {
    expect(ifconfig([ethernet], { all: true, name: 'eth1' })).toBe('');
    expect(ifconfig([], every)).toBe('');
  });

  test('of which nothing is known but its counters shows those', () => {
    expect(ifconfig([networkInterface({ ...netDevice('eth0', 5) })], onlyUp).split('\n')).toEqual([
      'eth0      ',
      '          RX packets:5 errors:0 dropped:0 overruns:0 frame:0',
      '          TX packets:5 errors:0 dropped:0 overruns:0 carrier:0',
      '          collisions:0 ',
      '          RX bytes:5 (5.0 B)  TX bytes:5 (5.0 B)',
      '',
      '',
    ]);
  });

  test.each([
    [0, '          [NO FLAGS]  MTU:1500  Metric:1'],
    [0x10000, '          [NO FLAGS]  MTU:1500  Metric:1'],
    [
      0x9fff & ~0x300,
      '          UP BROADCAST DEBUG LOOPBACK POINTOPOINT NOTRAILERS RUNNING NOARP SLAVE MASTER MULTICAST  MTU:1500  Metric:1',
    ],
    [0x1843, '          UP BROADCAST RUNNING SLAVE MULTICAST  MTU:1500  Metric:1'],
    [0x1443, '          UP BROADCAST RUNNING MASTER MULTICAST  MTU:1500  Metric:1'],
    [0x1143, '          UP BROADCAST RUNNING PROMISC MULTICAST  MTU:1500  Metric:1'],
    [0x1243, '          UP BROADCAST RUNNING ALLMULTI MULTICAST  MTU:1500  Metric:1'],
    [0x1343, '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1'],
    [0x8000, '           MTU:1500  Metric:1'],
  ])('with the flags %p has their names', (flags, line) => {
    expect(lines({ flags })[1]).toBe(line);
  });

  test('without a known MTU or without known flags leaves that out', () => {
    expect(lines({ mtu: null })[1]).toBe('          UP BROADCAST RUNNING MULTICAST  Metric:1');
    expect(lines({ flags: null })[1]).toBe('           MTU:1500  Metric:1');
  });

  test.each([
    [1, null, 'eth0      Link encap:Ethernet  '],
    [65534, null, 'eth0      Link encap:UNSPEC  HWaddr 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  '],
    [
      778,
      'c0:00:02:01',
      'eth0      Link encap:UNSPEC  HWaddr C0-00-02-01-00-00-00-00-00-00-00-00-00-00-00-00  ',
    ],
    [
      32,
      '80:00:02:08:fe:80:00:00:00:00:00:00:02:00:00:00:00:00:00:01',
      'eth0      Link encap:InfiniBand  HWaddr 80-00-02-08-FE-80-00-00-00-00-00-00-00-00-00-00  ',
    ],
  ])(
    'of the hardware type %p with the address %p is shown as such',
    (hardwareType, hardwareAddress, line) => {
      expect(lines({ hardwareType, hardwareAddress })[0]).toBe(line);
    },
  );

  test.each([
    [0, '0 (0.0 B)'],
    [1023, '1023 (1023.0 B)'],
    [1024, '1024 (1.0 KiB)'],
    [1024 ** 2 - 1, '1048575 (1023.9 KiB)'],
    [1024 ** 3 * 1.5, '1610612736 (1.5 GiB)'],
    [1024 ** 4 * 2.25, '2473901162496 (2.2 TiB)'],
    [1024 ** 5 * 3, '3377699720527872 (3072.0 TiB)'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991 (8191.9 TiB)'],
    [2 ** 64, '18446744073709552000 (16777216.0 TiB)'],
  ])('that has received %p bytes has them in a fitting unit', (bytes, shown) => {
    const { rx, tx } = netDevice('eth0');
    expect(lines({ rx: { ...rx, bytes }, tx: { ...tx, bytes } })[5]).toBe(
      `          RX bytes:${shown}  TX bytes:${shown}`,
    );
  });

  const address = (given: Partial<InterfaceAddress>): InterfaceAddress => ({
    family: 'IPv4',
    address: '192.0.2.1',
    prefixLength: 24,
    label: 'eth0',
    broadcast: null,
    peer: null,
    scope: null,
    ...given,
  });

  test('shows the first address of each label, as the kernel answers', () => {
    const addresses = [
      address({}),
      address({ address: '192.0.2.2' }),
      address({ address: '192.0.2.3', label: 'eth0:1', broadcast: '192.0.2.255' }),
      address({ address: '192.0.2.4', label: 'eth0:1' }),
    ];
    expect(lines({ addresses }).filter((line) => !/packets|bytes|collisions/.test(line))).toEqual([
      'eth0      Link encap:Ethernet  HWaddr 02:00:00:00:00:0A  ',
      '          inet addr:192.0.2.1  Bcast:0.0.0.0  Mask:255.255.255.0',
      '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1',
      '',
      'eth0:1    Link encap:Ethernet  HWaddr 02:00:00:00:00:0A  ',
      '          inet addr:192.0.2.3  Bcast:192.0.2.255  Mask:255.255.255.0',
      '          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1',
      '',
      '',
    ]);
  });

  test('shows all addresses where their order is not known, and no broadcast address', () => {
    const unknown = { broadcast: undefined, peer: undefined };
    const addresses = [address(unknown), address({ ...unknown, address: '198.51.100.1', prefixLength: 31 })];
    expect(lines({ addresses }).slice(1, 3)).toEqual([
      '          inet addr:192.0.2.1  Mask:255.255.255.0',
      '          inet addr:198.51.100.1  Mask:255.255.255.254',
    ]);
    expect(lines({ addresses, flags: 0x10d1 })[1]).toBe('          inet addr:192.0.2.1  Mask:255.255.255.0');
  });

  test('shows a scope that it does not know as such', () => {
    const addresses = [
      { ...address({ family: 'IPv6', address: '2001:db8::1', prefixLength: 64 }), scope: 0x50 },
    ];
    expect(lines({ addresses })[1]).toBe('          inet6 addr: 2001:db8::1/64 Scope:Unknown');
  });

  test('has a name that cannot do anything to a terminal', () => {
    expect(lines({ name: 'a\u001b[2J\u202e' })[0]).toBe(
      String.raw`a\u001b[2J\u202e    Link encap:Ethernet  HWaddr 02:00:00:00:00:0A  `,
    );
  });
});

test('the work grows with the number of interfaces, not with its square', () => {
  const names = Array.from({ length: 16_000 }, (_, index) => `veth${String(index)}`);
  const ipOf = (index: number): string => `10.${String(index >> 6)}.${String((index % 64) * 4)}.1`;
  const sources = {
    ...sourcesOf('node', null),
    netDev: names.map((name) => netDevice(name)),
    routes: names.map((name, index) => ({
      interface: name,
      destination: ipOf(index).replace(/1$/, '0'),
      gateway: '0.0.0.0',
      flags: 1,
      metric: 0,
      prefixLength: 31,
    })),
    fibTables: [
      {
        name: 'Main',
        leaves: names.map((_, index) => ({
          address: ipOf(index),
          prefixLength: 32,
          scope: 'host',
          type: 'LOCAL',
        })),
      },
    ],
    inet6: [],
    sysfs: null,
  };
  const { interfaces, unattributed } = assembleInterfaces(sources);
  const printed = ifconfig(interfaces, every);
  expect(unattributed).toEqual([]);
  expect(printed.match(/inet addr:/g)).toHaveLength(16_000);
});

test('ifconfig never throws, and prints nothing that is not safe', () => {
  const number = fc.oneof(fc.nat(), fc.constant(0xffffffff), fc.constant(2 ** 64));
  const addresses: fc.Arbitrary<InterfaceAddress> = fc.record({
    family: fc.constantFrom('IPv4', 'IPv6'),
    address: fc.ipV4(),
    prefixLength: fc.nat(128),
    label: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('eth0', '__proto__')),
    broadcast: fc.constantFrom(null, undefined, '192.0.2.255'),
    peer: fc.constantFrom(null, undefined, '192.0.2.3'),
    scope: fc.option(number),
  });
  const interfaces: fc.Arbitrary<NetworkInterface> = fc
    .tuple(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('eth0', '__proto__')),
      number,
      fc.record({
        hardwareType: fc.option(fc.oneof(number, fc.constantFrom(1, 32, 257, 512, 772, 776))),
        hardwareAddress: fc.option(fc.constantFrom('', '02:00:00:00:00:01', 'c0:00:02:01')),
        mtu: fc.option(number),
        flags: fc.option(number),
        txQueueLength: fc.option(number),
        addresses: fc.array(addresses),
      }),
    )
    .map(([name, counters, given]) => networkInterface({ ...netDevice(name, counters), ...given }));
  fc.assert(
    fc.property(
      fc.array(interfaces),
      fc.boolean(),
      fc.option(fc.constantFrom('eth0', 'eth1')),
      (all, showAll, name) => {
        const printed = ifconfig(all, { all: showAll, name });
        expect(printed).toBe(safeLines(printed));
        expect(printed === '' || printed.endsWith('\n\n')).toBe(true);
      },
    ),
  );
});
