import { type ByteCounters, type NetworkSample, podDevicePrefix } from '../model/node-summary.ts';
import { someNames } from '../some-names.ts';

/** What the samples of two networks say together: one network, two, or not yet enough of either. */
export interface Comparison {
  readonly observed: 'node' | 'own' | 'unclear';
  /** A clause whose subject is the sandbox or the container. */
  readonly detail: string;
}

/** Times are whole seconds, and a reading may come a little after its time: closer ones have no order. */
const ORDER_MILLISECONDS = 2000;
/** Counters that say little are no evidence: an idle interface looks like any other idle one. */
const TELLING_BYTES = 1000;
/** Two readings of one interface, seconds apart, hardly differ by more. */
const CLOSE = 0.05;
/**
 * Between two readings of the node so near to each other lies no other network's counter: its Pods have not
 * carried all but a thousandth of what it has ever carried.
 */
const NARROW = 0.001;
/** An interface that has carried this much does not double it within seconds, but on a node that just began. */
const SETTLED_BYTES = 1_000_000;

type Grade =
  /** Not there, though the node had it before and has it still. */
  | 'missing'
  /** Not there, but the node may have got it only since. */
  | 'absent'
  /** A counter that fell to less than half: the readings are of two interfaces. */
  | 'fell'
  /** A counter that fell a little, which clocks and slow readings can feign. */
  | 'odd'
  /** A counter far from the other, which only a burst of traffic explains. */
  | 'far'
  /** Nothing against it, little for it. */
  | 'fits'
  /** Both counters near, or between two readings of the node, and large enough to say something. */
  | 'close'
  /** Both counters the same, or between two readings of the node that hardly differ, and large enough. */
  | 'same';

/**
 * Whether a Pod's network is the node's, by the names and byte counters of its interfaces.
 *
 * An interface is *stable* if it is in every sample of the node and no plugin makes it for a Pod. Where the
 * networks are one, the Pod has every stable interface, and each counter, read in turns, never falls. Where
 * they are two, an interface is missing, or a counter falls. A single answer may hold samples that are
 * seconds apart, in either order; what those leave open is `unclear` until newer samples come. Names alone
 * never prove `node`, for most networks have an eth0; nor does one interface whose counters are merely near or
 * enclosed, for a Pod may carry nearly all that its node does. Two such interfaces do.
 *
 * @param node samples of the node, @param pod samples of the Pod, each of at least one
 * @param isPatchwork whether the samples of the node are many, of several readers: of those some were read late, so
 * that counters seem to fall; only an interface that is missing then tells of another network
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
      detail: 'cannot be compared: the node has no interface that the kubelet reports',
    };
  }
  const graded = stable.map((name) => ({ name, grade: gradeOf(name, node, pod) }));
  const of = (...wanted: readonly Grade[]): readonly string[] =>
    graded.filter(({ grade }) => wanted.includes(grade)).map(({ name }) => name);

  const lacking = of('missing', 'absent');
  if (lacking.length === stable.length) {
    return { observed: 'own', detail: `has none of the node's ${namesOf(stable)}` };
  }
  const fallen = of('fell');
  const resembling = of('fits', 'close', 'same').filter((name) => isTelling(name, node));
  const contradictions = of('missing').length + (isPatchwork ? 0 : fallen.length);
  if (contradictions > 0 && resembling.length === 0) {
    return { observed: 'own', detail: difference(lacking, fallen) };
  }
  const isWhole = of('missing', 'absent', 'fell', 'odd', 'far').length === 0;
  const isProven = of('same').length > 0 || of('close').length > 1;
  if (isWhole && isProven) {
    return { observed: 'node', detail: `has all of the node's ${namesOf(stable)}, with the node's counters` };
  }
  return {
    observed: 'unclear',
    detail: `may or may not have the node's ${namesOf(stable)}: the samples do not tell`,
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

/** What one sample says of one interface. */
interface Reading extends ByteCounters {
  readonly time: number;
}

function readingsOf(name: string, samples: readonly NetworkSample[]): readonly Reading[] {
  return samples.flatMap(({ time, interfaces }) => {
    const counters = interfaces.get(name);
    return counters === undefined ? [] : [{ time, ...counters }];
  });
}

/** Every reading of one network against every reading of the other; what contradicts outweighs what agrees. */
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

/** Null where nothing is against it, and little for it. */
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
  if (node.rxBytes + node.txBytes < TELLING_BYTES) return null;
  if (pairs.every(([a, b]) => a === b)) return 'same';
  return pairs.every(isNear) ? 'close' : null;
}

/** Whether a reading of the Pod, between two of the node that differ by a share of `width` at most, lies between their counters. */
function isBetween(node: readonly Reading[], pod: readonly Reading[], width: number): boolean {
  const holds = (from: number, value: number, to: number): boolean =>
    from <= value && value <= to && to - from <= width * to;
  return pod.some((own) =>
    node.some((low) =>
      node.some(
        (high) =>
          low.time <= own.time &&
          own.time <= high.time &&
          high.rxBytes + high.txBytes >= TELLING_BYTES &&
          holds(low.rxBytes, own.rxBytes, high.rxBytes) &&
          holds(low.txBytes, own.txBytes, high.txBytes),
      ),
    ),
  );
}

function isTelling(name: string, samples: readonly NetworkSample[]): boolean {
  return samples.some(({ interfaces }) => {
    const { rxBytes = 0, txBytes = 0 } = interfaces.get(name) ?? {};
    return rxBytes + txBytes >= TELLING_BYTES;
  });
}

function difference(lacking: readonly string[], fallen: readonly string[]): string {
  return [
    ...(lacking.length === 0 ? [] : [`lacks the node's ${namesOf(lacking)}`]),
    ...(fallen.length === 0
      ? []
      : [`has ${namesOf(fallen)} of its own, with other counters than the node's`]),
  ].join(' and ');
}

const NAMED = 6;

/** A few names for a sentence; there may be thousands. */
export function namesOf(all: readonly string[]): string {
  return someNames(all, NAMED);
}
