import type { ReceiveCounters, TransmitCounters } from '../procfs/net-dev.ts';

/** A network device, combined from all sources. Null: no source reported the value. */
export interface NetworkInterface {
  readonly name: string;
  /** ARPHRD_ of include/uapi/linux/if_arp.h. */
  readonly hardwareType: number | null;
  /** Lower case with colons, as in sysfs; null also if the device has none, such as a tun device. */
  readonly hardwareAddress: string | null;
  readonly mtu: number | null;
  /** IFF_ bits in effect. IFF_PROMISC and IFF_ALLMULTI are also set if the kernel enabled them, as on a bridge port. */
  readonly flags: number | null;
  readonly txQueueLength: number | null;
  readonly rx: ReceiveCounters;
  readonly tx: TransmitCounters;
  /** IPv4 first. */
  readonly addresses: readonly InterfaceAddress[];
}

export interface InterfaceAddress {
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
  readonly prefixLength: number;
  /** Alias of an IPv4 address, such as eth0:1; otherwise the name of the device. */
  readonly label: string;
  /** Null if none is set, undefined if that is unknown. */
  readonly broadcast: string | null | undefined;
  /** Null if none is set, undefined if that is unknown. */
  readonly peer: string | null | undefined;
  /** Scope bits of an IPv6 address, as in /proc/net/if_inet6; null for IPv4. */
  readonly scope: number | null;
}

export interface Interfaces {
  /** In the order of /proc/net/dev, which lists all interfaces. */
  readonly interfaces: readonly NetworkInterface[];
  /** IPv4 addresses whose interface is unknown. */
  readonly unattributed: readonly string[];
  /** Contradictions between sources, each a sentence without a full stop. They quote text of the container. */
  readonly warnings: readonly string[];
}

/** Names of IFF_ bits (include/uapi/linux/if.h) that are printed, in the order of ifconfig. */
export const interfaceFlags = {
  UP: 0x1,
  BROADCAST: 0x2,
  DEBUG: 0x4,
  LOOPBACK: 0x8,
  POINTOPOINT: 0x10,
  NOTRAILERS: 0x20,
  RUNNING: 0x40,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  SLAVE: 0x800,
  MASTER: 0x400,
  MULTICAST: 0x1000,
  DYNAMIC: 0x8000,
} as const;
