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

/** The namespaces of a process; null where the probe may not see one, or the process has just ended. */
export type ProcessNamespaces = Readonly<Record<'net' | 'pid' | 'ipc', number | null>>;

/** One process of the node, in a Pod; or a thread of it that is in another namespace than the first one. */
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
  readonly node: ProcessNamespaces | null;
  /** Those of the Pods, the probe among them. */
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
  const self = selfOf(textOf(report, 'self'));
  const before = pathsOf(report, 'cgroups');
  const after = pathsOf(report, 'cgroups-again');
  const base = podsBase(before.get(self) ?? '', probeUid);
  const inodes = { net: inodesOf(report, 'net'), pid: inodesOf(report, 'pid'), ipc: inodesOf(report, 'ipc') };
  const namespacesOf = (pid: number): ProcessNamespaces => ({
    net: inodes.net.get(pid) ?? null,
    pid: inodes.pid.get(pid) ?? null,
    ipc: inodes.ipc.get(pid) ?? null,
  });
  const threads = { net: pairsOf(report, 'net'), ipc: pairsOf(report, 'ipc') };
  /** A thread may leave its process's namespaces, and that of the first may have ended before the others. */
  const threadsOf = (pid: number, main: ProcessNamespaces): readonly ProcessNamespaces[] => {
    const others = (kind: 'net' | 'ipc'): readonly number[] =>
      (threads[kind].get(pid) ?? []).filter((inode) => inode !== main[kind]);
    return [
      ...others('net').map((net) => ({ net, pid: null, ipc: null })),
      ...others('ipc').map((ipc) => ({ net: null, pid: null, ipc })),
    ];
  };
  const processes = [...before].flatMap(([pid, path]): readonly PodProcess[] => {
    const group = podOfCgroup(path, base);
    // A number that has come to another container meanwhile may be that of two processes.
    const again = podOfCgroup(after.get(pid) ?? '', base);
    const isSame = group?.podUid === again?.podUid && group?.container === again?.container;
    if (group === null || !isSame) return [];
    const main = namespacesOf(pid);
    return [main, ...threadsOf(pid, main)].map((namespaces) => ({ pid, ...group, namespaces }));
  });
  // In a PID namespace of its own, a process that was started from outside has the parent 0.
  const shim = parentOf(textOf(report, 'parent'));
  const isInContainer = processes.some(({ pid, container }) => pid === shim && container !== null);
  return {
    node: inodes.pid.has(shim) && !isInContainer ? namespacesOf(shim) : null,
    processes,
    interfacesOf: interfaceReader(report, inodes.net, namespacesOf(self).net),
    isComplete: report.isComplete,
  };
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

function selfOf(text: string): number {
  const pid = text.trim();
  if (!/^[1-9][0-9]{0,6}$/.test(pid)) throw new ReportError('it does not say which process is its own');
  return Number(pid);
}

/** 0 where it is not told. */
function parentOf(text: string): number {
  return Number(/^PPid:\s*([0-9]{1,7})$/.exec(text.trim())?.[1] ?? 0);
}

/** The paths of the processes' groups. */
function pathsOf(report: Report, section: string): ReadonlyMap<number, string> {
  return new Map(
    [...parseLabelledLines(textOf(report, section), 'cgroup')].flatMap(([pid, line]) => {
      const [membership] = parseCgroup(line);
      return membership === undefined ? [] : [[pid, membership.path] as const];
    }),
  );
}

function inodesOf(report: Report, kind: keyof ProcessNamespaces): ReadonlyMap<number, number> {
  const texts = parseLabelledLines(textOf(report, kind), `ns/${kind}`);
  return new Map([...texts].map(([pid, inode]) => [pid, numberOf(inode, kind)]));
}

/** The namespaces that any thread of a process is in. */
function pairsOf(report: Report, kind: 'net' | 'ipc'): ReadonlyMap<number, readonly number[]> {
  const texts = parseLabelledLines(textOf(report, `threads-${kind}`), `ns/${kind}`);
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
  nets: ReadonlyMap<number, number>,
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
    const pid = [...netDev.keys()].find((reader) => nets.get(reader) === net);
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

/**
 * What two looks at a node, a while apart, both show: in which namespaces there are processes of a container. A
 * runtime puts a process into a container's group a moment before it leaves the node's namespaces: what is
 * seen but once may be that. Numbers are not compared, for a container may start its processes anew all the time.
 */
export function seenTwice(first: NodeView, second: NodeView): NodeView {
  const key = ({ podUid, container, namespaces }: PodProcess): string =>
    JSON.stringify([podUid, container, namespaces.net, namespaces.pid, namespaces.ipc]);
  const before = new Set(first.processes.map(key));
  return { ...second, processes: second.processes.filter((process) => before.has(key(process))) };
}
