import { ipv4Word } from '../procfs/address.ts';
import { isDeviceName } from '../procfs/device-name.ts';
import { excerpt } from '../procfs/procfs-error.ts';
import { ReportError } from './report-error.ts';

/** An IPv4 address of an interface, from the kernel's response to RTM_GETADDR. */
export interface IpAddress {
  readonly interface: string;
  readonly address: string;
  /** Prefix length of the peer's address if there is a peer, or else of this address. */
  readonly prefixLength: number;
  readonly peer: string | null;
  readonly broadcast: string | null;
  /** The name of the interface, or an alias such as eth0:1. */
  readonly label: string;
  /** "global", "link", "host", … or the number of a scope without a name. */
  readonly scope: string;
}

const MAX_LINE_LENGTH = 512;
/** Names that busybox and iproute2 print for IFA_F_ bits of include/uapi/linux/if_addr.h, and `proto`. */
const FLAG =
  'secondary|temporary|tentative|dadfailed|deprecated|optimistic|home|nodad|mngtmpaddr|noprefixroute|autojoin|stable-privacy|dynamic|flags [0-9a-f]{1,8}|proto [^ ]{1,32}';
const ADDRESS = new RegExp(
  String.raw`^[0-9]{1,10}: ([^ ]+) {4}inet ([0-9.]+)(?: peer ([0-9.]+))?/([0-9]|[12][0-9]|3[0-2])` +
    String.raw`(?: metric [0-9]{1,10})?(?: brd ([0-9.]+))?(?: any [0-9.]+)? scope ([^ ]{1,32}) ` +
    String.raw`(?:(?:${FLAG}) )*([^\\]{1,15})` +
    String.raw`\\ {7}valid_lft (?:forever|[0-9]{1,10}sec) preferred_lft (?:forever|-?[0-9]{1,10}sec)$`,
);

/**
 * Reads the output of `ip -o -4 addr show`. The order is the kernel's: the first address of an interface is the one
 * that SIOCGIFADDR returns.
 *
 * busybox (print_addrinfo of networking/libiproute/ipaddress.c) and iproute2 (ip/ipaddress.c) print the same, except
 * that busybox leaves out `metric` and `proto` and names some flags differently.
 *
 * @throws {ReportError} for any other text
 */
export function parseIpAddresses(text: string): readonly IpAddress[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): IpAddress {
  const columns = line.length > MAX_LINE_LENGTH ? null : ADDRESS.exec(line);
  const [name = '', address = '', peer, prefixLength, broadcast, scope = '', label = ''] =
    columns?.slice(1) ?? [];
  if (!isDeviceName(name)) throw new ReportError(`ip printed ${excerpt(line)}, which is not an address`);
  for (const dotted of [address, peer, broadcast]) {
    if (dotted !== undefined && ipv4Word(dotted) === null) {
      throw new ReportError(`ip printed ${excerpt(dotted)}, which is not an IPv4 address`);
    }
  }
  return {
    interface: name,
    address,
    prefixLength: Number(prefixLength),
    peer: peer ?? null,
    broadcast: broadcast ?? null,
    label,
    scope,
  };
}
