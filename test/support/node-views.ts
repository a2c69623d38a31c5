import {
  type LinuxKind,
  linuxKinds,
  type NodeView,
  type PodProcess,
  type ProcessNamespaces,
} from '../../src/inspection/node-view.ts';

/** The inode of each kind of namespace that a process's first thread is in; null where it could not be read. */
export type Inodes = Readonly<Record<LinuxKind, number | null>>;

/** The node's own, as the kernel numbers the initial namespaces. */
export const NODE = { net: 4026531833, pid: 4026531836, ipc: 4026531839 } as const satisfies Inodes;
/** A Pod's. */
export const OWN = { net: 4026532899, pid: 4026532901, ipc: 4026532900 } as const satisfies Inodes;
/** Of a process that the probe Pod is not permitted to read. */
export const HIDDEN = { net: null, pid: null, ipc: null } as const satisfies Inodes;

/** One inode of each kind, none, or all of several threads. */
export type GivenNamespaces = Readonly<Record<LinuxKind, number | null | readonly number[]>>;

/** The namespaces of a process, from a single inode of each kind or from all of its threads'. */
export function namespacesIn(given: GivenNamespaces): ProcessNamespaces {
  const of = (kind: LinuxKind): readonly number[] => {
    const inodes = given[kind];
    if (inodes === null) return [];
    return typeof inodes === 'number' ? [inodes] : inodes;
  };
  return { net: of('net'), pid: of('pid'), ipc: of('ipc') };
}

/** The runtime's ID of a container, from a few hexadecimal digits. */
export function containerId(digits: string): string {
  return digits.padEnd(64, '0');
}

export interface GivenProcess extends Omit<PodProcess, 'namespaces'> {
  readonly namespaces: GivenNamespaces;
}

/** A probe Pod's view of these processes. */
export function nodeView(processes: readonly GivenProcess[], overrides: Partial<NodeView> = {}): NodeView {
  return {
    node: NODE,
    processes: processes.map((process) => ({ ...process, namespaces: namespacesIn(process.namespaces) })),
    interfacesOf: () => null,
    isComplete: true,
    ...overrides,
  };
}

/** A process as the script of probe-script.ts may find it. */
export interface ReportedProcess {
  readonly pid: number;
  /** Null for one in no group with "pod" in its path. */
  readonly path: string | null;
  /** Where it differs when the groups are read again; null where the process is gone by then. */
  readonly pathAgain?: string | null;
  readonly namespaces: Inodes;
  /** Those that any of its threads is in, where they are not those of its first thread alone. */
  readonly threads?: Readonly<Partial<Record<LinuxKind, readonly number[]>>>;
  /** True if its first thread has ended. */
  readonly isZombie?: boolean;
}

export interface ReportedNode {
  readonly marker: string;
  /** The script's own process, and its parent. */
  readonly self: number;
  /** The control group of the script's own process where it is none of `processes`; null for no line of it. */
  readonly selfPath?: string | null;
  readonly parent: number;
  readonly processes: readonly ReportedProcess[];
  /** Sections that are otherwise than the processes make them, or are there as well; null for none. */
  readonly sections?: Readonly<Record<string, string | null>>;
}

/** A report of the script of probe-script.ts. */
export function probeReport({
  marker,
  self,
  selfPath,
  parent,
  processes,
  sections = {},
}: ReportedNode): string {
  const labelled = (file: string, text: (process: ReportedProcess) => string | number | null): string =>
    processes
      .flatMap((process) => {
        const shown = text(process);
        return shown === null ? [] : [`/proc/${String(process.pid)}/${file}${String(shown)}\n`];
      })
      .join('');
  const group = (path: string | null): string | null => (path === null ? null : `:0::${path}`);
  const inode = (number: number | null): string | null => (number === null ? null : ` ${String(number)}`);
  const own = selfPath === undefined ? processes.find(({ pid }) => pid === self)?.path : selfPath;
  const all: Readonly<Record<string, string | null>> = {
    self: selfSection(self, own ?? null),
    cgroups: labelled('cgroup', ({ path }) => group(path)),
    pid: labelled('ns/pid', ({ namespaces }) => inode(namespaces.pid)),
    ipc: labelled('ns/ipc', ({ namespaces }) => inode(namespaces.ipc)),
    net: labelled('ns/net', ({ namespaces }) => inode(namespaces.net)),
    'threads-net': threadLines(processes, 'net'),
    'threads-ipc': threadLines(processes, 'ipc'),
    'threads-pid': threadLines(processes, 'pid'),
    zombies: zombieLines(processes),
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
  return printSections(marker, all);
}

function printSections(marker: string, sections: Readonly<Record<string, string | null>>): string {
  const shown = Object.entries(sections).flatMap(([name, text]) =>
    text === null ? [] : [`${marker} begin ${name}\n${text}\n${marker} end 0\n`],
  );
  return `${shown.join('')}\n${marker} done\n`;
}

/** @param path the control group; null for no line of it */
function selfSection(self: number, path: string | null): string {
  return `${String(self)}\n${path === null ? '' : `0::${path}\n`}`;
}

/** The namespaces of all threads of the processes in Pods; one namespace of a process is printed once. */
function threadLines(processes: readonly ReportedProcess[], kind: LinuxKind): string {
  return processes
    .flatMap(({ pid, path, namespaces, threads }) => {
      const inodes = threads?.[kind] ?? (path === null ? [] : [namespaces[kind]]);
      return inodes.flatMap((inode) =>
        inode === null ? [] : [`/proc/${String(pid)}/ns/${kind} ${String(inode)}\n`],
      );
    })
    .join('');
}

function zombieLines(processes: readonly ReportedProcess[]): string {
  return processes
    .flatMap(({ pid, isZombie }) => (isZombie === true ? [`/proc/${String(pid)}/status\n`] : []))
    .join('');
}

export interface ReportedRounds {
  readonly marker: string;
  readonly self: number;
  /** The control group of the script's own process; null for no line of it. */
  readonly selfPath: string | null;
  /** The processes of each round. */
  readonly rounds: readonly (readonly ReportedProcess[])[];
}

/** A report of the script of probe-script.ts, asked to hold. */
export function heldReport({ marker, self, selfPath, rounds }: ReportedRounds): string {
  const lines = rounds.map((processes) => {
    const groups = processes.flatMap(({ pid, path }) =>
      path === null ? [] : [`/proc/${String(pid)}/cgroup:0::${path}\n`],
    );
    const inodes = linuxKinds.map((kind) => threadLines(processes, kind));
    return `round\n${groups.join('')}${zombieLines(processes)}${inodes.join('')}`;
  });
  return printSections(marker, { self: selfSection(self, selfPath), rounds: lines.join('') });
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
