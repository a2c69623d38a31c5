import type { Interfaces } from '../inspection/network-interface.ts';
import type { NodeView, PodProcess } from '../inspection/node-view.ts';
import { allStatuses } from '../model/containers.ts';
import type { Pod } from '../model/pod.ts';

/** A Pod's sandbox or one of its containers, with its processes. */
export interface PodPart<T = PodProcess> {
  /** "its sandbox", "the container myapp" */
  readonly name: string;
  /** The runtime's ID. */
  readonly id: string;
  /** The container's own name; null for the sandbox, and for a container that the API does not list yet. */
  readonly container: string | null;
  /** By their numbers, the lowest first. */
  readonly processes: readonly T[];
}

export interface PodParts<T = PodProcess> {
  readonly parts: readonly PodPart<T>[];
  /** The names of running containers of which no process is there. */
  readonly missing: readonly string[];
}

/**
 * The sandbox and the containers of a Pod, as far as they have processes on the node.
 *
 * The API does not list the sandbox's ID. An ID that it does not list is the sandbox's, or that of a container that
 * starts just now. What runs in none of the runtime's containers (conmon, a virtual machine's monitor) is the node's.
 */
export function partsOfPod<T extends Omit<PodProcess, 'namespaces'>>(
  pod: Pod,
  processes: readonly T[],
): PodParts<T> {
  const statuses = allStatuses(pod);
  const names = new Map(statuses.map(({ containerID, name }) => [idOf(containerID), name] as const));
  const own = processes.filter(({ podUid }) => podUid === pod.kubeletUid);
  const groups = Map.groupBy(own, ({ container }) => container);
  const unlisted = [...groups.keys()].filter((id) => id !== null && !names.has(id)).length;
  const unlistedName = unlisted === 1 ? 'its sandbox' : 'its sandbox or a container that starts';
  const parts = [...groups].flatMap(([id, members]): readonly PodPart<T>[] => {
    if (id === null) return [];
    const container = names.get(id) ?? null;
    const name = container === null ? unlistedName : `the container ${container}`;
    return [{ name, id, container, processes: members.toSorted((a, b) => a.pid - b.pid) }];
  });
  const missing = statuses.filter(
    ({ containerID, state }) => state.running === true && !groups.has(idOf(containerID)),
  );
  return { parts, missing: missing.map(({ name }) => `the container ${name}`) };
}

/** `containerd://0123…` */
function idOf(containerID: string): string {
  const scheme = containerID.lastIndexOf('://');
  return scheme === -1 ? containerID : containerID.slice(scheme + 3);
}

/**
 * The process by which a container's network is told: its first. Of a Pod it is that of any container, and of
 * the sandbox where there is none.
 *
 * @param container the name of the container, or null for the Pod
 */
export function firstProcess(pod: Pod, view: NodeView, container: string | null): PodProcess | null {
  const { parts } = partsOfPod(pod, view.processes);
  const part =
    container === null
      ? (parts.find((one) => one.container !== null) ?? parts[0])
      : parts.find((one) => one.container === container);
  return part?.processes.find(({ namespaces }) => namespaces.net.length > 0) ?? null;
}

/** A process of the sandbox in this network namespace, of which no container has a say; null where there is none. */
export function sandboxProcess(pod: Pod, view: NodeView, net: number): PodProcess | null {
  const sandboxes = partsOfPod(pod, view.processes).parts.filter(({ container }) => container === null);
  return (
    sandboxes
      .flatMap(({ processes }) => processes)
      .find(({ namespaces }) => namespaces.net.length === 1 && namespaces.net[0] === net) ?? null
  );
}

/** The interfaces that a container's processes see, as the probe has read them; null where it could not. */
export function interfacesOfPod(pod: Pod, view: NodeView, container: string): Interfaces | null {
  const process = firstProcess(pod, view, container) ?? firstProcess(pod, view, null);
  const [net] = process?.namespaces.net ?? [];
  return net === undefined ? null : view.interfacesOf(net);
}
