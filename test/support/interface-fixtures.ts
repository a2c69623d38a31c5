import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleInterfaces, type InterfaceSources } from '../../src/inspection/interfaces.ts';
import { parseIpAddresses } from '../../src/inspection/ip-addresses.ts';
import type { Interfaces, NetworkInterface } from '../../src/inspection/network-interface.ts';
import { parseSysfsDevices } from '../../src/inspection/sysfs-devices.ts';
import { parseFibTrie } from '../../src/procfs/fib-trie.ts';
import { parseIfInet6 } from '../../src/procfs/if-inet6.ts';
import { parseNetDev, type NetDevice } from '../../src/procfs/net-dev.ts';
import { parseRoute } from '../../src/procfs/route.ts';

const folder = join(import.meta.dirname, '../fixtures/interfaces');

/** Each is a network namespace that test/fixtures/interfaces/capture built and read. */
export const interfaceCases: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export function fixture(name: string, file: string): string {
  return readFileSync(join(folder, name, file), 'utf8');
}

/** @param ip the fixture of the `ip` that was asked, or null for a container that has none */
export function sourcesOf(name: string, ip: 'ip-busybox' | 'ip-iproute2' | null): InterfaceSources {
  return {
    netDev: parseNetDev(fixture(name, 'net-dev')),
    routes: parseRoute(fixture(name, 'route')),
    fibTables: parseFibTrie(fixture(name, 'fib-trie')),
    inet6: parseIfInet6(fixture(name, 'if-inet6')),
    sysfs: parseSysfsDevices(fixture(name, 'sysfs')),
    ipAddresses: ip === null ? null : parseIpAddresses(fixture(name, ip)),
  };
}

export function interfacesOf(name: string, ip: 'ip-busybox' | 'ip-iproute2' | null): Interfaces {
  return assembleInterfaces(sourcesOf(name, ip));
}

export function netDevice(name: string, counters = 0): NetDevice {
  const both = { bytes: counters, packets: counters, errors: 0, dropped: 0, fifo: 0, compressed: 0 };
  return {
    name,
    rx: { ...both, frame: 0, multicast: 0 },
    tx: { ...both, collisions: 0, carrier: 0 },
  };
}

/** An interface of which nothing is known but what is given. */
export function networkInterface(given: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    ...netDevice('eth0'),
    hardwareType: null,
    hardwareAddress: null,
    mtu: null,
    flags: null,
    txQueueLength: null,
    addresses: [],
    ...given,
  };
}
