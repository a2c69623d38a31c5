import { parseCgroup } from '../procfs/cgroup.ts';
import { podOfCgroup, podsBase } from '../procfs/pod-cgroup.ts';
import { type InterfacesOf, interfaceReader } from './interface-reader.ts';
import { parseLabelledLines } from './labelled-lines.ts';
import { parseReport, type Report, textOf } from './report.ts';
import { ReportError } from './report-error.ts';
import { parseSysfsDevices, type SysfsDevice } from './sysfs-devices.ts';

/** The kinds of namespace that the probe Pod reads, by their names in /proc/PID/ns. */
export const linuxKinds = ['net', 'pid', 'ipc'] as const;
export type LinuxKind = (typeof linuxKinds)[number];

/** Inodes of the node's own namespaces. Null: the probe Pod could not read the inode. */
export type NodeNamespaces = Readonly<Record<LinuxKind, number | null>>;

/**
 * Inodes of the namespaces of a process's threads, the first thread's first. Empty if none could be read: the kernel
 * refused it, or the process ended or changed its control group during the reading.
 */
export type ProcessNamespaces = Readonly<Record<LinuxKind, readonly number[]>>;

export const UNREAD: ProcessNamespaces = { net: [], pid: [], ipc: [] };

/** One process of the node that is in a Pod. */
export interface PodProcess {
  readonly pid: number;
  readonly podUid: string;
  /** ID that the runtime gave the container; null for a process of the Pod outside the runtime's containers. */
  readonly container: string | null;
  readonly namespaces: ProcessNamespaces;
}

/** A node as the probe Pod reads it, outside all other Pods. A container cannot forge it. */
export interface NodeView {
  /**
   * The node's own namespaces, which are those of the runtime process that started the probe Pod. Null if the probe Pod
   * did not find that process, because it was not started in the node's PID namespace.
   */
  readonly node: NodeNamespaces | null;
  /** Processes of all Pods, including the probe Pod, without zombies. */
  readonly processes: readonly PodProcess[];
  readonly interfacesOf: InterfacesOf;
  /** False if the report was cut off after the processes, so that interfaces may be missing. */
  readonly isComplete: boolean;
}

/**
 * Reads the probe Pod's report on the question `node`.
 *
 * @param output standard output of the script in probe-script.ts
 * @param probeUid UID of the probe Pod
 * @throws ReportError if the output is not a report that contains the processes of this node's Pods
 */
export function readNodeView(output: string, marker: string, probeUid: string): NodeView {
  const report = parseReport(output, marker);
  // The sections after `parent` are about interfaces. A container can create so many that the report is cut off there.
  if (!report.sections.has('parent')) throw new ReportError('the report was cut off');
  const self = readSelf(textOf(report, 'self'), probeUid);
  const inodes = { net: inodesOf(report, 'net'), pid: inodesOf(report, 'pid'), ipc: inodesOf(report, 'ipc') };
  const processes = processesOf(report, self.podsBase, inodes);
  // In a PID namespace of the probe Pod's own, the parent's ID is 0.
  const shim = parentOf(textOf(report, 'parent'));
  const isInContainer = processes.some(({ pid, container }) => pid === shim && container !== null);
  const isSeen = inodes.pid.has(shim) && !isInContainer;
  const ofShim = (kind: LinuxKind): number | null => inodes[kind].get(shim)?.[0] ?? null;
  return {
    node: isSeen ? { net: ofShim('net'), pid: ofShim('pid'), ipc: ofShim('ipc') } : null,
    processes,
    interfacesOf: interfaceReader(report, inodes.net, inodes.net.get(self.pid)?.[0] ?? null),
    isComplete: report.isComplete,
  };
}

type Inodes = Readonly<Record<LinuxKind, ReadonlyMap<number, readonly number[]>>>;

/**
 * Returns the processes of Pods. The script reads the control groups twice, before and after the namespaces. If the
 * group of a process ID changed, it may be another process. If an ID is only in the second list, its namespaces were
 * not read. Both are returned without namespaces, because they may be in any namespace.
 */
function processesOf(report: Report, base: string, inodes: Inodes): readonly PodProcess[] {
  const before = pathsOf(textOf(report, 'cgroups'));
  const after = pathsOf(textOf(report, 'cgroups-again'));
  const threads = {
    net: inodesOf(report, 'net', 'threads-net'),
    pid: inodesOf(report, 'pid', 'threads-pid'),
    ipc: inodesOf(report, 'ipc', 'threads-ipc'),
  };
  const zombies = zombiesOf(textOf(report, 'zombies'));
  const of = (kind: LinuxKind, pid: number): readonly number[] => [
    ...new Set([...(inodes[kind].get(pid) ?? []), ...(threads[kind].get(pid) ?? [])]),
  ];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((pid): readonly PodProcess[] => {
    const group = podOfCgroup(before.get(pid) ?? '', base);
    const again = podOfCgroup(after.get(pid) ?? '', base);
    const isSame = group?.podUid === again?.podUid && group?.container === again?.container;
    if (!isSame) {
      return [group, again].flatMap((one) => (one === null ? [] : [{ pid, ...one, namespaces: UNREAD }]));
    }
    if (group === null) return [];
    const namespaces = { net: of('net', pid), pid: of('pid', pid), ipc: of('ipc', pid) };
    return isZombie(namespaces, zombies.has(pid)) ? [] : [{ pid, ...group, namespaces }];
  });
}

/**
 * True if all threads of a process have ended. A process whose first thread alone has ended still has namespaces.
 *
 * @param isMarked true if /proc/PID/status reports a zombie
 */
export function isZombie(namespaces: ProcessNamespaces, isMarked: boolean): boolean {
  return isMarked && linuxKinds.every((kind) => namespaces[kind].length === 0);
}

/**
 * Reads the probe Pod's report on the question `devices`: the devices in the /sys of one process.
 *
 * @param output standard output of the script in probe-script.ts
 * @throws ReportError if the output is not a complete report
 */
export function readDevices(output: string, marker: string): readonly SysfsDevice[] {
  const report = parseReport(output, marker);
  if (!report.isComplete) throw new ReportError('the report was cut off');
  return parseSysfsDevices(textOf(report, 'sysfs'));
}

/**
 * Reads the ID of the script's own process, and the path of the control group that contains all Pods of the node.
 *
 * @param text the process ID, and the line of the hierarchy in /proc/PID/cgroup that assigns processes to Pods
 * @throws ReportError if the line is not that of the probe Pod's own group
 */
export function readSelf(
  text: string,
  probeUid: string,
): { readonly pid: number; readonly podsBase: string } {
  const [pid = '', line = ''] = text.trim().split('\n');
  if (!/^[1-9][0-9]{0,6}$/.test(pid)) throw new ReportError('the report has no process ID of its script');
  const path = line === '' ? '' : (parseCgroup(`${line}\n`)[0]?.path ?? '');
  // In a cgroup namespace of its own, the probe Pod's group has the path `/`.
  const isOwn = path === '/' || podOfCgroup(path, podsBase(path, probeUid))?.podUid === probeUid;
  if (!isOwn) throw new ReportError("the report does not show the probe Pod's own control group");
  return { pid: Number(pid), podsBase: podsBase(path, probeUid) };
}

/** Returns the ID of the script's parent process; 0 if the report does not contain it. */
function parentOf(text: string): number {
  return Number(/^PPid:\s*([0-9]{1,7})$/.exec(text.trim())?.[1] ?? 0);
}

/** Returns the control group path of each process. */
export function pathsOf(text: string): ReadonlyMap<number, string> {
  return new Map(
    [...parseLabelledLines(text, 'cgroup')].flatMap(([pid, line]) => {
      const [membership] = parseCgroup(line);
      return membership === undefined ? [] : [[pid, membership.path] as const];
    }),
  );
}

/** Returns the processes whose first thread has ended by /proc/PID/status. */
export function zombiesOf(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(/^\/proc\/([0-9]{1,7})\/status$/gm)].map(([, pid]) => Number(pid)));
}

function inodesOf(
  report: Report,
  kind: LinuxKind,
  section: string = kind,
): ReadonlyMap<number, readonly number[]> {
  return parseInodes(textOf(report, section), kind);
}

/** Returns the inodes of one kind of namespace, by process ID. */
export function parseInodes(text: string, kind: LinuxKind): ReadonlyMap<number, readonly number[]> {
  const texts = parseLabelledLines(text, `ns/${kind}`);
  return new Map(
    [...texts].map(([pid, inodes]) => [pid, inodes.split('\n').map((inode) => numberOf(inode, kind))]),
  );
}

function numberOf(inode: string, kind: string): number {
  if (!/^[1-9][0-9]{0,15}$/.test(inode)) throw new ReportError(`a ${kind} namespace has an invalid inode`);
  return Number(inode);
}
