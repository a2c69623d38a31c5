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
import { type Device, type Placement, placementsByRoutes } from './placements-by-routes.ts';
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
    ipAddresses === null ? assigned(sources, devices) : checked(ipAddresses, sources.fibTables, devices);
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

/** Returns the local addresses on the interfaces that the routing tables prove. */
function assigned(sources: InterfaceSources, devices: readonly Device[]): Ipv4Addresses {
  const placements = placementsByRoutes(sources, devices);
  const local = localAddresses(sources.fibTables);
  const placed = local.flatMap((address) => {
    const placement = placements.get(address);
    return placement === undefined ? [] : [fromFibTrie(address, placement)];
  });
  return {
    addresses: byDevice(placed),
    unattributed: local.filter((address) => !placements.has(address)),
    warnings: [],
  };
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

function fromFibTrie(address: string, { device, prefixLength }: Placement): Placed {
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
