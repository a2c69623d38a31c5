import type { ReceiveCounters, TransmitCounters } from '../procfs/net-dev.ts';

/** A network device with what every source says of it; null is what no source told. */
export interface NetworkInterface {
  readonly name: string;
  /** ARPHRD_ of include/uapi/linux/if_arp.h. */
  readonly hardwareType: number | null;
  /** Lower case with colons, as sysfs has it; null also where the device has none, as a tun device. */
  readonly hardwareAddress: string | null;
  readonly mtu: number | null;
  /**
   * IFF_ bits that are in effect. IFF_PROMISC and IFF_ALLMULTI are set whoever asked for them: a bridge
   * asks for both on each of its ports.
   */
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
  /** Of an IPv4 address: its alias, such as eth0:1; else the name of the device. */
  readonly label: string;
  /** Null where none is set, undefined where that is not known. */
  readonly broadcast: string | null | undefined;
  /** As broadcast. */
  readonly peer: string | null | undefined;
  /** Of an IPv6 address: as in /proc/net/if_inet6; else null. */
  readonly scope: number | null;
}

export interface Interfaces {
  /** In the order of /proc/net/dev, which decides what there is. */
  readonly interfaces: readonly NetworkInterface[];
  /** IPv4 addresses whose interface cannot be told. */
  readonly unattributed: readonly string[];
  /** Sources that contradict each other, each in a sentence without a full stop; they quote the container. */
  readonly warnings: readonly string[];
}

/** IFF_ of include/uapi/linux/if.h that have names to show, in the order of ifconfig. */
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
