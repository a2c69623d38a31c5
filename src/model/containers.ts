import { ExplainedError } from '../errors.ts';
import { isLive } from './liveness.ts';
import type { Container, ContainerStatus, Pod } from './pod.ts';

/** Returns all containers of a Pod, in the order in which kubectl searches them. */
export function allContainers({ spec }: Pod): readonly Container[] {
  return [...spec.containers, ...spec.initContainers, ...spec.ephemeralContainers];
}

/**
 * Returns the container of this name. Without a name, returns kubectl's default: the one of the annotation, or the first.
 *
 * @throws ExplainedError if the Pod has no such container
 */
export function containerToLookInto(pod: Pod, named: string | null): string {
  const names = allContainers(pod).map(({ name }) => name);
  if (named === null) return names.includes(pod.defaultContainer) ? pod.defaultContainer : (names[0] ?? '');
  if (names.includes(named)) return named;
  throw new ExplainedError(`The Pod ${pod.name} has no container "${named}"; it has ${names.join(', ')}.`);
}

/**
 * Returns why nothing can be executed in a container, in a word (`CrashLoopBackOff`), or null if it is running. A
 * container without a status has its Pod's phase; in a running Pod it waits for the kubelet ("not started yet").
 */
export function notRunningReason(pod: Pod, container: string): string | null {
  const state = allStatuses(pod).find(({ name }) => name === container)?.state;
  if (state?.running === true) return null;
  if (state?.terminated !== undefined) return state.terminated.reason || 'Terminated';
  if (state?.waiting !== undefined) return state.waiting.reason || 'Waiting';
  return pod.status.phase === 'Running' ? 'not started yet' : pod.status.phase || 'Pending';
}

/** Returns the statuses of all containers that the kubelet has started to handle. */
export function allStatuses({ status }: Pod): readonly ContainerStatus[] {
  return [...status.containerStatuses, ...status.initContainerStatuses, ...status.ephemeralContainerStatuses];
}

/** Returns true if a container of the Pod is running. */
export function isRunning(pod: Pod): boolean {
  return (
    isLive(pod) && pod.spec.nodeName !== '' && allStatuses(pod).some(({ state }) => state.running === true)
  );
}
