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

/** What the files of one network namespace hold, read one after the other and so not quite at once. */
export interface InterfaceSources {
  readonly netDev: readonly NetDevice[];
  readonly routes: readonly Route[];
  readonly fibTables: readonly FibTable[];
  readonly inet6: readonly Inet6Address[];
  /** Null where /sys could not be read. */
  readonly sysfs: readonly SysfsDevice[] | null;
  /** Null where there is no program `ip`. */
  readonly ipAddresses: readonly IpAddress[] | null;
}

/** RTF_ of include/uapi/linux/route.h. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** How many names or addresses a warning quotes. */
const QUOTED = 5;

/**
 * The interfaces of a network namespace with all their addresses.
 *
 * /proc/net/dev decides which there are. Of IPv4 addresses no file says the interface: `ip` does where it
 * is there, else those are attributed of which the routing tables leave no doubt, and no others.
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
        : [`there are addresses of ${quoted(strangers)}, which /proc/net/dev does not have`]),
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

/** With IFF_RUNNING as netif_get_flags of net/core/dev.c works it out (netif_oper_up); sysfs leaves it out. */
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
 * /sys/class/net shows the network namespace of whoever mounted it, /proc/net that of the reader; where
 * they differ, devices of the same name (lo and eth0 are everywhere) are different devices.
 *
 * Two tests tell. An ifindex that differs from that of /proc/net/if_inet6 does, though an equal one proves
 * nothing: lo is always 1, eth0 often 2. And the names do, but for devices that came or went between the
 * two reads: that happens where Pods come and go, among many devices that stay, so a tenth may differ. A
 * Pod's {lo, eth0} against its node's {lo, eth0, docker0} differs by a third. A second {lo, eth0} with the
 * same numbers passes for the first: nothing that is read here sets them apart.
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
    ...(renumbered === undefined ? [] : [`${renumbered.interface} has two numbers`]),
  ];
  return {
    devices: new Map(),
    warnings: [
      `/sys shows another network namespace (${reasons.join('; ')}): flags, MTU and hardware addresses are not known`,
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

/** What `ip` says, held against the kernel's own table of local addresses. */
function checked(
  ipAddresses: readonly IpAddress[],
  fibTables: readonly FibTable[],
  devices: readonly Device[],
): Ipv4Addresses {
  const local = new Set(localAddresses(fibTables));
  const shown = new Set(ipAddresses.map(({ address }) => address));
  // An interface that is down keeps its addresses but not their routes (fib_disable_ip).
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
    // Without a single table the file was not there, as in gVisor.
    warnings: [
      ...(foreign.length === 0 || fibTables.length === 0
        ? []
        : [`ip shows ${quoted(foreign)}, which /proc/net/fib_trie does not have as local`]),
      ...(hidden.length === 0
        ? []
        : [`/proc/net/fib_trie has ${quoted(hidden)} as local, which ip shows on no interface`]),
    ],
  };
}

/** A prefix to which routes lead without a gateway, and the local addresses in it that are in no longer one. */
interface ConnectedPrefix {
  readonly prefixLength: number;
  readonly interfaces: Set<string>;
  readonly addresses: string[];
}

/**
 * The addresses whose interface and prefix length follow from the routing tables.
 *
 * The kernel makes a route for the prefix of an address (fib_add_ifaddr of net/ipv4/fib_frontend.c). So where
 * one interface has that route and just one local address lies in it, that address made it. Of two, the
 * other may be a /32 on another interface (lo, kube-ipvs0) as well as a second address here; two interfaces
 * may have the same prefix; /32s and noprefixroute make no route: of all those nothing is said.
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

/** The loopback device can be renamed, but no other is made in its place. */
function loopbackName(devices: readonly Device[]): string | undefined {
  return devices.find(({ name, flags }) =>
    flags === null ? name === 'lo' : (flags & interfaceFlags.LOOPBACK) !== 0,
  )?.name;
}

/**
 * The prefixes that addresses have made, by keyOf.
 *
 * A route may also have been set by somebody, to a device without any address in the prefix (VPNs do). A
 * prefix that an address made has a broadcast route for its last address too, unless it is a /31, of which
 * the route must do. A /32 leads to a peer.
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
 * The longest prefix that the address lies in, where it can be a host's there: not the first and not the last
 * (RFC 1122, 3.2.1.3). flannel.1 has the first of the prefix that cni0 has, as a /32.
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

/** One number for a prefix: the network, and six bits for the length. */
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
