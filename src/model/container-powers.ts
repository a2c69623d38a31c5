import { allContainers, allStatuses } from './containers.ts';
import type { Side } from './declared.ts';
import type { Container, Pod } from './pod.ts';

/**
 * Returns a clause why a container of the Pod may be in other namespaces than the Pod's sandbox, or null if none can be.
 *
 * A runtime puts every container of a Pod into the sandbox's network. A process leaves it by setns(2) or unshare(2).
 * To enter the node's network it needs CAP_SYS_ADMIN in the node's user namespace. To leave the node's network for one
 * of its own it needs no capability if it can create a user namespace, which the seccomp profile RuntimeDefault forbids.
 * The API does not show what a runtime other than the node's default does.
 *
 * @param from the side that the container would leave
 */
export function reasonToLeave(pod: Pod, from: Side): string | null {
  const moves = reasonToMove(pod);
  if (moves !== null || from === 'own') return moves;
  const unconfined = activeContainers(pod).find(
    ({ security }) => (security.seccompProfile || pod.spec.seccompProfile) !== 'RuntimeDefault',
  );
  return unconfined === undefined
    ? null
    : `the container ${unconfined.name} does not have the seccomp profile RuntimeDefault`;
}

/** Returns a clause why a process of the Pod may move between its own namespaces and the node's, or null if none can. */
export function reasonToMove(pod: Pod): string | null {
  const { runtimeClassName } = pod.spec;
  if (runtimeClassName !== '') return `the Pod has the RuntimeClass ${runtimeClassName}`;
  const mover = activeContainers(pod).find((container) => hasCapability(container, 'SYS_ADMIN'));
  if (mover === undefined) return null;
  const { name, security } = mover;
  return `the container ${name} ${security.privileged ? 'is privileged' : 'has the capability SYS_ADMIN'}`;
}

/** Returns true if a container of the Pod can create interfaces with any name in the Pod's network. */
export function canMakeInterfaces(pod: Pod): boolean {
  return activeContainers(pod).some((container) => hasCapability(container, 'NET_ADMIN'));
}

/** Returns the containers that run or may start later. A container that has ended has no process. */
function activeContainers(pod: Pod): readonly Container[] {
  const ended = new Set(
    allStatuses(pod).flatMap(({ name, state }) => (state.terminated === undefined ? [] : [name])),
  );
  return allContainers(pod).filter(({ name }) => !ended.has(name));
}

function hasCapability({ security }: Container, capability: string): boolean {
  if (security.privileged) return true;
  const added = security.addedCapabilities.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  return added.includes('ALL') || added.includes(capability);
}
