import { ipv4Text, ipv4Word } from '../procfs/address.ts';
import { type FibTable, localAddresses } from '../procfs/fib-trie.ts';
import type { Route } from '../procfs/route.ts';
import { interfaceFlags, type NetworkInterface } from './network-interface.ts';

/** RTF_ of include/uapi/linux/route.h. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** IPv4 routing tables of a network namespace. */
export interface RoutingTables {
  readonly routes: readonly Route[];
  readonly fibTables: readonly FibTable[];
}

export type Device = Pick<NetworkInterface, 'name' | 'flags'>;

/** Interface and prefix length of a local address. */
export interface Placement {
  readonly device: string;
  readonly prefixLength: number;
}

/** A prefix with routes without a gateway, and the local addresses whose longest such prefix it is. */
interface ConnectedPrefix {
  readonly prefixLength: number;
  readonly interfaces: Set<string>;
  readonly addresses: string[];
}

/**
 * Assigns addresses to interfaces if the routing tables prove the interface and the prefix length.
 *
 * The kernel creates a route for the prefix of an address (fib_add_ifaddr of net/ipv4/fib_frontend.c). If one interface
 * has that route and exactly one local address lies in the prefix, the route was created for that address. All other
 * addresses stay unassigned: a second address in the prefix may be on the same interface or a /32 on another one (lo,
 * kube-ipvs0), two interfaces may have the same prefix, and the kernel creates no route for /32 and noprefixroute.
 *
 * @returns the placements by address, without the addresses that stay unassigned
 */
export function placementsByRoutes(
  tables: RoutingTables,
  devices: readonly Device[],
): ReadonlyMap<string, Placement> {
  const prefixes = connectedPrefixes(tables, new Set(devices.map(({ name }) => name)));
  const loopback = loopbackName(devices);
  const found = new Map<string, Placement>();
  for (const address of localAddresses(tables.fibTables)) {
    const word = ipv4Word(address) ?? 0;
    if (word >>> 24 !== 127) hostPrefix(prefixes, word)?.addresses.push(address);
    else if (loopback !== undefined) found.set(address, { device: loopback, prefixLength: 8 });
  }
  for (const { prefixLength, interfaces, addresses } of prefixes.values()) {
    const [device, ...otherDevices] = interfaces;
    const [address, ...otherAddresses] = addresses;
    if (device === undefined || otherDevices.length > 0) continue;
    if (address === undefined || otherAddresses.length > 0) continue;
    found.set(address, { device, prefixLength });
  }
  return found;
}

/** Finds the loopback device, which may have been renamed. A namespace has only one. */
function loopbackName(devices: readonly Device[]): string | undefined {
  return devices.find(({ name, flags }) =>
    flags === null ? name === 'lo' : (flags & interfaceFlags.LOOPBACK) !== 0,
  )?.name;
}

/**
 * Returns the prefixes whose routes the kernel created for an address, by keyOf.
 *
 * A program can also add a route to a device that has no address in the prefix, as VPNs do. For an address the kernel
 * also creates a broadcast route for the last address of the prefix, except for a /31. The route of a /32 leads to a
 * peer.
 */
function connectedPrefixes(
  { routes, fibTables }: RoutingTables,
  devices: ReadonlySet<string>,
): ReadonlyMap<number, ConnectedPrefix> {
  const broadcasts = new Set(
    fibTables.flatMap(({ leaves }) =>
      leaves.filter(({ type }) => type === 'BROADCAST').map(({ address }) => address),
    ),
  );
  const prefixes = new Map<number, ConnectedPrefix>();
  for (const { interface: device, destination, gateway, flags, prefixLength } of routes) {
    if (!devices.has(device) || gateway !== '0.0.0.0') continue;
    if ((flags & (RTF_UP | RTF_GATEWAY | RTF_REJECT)) !== RTF_UP) continue;
    if (prefixLength < 1 || prefixLength > 31) continue;
    const network = ipv4Word(destination) ?? 0;
    if (prefixLength < 31 && !broadcasts.has(ipv4Text(lastOf(network, prefixLength)))) continue;
    const key = keyOf(network, prefixLength);
    const prefix = prefixes.get(key) ?? { prefixLength, interfaces: new Set(), addresses: [] };
    prefix.interfaces.add(device);
    prefixes.set(key, prefix);
  }
  return prefixes;
}

/**
 * Returns the longest prefix that contains the address, unless the address is the first or the last of the prefix. Those
 * are not addresses of hosts (RFC 1122, 3.2.1.3): flannel.1 has the first address of cni0's prefix, as a /32.
 */
function hostPrefix(
  prefixes: ReadonlyMap<number, ConnectedPrefix>,
  word: number,
): ConnectedPrefix | undefined {
  for (let prefixLength = 31; prefixLength > 0; prefixLength -= 1) {
    const prefix = prefixes.get(keyOf(word, prefixLength));
    if (prefix === undefined) continue;
    const network = networkOf(word, prefixLength);
    const isHost = prefixLength === 31 || (word !== network && word !== lastOf(network, prefixLength));
    return isHost ? prefix : undefined;
  }
  return undefined;
}

/** Combines a prefix into one number: the network, and six bits for the length. */
function keyOf(word: number, prefixLength: number): number {
  return networkOf(word, prefixLength) * 64 + prefixLength;
}

function networkOf(word: number, prefixLength: number): number {
  return (word & (-1 << (32 - prefixLength))) >>> 0;
}

function lastOf(network: number, prefixLength: number): number {
  return (network | (2 ** (32 - prefixLength) - 1)) >>> 0;
}
