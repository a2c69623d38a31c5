import type { ByteCounters, NetworkSample } from '../pods/node-summary.ts';

/** What the samples of two networks say together: one network, two, or not yet enough of either. */
export interface Comparison {
  readonly observed: 'node' | 'own' | 'unclear';
  /** A clause whose subject is the sandbox or the container. */
  readonly detail: string;
}

/** Whether it is the node's end of a Pod's link, by the names that network plugins give those. */
export function hasPodDeviceName(name: string): boolean {
  return /^(?:veth|cali|lxc|eni|azv|gke)/.test(name);
}

/** Times are whole seconds, and a reading may come a little after its time: closer ones have no order. */
const ORDER_MILLISECONDS = 2000;
/** Counters that say little are no evidence: an idle interface looks like any other idle one. */
const TELLING_BYTES = 1000;
/** Two readings of one busy interface, seconds apart, differ by less than this. */
const CLOSE = 0.05;
/** An interface that has carried this much does not double it within seconds. */
const SETTLED_BYTES = 1_000_000;

type Grade =
  /** No such interface in any sample of the other network. */
  | 'missing'
  /** A counter that ran backwards. */
  | 'impossible'
  /** A counter far from the other, against all experience. */
  | 'far'
  /** Nothing against it, little for it. */
  | 'fits'
  /** Both counters near, and large enough to say something. */
  | 'close'
  /** Both counters the same, and large enough to say something. */
  | 'same';

/**
 * Whether a Pod's network is the node's, by the names and byte counters of its interfaces.
 *
 * An interface is *stable* if it is in every sample of the node and no plugin makes it for a Pod. Where the
 * networks are one, the Pod has every stable interface and each counter, read in turns, never falls. Where
 * they are two, an interface is missing, or a counter falls. A single answer may hold samples that are
 * seconds apart, in either order; then only names and equal counters decide, and anything between is
 * `unclear` until newer samples come. Names alone never prove `node`: most networks have an eth0.
 *
 * @param node samples of the node, @param pod samples of the Pod, each of at least one
 */
export function compareNetworks(node: readonly NetworkSample[], pod: readonly NetworkSample[]): Comparison {
  const stable = stableInterfaces(node);
  if (stable.length === 0)
    return {
      observed: 'unclear',
      detail: 'cannot be compared: the node has no interface that the kubelet reports',
    };
  const grades = new Map(stable.map((name) => [name, grade(name, node, pod)] as const));
  const of = (...wanted: readonly Grade[]): readonly string[] =>
    stable.filter((name) => wanted.includes(grades.get(name) ?? 'fits'));
  const missing = of('missing');
  const impossible = of('impossible');
  const resembling = of('fits', 'close', 'same').filter((name) => isTelling(name, node));

  if (missing.length + impossible.length > 0 && resembling.length === 0) {
    return { observed: 'own', detail: difference(missing, impossible, stable) };
  }
  const same = of('same').length > 0;
  // A burst of traffic makes one interface differ; that another has the very same counters is no chance.
  const isOne = missing.length + impossible.length === 0 && (same || of('far').length === 0);
  const close = of('close').length;
  const isProven = same || close > 1 || (close > 0 && isEnclosed(node, pod));
  if (isOne && isProven) {
    return { observed: 'node', detail: `has all of the node's ${names(stable)}, with the node's counters` };
  }
  return {
    observed: 'unclear',
    detail: `may or may not have the node's ${names(stable)}: the samples are too far apart to tell`,
  };
}

function stableInterfaces(samples: readonly NetworkSample[]): readonly string[] {
  const [first, ...rest] = samples;
  return [...(first?.interfaces.keys() ?? [])]
    .filter((name) => !hasPodDeviceName(name) && rest.every(({ interfaces }) => interfaces.has(name)))
    .sort();
}

/** Every reading of one network against every reading of the other; what contradicts outweighs what agrees. */
function grade(name: string, node: readonly NetworkSample[], pod: readonly NetworkSample[]): Grade {
  const grades = node.flatMap((a) =>
    pod.flatMap((b) => {
      const [ours, theirs] = [a.interfaces.get(name), b.interfaces.get(name)];
      return ours === undefined || theirs === undefined ? [] : [gradeOf(ours, theirs, b.time - a.time)];
    }),
  );
  const order: readonly Grade[] = ['impossible', 'same', 'close', 'far', 'fits'];
  return order.find((wanted) => grades.includes(wanted)) ?? 'missing';
}

/** @param elapsed milliseconds from the node's reading to the Pod's, negative where the Pod's came first */
function gradeOf(node: ByteCounters, pod: ByteCounters, elapsed: number): Grade {
  const pairs = [
    [node.rxBytes, pod.rxBytes],
    [node.txBytes, pod.txBytes],
  ] as const;
  const fell = ([a, b]: readonly [number, number]): boolean =>
    (elapsed >= ORDER_MILLISECONDS && b < a) || (elapsed <= -ORDER_MILLISECONDS && b > a);
  if (pairs.some(fell)) return 'impossible';
  if (pairs.some(([a, b]) => Math.max(a, b) > SETTLED_BYTES && Math.min(a, b) < Math.max(a, b) / 2))
    return 'far';
  if (node.rxBytes + node.txBytes < TELLING_BYTES) return 'fits';
  if (pairs.every(([a, b]) => a === b)) return 'same';
  return pairs.every(([a, b]) => Math.abs(a - b) <= CLOSE * Math.max(a, b)) ? 'close' : 'fits';
}

/** Whether a reading of the Pod came after one of the node and before another, so that both ends held it. */
function isEnclosed(node: readonly NetworkSample[], pod: readonly NetworkSample[]): boolean {
  return pod.some(
    ({ time }) =>
      node.some((other) => other.time <= time - ORDER_MILLISECONDS) &&
      node.some((other) => other.time >= time + ORDER_MILLISECONDS),
  );
}

function isTelling(name: string, samples: readonly NetworkSample[]): boolean {
  return samples.some(({ interfaces }) => {
    const { rxBytes = 0, txBytes = 0 } = interfaces.get(name) ?? {};
    return rxBytes + txBytes >= TELLING_BYTES;
  });
}

function difference(
  missing: readonly string[],
  impossible: readonly string[],
  stable: readonly string[],
): string {
  if (missing.length === stable.length) return `has none of the node's ${names(missing)}`;
  const clauses = [
    ...(missing.length === 0 ? [] : [`lacks the node's ${names(missing)}`]),
    ...(impossible.length === 0
      ? []
      : [`has ${names(impossible)} of its own, with other counters than the node's`]),
  ];
  return clauses.join(' and ');
}

const NAMED = 6;

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMED).join(', ');
  return all.length <= NAMED ? shown : `${shown} and ${String(all.length - NAMED)} more`;
}
