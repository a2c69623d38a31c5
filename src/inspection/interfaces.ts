import { ipv4Text, ipv4Word } from '../procfs/address.ts';
import { type FibTable, localAddresses } from '../procfs/fib-trie.ts';
import type { Inet6Address } from '../procfs/if-inet6.ts';
import type { NetDevice } from '../procfs/net-dev.ts';
import type { Route } from '../procfs/route.ts';
import { someNames } from '../some-names.ts';
import type { IpAddress } from './ip-addresses.ts';
import {
  type InterfaceAddress,
  interfaceFlags,
  type Interfaces,
  type NetworkInterface,
} from './network-interface.ts';
import type { SysfsDevice } from './sysfs-devices.ts';

/** Contents of the files about one network namespace. The script reads them one after the other. */
export interface InterfaceSources {
  readonly netDev: readonly NetDevice[];
  readonly routes: readonly Route[];
  readonly fibTables: readonly FibTable[];
  readonly inet6: readonly Inet6Address[];
  /** Null if /sys could not be read. */
  readonly sysfs: readonly SysfsDevice[] | null;
  /** Null if there is no program `ip`. */
  readonly ipAddresses: readonly IpAddress[] | null;
}

/** RTF_ of include/uapi/linux/route.h. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** Largest number of names or addresses that a warning quotes. */
const QUOTED = 5;

/**
 * Returns the interfaces of a network namespace with all their addresses.
 *
 * An interface exists if /proc/net/dev lists it. No file contains the interface of an IPv4 address. `ip` reports it.
 * Without `ip`, an address is assigned to an interface only if the routing tables prove that it belongs there.
 */
export function assembleInterfaces(sources: InterfaceSources): Interfaces {
  const { netDev, inet6, ipAddresses } = sources;
  const sysfs = matchingSysfs(sources);
  const devices = netDev.map((device) => describe(device, sysfs.devices.get(device.name)));
  const ipv4 =
    ipAddresses === null ? attributed(sources, devices) : checked(ipAddresses, sources.fibTables, devices);
  const ipv6 = byDevice(inet6.map(fromIfInet6));
  const known = new Set(devices.map(({ name }) => name));
  const strangers = [...new Set([...ipv6.keys(), ...ipv4.addresses.keys()])].filter(
    (name) => !known.has(name),
  );
  const lost = strangers.flatMap((name) => ipv4.addresses.get(name) ?? []).map(({ address }) => address);
  return {
    interfaces: devices.map((device) => ({
      ...device,
      addresses: [...(ipv4.addresses.get(device.name) ?? []), ...(ipv6.get(device.name) ?? [])],
    })),
    unattributed: [...new Set([...ipv4.unattributed, ...lost])],
    warnings: [
      ...sysfs.warnings,
      ...ipv4.warnings,
      ...(strangers.length === 0
        ? []
        : [`there are addresses on interfaces that /proc/net/dev does not list: ${quoted(strangers)}`]),
    ],
  };
}

function describe(device: NetDevice, details: SysfsDevice | undefined): Omit<NetworkInterface, 'addresses'> {
  return {
    name: device.name,
    hardwareType: details?.type ?? null,
    hardwareAddress: details?.address ?? null,
    mtu: details?.mtu ?? null,
    flags: details === undefined ? null : flagsOf(details),
    txQueueLength: details?.txQueueLength ?? null,
    rx: device.rx,
    tx: device.tx,
  };
}

/** Adds IFF_RUNNING, which sysfs leaves out, by the rule of netif_get_flags in net/core/dev.c (netif_oper_up). */
function flagsOf({ flags, operstate }: SysfsDevice): number | null {
  if (flags === null) return null;
  const isRunning = (flags & interfaceFlags.UP) !== 0 && (operstate === 'up' || operstate === 'unknown');
  return isRunning ? flags | interfaceFlags.RUNNING : flags;
}

interface Sysfs {
  readonly devices: ReadonlyMap<string, SysfsDevice>;
  readonly warnings: readonly string[];
}

/**
 * Returns the devices of /sys if they belong to the same network namespace as the other files, or else none.
 *
 * /sys/class/net shows the network namespace of the process that mounted it, /proc/net that of the reader. If they
 * differ, devices of the same name are different devices, and nearly every namespace has lo and eth0.
 *
 * Two checks detect that. First, the ifindex of a device differs from that in /proc/net/if_inet6. An equal ifindex
 * proves nothing: lo is always 1, eth0 often 2. Second, the names differ. Pods that start or end between the two reads
 * change some devices of a node, so up to a tenth of the names may differ. A Pod's {lo, eth0} and the node's {lo, eth0,
 * docker0} differ by a third. Two namespaces with {lo, eth0} and equal indexes cannot be distinguished.
 */
function matchingSysfs({ netDev, inet6, sysfs }: InterfaceSources): Sysfs {
  const devices = new Map((sysfs ?? []).map((device) => [device.name, device]));
  if (sysfs === null) return { devices, warnings: [] };
  const names = new Set(netDev.map(({ name }) => name));
  const others = [...devices.keys()].filter((name) => !names.has(name));
  const missing = [...names].filter((name) => !devices.has(name));
  const common = names.size - missing.length;
  const renumbered = inet6.find(({ interface: name, interfaceIndex }) => {
    const ifindex = devices.get(name)?.ifindex ?? null;
    return ifindex !== null && ifindex !== interfaceIndex;
  });
  if (renumbered === undefined && (others.length + missing.length) * 9 <= common) {
    return { devices, warnings: [] };
  }
  const reasons = [
    ...(others.length === 0 ? [] : [`only /sys has ${quoted(others)}`]),
    ...(missing.length === 0 ? [] : [`only /proc/net/dev has ${quoted(missing)}`]),
    ...(renumbered === undefined ? [] : [`${renumbered.interface} has two different indexes`]),
  ];
  return {
    devices: new Map(),
    warnings: [
      `/sys shows another network namespace (${reasons.join('; ')}): flags, MTU and hardware addresses are unknown`,
    ],
  };
}

interface Ipv4Addresses {
  /** By interface. */
  readonly addresses: ReadonlyMap<string, readonly InterfaceAddress[]>;
  readonly unattributed: readonly string[];
  readonly warnings: readonly string[];
}

type Device = Pick<NetworkInterface, 'name' | 'flags'>;

/** Returns the addresses that `ip` printed, compared with the kernel's table of local addresses. */
function checked(
  ipAddresses: readonly IpAddress[],
  fibTables: readonly FibTable[],
  devices: readonly Device[],
): Ipv4Addresses {
  const local = new Set(localAddresses(fibTables));
  const shown = new Set(ipAddresses.map(({ address }) => address));
  // An interface that is down keeps its addresses but loses their routes (fib_disable_ip).
  const up = new Set(
    devices.filter(({ flags }) => ((flags ?? 0) & interfaceFlags.UP) !== 0).map(({ name }) => name),
  );
  const foreign = ipAddresses
    .filter((address) => up.has(address.interface) && !local.has(address.address))
    .map(({ address }) => address);
  const hidden = [...local].filter((address) => !shown.has(address));
  return {
    addresses: byDevice(ipAddresses.map(fromIp)),
    unattributed: hidden,
    // Without any table the file did not exist, as in gVisor.
    warnings: [
      ...(foreign.length === 0 || fibTables.length === 0
        ? []
        : [`ip printed ${quoted(foreign)}, which /proc/net/fib_trie does not list as local`]),
      ...(hidden.length === 0
        ? []
        : [`/proc/net/fib_trie lists ${quoted(hidden)} as local, which ip did not print`]),
    ],
  };
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
 */
function attributed(sources: InterfaceSources, devices: readonly Device[]): Ipv4Addresses {
  const prefixes = connectedPrefixes(sources, new Set(devices.map(({ name }) => name)));
  const loopback = loopbackName(devices);
  const found = new Map<string, { readonly device: string; readonly prefixLength: number }>();
  const local = localAddresses(sources.fibTables);
  for (const address of local) {
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
  const placed = local.flatMap((address) => {
    const place = found.get(address);
    return place === undefined ? [] : [fromFibTrie(address, place.device, place.prefixLength)];
  });
  return {
    addresses: byDevice(placed),
    unattributed: local.filter((address) => !found.has(address)),
    warnings: [],
  };
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
  { routes, fibTables }: InterfaceSources,
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

interface Placed {
  readonly device: string;
  readonly address: InterfaceAddress;
}

function byDevice(placed: readonly Placed[]): ReadonlyMap<string, readonly InterfaceAddress[]> {
  const addresses = new Map<string, InterfaceAddress[]>();
  for (const { device, address } of placed) {
    const others = addresses.get(device);
    if (others === undefined) addresses.set(device, [address]);
    else others.push(address);
  }
  return addresses;
}

function fromIp({ interface: device, address, prefixLength, label, broadcast, peer }: IpAddress): Placed {
  return {
    device,
    address: { family: 'IPv4', address, prefixLength, label, broadcast, peer, scope: null },
  };
}

function fromFibTrie(address: string, device: string, prefixLength: number): Placed {
  return {
    device,
    address: {
      family: 'IPv4',
      address,
      prefixLength,
      label: device,
      broadcast: undefined,
      peer: undefined,
      scope: null,
    },
  };
}

function fromIfInet6({ interface: device, address, prefixLength, scope }: Inet6Address): Placed {
  return {
    device,
    address: {
      family: 'IPv6',
      address,
      prefixLength,
      label: device,
      broadcast: null,
      peer: undefined,
      scope,
    },
  };
}

function quoted(texts: readonly string[]): string {
  return someNames(texts, QUOTED);
}
