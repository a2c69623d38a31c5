import { apiGroup, type PodManifest } from '../model/pod-manifest.ts';
import { CheckedObject, described, type Failure } from '../wire/checked-object.ts';
import {
  isObject,
  isTrue,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
} from '../wire/json-value.ts';
import { ManifestError, manifestLimits, ManifestWarning } from './manifest-error.ts';
import { fieldOf, type FoundObject, type ManifestObject, manifestObjects } from './manifest-objects.ts';
import { decodePodJson } from '../wire/pod-json.ts';
import type { Path } from '../yaml/yaml-document.ts';

/** Pod, and the kinds of Kubernetes that create Pods. */
interface PodKind {
  readonly groups: readonly string[];
  /** Where the Pod's metadata and spec stand. */
  readonly template: readonly string[];
}

/** Some kinds were in `extensions` before. */
const APPS = ['apps', 'extensions'];

const POD_KINDS: ReadonlyMap<string, PodKind> = new Map([
  ['Pod', { groups: [''], template: [] }],
  ['PodTemplate', { groups: [''], template: ['template'] }],
  ['ReplicationController', { groups: [''], template: ['spec', 'template'] }],
  ['Deployment', { groups: APPS, template: ['spec', 'template'] }],
  ['DaemonSet', { groups: APPS, template: ['spec', 'template'] }],
  ['ReplicaSet', { groups: APPS, template: ['spec', 'template'] }],
  ['StatefulSet', { groups: APPS, template: ['spec', 'template'] }],
  ['Job', { groups: ['batch'], template: ['spec', 'template'] }],
  ['CronJob', { groups: ['batch'], template: ['spec', 'jobTemplate', 'spec', 'template'] }],
]);

export type FoundPod = PodManifest | ManifestError | ManifestWarning;

/**
 * Returns the Pods and Pod templates of a YAML or JSON file, in its order: Pods, workloads, custom resources with a template under
 * spec.template, and all of these in Lists. Other kinds are skipped.
 *
 * @param isNamed true if the user named the file; other files may have another purpose
 * @returns also an error for each invalid document or item
 */
export function* podManifests(text: string, isNamed = true): Generator<FoundPod> {
  const ofOtherPurpose: (ManifestError | ManifestWarning)[] = [];
  let isManifest = isNamed;
  for (const found of podsOrPassed(text)) {
    isManifest ||= !isMessage(found);
    if (isManifest) yield* ofOtherPurpose.splice(0);
    if (isManifest || (found instanceof ManifestError && found.kind !== 'other purpose')) {
      if (found !== 'passed') yield found;
    } else if (isMessage(found)) {
      ofOtherPurpose.push(found);
    }
  }
}

function* podsOrPassed(text: string): Generator<FoundPod | 'passed'> {
  let objects = 0;
  let messages = 0;
  try {
    for (const object of objectsWithoutLists(text)) {
      objects += 1;
      if (objects > manifestLimits.objects) throw tooMany(manifestLimits.objects, 'objects', object);
      const read = isMessage(object) ? object : podOf(object);
      if (isMessage(read)) messages += 1;
      if (messages > manifestLimits.errors) throw tooMany(manifestLimits.errors, 'errors', object);
      yield read;
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    yield error;
  }
}

function isMessage(found: unknown): found is ManifestError | ManifestWarning {
  return found instanceof ManifestError || found instanceof ManifestWarning;
}

function tooMany(most: number, what: string, object: FoundObject): ManifestError {
  const line = isMessage(object) ? object.line : object.lineOf([]);
  return new ManifestError(line, `there are more than ${String(most)} ${what}; the rest is not read`);
}

function* objectsWithoutLists(text: string): Generator<FoundObject> {
  for (const found of manifestObjects(text)) {
    if (isMessage(found)) yield found;
    else yield* withoutLists(found, 0);
  }
}

/** Returns the object, or the items of a List. */
function* withoutLists(found: ManifestObject, depth: number): Generator<ManifestObject | ManifestError> {
  const { value, path, list, lineOf } = found;
  if (list !== null && !isList(list)) return;
  if (!isObject(value) || !isList(value)) {
    yield found;
    return;
  }
  if (depth === manifestLimits.lists) {
    yield problem(found, [], () => `Lists are nested more than ${String(depth)} deep`, value);
    return;
  }
  const items = value['items'] ?? [];
  if (!Array.isArray(items)) {
    yield problem(found, ['items'], (field) => `${field} is ${described(items)}; it takes a list`, items);
    return;
  }
  for (const [index, element] of items.entries()) {
    const item: ManifestObject = {
      ...found,
      path: [...path, 'items', index],
      value: element as unknown,
      list: value,
      lineOf: (below) => lineOf(['items', index, ...below]),
    };
    yield* withoutLists(item, depth + 1);
  }
}

/** Matches `List`, and kinds such as PodList. */
function isList(object: JsonObject): boolean {
  return textOf(object, 'kind').endsWith('List') && Object.hasOwn(object, 'items');
}

function podOf(found: ManifestObject): PodManifest | ManifestError | 'passed' {
  try {
    const object = identified(found);
    const kind = object.text('kind');
    const apiVersion = object.text('apiVersion');
    const template = templateOf(object, kind, apiVersion);
    if (template === null) return 'passed';
    const metadata = object.object('metadata');
    const namespace = metadata?.text('namespace') ?? '';
    const prefix = metadata?.text('generateName') ?? '';
    const name = metadata?.text('name') || (prefix === '' ? '' : `${prefix}*`);
    const { document } = found;
    const path = fieldOf(found.path);
    return { document, path, apiVersion, kind, namespace, name, pod: decode(template, name, namespace) };
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
}

/** The API omits the kind of the items in a PodList and other typed Lists. */
function identified(found: ManifestObject): CheckedObject {
  const { value, list } = found;
  const fail: Failure = (path, message, wrong) => problem(found, path, message, wrong);
  if (!isObject(value))
    throw fail([], (subject) => `${subject} is ${described(value)}, not an object`, value);
  const object = new CheckedObject(value, [], fail);
  if (object.text('kind') !== '') return object;
  const kind = list === null ? '' : textOf(list, 'kind').replace(/List$/, '');
  if (kind === '') throw fail([], (subject) => `${subject} has no kind`, value);
  return object.with({ ...value, kind, apiVersion: list?.['apiVersion'] });
}

/** Returns the object with the Pod's metadata and spec. */
function templateOf(object: CheckedObject, kind: string, apiVersion: string): CheckedObject | null {
  const known = POD_KINDS.get(kind);
  if (known !== undefined && (apiVersion === '' || known.groups.includes(apiGroup(apiVersion)))) {
    return known.template.reduce<CheckedObject | null>((holder, key) => holder?.object(key) ?? null, object);
  }
  const template = objectOf(objectOf(object.json, 'spec'), 'template');
  const spec = objectOf(template, 'spec');
  if (Array.isArray(spec['containers'])) return object.object('spec')?.object('template') ?? null;
  const shared = HOST_FIELDS.filter((field) => isTrue(spec, field));
  return shared.length === 0 ? null : object.with(partOf(template, spec, shared));
}

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'];

/**
 * Returns the part of a custom resource's template that is like a Pod's. Its CRD may have other types for the rest, such as a mapping
 * of containers, or no containers, which its controller adds.
 */
function partOf(template: JsonObject, spec: JsonObject, shared: readonly string[]): JsonObject {
  return {
    metadata: { labels: objectOf(objectOf(template, 'metadata'), 'labels') },
    spec: {
      ...Object.fromEntries(shared.map((field) => [field, true])),
      os: { name: textOf(objectOf(spec, 'os'), 'name') },
      runtimeClassName: textOf(spec, 'runtimeClassName'),
    },
  };
}

/** Other values of a wrong type count as absent. */
function decode(template: CheckedObject, name: string, namespace: string): PodManifest['pod'] {
  const labels = template.object('metadata')?.object('labels')?.json ?? {};
  const spec = template.object('spec');
  const hostNetwork = spec?.boolean('hostNetwork') ?? false;
  spec?.boolean('hostPID');
  spec?.boolean('hostIPC');
  spec?.object('os')?.text('name');
  const containers = (key: string): readonly JsonObject[] =>
    spec?.objects(key).map((container) => withDefaults(container, hostNetwork)) ?? [];
  return decodePodJson({
    metadata: { name, namespace, labels },
    spec: {
      ...spec?.json,
      containers: containers('containers'),
      initContainers: containers('initContainers'),
    },
  });
}

/** Returns the ports after the defaulting of the API (SetDefaults_Pod), so that they are the same as in `list`. */
function withDefaults(container: JsonObject, hostNetwork: boolean): JsonObject {
  const ports = objectsOf(container, 'ports').map((port) => ({
    hostPort: portNumber(numberOf(port, 'hostPort') || (hostNetwork ? numberOf(port, 'containerPort') : 0)),
    protocol: textOf(port, 'protocol') || 'TCP',
  }));
  return { ...container, ports };
}

/** Returns 0 for an invalid port. */
function portNumber(number: number): number {
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : 0;
}

function problem(
  { path, lineOf, list }: ManifestObject,
  field: Path,
  message: (subject: string) => string,
  value: unknown,
): ManifestError {
  const subject = fieldOf([...path, ...field]) || 'the document';
  const isWhole = field.length === 0 && list === null;
  const kind =
    typeof value === 'string' && value.includes('{{')
      ? 'template'
      : isWhole && hasOtherPurpose(value)
        ? 'other purpose'
        : 'broken';
  return new ManifestError(lineOf(field), message(subject), kind);
}

/** Returns true for files that are not manifests, such as those of Helm and Kustomize. */
function hasOtherPurpose(value: unknown): boolean {
  if (!isObject(value)) return true;
  const isChart = Object.hasOwn(value, 'name') && Object.hasOwn(value, 'version');
  const isKustomization = apiGroup(textOf(value, 'apiVersion')) === 'kustomize.config.k8s.io';
  return !Object.hasOwn(value, 'kind') && (!Object.hasOwn(value, 'apiVersion') || isChart || isKustomization);
}
