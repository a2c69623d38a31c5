import { type CgroupMembership, parseCgroup } from '../procfs/cgroup.ts';
import { parseFibTrie } from '../procfs/fib-trie.ts';
import { parseIfInet6 } from '../procfs/if-inet6.ts';
import { type Mount, parseMountinfo } from '../procfs/mountinfo.ts';
import { inodeOfFdinfo, parseNamespaceLink } from '../procfs/namespace.ts';
import { parseNetDev } from '../procfs/net-dev.ts';
import { parseNsPid } from '../procfs/pid-status.ts';
import { ProcfsError } from '../procfs/procfs-error.ts';
import { parseRoute } from '../procfs/route.ts';
import { parseSockets, type Socket } from '../procfs/sockets.ts';
import { assembleInterfaces } from './interfaces.ts';
import type { Interfaces } from './network-interface.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import { type Report, parseReport } from './report.ts';
import { ReportError } from './report-error.ts';
import { parseSysfsDevices } from './sysfs-devices.ts';

type InodeKind = 'net' | 'pid' | 'ipc' | 'uts' | 'cgroup';

/** A container's report of itself. The container can forge all of it. Null: the container did not report the value. */
export interface ContainerView {
  /** False if the report was cut off. */
  readonly isComplete: boolean;
  readonly bootId: string | null;
  readonly inodes: Readonly<Record<InodeKind, number | null>>;
  readonly cgroup: readonly CgroupMembership[] | null;
  /** Control groups of process 1 in the container's /proc. */
  readonly cgroupOfPid1: readonly CgroupMembership[] | null;
  /** IDs of the script's process: in the PID namespace of its /proc first, in the process's own last. */
  readonly nsPid: readonly number[] | null;
  /** Mounts of /etc/hosts, /dev/shm, /proc and /sys. */
  readonly mounts: readonly Mount[] | null;
  readonly interfaces: Interfaces | null;
  /** True if the report contains the IPv4 addresses, even if there are none. */
  readonly showsAddresses: boolean;
  /** Null if they were not requested or not reported. */
  readonly listening: readonly ListeningSocket[] | null;
  /** Reasons why sections cannot be the kernel's output, each a few words. */
  readonly garbled: readonly string[];
}

/** A TCP socket that listens, or a UDP socket that is bound and not connected. */
export interface ListeningSocket {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  /** `pod` if a process of this container holds the socket. The node's network contains sockets of other processes. */
  readonly owner: 'pod' | 'unknown';
}

const BOOT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TCP_LISTEN = 0x0a;
const UDP_UNCONNECTED = 0x07;

/**
 * Reads the report of the script in script.ts. A section that cannot be the kernel's output is left out.
 *
 * @param output standard output of the script
 * @throws ReportError if the output does not contain a report
 */
export function readContainerView(output: string, marker: string): ContainerView {
  const report = parseReport(output, marker);
  if (report.sections.size === 0) throw new ReportError('the report is empty');
  const sections = new Sections(report);
  return {
    isComplete: report.isComplete,
    bootId: sections.read('boot-id', parseBootId),
    inodes: {
      net: readInode(sections, 'net'),
      pid: readInode(sections, 'pid'),
      ipc: readInode(sections, 'ipc'),
      uts: readInode(sections, 'uts'),
      cgroup: readInode(sections, 'cgroup'),
    },
    cgroup: sections.read('cgroup', parseCgroup),
    cgroupOfPid1: sections.read('cgroup-1', parseCgroup),
    nsPid: sections.read('status', parseNsPid),
    mounts: sections.read('mountinfo', parseMountinfo),
    interfaces: readInterfaces(sections),
    showsAddresses: sections.has('fib-trie') || sections.has('ip'),
    listening: readListening(sections),
    garbled: sections.garbled,
  };
}

/** Reads sections one by one, and collects the errors of those that cannot be parsed. */
class Sections {
  readonly garbled: string[] = [];
  readonly #read = new Set<string>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** True if the section exists and was parsed. */
  has(name: string): boolean {
    return this.#read.has(name);
  }

  read<T>(name: string, parse: (text: string) => T): T | null {
    const section = this.#report.sections.get(name);
    if (section === undefined || (section.failed && section.text === '')) return null;
    const value = this.attempt(() => parse(section.text));
    if (value !== null) this.#read.add(name);
    return value;
  }

  attempt<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ProcfsError) && !(error instanceof ReportError)) throw error;
      this.garbled.push(error.message);
      return null;
    }
  }
}

function parseBootId(text: string): string {
  const id = text.trim();
  if (!BOOT_ID.test(id)) throw new ReportError('the boot ID is not a UUID');
  return id;
}

/** Reads the inode from fdinfo (Linux 5.14 and later), or else from the link. */
function readInode(sections: Sections, kind: InodeKind): number | null {
  const inode = sections.read(`inode ${kind}`, inodeOfFdinfo);
  if (inode !== null) return inode;
  const link = sections.read(`link ${kind}`, (text) => parseNamespaceLink(text.trim()));
  return link?.kind === kind ? link.inode : null;
}

function readInterfaces(sections: Sections): Interfaces | null {
  const netDev = sections.read('net-dev', parseNetDev);
  if (netDev === null) return null;
  return sections.attempt(() =>
    assembleInterfaces({
      netDev,
      routes: sections.read('route', parseRoute) ?? [],
      fibTables: sections.read('fib-trie', parseFibTrie) ?? [],
      inet6: sections.read('if-inet6', parseIfInet6) ?? [],
      sysfs: sections.read('sysfs', parseSysfsDevices),
      ipAddresses: sections.read('ip', parseIpAddresses),
    }),
  );
}

function readListening(sections: Sections): readonly ListeningSocket[] | null {
  const own = sections.read('own-sockets', socketInodes);
  const of = (
    section: string,
    protocol: 'TCP' | 'UDP',
    family: 'IPv4' | 'IPv6',
  ): readonly ListeningSocket[] | null => {
    const sockets = sections.read(section, (text) => parseSockets(text, family));
    return (
      sockets
        ?.filter(({ state }) => state === (protocol === 'TCP' ? TCP_LISTEN : UDP_UNCONNECTED))
        .map((socket) => ({
          protocol,
          address: socket.localAddress,
          port: socket.localPort,
          owner: isOwn(socket, own) ? ('pod' as const) : ('unknown' as const),
        })) ?? null
    );
  };
  const found = [
    of('tcp', 'TCP', 'IPv4'),
    of('tcp6', 'TCP', 'IPv6'),
    of('udp', 'UDP', 'IPv4'),
    of('udp6', 'UDP', 'IPv6'),
  ].filter((sockets) => sockets !== null);
  return found.length === 0 ? null : found.flat();
}

function isOwn({ inode }: Socket, own: ReadonlySet<number> | null): boolean {
  return inode !== 0 && own?.has(inode) === true;
}

/** Reads the output of `ls -l` on file descriptors: `… 3 -> socket:[12345]`. */
function socketInodes(text: string): ReadonlySet<number> {
  return new Set(Array.from(text.matchAll(/ -> socket:\[(\d{1,15})\]$/gm), ([, inode]) => Number(inode)));
}
