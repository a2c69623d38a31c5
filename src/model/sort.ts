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

/** A path into the status of a container, by its position, as kubectl users sort by restarts. */
const RESTARTS = /^\.status\.containerStatuses\[(\d{1,3})\]\.restartCount$/;

/** The paths that a list can be sorted by, beside `.metadata.labels.NAME` and other positions of a container. */
export const sortPaths: readonly string[] = [
  ...Object.keys(SORT_KEYS),
  '.status.containerStatuses[0].restartCount',
];

/**
 * The order that `--sort-by` asks for, or null where the path is none that is read.
 *
 * @param path a JSONPath as kubectl takes it: `.metadata.name`, `metadata.name` or `{.metadata.name}`
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

/** `.metadata.labels.app`, `.metadata.labels['a.b/c']`, or with the dots escaped: `.metadata.labels.a\.b/c` */
function labelKey(path: string): SortKey | null {
  const [, bracketed, dotted] =
    /^\.metadata\.labels(?:\[["'](.+)["']\]|\.((?:[^.\\]|\\.)+))$/.exec(path) ?? [];
  const label = bracketed ?? dotted?.replaceAll(/\\(.)/g, '$1');
  return label === undefined ? null : (pod) => pod.labels.get(label) ?? null;
}

/** Ascending; what has no value comes first, as in kubectl. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
