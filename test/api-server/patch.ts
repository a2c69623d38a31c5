import type { PodJson } from './recorded.ts';
import { readObject } from './request-body.ts';
import { badRequest, StatusError } from './status.ts';

/** Of the lists of a Pod that a strategic merge patch merges, by what the elements are told apart. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  hostIPs: 'ip',
  podIPs: 'ip',
};

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What a patch makes of a Pod, or of its status: the rest stays, but for what metadata can be changed by either.
 * Of a strategic merge patch it knows no directives ($patch and its like).
 *
 * @throws StatusError in the words of kube-apiserver 1.35
 */
export function patchPod(
  pod: PodJson,
  body: string,
  { contentType, isStatus }: { readonly contentType: string; readonly isStatus: boolean },
): PodJson {
  const [type = ''] = contentType.split(';');
  const isStrategic = type === 'application/strategic-merge-patch+json';
  if (!isStrategic && type !== 'application/merge-patch+json') {
    throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type');
  }
  // What comes out is checked as far as the stand-in looks into it: its name, its UID and its spec stay.
  const patched = merge(pod, readObject(body, 'Pod'), isStrategic) as PodJson;
  const { name, uid, resourceVersion } = pod.metadata;
  if (patched.metadata.resourceVersion !== resourceVersion) {
    throw new StatusError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on pods "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
  }
  if (patched.metadata.name !== name) {
    throw badRequest('the name of the object does not match the name on the URL');
  }
  if (patched.metadata.uid !== uid) {
    throw invalid(name, `metadata.uid: Invalid value: "${patched.metadata.uid}": field is immutable`);
  }
  if (isStatus) return { ...pod, metadata: patched.metadata, status: patched.status };
  if (JSON.stringify(patched.spec) !== JSON.stringify(pod.spec)) {
    throw invalid(
      name,
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    );
  }
  return { ...pod, metadata: patched.metadata };
}

function invalid(name: string, why: string): StatusError {
  return new StatusError(422, 'Invalid', `Pod "${name}" is invalid: ${why}`);
}

/** RFC 7386, by which a list replaces another; or where `isStrategic`, some lists are merged. */
function merge(target: unknown, patch: unknown, isStrategic: boolean): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    const mergeKey = isStrategic ? MERGE_KEYS[key] : undefined;
    const old = merged.get(key);
    const isList = mergeKey !== undefined && Array.isArray(value) && Array.isArray(old);
    if (value === null) merged.delete(key);
    else merged.set(key, isList ? mergeLists(old, value, mergeKey) : merge(old, value, isStrategic));
  }
  return Object.fromEntries(merged);
}

/** What is new stands first. */
function mergeLists(old: readonly unknown[], patch: readonly unknown[], key: string): readonly unknown[] {
  const keyOf = (element: unknown): unknown => (isObject(element) ? element[key] : undefined);
  const added = patch.filter((element) => !old.some((known) => keyOf(known) === keyOf(element)));
  const changed = old.map((known) => {
    const change = patch.find((element) => keyOf(element) === keyOf(known));
    return change === undefined ? known : merge(known, change, true);
  });
  return [...added, ...changed];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
