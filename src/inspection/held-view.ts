import { podOfCgroup } from '../procfs/pod-cgroup.ts';
import {
  isZombie,
  type LinuxKind,
  linuxKinds,
  parseInodes,
  pathsOf,
  type PodProcess,
  type ProcessNamespaces,
  readSelf,
  zombiesOf,
} from './node-view.ts';
import { parseReport } from './report.ts';
import { ReportError } from './report-error.ts';

/** A process of a Pod in many readings. */
export interface HeldProcess extends Omit<PodProcess, 'namespaces'> {
  /**
   * Namespaces of its threads, by the number of the reading. A reading that did not list the process is missing. Empty
   * namespaces: the process was listed and could not be read.
   */
  readonly rounds: ReadonlyMap<number, ProcessNamespaces>;
}

/** Many readings of the processes of some Pods, within a second or two. */
export interface HeldView {
  /** Number of readings. */
  readonly rounds: number;
  readonly processes: readonly HeldProcess[];
}

/**
 * Reads the probe Pod's report on the question `hold`.
 *
 * @param output standard output of the script in probe-script.ts
 * @throws ReportError if the output is not a complete report
 */
export function readHeldView(output: string, marker: string, probeUid: string): HeldView {
  const report = parseReport(output, marker);
  const text = report.sections.get('rounds')?.text;
  if (text === undefined || !report.isComplete) throw new ReportError('the report was cut off');
  const { podsBase } = readSelf(report.sections.get('self')?.text ?? '', probeUid);
  // Each list of processes is followed by several readings of their namespaces.
  const [, ...lists] = `\n${text}`.split(/\nround(?=\n|$)/);
  const rounds = lists.flatMap((list) => {
    const [listed = '', ...readings] = list.split(/\nreading(?=\n|$)/);
    return readings.length === 0 ? [listed] : readings.map((inodes) => `${listed}\n${inodes}`);
  });
  const processes = new Map<string, HeldProcess & { readonly rounds: Map<number, ProcessNamespaces> }>();
  rounds.forEach((round, index) => {
    for (const { pid, podUid, container, namespaces } of processesOfRound(round, podsBase)) {
      const key = `${String(pid)} ${podUid} ${String(container)}`;
      const known = processes.get(key) ?? { pid, podUid, container, rounds: new Map() };
      processes.set(key, known);
      known.rounds.set(index, namespaces);
    }
  });
  return { rounds: rounds.length, processes: [...processes.values()] };
}

/** Returns the processes of one reading. Lines other than control groups, namespaces and zombies are ignored. */
function processesOfRound(text: string, base: string): readonly PodProcess[] {
  const lines = text.split('\n');
  const labelled = (pattern: RegExp): string => lines.filter((line) => pattern.test(line)).join('\n');
  const of: Readonly<Record<LinuxKind, ReadonlyMap<number, readonly number[]>>> = {
    net: parseInodes(labelled(/^\/proc\/[0-9]+\/ns\/net /), 'net'),
    pid: parseInodes(labelled(/^\/proc\/[0-9]+\/ns\/pid /), 'pid'),
    ipc: parseInodes(labelled(/^\/proc\/[0-9]+\/ns\/ipc /), 'ipc'),
  };
  const zombies = zombiesOf(labelled(/^\/proc\/[0-9]+\/status$/));
  return [...pathsOf(labelled(/^\/proc\/[0-9]+\/cgroup:/))].flatMap(([pid, path]): readonly PodProcess[] => {
    const group = podOfCgroup(path, base);
    if (group === null) return [];
    const [net = [], pidNamespaces = [], ipc = []] = linuxKinds.map((kind) => of[kind].get(pid) ?? []);
    const namespaces = { net, pid: pidNamespaces, ipc };
    return isZombie(namespaces, zombies.has(pid)) ? [] : [{ pid, ...group, namespaces }];
  });
}
