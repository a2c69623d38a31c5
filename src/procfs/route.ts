import { type Endianness, ipv4Text, networkWord } from './address.ts';
import { isDeviceName } from './device-name.ts';
import { type Line, lines, MAX_INT32, MAX_UINT32, trimBlanks } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** One IPv4 route of the main table. */
export interface Route {
  /** Device of the first next hop; "*" for a route without a device (unreachable, blackhole, prohibit). */
  readonly interface: string;
  /** Dotted decimal; 0.0.0.0 with prefix length 0 is the default route. */
  readonly destination: string;
  /** Dotted decimal; 0.0.0.0 if there is no gateway or an IPv6 gateway. */
  readonly gateway: string;
  /** RTF_ bits of include/uapi/linux/route.h: 1 up, 2 gateway, 4 host, 0x200 reject. */
  readonly flags: number;
  readonly metric: number;
  readonly prefixLength: number;
}

const HEADINGS = 'Iface\tDestination\t';
const COLUMNS = 11;

/**
 * Parses the routes of /proc/PID/net/route, in the order of the file.
 *
 * If there is no main table yet, the file is empty and does not have headings either.
 * Follows fib_route_seq_show of net/ipv4/fib_trie.c.
 *
 * @throws {ProcfsError} for any other text
 */
export function parseRoute(text: string, endianness: Endianness = 'little'): readonly Route[] {
  const routes: Route[] = [];
  let headings = false;
  for (const line of lines('net/route', text)) {
    if (headings) {
      routes.push(parseLine(line, endianness));
    } else {
      headings = trimBlanks(line.text).startsWith(HEADINGS);
      if (!headings) throw line.error(`${excerpt(line.text)} instead of the headings`);
    }
  }
  return routes;
}

/** Parses `%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%d\t%u\t%u`, padded with spaces to 127 characters. */
function parseLine(line: Line, endianness: Endianness): Route {
  const columns = trimBlanks(line.text).split('\t');
  if (columns.length !== COLUMNS) {
    throw line.error(`${String(columns.length)} columns instead of ${String(COLUMNS)}`);
  }
  const [name = '', destination = '', gateway = '', flags = '', , , metric = '', mask = ''] = columns;
  if (!isDeviceName(name)) throw line.error(`${excerpt(name)} is not a device name`);
  if (!/^[0-9A-F]{4,8}$/.test(flags)) throw line.error(`Flags are ${excerpt(flags)}`);
  const word = (hex: string, what: string): number => {
    if (!/^[0-9A-F]{8}$/.test(hex)) throw line.error(`${what} is ${excerpt(hex)}`);
    return networkWord(hex, endianness);
  };
  const network = word(destination, 'Destination');
  const hostBits = ~word(mask, 'Mask') >>> 0;
  if ((hostBits & (hostBits + 1)) !== 0) throw line.error(`Mask ${mask} is not contiguous`);
  if ((network & hostBits) !== 0) throw line.error(`Destination ${destination} is longer than Mask ${mask}`);
  return {
    interface: name,
    destination: ipv4Text(network),
    gateway: ipv4Text(word(gateway, 'Gateway')),
    flags: Number.parseInt(flags, 16),
    metric: parseMetric(line, metric),
    prefixLength: Math.clz32(hostBits),
  };
}

/** Parses an unsigned number that kernels until 2024 print with %d. */
function parseMetric(line: Line, metric: string): number {
  if (!metric.startsWith('-')) return line.decimal(metric, 'Metric', MAX_UINT32);
  return 2 ** 32 - line.decimal(metric.slice(1), 'Metric', MAX_INT32 + 1n);
}
