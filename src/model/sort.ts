import type { Pod } from './pod.ts';

type SortKey = (pod: Pod) => string | number | null;

const SORT_KEYS: Readonly<Record<string, SortKey>> = {
  '.metadata.name': (pod) => pod.name,
  '.metadata.namespace': (pod) => pod.namespace,
  '.metadata.uid': (pod) => pod.uid,
  '.metadata.creationTimestamp': (pod) => pod.creationTimestamp,
  '.metadata.deletionTimestamp': (pod) => pod.deletionTimestamp,
  '.spec.nodeName': (pod) => pod.spec.nodeName || null,
  '.spec.runtimeClassName': (pod) => pod.spec.runtimeClassName || null,
  '.status.phase': (pod) => pod.status.phase || null,
  '.status.reason': (pod) => pod.status.reason || null,
  '.status.hostIP': (pod) => pod.status.hostIP || null,
  '.status.podIP': (pod) => pod.status.podIP || null,
  '.status.startTime': (pod) => pod.status.startTime,
};

/** Path into the status of a container by its position: kubectl users sort by restarts. */
const RESTARTS = /^\.status\.containerStatuses\[(\d{1,3})\]\.restartCount$/;

/** Paths to sort by. `.metadata.labels.NAME` and other positions of a container are also valid. */
export const sortPaths: readonly string[] = [
  ...Object.keys(SORT_KEYS),
  '.status.containerStatuses[0].restartCount',
];

/**
 * Returns the order of `--sort-by`, or null if the path is not supported.
 *
 * @param path a JSONPath as kubectl accepts it: `.metadata.name`, `metadata.name` or `{.metadata.name}`
 */
export function podOrder(path: string): ((a: Pod, b: Pod) => number) | null {
  const bare = `.${path.replace(/^\{(.*)\}$/, '$1').replace(/^\./, '')}`;
  const key = SORT_KEYS[bare] ?? restartsKey(bare) ?? labelKey(bare);
  return key === null ? null : (a, b) => compare(key(a), key(b));
}

function restartsKey(path: string): SortKey | null {
  const position = RESTARTS.exec(path)?.[1];
  if (position === undefined) return null;
  return (pod) => pod.status.containerStatuses[Number(position)]?.restartCount ?? null;
}

/** Parses `.metadata.labels.app`, `.metadata.labels['a.b/c']`, or with escaped dots `.metadata.labels.a\.b/c`. */
function labelKey(path: string): SortKey | null {
  const [, bracketed, dotted] =
    /^\.metadata\.labels(?:\[["'](.+)["']\]|\.((?:[^.\\]|\\.)+))$/.exec(path) ?? [];
  const label = bracketed ?? dotted?.replaceAll(/\\(.)/g, '$1');
  return label === undefined ? null : (pod) => pod.labels.get(label) ?? null;
}

/** Sorts ascending. As in kubectl, Pods without a value are first. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
