import { bytesFromHex, ipv6Text } from './address.ts';
import { isDeviceName } from './device-name.ts';
import { type Line, lines, trimBlanks } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** One IPv6 address of a network device. */
export interface Inet6Address {
  /** Text of RFC 5952. On a point-to-point device this is the device's own address, not the peer's. */
  readonly address: string;
  readonly interfaceIndex: number;
  readonly prefixLength: number;
  /** IPV6_ADDR_ scope bits of include/net/ipv6.h: 0 global, 0x10 host, 0x20 link, 0x40 site, 0x80 IPv4-compatible. */
  readonly scope: number;
  /** The lower eight IFA_F_ bits of include/uapi/linux/if_addr.h: 0x80 permanent, 0x40 tentative, … */
  readonly flags: number;
  readonly interface: string;
}

const ADDRESS =
  /^([0-9a-f]{32}) ([0-9a-f]{2,8}) ([0-9a-f]{2}) ([0-9a-f]{2,4}) ([0-9a-f]{2}) {1,8}([^ ]{1,15})$/;

/**
 * Parses the IPv6 addresses of /proc/PID/net/if_inet6, in the order of the file, which is that of a hash table.
 *
 * The file has no headings. It is empty for a network namespace without IPv6 addresses.
 * Follows if6_seq_show of net/ipv6/addrconf.c, which prints all numbers in hexadecimal.
 *
 * @throws {ProcfsError} for any other text
 */
export function parseIfInet6(text: string): readonly Inet6Address[] {
  return Array.from(lines('net/if_inet6', text), parseLine);
}

/** Parses `%pi6 %02x %02x %02x %02x %8s`. */
function parseLine(line: Line): Inet6Address {
  const [, address = '', index = '', prefix = '', scope = '', flags = '', name = ''] =
    ADDRESS.exec(trimBlanks(line.text)) ?? [];
  if (address === '') throw line.error(`${excerpt(line.text)} is not an address of a device`);
  if (!isDeviceName(name)) throw line.error(`${excerpt(name)} is not a device name`);
  const prefixLength = Number.parseInt(prefix, 16);
  if (prefixLength > 128) throw line.error(`the prefix length is ${String(prefixLength)}`);
  return {
    address: ipv6Text(bytesFromHex(address)),
    interfaceIndex: Number.parseInt(index, 16),
    prefixLength,
    scope: Number.parseInt(scope, 16),
    flags: Number.parseInt(flags, 16),
    interface: name,
  };
}
