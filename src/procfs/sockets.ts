import { bytesFromHex, type Endianness, ipv4FromHex, ipv6Text } from './address.ts';
import { type Line, lines, MAX_EXACT, MAX_UINT32, trimBlanks } from './line.ts';
import { excerpt, ProcfsError } from './procfs-error.ts';

/** One TCP or UDP socket of a network namespace. */
export interface Socket {
  /** Dotted decimal, or text of RFC 5952; 0.0.0.0 and :: are any address. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** TCP_ states of include/net/tcp_states.h: 1 established, 6 time-wait, 10 listening; UDP: 7 unless connected. */
  readonly state: number;
  /** User ID in the user namespace of the process that opened the file; 65534 for a user unknown there. */
  readonly uid: number;
  /** 0 for sockets that no process holds any more (time-wait). */
  readonly inode: number;
}

/**
 * Parses the sockets of /proc/PID/net/tcp and udp (IPv4) or tcp6 and udp6 (IPv6), in the order of the file.
 *
 * The columns after the inode differ between the files and are ignored.
 * Follows tcp4_seq_show, tcp6_seq_show, udp4_seq_show and udp6_seq_show of net/ipv4 and net/ipv6.
 *
 * @throws {ProcfsError} for any other text
 */
export function parseSockets(
  text: string,
  family: 'IPv4' | 'IPv6',
  endianness: Endianness = 'little',
): readonly Socket[] {
  const file = family === 'IPv4' ? 'net/tcp or net/udp' : 'net/tcp6 or net/udp6';
  const sockets: Socket[] = [];
  let headings = false;
  for (const line of lines(file, text)) {
    if (headings) {
      sockets.push(parseLine(line, family, endianness));
    } else {
      headings = trimBlanks(line.text).startsWith('sl ');
      if (!headings) throw line.error(`${excerpt(line.text)} instead of the headings`);
    }
  }
  if (!headings) throw new ProcfsError(file, 0, 'no headings');
  return sockets;
}

const ENDPOINTS = {
  IPv4: /^([0-9A-F]{8}):([0-9A-F]{4}) ([0-9A-F]{8}):([0-9A-F]{4}) /,
  IPv6: /^([0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{32}):([0-9A-F]{4}) /,
} as const;

/** Matches `st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`. The timeout can be negative. */
const STATE =
  /^([0-9A-F]{2}) [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8,16} [0-9A-F]{8} {1,5}([0-9]{1,10}) {1,8}-?[0-9]{1,10} ([0-9]{1,20})(?: |$)/;

/** Parses `%4d: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu` and ignores the rest. */
function parseLine(line: Line, family: 'IPv4' | 'IPv6', endianness: Endianness): Socket {
  const number = /^ *[0-9]{1,10}: /.exec(line.text)?.[0];
  if (number === undefined) throw line.error(`no number at the start of ${excerpt(line.text)}`);
  const endpoints = ENDPOINTS[family].exec(line.text.slice(number.length));
  const [all = '', localAddress = '', localPort = '', remoteAddress = '', remotePort = ''] = endpoints ?? [];
  if (endpoints === null) {
    throw line.error(`no two ${family} addresses in ${excerpt(line.text.slice(number.length))}`);
  }
  const rest = line.text.slice(number.length + all.length);
  const [, state = '', uid = '', inode = ''] = STATE.exec(rest) ?? [];
  if (state === '') throw line.error(`no state, uid and inode in ${excerpt(rest)}`);
  const address = (hex: string): string =>
    family === 'IPv4' ? ipv4FromHex(hex, endianness) : ipv6FromHex(hex, endianness);
  return {
    localAddress: address(localAddress),
    localPort: Number.parseInt(localPort, 16),
    remoteAddress: address(remoteAddress),
    remotePort: Number.parseInt(remotePort, 16),
    state: Number.parseInt(state, 16),
    uid: line.decimal(uid, 'uid', MAX_UINT32),
    inode: line.decimal(inode, 'inode', MAX_EXACT),
  };
}

/** Parses an address of four words, each in the byte order of the machine. */
function ipv6FromHex(hex: string, endianness: Endianness): string {
  const bytes = bytesFromHex(hex);
  if (endianness === 'little') {
    for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  }
  return ipv6Text(bytes);
}
