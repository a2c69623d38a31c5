import { ExplainedError } from '../../errors.ts';
import type { NodeSummary } from '../../model/node-summary.ts';
import { decodeSummaryJson } from '../../wire/node-json.ts';
import { readObject } from '../transport/body.ts';
import { withinTimeout } from '../transport/deadline.ts';
import { readStatus, refusal } from '../errors/refusal.ts';
import type { Session } from './session.ts';

/**
 * Returns the kubelet's stats/summary through the API server: one request for all Pods of a node. It needs permission to get
 * nodes/proxy, which is not read-only: it also allows running commands in the node's Pods.
 *
 * @param timeout milliseconds: half of --timeout, so that other evidence sources have the rest
 * @throws ExplainedError with the missing permission or the server's message
 */
export async function nodeSummary(node: string, timeout: number, session: Session): Promise<NodeSummary> {
  const doing = `ask the kubelet of ${node}`;
  const flag = 'half of --timeout';
  return withinTimeout(doing, timeout, (signal) => ask(node, doing, signal, session), flag);
}

async function ask(node: string, doing: string, signal: AbortSignal, session: Session): Promise<NodeSummary> {
  const answer = await session.client.get({
    doing,
    path: `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`,
    accept: 'application/json',
    signal,
  });
  if (answer.status === 200) return decodeSummaryJson(await readObject(answer, doing));
  const status = await readStatus(answer);
  if (answer.status === 404) {
    throw new ExplainedError(
      `Cannot ${doing}: ${status.message === '' ? 'it has no stats/summary' : status.message}.`,
    );
  }
  const needs = { verb: 'get', resource: 'nodes/proxy', namespace: null };
  throw await refusal(answer, status, { doing, needs }, session);
}
