import { type ByteCounters, type NetworkSample, podDevicePrefix } from '../model/node-summary.ts';
import { someNames } from '../some-names.ts';

/** Result of comparing the samples of two networks. `unclear`: newer samples are needed. */
export interface Comparison {
  readonly observed: 'host' | 'own' | 'unclear';
  /** A clause without its subject, which is the sandbox or the container: "has the node's …". */
  readonly detail: string;
}

/**
 * Shortest time between two samples that proves their order. The kubelet's times are whole seconds, and it may read
 * the counters a little after the time that it reports.
 */
const ORDER_MILLISECONDS = 2000;
/** Fewer bytes than this prove nothing: one idle interface has the same counters as another. */
const SIGNIFICANT_BYTES = 1000;
/** Largest relative difference between two readings of one interface that are seconds apart. */
const CLOSE = 0.05;
/**
 * Largest relative difference between two readings of the node that prove an interface between them to be the node's.
 * The counter of another network is never there: its Pods would have caused 99.9 % of the node's traffic.
 */
const NARROW = 0.001;
/** An interface that has carried this many bytes does not double them within seconds, unless the node just started. */
const SETTLED_BYTES = 1_000_000;

type Grade =
  /** The Pod does not have the interface, although the node had it before and still has it. */
  | 'missing'
  /** The Pod does not have the interface, but the node may have created it after the Pod's sample. */
  | 'absent'
  /** A counter fell to less than half: the readings are of two interfaces. */
  | 'fell'
  /** A counter fell a little. Clocks that differ and slow readings can cause that. */
  | 'odd'
  /** A counter is far from the other. Only a burst of traffic explains that. */
  | 'far'
  /** Nothing contradicts that the interfaces are one, but little confirms it. */
  | 'fits'
  /** Both counters are significant, and near the node's or between two readings of the node. */
  | 'close'
  /** Both counters are significant, and equal to the node's or between two readings of the node that hardly differ. */
  | 'same';

/**
 * Compares a Pod's network with the node's, by the names and byte counters of their interfaces.
 *
 * An interface is *stable* if every sample of the node has it and no network plugin creates it for a Pod. If the
 * networks are one, the Pod has every stable interface, and no counter falls from one reading to the next. If they are
 * two, an interface is missing or a counter falls. One answer of the kubelet may hold samples that are seconds apart,
 * in either order. If they prove nothing, the result is `unclear` until newer samples arrive.
 *
 * Names alone never prove `node`: most networks have an eth0. One interface whose counters are near or between the
 * node's does not prove it either, because one Pod may cause nearly all of the node's traffic. Two such interfaces do.
 *
 * @param node samples of the node, at least one
 * @param pod samples of the Pod, at least one
 * @param isPatchwork true if the samples of the node come from several readers. Some of them were read late, so that
 * counters seem to fall. Then only a missing interface proves another network.
 */
export function compareNetworks(
  node: readonly NetworkSample[],
  pod: readonly NetworkSample[],
  { isPatchwork = false }: { readonly isPatchwork?: boolean } = {},
): Comparison {
  const stable = stableInterfaces(node);
  if (stable.length === 0) {
    return {
      observed: 'unclear',
      detail: 'cannot be compared with the node: the kubelet reports none of its permanent interfaces',
    };
  }
  const graded = stable.map((name) => ({ name, grade: gradeOf(name, node, pod) }));
  const of = (...wanted: readonly Grade[]): readonly string[] =>
    graded.filter(({ grade }) => wanted.includes(grade)).map(({ name }) => name);

  const lacking = of('missing', 'absent');
  if (lacking.length === stable.length) {
    return { observed: 'own', detail: `has none of the node's interfaces (${namesOf(stable)})` };
  }
  const fallen = of('fell');
  const resembling = of('fits', 'close', 'same').filter((name) => isSignificant(name, node));
  const contradictions = of('missing').length + (isPatchwork ? 0 : fallen.length);
  if (contradictions > 0 && resembling.length === 0) {
    return { observed: 'own', detail: difference(lacking, fallen) };
  }
  const isWhole = of('missing', 'absent', 'fell', 'odd', 'far').length === 0;
  const isProven = of('same').length > 0 || of('close').length > 1;
  if (isWhole && isProven) {
    return {
      observed: 'host',
      detail: `has all of the node's interfaces (${namesOf(stable)}) with matching counters`,
    };
  }
  return {
    observed: 'unclear',
    detail: `may or may not have the node's interfaces (${namesOf(stable)}): the samples are inconclusive`,
  };
}

function stableInterfaces(samples: readonly NetworkSample[]): readonly string[] {
  const names = new Set(samples.flatMap(({ interfaces }) => [...interfaces.keys()]));
  return [...names]
    .filter(
      (name) => podDevicePrefix(name) === null && samples.every(({ interfaces }) => interfaces.has(name)),
    )
    .sort();
}

/** The counters of one interface in one sample. */
interface Reading extends ByteCounters {
  readonly time: number;
}

function readingsOf(name: string, samples: readonly NetworkSample[]): readonly Reading[] {
  return samples.flatMap(({ time, interfaces }) => {
    const counters = interfaces.get(name);
    return counters === undefined ? [] : [{ time, ...counters }];
  });
}

/** Compares every reading of one network with every reading of the other. One contradiction outweighs agreement. */
function gradeOf(name: string, node: readonly NetworkSample[], pod: readonly NetworkSample[]): Grade {
  const nodes = readingsOf(name, node);
  const pods = readingsOf(name, pod);
  if (pods.length === 0) {
    const isLater = pod.some((b) => node.some((a) => b.time - a.time >= ORDER_MILLISECONDS));
    return isLater ? 'missing' : 'absent';
  }
  const pairs = nodes.flatMap((a) => pods.map((b) => ({ a, b, grade: gradeOfPair(a, b) })));
  const has = (wanted: Grade): boolean => pairs.some(({ grade }) => grade === wanted);
  const odd = pairs.filter(({ grade }) => grade === 'odd');
  const isOddThroughout = new Set(odd.map(({ a }) => a)).size > 1 && new Set(odd.map(({ b }) => b)).size > 1;
  if (has('fell') || isOddThroughout) return 'fell';
  if (odd.length > 0) return 'odd';
  if (has('same') || isBetween(nodes, pods, NARROW)) return 'same';
  if (has('close') || isBetween(nodes, pods, 1)) return 'close';
  return has('far') ? 'far' : 'fits';
}

type Counters = readonly [node: number, pod: number];

/** Returns null if nothing contradicts that the readings are of one interface, but little confirms it. */
function gradeOfPair(node: Reading, pod: Reading): Grade | null {
  const elapsed = pod.time - node.time;
  const pairs: readonly Counters[] = [
    [node.rxBytes, pod.rxBytes],
    [node.txBytes, pod.txBytes],
  ];
  const isFar = ([a, b]: Counters): boolean => Math.min(a, b) < Math.max(a, b) / 2;
  const isNear = ([a, b]: Counters): boolean => Math.abs(a - b) <= CLOSE * Math.max(a, b);
  const falls = ([a, b]: Counters): boolean =>
    (elapsed >= ORDER_MILLISECONDS && b < a) || (elapsed <= -ORDER_MILLISECONDS && b > a);
  if (pairs.some((pair) => falls(pair) && isFar(pair))) return 'fell';
  if (pairs.some(falls)) return 'odd';
  if (pairs.some((pair) => isFar(pair) && Math.max(...pair) > SETTLED_BYTES)) return 'far';
  if (node.rxBytes + node.txBytes < SIGNIFICANT_BYTES) return null;
  if (pairs.every(([a, b]) => a === b)) return 'same';
  return pairs.every(isNear) ? 'close' : null;
}

/**
 * True if a reading of the Pod lies between two readings of the node, in time and in both counters.
 *
 * @param width largest relative difference between the two readings of the node
 */
function isBetween(node: readonly Reading[], pod: readonly Reading[], width: number): boolean {
  const holds = (from: number, value: number, to: number): boolean =>
    from <= value && value <= to && to - from <= width * to;
  return pod.some((own) =>
    node.some((low) =>
      node.some(
        (high) =>
          low.time <= own.time &&
          own.time <= high.time &&
          high.rxBytes + high.txBytes >= SIGNIFICANT_BYTES &&
          holds(low.rxBytes, own.rxBytes, high.rxBytes) &&
          holds(low.txBytes, own.txBytes, high.txBytes),
      ),
    ),
  );
}

function isSignificant(name: string, samples: readonly NetworkSample[]): boolean {
  return samples.some(({ interfaces }) => {
    const { rxBytes = 0, txBytes = 0 } = interfaces.get(name) ?? {};
    return rxBytes + txBytes >= SIGNIFICANT_BYTES;
  });
}

function difference(lacking: readonly string[], fallen: readonly string[]): string {
  return [
    ...(lacking.length === 0 ? [] : [`does not have the node's ${namesOf(lacking)}`]),
    ...(fallen.length === 0
      ? []
      : [`has its own ${namesOf(fallen)}, with counters that differ from the node's`]),
  ].join(' and ');
}

/** Largest number of interface names in one message. */
const NAMED = 6;

/** Lists at most six names, and counts the rest: a node may have thousands. */
export function namesOf(all: readonly string[]): string {
  return someNames(all, NAMED);
}
