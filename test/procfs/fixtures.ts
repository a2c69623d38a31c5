import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { parseFibTrie } from '../../src/procfs/fib-trie.ts';
import { parseIfInet6 } from '../../src/procfs/if-inet6.ts';
import { parseMountinfo } from '../../src/procfs/mountinfo.ts';
import { inodeOfFdinfo, parseNamespaceLink } from '../../src/procfs/namespace.ts';
import { parseNetDev } from '../../src/procfs/net-dev.ts';
import { parseNsPid } from '../../src/procfs/pid-status.ts';
import { parseRoute } from '../../src/procfs/route.ts';
import { parseSockets } from '../../src/procfs/sockets.ts';

type Parse = (text: string) => unknown;

/** Parsers by the prefix of their fixtures' names. */
export const parsers: Readonly<Record<string, Parse>> = {
  cgroup: parseCgroup,
  fdinfo: inodeOfFdinfo,
  'fib-trie': parseFibTrie,
  'if-inet6': parseIfInet6,
  mountinfo: parseMountinfo,
  'namespace-link': parseNamespaceLink,
  'net-dev': parseNetDev,
  route: (text) => parseRoute(text),
  sockets: (text) => parseSockets(text, 'IPv4'),
  sockets6: (text) => parseSockets(text, 'IPv6'),
  status: parseNsPid,
};

export interface Fixture {
  /** "net-dev.kube-node-2". README.md in the directory lists the origin of each file. */
  readonly name: string;
  readonly parse: Parse;
  readonly text: string;
  readonly expected: unknown;
}

const folder = join(import.meta.dirname, '../fixtures/procfs');

export const fixtures: readonly Fixture[] = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => {
    const name = file.slice(0, -'.txt'.length);
    const parse = parsers[name.split('.', 1)[0] ?? ''];
    if (parse === undefined) throw new Error(`no parser for ${file}`);
    const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as unknown;
    return { name, parse, text: readFileSync(join(folder, file), 'utf8'), expected };
  });
