import { apiGroup, type PodManifest } from '../pods/pod-manifest.ts';
import { CheckedObject, described } from './checked-object.ts';
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from './json-value.ts';
import { ManifestError, manifestLimits } from './manifest-error.ts';
import { type ManifestObject, manifestObjects } from './manifest-objects.ts';
import { decodePodJson } from './pod-json.ts';

/** A kind of Kubernetes' own that is a Pod or makes Pods. */
interface PodKind {
  readonly groups: readonly string[];
  /** Where the Pod's metadata and spec stand. */
  readonly template: readonly string[];
}

/** Some of them were in `extensions` once. */
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

/**
 * The Pods and Pod templates of a file of YAML or JSON, in its order: Pods, the workloads that have templates, custom
 * resources with a template under spec.template, and any of these in Lists. Other kinds are passed over.
 *
 * @returns an error for each document or item that makes no sense; all others are there all the same
 */
export function* podManifests(text: string): Generator<PodManifest | ManifestError> {
  let objects = 0;
  let errors = 0;
  try {
    for (const object of objectsWithoutLists(text)) {
      objects += 1;
      if (objects > manifestLimits.objects) throw tooMany(manifestLimits.objects, 'objects', object);
      const read = object instanceof ManifestError ? object : podOf(object);
      if (read === null) continue;
      if (read instanceof ManifestError) errors += 1;
      if (errors > manifestLimits.errors) throw tooMany(manifestLimits.errors, 'errors', object);
      yield read;
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    yield error;
  }
}

function tooMany(most: number, what: string, object: ManifestObject | ManifestError): ManifestError {
  const line = object instanceof ManifestError ? object.line : object.lineOf(object.value);
  return new ManifestError(line, `there are more than ${String(most)} ${what}; the rest is not read`);
}

function* objectsWithoutLists(text: string): Generator<ManifestObject | ManifestError> {
  for (const found of manifestObjects(text)) {
    if (found instanceof ManifestError) yield found;
    else yield* withoutLists(found, 0);
  }
}

/** The object itself, or the items of the List that it is. */
function* withoutLists(found: ManifestObject, depth: number): Generator<ManifestObject | ManifestError> {
  const { value, path, list } = found;
  if (list !== null && !isList(list)) return;
  if (!isObject(value) || !isList(value)) {
    yield found;
    return;
  }
  if (depth === manifestLimits.lists) {
    yield new ManifestError(found.lineOf(value), `Lists are nested more than ${String(depth)} deep`);
    return;
  }
  const place = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const items = value['items'] ?? [];
  if (!Array.isArray(items)) {
    yield problem(found, `${place('items')} is ${described(items)}; it takes a list`);
    return;
  }
  for (const [index, element] of items.entries()) {
    const item = { ...found, path: place(`items[${String(index)}]`), value: element as unknown, list: value };
    yield* withoutLists(item, depth + 1);
  }
}

/** `List`, and every kind that is named after it, such as PodList. */
function isList(object: JsonObject): boolean {
  return textOf(object, 'kind').endsWith('List') && Object.hasOwn(object, 'items');
}

/** Null for what makes no Pods. */
function podOf(found: ManifestObject): PodManifest | ManifestError | null {
  try {
    const object = identified(found);
    const kind = object.text('kind');
    const apiVersion = object.text('apiVersion');
    const template = templateOf(object, kind, apiVersion);
    if (template === null) return null;
    const metadata = object.object('metadata');
    const namespace = metadata?.text('namespace') ?? '';
    const prefix = metadata?.text('generateName') ?? '';
    const name = metadata?.text('name') || (prefix === '' ? '' : `${prefix}*`);
    const { document, path } = found;
    return { document, path, apiVersion, kind, namespace, name, pod: decode(template, name, namespace) };
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
}

/** The API leaves out the kind of the items of a PodList, and of every other List that says it itself. */
function identified(found: ManifestObject): CheckedObject {
  const { value, list, path } = found;
  const fail = (message: string): ManifestError => problem(found, message);
  if (!isObject(value)) throw fail(`${subject(found)} is ${described(value)}, and no object`);
  const object = new CheckedObject(value, path, fail);
  if (object.text('kind') !== '') return object;
  const kind = list === null ? '' : textOf(list, 'kind').replace(/List$/, '');
  if (kind === '') throw fail(`${subject(found)} has no kind`);
  return new CheckedObject({ ...value, kind, apiVersion: list?.['apiVersion'] }, path, fail);
}

/** What holds the Pod's metadata and spec. */
function templateOf(object: CheckedObject, kind: string, apiVersion: string): CheckedObject | null {
  const known = POD_KINDS.get(kind);
  if (known !== undefined && (apiVersion === '' || known.groups.includes(apiGroup(apiVersion)))) {
    return known.template.reduce<CheckedObject | null>((holder, key) => holder?.object(key) ?? null, object);
  }
  const spec = objectOf(objectOf(objectOf(object.json, 'spec'), 'template'), 'spec');
  return Array.isArray(spec['containers']) ? (object.object('spec')?.object('template') ?? null) : null;
}

/** What else is of another type than the API takes reads as if it were not there. */
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

/** The ports as the API completes them for a Pod (SetDefaults_Pod), so that they are those that `list` would show. */
function withDefaults(container: JsonObject, hostNetwork: boolean): JsonObject {
  const ports = objectsOf(container, 'ports').map((port) => ({
    hostPort: portNumber(numberOf(port, 'hostPort') || (hostNetwork ? numberOf(port, 'containerPort') : 0)),
    protocol: textOf(port, 'protocol') || 'TCP',
  }));
  return { ...container, ports };
}

/** 0 for what is no port. */
function portNumber(number: number): number {
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : 0;
}

function problem({ value, lineOf }: ManifestObject, message: string): ManifestError {
  return new ManifestError(lineOf(value), message);
}

/** The object as the subject of a sentence. */
function subject({ path }: ManifestObject): string {
  return path === '' ? 'the document' : path;
}
