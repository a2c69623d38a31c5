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
import { namespaceText } from './namespace-text.ts';
import { partsOfPod, SANDBOX } from './pod-parts.ts';
import type { Evidence } from './verdict.ts';

const LINUX_NAME: Readonly<Record<NamespaceKind, LinuxKind>> = { network: 'net', pid: 'pid', ipc: 'ipc' };
const NAMED = 4;
/** A process that is listed for this many readings, which are three lists, lives long enough to be read. */
const LONG_LIVED_ROUNDS = 12;

/** Readings of the probe Pod on the node of a Pod. */
export interface ProbeReadings {
  readonly view: NodeView;
  /** Many readings of the Pod's processes; null if one reading is enough. */
  readonly held: HeldView | null;
}

/** The sandbox or a container, with the namespace that its processes are in. */
interface PlacedPart {
  readonly name: string;
  /**
   * `moved`: not in the same namespace in all readings. `unread`: some of its processes could not be read.
   * `starting`: in the node's namespace, where a runtime has each process for a moment while it starts.
   */
  readonly place: Side | 'moved' | 'unread' | 'starting';
  /** Number of processes that the first reading found in the node's namespace. */
  readonly inNode: number;
  /** Number of processes whose namespace the first reading found. */
  readonly known: number;
}

interface Question {
  readonly kind: LinuxKind;
  readonly wanted: Side;
  /** Inode of the node's namespace. */
  readonly ofNode: number;
  /** True if a process of the Pod may move to another namespace. */
  readonly mayMove: boolean;
  /** True if the Pod's PID namespace should be its own, so that processes in the node's are still starting. */
  readonly isOwnPid: boolean;
  readonly pidOfNode: number | null;
}

/**
 * Derives evidence about one namespace of a Pod from the probe Pod's readings: is any process of the containers, or of
 * the sandbox, in the node's namespace?
 *
 * One such process is enough, because it has access to everything in the node's namespace. A container that creates
 * other namespaces has not left the node's: Docker in a hostNetwork Pod does so for its containers. One container that
 * is not as wanted decides for the Pod. Processes that moved, ended before they were read, or are just starting make
 * the namespace unknown.
 *
 * @param wanted the sides that the user expects, or else those that the spec declares
 */
export function probeEvidence(
  kind: NamespaceKind,
  pod: Pod,
  readings: ProbeReadings,
  wanted: Readonly<Record<NamespaceKind, Side>>,
): Evidence {
  const evidence = { source: 'probe', trust: 'trusted', scope: 'pod' } as const;
  const unknown = (detail: string): Evidence => ({ ...evidence, observed: 'unknown', detail });
  const question = questionOf(kind, pod, readings.view.node, wanted);
  if (question === null) return unknown("the probe Pod has no access to the node's namespaces");
  const namespace = `the node's ${namespaceText(question.kind, question.ofNode)}`;
  const { placed, missing } = placedParts(pod, readings, question);
  if (placed.length === 0) return unknown('the probe Pod found no process of the Pod on the node');
  const at = (...places: readonly PlacedPart['place'][]): readonly PlacedPart[] =>
    placed.filter(({ place }) => places.includes(place));
  const other = wanted[kind] === 'node' ? 'own' : 'node';
  const details = detailOf(at('node'), at('own'), namespace);
  if (at(other).length > 0) return { ...evidence, observed: other, detail: details };
  // One part that is not as wanted decides. A match needs all parts.
  const doubt =
    doubtOf(at, namespace, readings.held) ??
    // A container without a process runs elsewhere (in a virtual machine), or has not started yet.
    (missing.length > 0
      ? `the probe Pod found no process of ${someNames(missing, NAMED)} on the node`
      : null) ??
    // The PID namespace of the sandbox proves nothing about the containers, which may get another one.
    (kind === 'pid' && allStatuses(pod).every(({ state }) => state.running !== true)
      ? 'no container of the Pod is running'
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

/** Returns the reason why the namespace is unknown, a clause; null if there is none. */
function doubtOf(
  at: (...places: readonly PlacedPart['place'][]) => readonly PlacedPart[],
  namespace: string,
  held: HeldView | null,
): string | null {
  const within = held === null ? '' : ` (${String(held.rounds)} readings)`;
  const [moved] = at('moved');
  if (moved !== undefined) {
    return `${moved.name} has processes that moved into or out of ${namespace} during the check${within}`;
  }
  const [starting] = at('starting');
  if (starting !== undefined) {
    return `${starting.name} is in ${namespace}, but so is every container for a moment while it starts`;
  }
  const [unread] = at('unread');
  if (unread === undefined) return null;
  return unread.known === 0
    ? `the probe Pod could not read the namespaces of ${unread.name}`
    : `${unread.name} has processes that ended before their namespaces could be read${within}`;
}

function placedParts(
  pod: Pod,
  { view, held }: ProbeReadings,
  question: Question,
): { readonly placed: readonly PlacedPart[]; readonly missing: readonly string[] } {
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

/** Corrects the place of a container that is not running yet: a starting process is in the node's namespaces first. */
function settled(place: PlacedPart['place'], isRunning: boolean, { wanted }: Question): PlacedPart['place'] {
  return place === 'node' && wanted === 'own' && !isRunning ? 'starting' : place;
}

interface Counted {
  /** The processes that are in the node's namespace. */
  readonly inNode: readonly PodProcess[];
  /** Number of processes whose namespace was read. */
  readonly known: number;
}

function countOf(processes: readonly PodProcess[], { kind, ofNode }: Question): Counted {
  return {
    inNode: processes.filter(({ namespaces }) => namespaces[kind].includes(ofNode)),
    known: processes.filter(({ namespaces }) => namespaces[kind].length > 0).length,
  };
}

/**
 * Decides which namespace a container's processes are in, from the first reading and the many that followed.
 *
 * @param all processes of the container in the many readings
 * @param firstInNode processes that the first reading found in the node's namespace
 * @param rounds number of the many readings
 */
function heldPlace(
  all: readonly HeldProcess[],
  firstInNode: readonly PodProcess[],
  rounds: number,
  question: Question,
): PlacedPart['place'] {
  const { kind, ofNode, wanted, mayMove } = question;
  const mayBeStarting = (seen: Iterable<ProcessNamespaces>): boolean => isInNodePid([...seen], question);
  // If another process of the container is in a PID namespace of its own, one in the node's is still starting.
  const isMixed = all.some(
    ({ rounds: seen }) =>
      seen.size === rounds &&
      !mayBeStarting(seen.values()) &&
      [...seen.values()].some(({ pid }) => pid.length > 0),
  );
  const stays = new Set(all.filter(({ rounds: seen }) => seen.size === rounds).map(({ pid }) => pid));
  const isStarted = (pid: number, seen: Iterable<ProcessNamespaces>): boolean =>
    !mayBeStarting(seen) || (stays.has(pid) && !isMixed);
  const processes = all.filter(({ pid, rounds: seen }) => isStarted(pid, seen.values()));
  const present = new Set(processes.flatMap((process) => [...process.rounds.keys()]));
  const inNode = new Set(
    processes.flatMap((process) =>
      [...process.rounds].flatMap(([round, namespaces]) =>
        namespaces[kind].includes(ofNode) ? [round] : [],
      ),
    ),
  );
  const wasInNode = firstInNode.some(({ pid, namespaces }) => isStarted(pid, [namespaces]));
  if (present.size > 0 && inNode.size === present.size) return wasInNode ? 'node' : 'moved';
  // A process that cannot move by itself was in the node's namespace only while its runtime started it.
  const mayHaveMoved = mayMove || wanted === 'node';
  if (mayHaveMoved && (wasInNode || inNode.size > 0)) return 'moved';
  if (isMixed && all.some(({ pid, rounds: seen }) => stays.has(pid) && mayBeStarting(seen.values()))) {
    return 'starting';
  }
  return isRead(processes, question) ? 'own' : 'unread';
}

/**
 * True for a process that is in the node's PID namespace although that is not wanted. It may be one that the runtime is
 * just starting in the container. A process cannot change its own PID namespace, so it did not move there.
 */
function isInNodePid(seen: readonly ProcessNamespaces[], { isOwnPid, pidOfNode }: Question): boolean {
  return isOwnPid && pidOfNode !== null && seen.some(({ pid }) => pid.includes(pidOfNode));
}

/**
 * True if enough of the processes were read. Some short-lived processes end between two readings and stay unread. If no
 * process can move, they are in the same namespace as the others. Otherwise most short-lived ones must have been read.
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

function detailOf(inNode: readonly PlacedPart[], outside: readonly PlacedPart[], namespace: string): string {
  const are = (parts: readonly PlacedPart[]): string =>
    `${namesOf(parts)} ${parts.length === 1 ? 'is' : 'are'}`;
  if (inNode.length === 0) return `${are(outside)} not in ${namespace}`;
  if (outside.length > 0) return `${are(inNode)} in ${namespace}, ${are(outside)} not`;
  const partly = inNode.find((part) => part.inNode < part.known);
  if (partly === undefined) return `${are(inNode)} in ${namespace}`;
  const { inNode: count, known, name } = partly;
  return `${String(count)} of the ${String(known)} processes of ${name} ${count === 1 ? 'is' : 'are'} in ${namespace}`;
}

/** Lists the names of parts, the sandbox first. */
function namesOf(parts: readonly PlacedPart[]): string {
  const isSandbox = ({ name }: PlacedPart): boolean => name.startsWith(SANDBOX);
  const sorted = parts.toSorted((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)));
  const names = [...new Set(sorted.map(({ name }) => name))];
  return names.length === 2 ? names.join(' and ') : someNames(names, NAMED);
}
