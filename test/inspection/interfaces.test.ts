import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assembleInterfaces, type InterfaceSources } from '../../src/inspection/interfaces.ts';
import type { Interfaces } from '../../src/inspection/network-interface.ts';
import { parseSysfsDevices } from '../../src/inspection/sysfs-devices.ts';
import type { FibLeaf } from '../../src/procfs/fib-trie.ts';
import type { Route } from '../../src/procfs/route.ts';
import { interfaceCases, interfacesOf, netDevice, sourcesOf } from '../support/interface-fixtures.ts';

/** Returns `eth0 192.0.2.2/24` for every IPv4 address that has an interface. */
function ipv4Of({ interfaces }: Interfaces): readonly string[] {
  return interfaces.flatMap(({ name, addresses }) =>
    addresses
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, prefixLength }) => `${name} ${address}/${String(prefixLength)}`),
  );
}

/** Builds a namespace with the routes that the kernel creates for addresses. */
function sources(
  connected: readonly (readonly [device: string, network: string, prefixLength: number, last: string])[],
  local: readonly string[],
  more: Partial<InterfaceSources> = {},
): InterfaceSources {
  const leaf = (address: string, type: string): FibLeaf => ({
    address,
    prefixLength: 32,
    scope: 'host',
    type,
  });
  return {
    netDev: ['lo', 'eth0', 'eth1'].map((name) => netDevice(name)),
    routes: connected.map(([device, network, prefixLength]) => route(device, network, prefixLength)),
    fibTables: [
      {
        name: 'Local',
        leaves: [
          ...local.map((address) => leaf(address, 'LOCAL')),
          ...connected.map(([, , , last]) => leaf(last, 'BROADCAST')),
        ],
      },
    ],
    inet6: [],
    sysfs: null,
    ipAddresses: null,
    ...more,
  };
}

function route(device: string, destination: string, prefixLength: number, more: Partial<Route> = {}): Route {
  return { interface: device, destination, prefixLength, gateway: '0.0.0.0', flags: 1, metric: 0, ...more };
}

describe.each(interfaceCases)('assembleInterfaces for the network namespace %s', (name) => {
  test('assigns every address with ip, without warnings', () => {
    const { unattributed, warnings } = interfacesOf(name, 'ip-busybox');
    expect(warnings).toEqual([]);
    expect(unattributed).toEqual([]);
  });

  test('without ip, never assigns an address to a wrong interface, and loses only addresses of interfaces that are down', () => {
    const withIp = interfacesOf(name, 'ip-iproute2');
    const without = interfacesOf(name, null);
    const truth = new Set(ipv4Of(withIp));
    expect(ipv4Of(without).filter((address) => !truth.has(address) && !address.startsWith('lo '))).toEqual(
      [],
    );
    const seen = [...ipv4Of(without).map((address) => address.split(/[ /]/)[1]), ...without.unattributed];
    const all = [...truth].map((address) => address.split(/[ /]/)[1]);
    expect(seen.sort()).toEqual(all.sort());
    expect(
      without.interfaces.map(({ addresses }) => addresses.filter(({ family }) => family === 'IPv6')),
    ).toEqual(withIp.interfaces.map(({ addresses }) => addresses.filter(({ family }) => family === 'IPv6')));
  });
});

describe('assembleInterfaces without ip', () => {
  test('assigns all addresses of a Pod and of a node except a single /32', () => {
    expect(ipv4Of(interfacesOf('pod', null))).toEqual(['lo 127.0.0.1/8', 'eth0 10.244.1.7/24']);
    const node = interfacesOf('node', null);
    expect(ipv4Of(node)).toEqual([
      'lo 127.0.0.1/8',
      'ens192 192.0.2.2/24',
      'ens192 198.51.100.2/24',
      'docker0 172.17.0.1/16',
      'cni0 10.244.3.1/24',
    ]);
    expect(node.unattributed).toEqual(['10.244.3.0']);
  });

  test('assigns only the addresses that the routing tables prove', () => {
    const { unattributed, ...rest } = interfacesOf('ipv4', null);
    expect(ipv4Of({ unattributed, ...rest })).toEqual([
      'lo 127.0.0.1/8',
      'lo 127.0.0.53/8',
      'eth0 10.1.1.1/20',
      'eth1 198.51.100.10/31',
      'eth2 203.0.113.33/28',
      'eth2 203.0.113.50/28',
      'eth10 198.51.100.65/26',
    ]);
    expect(unattributed).toEqual([
      '10.0.0.1',
      '10.9.9.9',
      '192.0.2.6',
      '192.0.2.7',
      '192.0.2.8',
      '192.0.2.9',
      '192.0.2.66',
      '198.51.100.129',
      '198.51.100.130',
      '203.0.113.1',
      '203.0.113.77',
    ]);
  });

  const office = ['eth0', '192.0.2.0', 24, '192.0.2.255'] as const;

  test('leaves broadcast address and peer unknown', () => {
    expect(assembleInterfaces(sources([office], ['192.0.2.2'])).interfaces[1]?.addresses).toEqual([
      {
        family: 'IPv4',
        address: '192.0.2.2',
        prefixLength: 24,
        label: 'eth0',
        broadcast: undefined,
        peer: undefined,
        scope: null,
      },
    ]);
  });

  test.each<[string, InterfaceSources, readonly string[]]>([
    [
      'assigns an address to the longest prefix',
      sources(
        [
          ['eth0', '192.0.0.0', 16, '192.0.255.255'],
          ['eth1', '192.0.2.0', 24, '192.0.2.255'],
        ],
        ['192.0.1.1', '192.0.2.1'],
      ),
      ['eth0 192.0.1.1/16', 'eth1 192.0.2.1/24'],
    ],
    [
      'does not assign an address if two interfaces have its prefix',
      sources([office, ['eth1', '192.0.2.0', 24, '192.0.2.255']], ['192.0.2.2']),
      [],
    ],
    [
      'go nowhere where a second one might be a /32 on another interface',
      sources([office], ['192.0.2.2', '192.0.2.240']),
      [],
    ],
    [
      'does not assign the first and the last address of a prefix',
      sources([office], ['192.0.2.0', '192.0.2.2', '192.0.2.255']),
      ['eth0 192.0.2.2/24'],
    ],
    [
      'go to a /31 if they are its first',
      sources([['eth0', '198.51.100.10', 31, '198.51.100.11']], ['198.51.100.10']),
      ['eth0 198.51.100.10/31'],
    ],
    [
      'does not assign an address by a route without a broadcast route',
      sources([], ['10.244.3.0'], { routes: [route('eth0', '10.0.0.0', 8), route('eth0', '0.0.0.0', 0)] }),
      [],
    ],
    [
      'does not assign an address by a route through a gateway',
      sources([office], ['192.0.2.2'], {
        routes: [route('eth0', '192.0.2.0', 24, { gateway: '198.51.100.1', flags: 3 })],
      }),
      [],
    ],
    [
      'does not assign an address by a reject route',
      sources([office], ['192.0.2.2'], { routes: [route('eth0', '192.0.2.0', 24, { flags: 0x201 })] }),
      [],
    ],
    [
      'does not assign an address by the route to a peer',
      sources([], ['192.0.2.2'], { routes: [route('eth0', '192.0.2.2', 32, { flags: 5 })] }),
      [],
    ],
    [
      'does not assign an address to an interface that /proc/net/dev does not list',
      sources([['eth9', '192.0.2.0', 24, '192.0.2.255']], ['192.0.2.2']),
      [],
    ],
    ['go to lo, if they are of 127.0.0.0/8', sources([office], ['127.0.0.1']), ['lo 127.0.0.1/8']],
    [
      'assigns 127.0.0.1 to a renamed loopback device',
      sources([], ['127.0.0.1'], {
        netDev: [netDevice('self')],
        sysfs: parseSysfsDevices('self 1 772 65536 0x9 1000 unknown -'),
      }),
      ['self 127.0.0.1/8'],
    ],
  ])('%s', (_title, given, attributed) => {
    const interfaces = assembleInterfaces(given);
    expect(ipv4Of(interfaces)).toEqual(attributed);
    const local = given.fibTables.flatMap(({ leaves }) => leaves.filter(({ type }) => type === 'LOCAL'));
    expect(interfaces.unattributed).toHaveLength(local.length - attributed.length);
  });
});

describe('assembleInterfaces with ip', () => {
  const { ipAddresses, ...pod } = sourcesOf('pod', 'ip-busybox');
  const [lo, eth0] = ipAddresses ?? [];
  if (lo === undefined || eth0 === undefined) throw new Error('the fixture has two addresses');

  test('keeps order, labels, broadcast addresses and peers', () => {
    const { interfaces } = interfacesOf('ipv4', 'ip-busybox');
    const addresses = interfaces.find(({ name }) => name === 'eth0')?.addresses ?? [];
    expect(addresses.map(({ label, address, broadcast }) => [label, address, broadcast])).toEqual([
      ['eth0:10', '10.1.1.1', null],
      ['eth0', '192.0.2.9', null],
      ['eth0', '10.0.0.1', '10.255.255.255'],
      ['eth0', '203.0.113.77', null],
      ['eth0:1', '192.0.2.8', '192.0.2.255'],
      ['eth0:2', '192.0.2.7', '192.0.2.200'],
      ['eth0:2', '192.0.2.6', null],
      ['eth0', 'fe80::ff:fe00:a', null],
    ]);
    const tunnels = interfacesOf('point-to-point', 'ip-busybox').interfaces;
    expect(tunnels.find(({ name }) => name === 'tun0')?.addresses[0]?.peer).toBe('10.8.0.2');
    expect(tunnels.find(({ name }) => name === 'tun1')?.addresses[0]?.peer).toBeNull();
  });

  test('warns of an address that fib_trie does not list', () => {
    const forged = { ...eth0, address: '192.0.2.66' };
    const { warnings, interfaces } = assembleInterfaces({ ...pod, ipAddresses: [lo, eth0, forged] });
    expect(warnings).toEqual(['ip printed 192.0.2.66, which /proc/net/fib_trie does not list as local']);
    expect(interfaces[1]?.addresses.map(({ address }) => address)).toContain('192.0.2.66');
  });

  test('does not warn if fib_trie is missing', () => {
    expect(assembleInterfaces({ ...pod, fibTables: [], ipAddresses: [lo, eth0] }).warnings).toEqual([]);
  });

  test('warns of an address that only fib_trie lists, and leaves it unassigned', () => {
    expect(assembleInterfaces({ ...pod, ipAddresses: [lo] })).toMatchObject({
      unattributed: ['10.244.1.7'],
      warnings: ['/proc/net/fib_trie lists 10.244.1.7 as local, which ip did not print'],
    });
  });

  test('warns of an address on an interface that /proc/net/dev does not list', () => {
    const stranger = { ...eth0, interface: 'eth9' };
    expect(assembleInterfaces({ ...pod, ipAddresses: [lo, stranger] })).toMatchObject({
      unattributed: ['10.244.1.7'],
      warnings: ['there are addresses on interfaces that /proc/net/dev does not list: eth9'],
    });
  });

  test('quotes at most five addresses in a warning', () => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      ...eth0,
      address: `198.51.100.${String(index % 256)}`,
    }));
    expect(assembleInterfaces({ ...pod, ipAddresses: [lo, eth0, ...many] }).warnings).toEqual([
      'ip printed 198.51.100.0, 198.51.100.1, 198.51.100.2, 198.51.100.3, 198.51.100.4 and 295 more, which /proc/net/fib_trie does not list as local',
    ]);
  });
});

describe('assembleInterfaces with /sys', () => {
  const named = (names: readonly string[]): InterfaceSources['netDev'] =>
    names.map((name) => netDevice(name));
  const sysfs = (names: readonly string[]): InterfaceSources['sysfs'] =>
    parseSysfsDevices(
      names
        .map((name, index) => `${name} ${String(index + 1)} 1 1500 0x1003 1000 up 02:00:00:00:00:01`)
        .join('\n'),
    );
  const veths = Array.from({ length: 20 }, (_, index) => `veth${String(index)}`);
  const mtus = ({ interfaces }: Interfaces): readonly (number | null)[] => interfaces.map(({ mtu }) => mtu);
  const seen = (
    inProc: readonly string[],
    inSys: readonly string[],
    inet6: InterfaceSources['inet6'] = [],
  ): Interfaces => assembleInterfaces(sources([], [], { netDev: named(inProc), sysfs: sysfs(inSys), inet6 }));

  test('uses /sys if it lists the same devices', () => {
    expect(seen(['lo', 'eth0'], ['lo', 'eth0'])).toMatchObject({ warnings: [] });
    expect(mtus(seen(['lo', 'eth0'], ['lo', 'eth0']))).toEqual([1500, 1500]);
  });

  test('uses /sys of a node on which one Pod started and another ended', () => {
    const interfaces = seen(['lo', ...veths, 'vethold'], ['lo', ...veths, 'vethnew']);
    expect(interfaces.warnings).toEqual([]);
    expect(mtus(interfaces)).toEqual([...Array.from({ length: 21 }, () => 1500), null]);
  });

  test.each([
    ['a node', ['lo', 'eth0', 'cni0'], 'only /sys has cni0'],
    [
      'a node with many Pods',
      ['lo', 'eth0', ...veths],
      'only /sys has veth0, veth1, veth2, veth3, veth4 and 15 more',
    ],
    ['another Pod', ['lo', 'net1'], 'only /sys has net1; only /proc/net/dev has eth0'],
    ['nothing', [], 'only /proc/net/dev has lo, eth0'],
  ])('ignores /sys in a Pod if it shows %s', (_title, inSys, reason) => {
    const interfaces = seen(['lo', 'eth0'], inSys);
    expect(interfaces.warnings).toEqual([
      `/sys shows another network namespace (${reason}): flags, MTU and hardware addresses are unknown`,
    ]);
    expect(interfaces.interfaces).toMatchObject([
      { mtu: null, flags: null, hardwareAddress: null, hardwareType: null, txQueueLength: null },
      { mtu: null, flags: null, hardwareAddress: null, hardwareType: null, txQueueLength: null },
    ]);
  });

  test('ignores /sys if a device of the same name has another index', () => {
    const address = {
      address: 'fe80::1',
      interfaceIndex: 7,
      prefixLength: 64,
      scope: 0x20,
      flags: 0x80,
      interface: 'eth0',
    };
    const interfaces = seen(['lo', 'eth0'], ['lo', 'eth0'], [address]);
    expect(mtus(interfaces)).toEqual([null, null]);
    expect(interfaces.warnings).toEqual([
      '/sys shows another network namespace (eth0 has two different indexes): flags, MTU and hardware addresses are unknown',
    ]);
    expect(seen(['lo', 'eth0'], ['lo', 'eth0'], [{ ...address, interfaceIndex: 2 }]).warnings).toEqual([]);
  });

  test.each([
    ['0x1003', 'up', 0x1043],
    ['0x9', 'unknown', 0x49],
    ['0x1003', 'down', 0x1003],
    ['0x1003', 'lowerlayerdown', 0x1003],
    ['0x1003', 'dormant', 0x1003],
    ['0x1003', '-', 0x1003],
    ['0x1002', 'unknown', 0x1002],
    ['-', 'up', null],
  ])(
    'with flags %s and operstate %s computes IFF_RUNNING as the kernel does',
    (flags, operstate, expected) => {
      const { interfaces } = assembleInterfaces(
        sources([], [], {
          netDev: named(['eth0']),
          sysfs: parseSysfsDevices(`eth0 2 1 1500 ${flags} 1000 ${operstate} -`),
        }),
      );
      expect(interfaces[0]?.flags).toBe(expected);
    },
  );
});

test('assembleInterfaces loses no address, whatever the files contain', () => {
  const device = fc.constantFrom('lo', 'eth0', 'eth1', 'veth0', '__proto__');
  const address = fc.oneof(
    fc.ipV4(),
    fc.constantFrom('127.0.0.1', '10.0.0.1', '10.0.0.2', '192.0.2.1', '0.0.0.0', '255.255.255.255'),
  );
  const leaf = fc.record({
    address,
    prefixLength: fc.constantFrom(32, 24),
    scope: fc.constantFrom('host', 'link'),
    type: fc.constantFrom('LOCAL', 'BROADCAST', 'UNICAST'),
  });
  const given: fc.Arbitrary<InterfaceSources> = fc.record({
    netDev: fc.uniqueArray(device).map((names) => names.map((name) => netDevice(name))),
    routes: fc.array(
      fc
        .tuple(
          device,
          fc.constantFrom('10.0.0.0', '192.0.2.0', '0.0.0.0'),
          fc.nat(32),
          fc.constantFrom(0, 1, 3),
        )
        .map(([name, network, length, flags]) => route(name, network, length, { flags })),
    ),
    fibTables: fc.array(fc.record({ name: fc.constant('Main'), leaves: fc.array(leaf) })),
    inet6: fc.constant([]),
    sysfs: fc.option(
      fc
        .uniqueArray(device)
        .map((names) => parseSysfsDevices(names.map((name) => `${name} - - - - - - -`).join('\n'))),
    ),
    ipAddresses: fc.option(
      fc.array(
        fc.record({
          interface: device,
          address,
          prefixLength: fc.nat(32),
          peer: fc.constant(null),
          broadcast: fc.constant(null),
          label: device,
          scope: fc.constant('global'),
        }),
      ),
    ),
  });
  fc.assert(
    fc.property(given, (files) => {
      const { interfaces, unattributed } = assembleInterfaces(files);
      expect(interfaces.map(({ name }) => name)).toEqual(files.netDev.map(({ name }) => name));
      const shown = new Set([
        ...interfaces.flatMap(({ addresses }) => addresses.map((one) => one.address)),
        ...unattributed,
      ]);
      const local = files.fibTables
        .flatMap(({ leaves }) => leaves)
        .filter(
          ({ prefixLength, scope, type }) => prefixLength === 32 && scope === 'host' && type === 'LOCAL',
        );
      const all = [...local, ...(files.ipAddresses ?? [])].map((one) => one.address);
      expect(all.filter((one) => !shown.has(one))).toEqual([]);
      expect(new Set(unattributed).size).toBe(unattributed.length);
    }),
  );
});
