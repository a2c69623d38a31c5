import type { Interfaces } from '../inspection/network-interface.ts';
import type { NodeView, PodProcess } from '../inspection/node-view.ts';
import { allStatuses } from '../model/containers.ts';
import type { Pod } from '../model/pod.ts';

/** A Pod's sandbox or one of its containers, with its processes. */
export interface PodPart<T = PodProcess> {
  /** "the sandbox", "the container myapp" */
  readonly name: string;
  /** ID that the container runtime gave it. */
  readonly id: string;
  /** Name of the container; null for the sandbox, and for a container that the API does not list yet. */
  readonly container: string | null;
  /** Sorted by process ID, the lowest first. */
  readonly processes: readonly T[];
}

/** Name of a Pod's sandbox in messages. */
export const SANDBOX = 'the sandbox';

export interface PodParts<T = PodProcess> {
  readonly parts: readonly PodPart<T>[];
  /** Running containers without a process on the node: "the container myapp". */
  readonly missing: readonly string[];
}

/**
 * Groups the processes of a Pod by the sandbox and the containers. A part without processes on the node is left out.
 *
 * The API does not list the sandbox's ID. An ID that it does not list belongs to the sandbox, or to a container that
 * is just starting. Processes outside all of the runtime's containers (conmon, the monitor of a virtual machine) belong
 * to the node.
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
  const unlistedName = unlisted === 1 ? SANDBOX : `${SANDBOX} or a starting container`;
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

/** Removes the runtime's name from an ID of the API: `containerd://0123…`. */
function idOf(containerID: string): string {
  const scheme = containerID.lastIndexOf('://');
  return scheme === -1 ? containerID : containerID.slice(scheme + 3);
}

/**
 * Returns the first process of a container, whose network namespace stands for the container's. For a Pod it is the
 * first process of any container, or of the sandbox if no container has a process.
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

/** Returns a process of the sandbox in this network namespace, which no container controls; null if there is none. */
export function sandboxProcess(pod: Pod, view: NodeView, net: number): PodProcess | null {
  const sandboxes = partsOfPod(pod, view.processes).parts.filter(({ container }) => container === null);
  return (
    sandboxes
      .flatMap(({ processes }) => processes)
      .find(({ namespaces }) => namespaces.net.length === 1 && namespaces.net[0] === net) ?? null
  );
}

/** Returns the interfaces of a container's network as the probe Pod read them; null if it could not read them. */
export function interfacesOfPod(pod: Pod, view: NodeView, container: string): Interfaces | null {
  const process = firstProcess(pod, view, container) ?? firstProcess(pod, view, null);
  const [net] = process?.namespaces.net ?? [];
  return net === undefined ? null : view.interfacesOf(net);
}
