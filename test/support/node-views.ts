import type { NodeView, PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';

/** The node's own, as the kernel numbers those that it begins with. */
export const NODE: ProcessNamespaces = { net: 4026531833, pid: 4026531836, ipc: 4026531839 };
/** A Pod's. */
export const OWN: ProcessNamespaces = { net: 4026532899, pid: 4026532901, ipc: 4026532900 };
/** Of a process that the probe may not look into. */
export const HIDDEN: ProcessNamespaces = { net: null, pid: null, ipc: null };

/** The runtime's ID of a container, from a few hexadecimal digits. */
export function containerId(digits: string): string {
  return digits.padEnd(64, '0');
}

/** What a probe sees of these processes. */
export function nodeView(processes: readonly PodProcess[], overrides: Partial<NodeView> = {}): NodeView {
  return { node: NODE, processes, interfacesOf: () => null, isComplete: true, ...overrides };
}

/** What the script of probe-script.ts may find of one process. */
export interface ReportedProcess {
  readonly pid: number;
  /** Null for one in no group with "pod" in its path. */
  readonly path: string | null;
  /** Where it differs when the groups are read again; null where the process is gone by then. */
  readonly pathAgain?: string | null;
  readonly namespaces: ProcessNamespaces;
  /** Those that any of its threads is in; where it is in a Pod, those of its first thread are among them. */
  readonly threads?: Readonly<Record<'net' | 'ipc', readonly number[]>>;
}

export interface ReportedNode {
  readonly marker: string;
  /** The script's own process, and its parent. */
  readonly self: number;
  readonly parent: number;
  readonly processes: readonly ReportedProcess[];
  /** Sections that are otherwise than the processes make them, or are there as well; null for none. */
  readonly sections?: Readonly<Record<string, string | null>>;
}

/** A report of the script of probe-script.ts. */
export function probeReport({ marker, self, parent, processes, sections = {} }: ReportedNode): string {
  const labelled = (file: string, text: (process: ReportedProcess) => string | number | null): string =>
    processes
      .flatMap((process) => {
        const shown = text(process);
        return shown === null ? [] : [`/proc/${String(process.pid)}/${file}${String(shown)}\n`];
      })
      .join('');
  const group = (path: string | null): string | null => (path === null ? null : `:0::${path}`);
  const inode = (number: number | null): string | null => (number === null ? null : ` ${String(number)}`);
  const ofThreads = (kind: 'net' | 'ipc'): string =>
    processes
      .flatMap(({ pid, path, namespaces, threads }) =>
        (threads?.[kind] ?? (path === null ? [] : [namespaces[kind]])).flatMap((number) =>
          number === null ? [] : [`/proc/${String(pid)}/ns/${kind} ${String(number)}\n`],
        ),
      )
      .join('');
  const all: Readonly<Record<string, string | null>> = {
    self: `${String(self)}\n`,
    cgroups: labelled('cgroup', ({ path }) => group(path)),
    pid: labelled('ns/pid', ({ namespaces }) => inode(namespaces.pid)),
    ipc: labelled('ns/ipc', ({ namespaces }) => inode(namespaces.ipc)),
    net: labelled('ns/net', ({ namespaces }) => inode(namespaces.net)),
    'threads-net': ofThreads('net'),
    'threads-ipc': ofThreads('ipc'),
    'cgroups-again': labelled('cgroup', ({ path, pathAgain }) =>
      group(pathAgain === undefined ? path : pathAgain),
    ),
    parent: `PPid:\t${String(parent)}\n`,
    sysfs: '',
    ip: '',
    'net-dev': '',
    'if-inet6': '',
    route: '',
    'fib-trie': '',
    ...sections,
  };
  const shown = Object.entries(all).flatMap(([name, text]) =>
    text === null ? [] : [`${marker} begin ${name}\n${text}\n${marker} end 0\n`],
  );
  return `${shown.join('')}\n${marker} done\n`;
}

/** The file of `/proc/PID/net/dev` with these devices, each line behind the label that the script gives it. */
export function labelledNetDev(pid: number, names: readonly string[]): string {
  const counters = Array.from({ length: 16 }, () => '0').join(' ');
  return [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    ...names.map((name) => `${name.padStart(6)}: ${counters}`),
  ]
    .map((line) => `/proc/${String(pid)}/net/dev:${line}\n`)
    .join('');
}
