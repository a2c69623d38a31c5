import { allContainers, allStatuses } from './containers.ts';
import type { Side } from './declared.ts';
import type { Container, Pod } from './pod.ts';

/**
 * Why a container of the Pod may be in other namespaces than the Pod's sandbox, a clause; null where none may be.
 *
 * A runtime puts every container of a Pod into the sandbox's network. A process leaves it by setns(2) or unshare(2).
 * To enter the node's network it needs CAP_SYS_ADMIN in the node's user namespace. To leave the node's network for one
 * of its own it needs no capability where it can create a user namespace, which the seccomp profile RuntimeDefault
 * forbids. What a runtime other than the node's default does cannot be known from the API.
 *
 * @param from which side the container would leave
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

/** Why a process of the Pod may move between its own namespaces and the node's, a clause; null where none may. */
export function reasonToMove(pod: Pod): string | null {
  const { runtimeClassName } = pod.spec;
  if (runtimeClassName !== '') return `the Pod has the RuntimeClass ${runtimeClassName}`;
  const mover = activeContainers(pod).find((container) => hasCapability(container, 'SYS_ADMIN'));
  if (mover === undefined) return null;
  const { name, security } = mover;
  return `the container ${name} ${security.privileged ? 'is privileged' : 'has the capability SYS_ADMIN'}`;
}

/** True if a container of the Pod can create interfaces in the Pod's network, with the names that it likes. */
export function canMakeInterfaces(pod: Pod): boolean {
  return activeContainers(pod).some((container) => hasCapability(container, 'NET_ADMIN'));
}

/** The containers that run, or may start later: a container that has ended has no process. */
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
