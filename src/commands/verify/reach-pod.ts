import { hostPorts } from '../../model/host-ports.ts';
import type { PodVerification, PortAnswer } from '../../verdict/pod-verification.ts';
import { reach, type Reached } from '../../reach/reach.ts';
import type { CommandContext } from '../shared/context.ts';
import { mapInOrder } from '../shared/map-in-order.ts';

/** As long as anybody waits for `curl NODE`. */
const TIMEOUT_MILLISECONDS = 5000;
const PARALLEL = 4;
/** A Pod that listens on more is asked on the first of them. */
const MAX_PORTS = 16;

/**
 * Asks the node for the ports that are this Pod's own, from the machine of whoever runs this.
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
 * TCP ports of the node that are this Pod's: those that it declares, and in the node's network those on which
 * one of the container's own processes listens.
 */
function ownPorts({
  pod,
  listening,
  verification,
}: PodVerification & { kind: 'verified' }): readonly number[] {
  // The API copies the ports of a hostNetwork Pod: where it is not there after all, they are somebody else's.
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
