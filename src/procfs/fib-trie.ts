import { ipv4Word } from './address.ts';
import { type Line, lines, trimBlanks } from './line.ts';
import { excerpt } from './procfs-error.ts';

/** One prefix of a routing table. */
export interface FibLeaf {
  /** Dotted decimal. */
  readonly address: string;
  readonly prefixLength: number;
  /** "universe", "site", "link", "host", "nowhere" or "scope=NUMBER". */
  readonly scope: string;
  /** "UNICAST", "LOCAL", "BROADCAST", … or "type NUMBER". */
  readonly type: string;
}

export interface FibTable {
  /** "Main", "Local" or "Id 100". The kernel prints the ID as a signed number. */
  readonly name: string;
  readonly leaves: readonly FibLeaf[];
}

const FILE = 'net/fib_trie';
const TABLE = /^(Main|Local|Id -?[0-9]{1,10}):$/;
const INTERNAL_NODE = /^\+-- ([0-9.]{7,15})\/[0-9]{1,2} [0-9]{1,10} [0-9]{1,10} [0-9]{1,10}$/;
const LEAF = /^\|-- ([0-9.]{7,15})$/;
const PREFIX =
  /^\/([0-9]|[12][0-9]|3[0-2]) (universe|site|link|host|nowhere|scope=[0-9]{1,3}) ([A-Z]{1,16}|type [0-9]{1,3})(?: tos=[0-9]{1,3})?$/;

/**
 * Parses the IPv4 routing tables of /proc/PID/net/fib_trie, in the order of the file.
 *
 * Main and Local are one trie until the first routing rule is added. The kernel prints that trie under both names. It
 * leaves out empty tables, so the file of a network namespace without addresses is empty.
 * Follows fib_trie_seq_show of net/ipv4/fib_trie.c. The indentation is not needed here.
 *
 * @throws {ProcfsError} for any other text, and for a duplicate table
 */
export function parseFibTrie(text: string): readonly FibTable[] {
  const tables = new Map<string, FibLeaf[]>();
  let leaves: FibLeaf[] | null = null;
  let address: string | null = null;
  for (const line of lines(FILE, text)) {
    const node = trimBlanks(line.text);
    const table = TABLE.exec(node)?.[1];
    if (table !== undefined) {
      if (tables.has(table)) throw line.error(`duplicate table ${table}`);
      leaves = [];
      address = null;
      tables.set(table, leaves);
    } else if (leaves === null) {
      throw line.error(`${excerpt(node)} instead of the name of a table`);
    } else if (node.startsWith('/')) {
      if (address === null) throw line.error('a prefix without an address');
      leaves.push(parsePrefix(line, node, address));
    } else {
      address = parseNode(line, node);
    }
  }
  return Array.from(tables, ([name, ofTable]) => ({ name, leaves: ofTable }));
}

/**
 * Returns the local addresses of the network namespace (`/32 host LOCAL`) without duplicates, in the order of the file.
 * A local route that was added by hand (`ip route add local 192.0.2.9`) cannot be distinguished from an address.
 */
export function localAddresses(tables: readonly FibTable[]): readonly string[] {
  const local = tables.flatMap(({ leaves }) =>
    leaves.filter(
      ({ prefixLength, scope, type }) => prefixLength === 32 && scope === 'host' && type === 'LOCAL',
    ),
  );
  return [...new Set(local.map(({ address }) => address))];
}

/** Returns the address of a leaf (`|-- 192.0.2.2`); null for an inner node (`+-- 192.0.2.0/24 2 0 2`) without prefixes. */
function parseNode(line: Line, node: string): string | null {
  const leaf = LEAF.exec(node)?.[1];
  const address = leaf ?? INTERNAL_NODE.exec(node)?.[1];
  if (address === undefined || ipv4Word(address) === null) {
    throw line.error(`${excerpt(node)} is not a node of a trie`);
  }
  return leaf ?? null;
}

/** Parses `/32 host LOCAL`, which may be followed by ` tos=16`. */
function parsePrefix(line: Line, node: string, address: string): FibLeaf {
  const [, digits, scope, type] = PREFIX.exec(node) ?? [];
  if (digits === undefined || scope === undefined || type === undefined) {
    throw line.error(`${excerpt(node)} is not a prefix`);
  }
  const prefixLength = Number(digits);
  if ((ipv4Word(address) ?? 0) % 2 ** (32 - prefixLength) !== 0) {
    throw line.error(`${address} is longer than /${digits}`);
  }
  return { address, prefixLength, scope, type };
}
