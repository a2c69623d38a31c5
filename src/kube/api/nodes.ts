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

/** Only the metadata, which is all that a list of names needs. */
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json';
const NODE_LISTS = ['NodeList', 'PartialObjectMetadataList', 'List'] as const;
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

/** More nodes than share one kernel anywhere: kind and its like stay far below. */
const NEIGHBOURS = 100;

/**
 * Some nodes of the cluster, as many as give each other away that share a kernel; none where this user may
 * not list them.
 *
 * @throws ExplainedError where the cluster does not answer
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
 * The node of this name; null where it is gone, or this user may not get it.
 *
 * @throws ExplainedError where the cluster does not answer
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

/** A node that is gone or that this user may not see is no reason to give up; any other refusal is. */
async function mayBeHidden(answer: Answer, asked: Asked, session: Session): Promise<void> {
  const status = await readStatus(answer);
  if (answer.status !== 403 && answer.status !== 404) {
    throw await refusal(answer, status, asked, session);
  }
}

/**
 * Makes sure that a node of this name exists, as far as this user may know.
 *
 * @returns why that cannot be known, in sentences; null where it exists
 * @throws ExplainedError where it does not
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
