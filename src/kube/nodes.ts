import { ExplainedError } from '../errors.ts';
import { objectOf, objectsOf, textOf } from '../wire/json-value.ts';
import { readObject } from './body.ts';
import { readStatus, refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** Only the metadata, which is all that a list of names needs. */
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json';
const PAGE_SIZE = 500;

/**
 * The names of the nodes that run Windows, by the label that the kubelet sets; null where this user may
 * not list nodes, which is no reason not to list Pods.
 *
 * @throws ExplainedError where the cluster does not answer
 */
export async function windowsNodes(session: Session): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  const doing = 'list the Windows nodes';
  let token = '';
  do {
    const answer = await session.client.get({
      doing,
      path: '/api/v1/nodes',
      query: {
        labelSelector: 'kubernetes.io/os=windows',
        limit: String(PAGE_SIZE),
        ...(token === '' ? {} : { continue: token }),
      },
      accept: METADATA_LIST,
    });
    if (answer.status !== 200) {
      const status = await readStatus(answer);
      if (answer.status === 403) return null;
      const needs = { verb: 'list', resource: 'nodes', namespace: null };
      throw await refusal(answer.status, status, { doing, needs }, session);
    }
    const list = await readObject(answer, doing);
    for (const node of objectsOf(list, 'items')) names.add(textOf(objectOf(node, 'metadata'), 'name'));
    const next = textOf(objectOf(list, 'metadata'), 'continue');
    token = next === token ? '' : next;
  } while (token !== '');
  return names;
}

/**
 * Makes sure that a node of this name exists, as far as this user may know.
 *
 * @throws ExplainedError where it does not
 */
export async function requireNode(name: string, session: Session): Promise<void> {
  const doing = `find the node ${name}`;
  const answer = await session.client.get({
    doing,
    path: `/api/v1/nodes/${encodeURIComponent(name)}`,
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json',
  });
  const status = await readStatus(answer);
  if (answer.status === 200 || answer.status === 403) return;
  if (answer.status === 404 && status.reason === 'NotFound') {
    throw new ExplainedError(
      `There is no node "${name}" in the cluster; \`kubectl get nodes${session.connectionFlags}\` names those that there are.`,
    );
  }
  const needs = { verb: 'get', resource: 'nodes', namespace: null };
  throw await refusal(answer.status, status, { doing, needs }, session);
}
