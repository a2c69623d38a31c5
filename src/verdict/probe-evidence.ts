import type { HeldView } from '../inspection/held-view.ts';
import type { LinuxKind, NodeNamespaces } from '../inspection/node-view.ts';
import { reasonToMove } from '../model/container-powers.ts';
import { allStatuses } from '../model/containers.ts';
import type { Side } from '../model/declared.ts';
import type { Pod } from '../model/pod.ts';
import type { NamespaceKind } from '../model/sharing.ts';
import { someNames } from '../some-names.ts';
import { namespaceText } from './namespace-text.ts';
import { type PlacedPart, placedParts, type ProbeReadings, type Question } from './placed-parts.ts';
import { SANDBOX } from './pod-parts.ts';
import type { Evidence } from './verdict.ts';

const LINUX_NAME: Readonly<Record<NamespaceKind, LinuxKind>> = { network: 'net', pid: 'pid', ipc: 'ipc' };
/** Largest number of names in one message. */
const NAMED = 4;

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
  const other = wanted[kind] === 'host' ? 'own' : 'host';
  const details = detailOf(at('host'), at('own'), namespace);
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

/** Returns the parts on each side, a clause for the user. */
function detailOf(inNode: readonly PlacedPart[], outside: readonly PlacedPart[], namespace: string): string {
  const are = (parts: readonly PlacedPart[]): string => {
    const names = distinctNames(parts);
    const subject = names.length === 2 ? names.join(' and ') : someNames(names, NAMED);
    return `${subject} ${names.length === 1 ? 'is' : 'are'}`;
  };
  if (inNode.length === 0) return `${are(outside)} not in ${namespace}`;
  if (outside.length > 0) return `${are(inNode)} in ${namespace}, ${are(outside)} not`;
  const partly = inNode.find((part) => part.inNode < part.known);
  if (partly === undefined) return `${are(inNode)} in ${namespace}`;
  const { inNode: count, known, name } = partly;
  return `${String(count)} of the ${String(known)} processes of ${name} ${count === 1 ? 'is' : 'are'} in ${namespace}`;
}

/** Returns the names of parts, the sandbox first. Parts that the API does not list yet have the same name. */
function distinctNames(parts: readonly PlacedPart[]): readonly string[] {
  const isSandbox = ({ name }: PlacedPart): boolean => name.startsWith(SANDBOX);
  const sorted = parts.toSorted((a, b) => Number(isSandbox(b)) - Number(isSandbox(a)));
  return [...new Set(sorted.map(({ name }) => name))];
}
