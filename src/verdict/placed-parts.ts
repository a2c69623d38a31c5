import type { HeldProcess, HeldView } from '../inspection/held-view.ts';
import type { LinuxKind, NodeView, PodProcess, ProcessNamespaces } from '../inspection/node-view.ts';
import { allStatuses } from '../model/containers.ts';
import type { Side } from '../model/declared.ts';
import type { Pod } from '../model/pod.ts';
import { partsOfPod } from './pod-parts.ts';

/** A process that is listed for this many readings, which are three lists, lives long enough to be read. */
const LONG_LIVED_ROUNDS = 12;

/** Readings of the probe Pod on the node of a Pod. */
export interface ProbeReadings {
  readonly view: NodeView;
  /** Many readings of the Pod's processes; null if one reading is enough. */
  readonly held: HeldView | null;
}

/** The sandbox or a container, with the namespace that its processes are in. */
export interface PlacedPart {
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

export interface Question {
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
 * Decides for the sandbox and each container of a Pod which namespace its processes are in.
 *
 * @returns the parts that have processes, and the names of running containers that have none
 */
export function placedParts(
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
      const place = inNode.length > 0 ? 'host' : known > 0 ? 'own' : 'unread';
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
  return place === 'host' && wanted === 'own' && !isRunning ? 'starting' : place;
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
  if (present.size > 0 && inNode.size === present.size) return wasInNode ? 'host' : 'moved';
  // A process that cannot move by itself was in the node's namespace only while its runtime started it.
  const mayHaveMoved = mayMove || wanted === 'host';
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
  if (wanted === 'host' || unread.length === processes.length) return false;
  if (!mayMove) return true;
  if (unread.some(({ rounds }) => rounds.size >= LONG_LIVED_ROUNDS)) return false;
  const shortLived = processes.filter(
    (process) => wasRead(process) && process.rounds.size < LONG_LIVED_ROUNDS,
  );
  return unread.length <= shortLived.length;
}
