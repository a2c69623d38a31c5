import { hostPorts } from '../../model/host-ports.ts';
import type { PodVerification, PortAnswer } from '../../verdict/pod-verification.ts';
import { reach, type Reached } from '../../reach/reach.ts';
import type { CommandContext } from '../shared/context.ts';
import { mapInOrder } from '../shared/map-in-order.ts';

/** Timeout of one request. */
const TIMEOUT_MILLISECONDS = 5000;
const PARALLEL = 4;
/** Maximum number of ports of one Pod to request. */
const MAX_PORTS = 16;

/**
 * Sends an HTTP request to each port of the node that belongs to the Pod, from this machine.
 *
 * @throws InterruptedError on Ctrl-C
 */
export async function reachPod(item: PodVerification, context: CommandContext): Promise<PodVerification> {
  if (item.kind === 'failed') return item;
  const { hostIP } = item.pod.status;
  const hosts = [...(hostIP === '' ? [] : [hostIP]), item.pod.spec.nodeName];
  const ask = (port: number): Promise<Reached> =>
    reach(hosts, port, { timeout: TIMEOUT_MILLISECONDS, signal: context.signal });
  const answers: PortAnswer[] = [];
  for await (const reached of mapInOrder(ownPorts(item), PARALLEL, ask)) {
    answers.push(
      reached.kind === 'answered'
        ? { url: reached.url, status: reached.status, firstLine: reached.firstLine, error: null }
        : { url: reached.url, status: null, firstLine: null, error: reached.why },
    );
  }
  return { ...item, reach: answers };
}

/**
 * Returns the TCP ports of the node that belong to the Pod: those that it declares, and, if the Pod is in the node's
 * network, those on which a process of the container listens.
 */
function ownPorts({
  pod,
  listening,
  verification,
}: PodVerification & { kind: 'verified' }): readonly number[] {
  // The API copies the ports of a hostNetwork Pod to hostPort. If it is in a network of its own, they are not its ports.
  const isMoved = pod.spec.hostNetwork && verification.namespaces.network.observed === 'own';
  const declared = (isMoved ? [] : hostPorts(pod))
    .filter(({ protocol }) => protocol === '' || protocol === 'TCP')
    .map(({ port }) => port);
  const isOnNode = verification.namespaces.network.observed === 'host';
  const found = (isOnNode ? (listening ?? []) : [])
    .filter(({ protocol, owner, address }) => protocol === 'TCP' && owner === 'pod' && !isLoopback(address))
    .map(({ port }) => port);
  return [...new Set([...declared, ...found])].sort((a, b) => a - b).slice(0, MAX_PORTS);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
