import type { HeldProcess, HeldView } from '../inspection/held-view.ts';
import type {
  LinuxKind,
  NodeNamespaces,
  NodeView,
  PodProcess,
  ProcessNamespaces,
} from '../inspection/node-view.ts';
import { allStatuses } from '../model/containers.ts';
import { reasonToMove } from '../model/container-powers.ts';
import type { Side } from '../model/declared.ts';
import type { Pod } from '../model/pod.ts';
import type { NamespaceKind } from '../model/sharing.ts';
import { someNames } from '../some-names.ts';
import { partsOfPod } from './pod-parts.ts';
import type { Evidence } from './verdict.ts';

const LINUX_NAME: Readonly<Record<NamespaceKind, LinuxKind>> = { network: 'net', pid: 'pid', ipc: 'ipc' };
const NAMED = 4;
/** A process that was to be read this often, in three lists, lives long enough to be read. */
const LONG_LIVED_ROUNDS = 12;

/** What the probe Pod has read of the node that a Pod is on. */
export interface ProbeLook {
  readonly view: NodeView;
  /** Many readings of the Pod's own processes, where one is not enough; else null. */
  readonly held: HeldView | null;
}

/** Where the processes of a container, or of the sandbox, are. */
interface Placed {
  readonly name: string;
  /**
   * `moved`: not always on the same side. `unread`: some of its processes could not be read. `starting`: in the
   * node's, where a runtime has each process for a moment before it starts.
   */
  readonly place: Side | 'moved' | 'unread' | 'starting';
  /** Of the processes that were read at first, how many are in the node's namespace. */
  readonly inNode: number;
  readonly known: number;
}

interface Question {
  readonly kind: LinuxKind;
  readonly wanted: Side;
  readonly ofNode: number;
  /** True if a process of the Pod may move by itself. */
  readonly mayMove: boolean;
  /** True if a process in the node's PID namespace is no process of the Pod's own yet, unless it stays there. */
  readonly isOwnPid: boolean;
  readonly pidOfNode: number | null;
}

/**
 * What the probe has seen of one of a Pod's namespaces, from outside: whether any process of its containers,
 * or of its sandbox, is in the node's.
 *
 * One process is enough, for it sees what the node sees: a container is in the node's namespace as soon as
 * any part of it is. (The other way round one that unshares a namespace, as a Docker in a hostNetwork Pod does for
 * its own containers, has not left the node's.) A container that is not as wanted makes the Pod so. What moved, ended
 * before it could be read, or has only just started makes the namespace unknown.
 *
 * @param wanted what the spec declares, or the user expects
 */
export function probeEvidence(
  kind: NamespaceKind,
  pod: Pod,
  look: ProbeLook,
  wanted: Readonly<Record<NamespaceKind, Side>>,
): Evidence {
  const evidence = { source: 'probe', trust: 'trusted', scope: 'pod' } as const;
  const unknown = (detail: string): Evidence => ({ ...evidence, observed: 'unknown', detail });
  const question = questionOf(kind, pod, look.view.node, wanted);
  if (question === null) return unknown(`it was not let into the node's own namespaces`);
  const shown = `${question.kind}:[${String(question.ofNode)}]`;
  const { placed, missing } = placedParts(pod, look, question);
  if (placed.length === 0) return unknown('no process of the Pod runs on the node');
  const at = (...places: readonly Placed['place'][]): readonly Placed[] =>
    placed.filter(({ place }) => places.includes(place));
  const other = wanted[kind] === 'node' ? 'own' : 'node';
  const details = detailOf(at('node'), at('own'), shown);
  if (at(other).length > 0) return { ...evidence, observed: other, detail: details };
  // One that is not as wanted is enough; that all are needs all of them to be seen.
  const doubt =
    doubtOf(at, shown, look.held) ??
    // A container of which nothing is there runs elsewhere (in a virtual machine), or has not yet begun.
    (missing.length > 0 ? `no process of ${someNames(missing, NAMED)} can be seen on the node` : null) ??
    // The PID namespace of a sandbox is not what its containers get.
    (kind === 'pid' && allStatuses(pod).every(({ state }) => state.running !== true)
      ? 'none of its containers runs'
      : null);
  return doubt === null ? { ...evidence, observed: wanted[kind], detail: details } : unknown(doubt);
}

function questionOf(
  kind: NamespaceKind,
  pod: Pod,
  node: NodeNamespaces | null,
  wanted: Readonly<Record<NamespaceKind, Side>>,
): Question | null {
  const ofNode = node?.[LINUX_NAME[kind]] ?? null;
  if (node === null || ofNode === null) return null;
  return {
    kind: LINUX_NAME[kind],
    wanted: wanted[kind],
    ofNode,
    mayMove: reasonToMove(pod) !== null,
    isOwnPid: wanted.pid === 'own',
    pidOfNode: node.pid,
  };
}

function doubtOf(
  at: (...places: readonly Placed['place'][]) => readonly Placed[],
  shown: string,
  held: HeldView | null,
): string | null {
  const within = held === null ? '' : ` (${String(held.rounds)} readings)`;
  const [moved] = at('moved');
  if (moved !== undefined) {
    return `${moved.name} has processes that moved in or out of the node's ${shown} during the check${within}`;
  }
  const [starting] = at('starting');
  if (starting !== undefined) {
    return `${starting.name} is in the node's ${shown}, which is also so for a moment when a container starts`;
  }
  const [unread] = at('unread');
  if (unread === undefined) return null;
  return unread.known === 0
    ? `it may not see the namespaces of ${unread.name}`
    : `${unread.name} has processes that ended before their namespaces could be read${within}`;
}

function placedParts(
  pod: Pod,
  { view, held }: ProbeLook,
  question: Question,
): { readonly placed: readonly Placed[]; readonly missing: readonly string[] } {
  const first = partsOfPod(pod, view.processes);
  const running = new Set(
    allStatuses(pod).flatMap(({ name, state }) => (state.running === true ? [name] : [])),
  );
  const isRunning = (container: string | null): boolean => container !== null && running.has(container);
  const counts = new Map(first.parts.map(({ id, processes }) => [id, countOf(processes, question)]));
  const none: Counted = { inNode: [], known: 0 };
  if (held === null) {
    const placed = first.parts.map(({ id, name, container }) => {
      const { inNode, known } = counts.get(id) ?? none;
      const place = inNode.length > 0 ? 'node' : known > 0 ? 'own' : 'unread';
      return { name, inNode: inNode.length, known, place: settled(place, isRunning(container), question) };
    });
    return { placed, missing: first.missing };
  }
  const { parts, missing } = partsOfPod(pod, held.processes);
  const placed = parts.map(({ id, name, container, processes }) => {
    const { inNode, known } = counts.get(id) ?? none;
    const place = heldPlace(processes, inNode, held.rounds, question);
    return { name, inNode: inNode.length, known, place: settled(place, isRunning(container), question) };
  });
  return { placed, missing };
}

/** A process that is being started is in the node's namespaces first: by it alone nothing is proven. */
function settled(place: Placed['place'], isRunning: boolean, { wanted }: Question): Placed['place'] {
  return place === 'node' && wanted === 'own' && !isRunning ? 'starting' : place;
}

interface Counted {
  /** The processes that are in the node's namespace. */
  readonly inNode: readonly PodProcess[];
  /** How many were read. */
  readonly known: number;
}

function countOf(processes: readonly PodProcess[], { kind, ofNode }: Question): Counted {
  return {
    inNode: processes.filter(({ namespaces }) => namespaces[kind].includes(ofNode)),
    known: processes.filter(({ namespaces }) => namespaces[kind].length > 0).length,
  };
}

/**
 * Where a container's processes are by two readings, the second of them of many rounds.
 *
 * @param firstInNode the processes that the first reading has found in the node's namespace
 */
function heldPlace(
  all: readonly HeldProcess[],
  firstInNode: readonly PodProcess[],
  rounds: number,
  question: Question,
): Placed['place'] {
  const { kind, ofNode, wanted, mayMove } = question;
  const isRuntimes = (seen: Iterable<ProcessNamespaces>): boolean => isInNodePid([...seen], question);
  // Where others of the container have a PID namespace of its own, one in the node's has not been started yet.
  const isMixed = all.some(
    ({ rounds: seen }) =>
      seen.size === rounds &&
      !isRuntimes(seen.values()) &&
      [...seen.values()].some(({ pid }) => pid.length > 0),
  );
  const stays = new Set(all.filter(({ rounds: seen }) => seen.size === rounds).map(({ pid }) => pid));
  const isOwn = (pid: number, seen: Iterable<ProcessNamespaces>): boolean =>
    !isRuntimes(seen) || (stays.has(pid) && !isMixed);
  const processes = all.filter(({ pid, rounds: seen }) => isOwn(pid, seen.values()));
  const present = new Set(processes.flatMap((process) => [...process.rounds.keys()]));
  const inNode = new Set(
    processes.flatMap((process) =>
      [...process.rounds].flatMap(([round, namespaces]) =>
        namespaces[kind].includes(ofNode) ? [round] : [],
      ),
    ),
  );
  const wasInNode = firstInNode.some(({ pid, namespaces }) => isOwn(pid, [namespaces]));
  if (present.size > 0 && inNode.size === present.size) return wasInNode ? 'node' : 'moved';
  // What cannot move by itself was in the node's namespace for as long as its runtime took to start it.
  const mayHaveMoved = mayMove || wanted === 'node';
  if (mayHaveMoved && (wasInNode || inNode.size > 0)) return 'moved';
  if (isMixed && all.some(({ pid, rounds: seen }) => stays.has(pid) && isRuntimes(seen.values()))) {
    return 'starting';
  }
  return isRead(processes, question) ? 'own' : 'unread';
}

/**
 * True for a process that is in the node's PID namespace, where that is not wanted. Such is one that a runtime has just
 * put into a container; a process cannot change the PID namespace that it is in itself.
 */
function isInNodePid(seen: readonly ProcessNamespaces[], { isOwnPid, pidOfNode }: Question): boolean {
  return isOwnPid && pidOfNode !== null && seen.some(({ pid }) => pid.includes(pidOfNode));
}

/**
 * True if enough of the processes were read. Of those that live shorter than the time between two readings some end
 * unread. Where none may move they are where the others are; else most must have been read.
 */
function isRead(processes: readonly HeldProcess[], { kind, wanted, mayMove }: Question): boolean {
  const wasRead = ({ rounds }: HeldProcess): boolean =>
    [...rounds.values()].some((namespaces) => namespaces[kind].length > 0);
  const unread = processes.filter((process) => !wasRead(process));
  if (unread.length === 0) return processes.length > 0;
  if (wanted === 'node' || unread.length === processes.length) return false;
  if (!mayMove) return true;
  if (unread.some(({ rounds }) => rounds.size >= LONG_LIVED_ROUNDS)) return false;
  const shortLived = processes.filter(
    (process) => wasRead(process) && process.rounds.size < LONG_LIVED_ROUNDS,
  );
  return unread.length <= shortLived.length;
}

function detailOf(inNode: readonly Placed[], outside: readonly Placed[], shown: string): string {
  const are = (parts: readonly Placed[]): string => `${namesOf(parts)} ${parts.length === 1 ? 'is' : 'are'}`;
  if (inNode.length === 0) return `${are(outside)} outside of the node's ${shown}`;
  if (outside.length > 0) return `${are(inNode)} in the node's ${shown}, ${are(outside)} not`;
  const partly = inNode.find((part) => part.inNode < part.known);
  if (partly === undefined) return `${are(inNode)} in the node's ${shown}`;
  const { inNode: there, known, name } = partly;
  return `${String(there)} of the ${String(known)} processes of ${name} ${there === 1 ? 'is' : 'are'} in the node's ${shown}`;
}

/** The sandbox first. */
function namesOf(parts: readonly Placed[]): string {
  const isSandbox = ({ name }: Placed): boolean => name.startsWith('its sandbox');
  const sorted = parts.toSorted((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)));
  const names = [...new Set(sorted.map(({ name }) => name))];
  return names.length === 2 ? names.join(' and ') : someNames(names, NAMED);
}
