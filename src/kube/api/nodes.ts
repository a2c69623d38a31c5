import { ExplainedError } from '../../errors.ts';
import type { Node } from '../../model/node.ts';
import { objectOf, objectsOf, textOf } from '../../wire/json-value.ts';
import { decodeNodeJson } from '../../wire/node-json.ts';
import { readKind } from '../transport/body.ts';
import { withinTimeout } from '../transport/deadline.ts';
import type { Answer } from '../transport/client.ts';
import { type Asked, readStatus, refusal } from '../errors/refusal.ts';
import type { Session } from './session.ts';
import { TokenCycle } from '../auth/token-cycle.ts';

/** Requests only the metadata, which is enough for names and labels. */
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json';
const NODE_LISTS = ['NodeList', 'PartialObjectMetadataList', 'List'] as const;
const PAGE_SIZE = 500;

/**
 * Returns the names of the nodes that run Windows, by the label that the kubelet sets. Null if the user has no permission to list
 * nodes: Pods can be listed without it.
 *
 * @throws ExplainedError if the cluster does not respond
 */
export async function windowsNodes(session: Session): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  const doing = 'list the Windows nodes';
  const tokens = new TokenCycle();
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
      throw await refusal(answer, status, { doing, needs }, session);
    }
    const list = await readKind(answer, doing, NODE_LISTS);
    for (const node of objectsOf(list, 'items')) names.add(textOf(objectOf(node, 'metadata'), 'name'));
    const next = textOf(objectOf(list, 'metadata'), 'continue');
    if (next !== '') tokens.step(token, next, doing);
    token = next;
  } while (token !== '');
  return names;
}

/** More nodes than share one kernel in practice: clusters of kind and similar tools are smaller. */
const NEIGHBOURS = 100;

/**
 * Returns up to 100 nodes: enough to detect nodes that share a kernel (same bootID). Empty if the user has no permission to list
 * nodes.
 *
 * @throws ExplainedError if the cluster does not respond
 */
export async function someNodes(timeout: number, session: Session): Promise<readonly Node[]> {
  const doing = 'list the nodes';
  return withinTimeout(doing, timeout, async (signal) => {
    const answer = await session.client.get({
      doing,
      path: '/api/v1/nodes',
      query: { limit: String(NEIGHBOURS) },
      accept: 'application/json',
      signal,
    });
    if (answer.status === 200) {
      return objectsOf(await readKind(answer, doing, NODE_LISTS), 'items').map(decodeNodeJson);
    }
    const needs = { verb: 'list', resource: 'nodes', namespace: null };
    await mayBeHidden(answer, { doing, needs }, session);
    return [];
  });
}

/**
 * Returns the node of this name, or null if it is gone or the user has no permission to get it.
 *
 * @throws ExplainedError if the cluster does not respond
 */
export async function findNode(name: string, timeout: number, session: Session): Promise<Node | null> {
  const doing = `read the node ${name}`;
  return withinTimeout(doing, timeout, async (signal) => {
    const answer = await session.client.get({
      doing,
      path: `/api/v1/nodes/${encodeURIComponent(name)}`,
      accept: 'application/json',
      signal,
    });
    if (answer.status === 200) return decodeNodeJson(await readKind(answer, doing, ['Node']));
    const needs = { verb: 'get', resource: 'nodes', namespace: null };
    await mayBeHidden(answer, { doing, needs }, session);
    return null;
  });
}

/** Only a missing node or permission is not an error. */
async function mayBeHidden(answer: Answer, asked: Asked, session: Session): Promise<void> {
  const status = await readStatus(answer);
  if (answer.status !== 403 && answer.status !== 404) {
    throw await refusal(answer, status, asked, session);
  }
}

/**
 * Checks that a node of this name exists.
 *
 * @returns sentences why this is unknown, or null if it exists
 * @throws ExplainedError if it does not exist
 */
export async function requireNode(name: string, session: Session): Promise<string | null> {
  const doing = `find the node ${name}`;
  const answer = await session.client.get({
    doing,
    path: `/api/v1/nodes/${encodeURIComponent(name)}`,
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json',
  });
  if (answer.status === 200) {
    await readKind(answer, doing, ['Node', 'PartialObjectMetadata']);
    return null;
  }
  const status = await readStatus(answer);
  if (answer.status === 404 && status.reason === 'NotFound') {
    throw new ExplainedError(
      `There is no node "${name}" in the cluster; \`kubectl get nodes${session.connectionFlags}\` names those that there are.`,
    );
  }
  const needs = { verb: 'get', resource: 'nodes', namespace: null };
  const refused = await refusal(answer, status, { doing, needs }, session);
  if (answer.status !== 403) throw refused;
  return `Whether there is such a node is not known. ${refused.message}`;
}
