import { parseCgroup } from '../procfs/cgroup.ts';
import { parseFibTrie } from '../procfs/fib-trie.ts';
import { parseIfInet6 } from '../procfs/if-inet6.ts';
import { parseNetDev } from '../procfs/net-dev.ts';
import { podOfCgroup, podsBase } from '../procfs/pod-cgroup.ts';
import { ProcfsError } from '../procfs/procfs-error.ts';
import { parseRoute } from '../procfs/route.ts';
import { assembleInterfaces } from './interfaces.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import { parseLabelledLines, type TextOfProcess } from './labelled-lines.ts';
import type { Interfaces } from './network-interface.ts';
import { type Report, parseReport } from './report.ts';
import { ReportError } from './report-error.ts';
import { parseSysfsDevices, type SysfsDevice } from './sysfs-devices.ts';

/** The kinds of namespace that the probe Pod reads, by their names in /proc/PID/ns. */
export const linuxKinds = ['net', 'pid', 'ipc'] as const;
export type LinuxKind = (typeof linuxKinds)[number];

/** The namespaces that the node's own processes are in; null where the probe Pod could not read one. */
export type NodeNamespaces = Readonly<Record<LinuxKind, number | null>>;

/**
 * Inode numbers of the namespaces that the threads of one process are in, that of its first thread first. Empty where
 * none could be read: the probe Pod is not permitted to, or the process ended or changed its control group meanwhile.
 */
export type ProcessNamespaces = Readonly<Record<LinuxKind, readonly number[]>>;

export const UNREAD: ProcessNamespaces = { net: [], pid: [], ipc: [] };

/** One process of the node that is in a Pod. */
export interface PodProcess {
  readonly pid: number;
  readonly podUid: string;
  /** The runtime's ID; null for what runs in the Pod but in no container of the runtime's. */
  readonly container: string | null;
  readonly namespaces: ProcessNamespaces;
}

/** What the probe sees of a node from outside of all its Pods. No container has a say in it. */
export interface NodeView {
  /**
   * The node's own, which are those of the runtime that starts its Pods; null where the probe sees no such
   * process, because it has not been given the PID namespace of the node.
   */
  readonly node: NodeNamespaces | null;
  /** Those of the Pods, the probe among them, without zombies. */
  readonly processes: readonly PodProcess[];
  /**
   * The interfaces of a network namespace; null where they could not be read.
   *
   * @param devices what /sys has of them, which is known by itself of the probe's own namespace alone
   */
  readonly interfacesOf: (net: number, devices?: readonly SysfsDevice[]) => Interfaces | null;
  /** False where the report was cut off behind the processes: of interfaces there may be more. */
  readonly isComplete: boolean;
}

/**
 * @param output what the script of probe-script.ts printed, asked for the node
 * @param probeUid the UID of the probe itself
 * @throws ReportError where it is no report, or none that tells the Pods of this node
 */
export function readNodeView(output: string, marker: string, probeUid: string): NodeView {
  const report = parseReport(output, marker);
  // What comes behind is about interfaces, of which a container may make as many as it likes.
  if (!report.sections.has('parent')) throw new ReportError('it was cut off');
  const self = readSelf(textOf(report, 'self'), probeUid);
  const inodes = { net: inodesOf(report, 'net'), pid: inodesOf(report, 'pid'), ipc: inodesOf(report, 'ipc') };
  const processes = processesOf(report, self.podsBase, inodes);
  // In a PID namespace of its own, a process that was started from outside has the parent 0.
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
 * The processes of Pods. One of which the group is another when the groups are read again may be two processes of one
 * number, and one that is there only then was not read: neither is left out, for it may be anywhere.
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

/** True if a process has ended in all its threads. One that has only lost its first thread has namespaces. */
export function isZombie(namespaces: ProcessNamespaces, isMarked: boolean): boolean {
  return isMarked && linuxKinds.every((kind) => namespaces[kind].length === 0);
}

/**
 * The devices that a process sees in its /sys.
 *
 * @param output what the script printed, asked for the devices of that process
 * @throws ReportError where it is no report
 */
export function readDevices(output: string, marker: string): readonly SysfsDevice[] {
  const report = parseReport(output, marker);
  if (!report.isComplete) throw new ReportError('it was cut off');
  return parseSysfsDevices(textOf(report, 'sysfs'));
}

function textOf({ sections }: Report, name: string): string {
  return sections.get(name)?.text ?? '';
}

/**
 * The script's own process, and the path that all Pods of the node lie below.
 *
 * @param text the number, and the line of /proc/PID/cgroup by which processes are attributed
 * @throws ReportError where the line is not of the probe Pod's own group
 */
export function readSelf(
  text: string,
  probeUid: string,
): { readonly pid: number; readonly podsBase: string } {
  const [pid = '', line = ''] = text.trim().split('\n');
  if (!/^[1-9][0-9]{0,6}$/.test(pid)) throw new ReportError('it does not say which process is its own');
  const path = line === '' ? '' : (parseCgroup(`${line}\n`)[0]?.path ?? '');
  // In a cgroup namespace of its own, the probe Pod's group is the root.
  const isOwn = path === '/' || podOfCgroup(path, podsBase(path, probeUid))?.podUid === probeUid;
  if (!isOwn) throw new ReportError("it does not show the probe Pod's own control group");
  return { pid: Number(pid), podsBase: podsBase(path, probeUid) };
}

/** 0 where it is not told. */
function parentOf(text: string): number {
  return Number(/^PPid:\s*([0-9]{1,7})$/.exec(text.trim())?.[1] ?? 0);
}

/** The paths of the processes' groups. */
export function pathsOf(text: string): ReadonlyMap<number, string> {
  return new Map(
    [...parseLabelledLines(text, 'cgroup')].flatMap(([pid, line]) => {
      const [membership] = parseCgroup(line);
      return membership === undefined ? [] : [[pid, membership.path] as const];
    }),
  );
}

/** The processes of which /proc/PID/status says that their first thread has ended. */
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

/** The inode numbers of one kind of namespace, by process. */
export function parseInodes(text: string, kind: LinuxKind): ReadonlyMap<number, readonly number[]> {
  const texts = parseLabelledLines(text, `ns/${kind}`);
  return new Map(
    [...texts].map(([pid, inodes]) => [pid, inodes.split('\n').map((inode) => numberOf(inode, kind))]),
  );
}

function numberOf(inode: string, kind: string): number {
  if (!/^[1-9][0-9]{0,15}$/.test(inode)) throw new ReportError(`a namespace of ${kind} has no number`);
  return Number(inode);
}

/** Reads a network only when it is asked for, for a node has hundreds; and once, for many Pods are in the node's. */
function interfaceReader(
  report: Report,
  nets: ReadonlyMap<number, readonly number[]>,
  ownNet: number | null,
): NodeView['interfacesOf'] {
  const files = new Map<string, TextOfProcess>();
  const file = (section: string, name: string): TextOfProcess => {
    const known = files.get(section) ?? parseLabelledLines(textOf(report, section), name);
    files.set(section, known);
    return known;
  };
  const ip = textOf(report, 'ip');
  const read = (net: number, devices: readonly SysfsDevice[] | null): Interfaces | null => {
    const netDev = file('net-dev', 'net/dev');
    const pid = [...netDev.keys()].find((reader) => nets.get(reader)?.[0] === net);
    if (pid === undefined) return null;
    const of = (section: string, name: string): string => file(section, name).get(pid) ?? '';
    // The probe's /sys, and its `ip`, show the network that the probe is in.
    const sysfs = net === ownNet ? parseSysfsDevices(textOf(report, 'sysfs')) : devices;
    return assembleInterfaces({
      netDev: parseNetDev(netDev.get(pid) ?? ''),
      inet6: parseIfInet6(of('if-inet6', 'net/if_inet6')),
      routes: parseIfThere(of('route', 'net/route'), parseRoute),
      fibTables: parseIfThere(of('fib-trie', 'net/fib_trie'), parseFibTrie),
      // Every network has lo: where none is shown, none could be read.
      sysfs: sysfs === null || sysfs.length === 0 ? null : sysfs,
      ipAddresses: net === ownNet && ip !== '' ? parseIpAddresses(ip) : null,
    });
  };
  const orNull = (net: number, devices: readonly SysfsDevice[] | null): Interfaces | null => {
    try {
      return read(net, devices);
    } catch (error) {
      if (!(error instanceof ProcfsError) && !(error instanceof ReportError)) throw error;
      return null;
    }
  };
  const known = new Map<number, Interfaces | null>();
  return (net, devices) => {
    if (devices !== undefined) return orNull(net, devices);
    const interfaces = known.get(net) ?? orNull(net, null);
    known.set(net, interfaces);
    return interfaces;
  };
}

/** A namespace without any route has an empty file, or none. */
function parseIfThere<T>(text: string, parse: (text: string) => readonly T[]): readonly T[] {
  return text === '' ? [] : parse(text);
}
