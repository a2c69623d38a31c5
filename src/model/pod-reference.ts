import { UsageError } from '../errors.ts';

/** A kind of object that selects Pods, with the names that kubectl accepts. */
export interface Workload {
  readonly names: readonly string[];
  readonly resource: string;
  /** Its group and version below the root of the API. */
  readonly api: string;
  /** The kind of the owner that its Pods name. */
  readonly podOwner: string;
}

const WORKLOADS: readonly Workload[] = [
  { names: ['deployment', 'deploy'], resource: 'deployments', api: 'apis/apps/v1', podOwner: 'ReplicaSet' },
  { names: ['daemonset', 'ds'], resource: 'daemonsets', api: 'apis/apps/v1', podOwner: 'DaemonSet' },
  { names: ['statefulset', 'sts'], resource: 'statefulsets', api: 'apis/apps/v1', podOwner: 'StatefulSet' },
  { names: ['replicaset', 'rs'], resource: 'replicasets', api: 'apis/apps/v1', podOwner: 'ReplicaSet' },
  {
    names: ['replicationcontroller', 'rc'],
    resource: 'replicationcontrollers',
    api: 'api/v1',
    podOwner: 'ReplicationController',
  },
  { names: ['job'], resource: 'jobs', api: 'apis/batch/v1', podOwner: 'Job' },
];
const POD_NAMES = ['pod', 'pods', 'po'];

/** Types for TYPE/NAME. */
export const workloadTypes: readonly string[] = ['pod', ...WORKLOADS.map(({ names }) => names[0] ?? '')];

/** Pods on a command line: `web-1`, `pod/web-1`, `deploy/web`. */
export type PodReference =
  | { readonly kind: 'pod'; readonly name: string }
  | { readonly kind: 'workload'; readonly workload: Workload; readonly name: string };

/**
 * Reads the Pods of a command line: names, TYPE/NAME, or kubectl's `TYPE NAME...`.
 *
 * @throws UsageError for an unknown type or an impossible name
 */
export function parsePodReferences(words: readonly string[]): readonly PodReference[] {
  const type = typeBefore(words);
  if (type === null) return words.map(parsePodReference);
  const names = words.slice(1);
  const typed = names.find((name) => name.includes('/'));
  if (typed !== undefined) {
    throw new UsageError(`Give either TYPE NAME or TYPE/NAME: "${type}" stands before "${typed}".`);
  }
  return names.map((name) => parsePodReference(`${type}/${name}`));
}

/** Returns the type of kubectl's `TYPE NAME...`; null if the first word is not a type, or has no name after it. */
export function typeBefore([first = '', ...names]: readonly string[]): string | null {
  return names.length > 0 && !first.includes('/') && typeNamed(first) !== null ? first : null;
}

/** @throws UsageError if it is neither a name nor TYPE/NAME of a known type */
function parsePodReference(word: string): PodReference {
  const [type = '', name, ...rest] = word.split('/');
  if (name === undefined) return { kind: 'pod', name: checkedName(type, word) };
  if (rest.length > 0) throw new UsageError(`"${word}" is neither a Pod's name nor TYPE/NAME.`);
  const workload = typeNamed(type);
  if (workload === 'pod') return { kind: 'pod', name: checkedName(name, word) };
  if (workload === null) {
    throw new UsageError(
      `The type "${type}" has no Pods that are known here; there are ${workloadTypes.join(', ')}.`,
    );
  }
  return { kind: 'workload', workload, name: checkedName(name, word) };
}

/** Returns the type before the slash of TYPE/NAME, or null if it is unknown. */
export function typeNamed(type: string): Workload | 'pod' | null {
  const [bare = '', ...suffix] = type.toLowerCase().split('.');
  if (POD_NAMES.includes(bare)) return suffix.length === 0 ? 'pod' : null;
  const workload = WORKLOADS.find(({ names, resource }) => names.includes(bare) || resource === bare);
  if (workload === undefined) return null;
  // `deployments.apps` and `deployments.v1.apps` are kubectl's, too. `job.nightly` may be the name of a Pod.
  const [, group = '', version = ''] = workload.api.split('/');
  return ['', group, `${version}.${group}`].includes(suffix.join('.')) ? workload : null;
}

/** Returns true if the name can be one segment of a URL path, as for a namespace. */
function checkedName(name: string, word: string): string {
  if (name === '' || /^\.\.?$|%/.test(name)) throw new UsageError(`"${word}" names no Pod.`);
  return name;
}
