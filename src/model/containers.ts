import { ExplainedError } from '../errors.ts';
import { isLive } from './liveness.ts';
import type { Container, ContainerStatus, Pod } from './pod.ts';

/** Every container of a Pod, in kubectl's order of search. */
export function allContainers({ spec }: Pod): readonly Container[] {
  return [...spec.containers, ...spec.initContainers, ...spec.ephemeralContainers];
}

/**
 * The container of this name; where none is named the one that kubectl means: the annotation's, or the first.
 *
 * @throws ExplainedError where the Pod has no such container
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

/** What the kubelet says of each container that it has begun with. */
export function allStatuses({ status }: Pod): readonly ContainerStatus[] {
  return [...status.containerStatuses, ...status.initContainerStatuses, ...status.ephemeralContainerStatuses];
}

/** Whether anything runs in it that could be looked at. */
export function isRunning(pod: Pod): boolean {
  return (
    isLive(pod) && pod.spec.nodeName !== '' && allStatuses(pod).some(({ state }) => state.running === true)
  );
}
