import { ExplainedError } from '../../errors.ts';
import type { PodReference, Workload } from '../../model/pod-reference.ts';
import { allContainers } from '../../model/containers.ts';
import { arrayOf, type JsonObject, objectOf, objectsOf, textOf } from '../../wire/json-value.ts';
import { decodePodJson } from '../../wire/pod-json.ts';
import { readObject } from '../transport/body.ts';
import { podPath, podsPath, workloadsPath } from './pod-path.ts';
import type { Session } from './session.ts';

/** Kinds of names. Pods, workloads and containers are those of the connection's namespace. */
export type Named =
  /** Pods that run. */
  | { readonly kind: 'namespaces' | 'nodes' | 'pods' }
  | { readonly kind: 'workloads'; readonly workload: Workload }
  | { readonly kind: 'containers'; readonly pod: PodReference };

interface Question {
  readonly resource: string;
  readonly path: string;
  readonly fieldSelector?: string;
}

/** A Table without its objects contains little more than the names. */
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1, application/json';

/**
 * Returns all names, with one request. Shells complete the common part of all names, so none may be missing.
 *
 * @throws ExplainedError if the cluster does not respond, or a permission is missing
 */
export async function namesOf(named: Named, session: Session): Promise<readonly string[]> {
  const { namespace } = session.connection;
  switch (named.kind) {
    case 'namespaces':
      return list({ resource: 'namespaces', path: '/api/v1/namespaces' }, session);
    case 'nodes':
      return list({ resource: 'nodes', path: '/api/v1/nodes' }, session);
    case 'pods':
      return list(
        { resource: 'pods', path: podsPath(namespace), fieldSelector: 'status.phase=Running' },
        session,
      );
    case 'workloads': {
      const { resource } = named.workload;
      return list({ resource, path: workloadsPath(named.workload, namespace) }, session);
    }
    case 'containers':
      return containers(named.pod, session);
  }
}

async function list(
  { resource, path, fieldSelector }: Question,
  session: Session,
): Promise<readonly string[]> {
  // Version 0 is any: the server answers from its memory.
  const query = {
    includeObject: 'None',
    resourceVersion: '0',
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
  const document = await get({ resource, path }, query, TABLE, session);
  return textOf(document, 'kind') === 'Table'
    ? cells(document)
    : objectsOf(document, 'items').map((item) => textOf(objectOf(item, 'metadata'), 'name'));
}

function cells(table: JsonObject): readonly string[] {
  const at = objectsOf(table, 'columnDefinitions').findIndex((column) => textOf(column, 'format') === 'name');
  return objectsOf(table, 'rows').map((row) => {
    const cell = arrayOf(row, 'cells')[at];
    return typeof cell === 'string' ? cell : '';
  });
}

/** Returns the containers of a Pod, or of the Pod template of a workload. */
async function containers(pod: PodReference, session: Session): Promise<readonly string[]> {
  const { namespace } = session.connection;
  const question =
    pod.kind === 'pod'
      ? { resource: 'pods', path: podPath(namespace, pod.name) }
      : {
          resource: pod.workload.resource,
          path: `${workloadsPath(pod.workload, namespace)}/${encodeURIComponent(pod.name)}`,
        };
  const document = await get(question, {}, 'application/json', session);
  const template = pod.kind === 'pod' ? document : objectOf(objectOf(document, 'spec'), 'template');
  return allContainers(decodePodJson(template)).map(({ name }) => name);
}

async function get(
  { resource, path }: Question,
  query: Readonly<Record<string, string>>,
  accept: string,
  session: Session,
): Promise<JsonObject> {
  const doing = `complete the names of ${resource}`;
  const answer = await session.client.get({ doing, path, query, accept });
  if (answer.status === 200) return readObject(answer, doing);
  throw new ExplainedError(`Cannot ${doing}: the server answers ${String(answer.status)}.`);
}
