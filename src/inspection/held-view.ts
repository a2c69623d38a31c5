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

/** A process in a Pod, as several rounds of the probe Pod have found it. */
export interface HeldProcess extends Omit<PodProcess, 'namespaces'> {
  /** All namespaces that its threads were in, by reading; empty ones where none could be read. */
  readonly rounds: ReadonlyMap<number, ProcessNamespaces>;
}

/** What many readings of some Pods' processes within a second or two have found. */
export interface HeldView {
  /** How often the namespaces were read. */
  readonly rounds: number;
  readonly processes: readonly HeldProcess[];
}

/**
 * @param output what the script of probe-script.ts printed, asked to `hold`
 * @throws ReportError where it is no whole report
 */
export function readHeldView(output: string, marker: string, probeUid: string): HeldView {
  const report = parseReport(output, marker);
  const text = report.sections.get('rounds')?.text;
  if (text === undefined || !report.isComplete) throw new ReportError('it was cut off');
  const { podsBase } = readSelf(report.sections.get('self')?.text ?? '', probeUid);
  // The processes are listed once, and then read several times: each reading counts by itself.
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

/** The processes of one round. Lines that are neither a group, a namespace nor a zombie are of no process. */
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
