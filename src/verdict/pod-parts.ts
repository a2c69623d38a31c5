import type { Interfaces } from '../inspection/network-interface.ts';
import type { NodeView, PodProcess } from '../inspection/node-view.ts';
import { allStatuses } from '../pods/containers.ts';
import type { Pod } from '../pods/pod.ts';

/** A Pod's sandbox or one of its containers, with its processes. */
export interface PodPart {
  /** "its sandbox", "the container myapp" */
  readonly name: string;
  /** The container's own name; null for the sandbox. */
  readonly container: string | null;
  readonly isSandbox: boolean;
  /** By their numbers, the lowest first. */
  readonly processes: readonly PodProcess[];
}

export interface PodParts {
  readonly parts: readonly PodPart[];
  /** The names of running containers of which no process is there. */
  readonly missing: readonly string[];
}

/**
 * The sandbox and the containers of a Pod, as far as they have processes on the node.
 *
 * The API tells no sandbox's ID. What it does not know at all is the sandbox, or a container that begins just
 * now; what runs in none of the runtime's containers (conmon, a virtual machine's monitor) is the node's.
 */
export function partsOfPod(pod: Pod, { processes }: NodeView): PodParts {
  const statuses = allStatuses(pod);
  const names = new Map(statuses.map(({ containerID, name }) => [idOf(containerID), name] as const));
  const own = processes.filter(({ podUid }) => podUid === pod.kubeletUid);
  const groups = Map.groupBy(own, ({ container }) => container);
  const parts = [...groups].flatMap(([id, members]): readonly PodPart[] => {
    if (id === null) return [];
    const container = names.get(id) ?? null;
    const part = {
      name: container === null ? 'its sandbox' : `the container ${container}`,
      container,
      isSandbox: container === null,
      processes: members.toSorted((a, b) => a.pid - b.pid),
    };
    return [part];
  });
  const missing = statuses.filter(
    ({ containerID, state }) => state.running === true && !groups.has(idOf(containerID)),
  );
  return { parts, missing: missing.map(({ name }) => `the container ${name}`) };
}

/** `containerd://0123…` */
function idOf(containerID: string): string {
  return containerID.replace(/.*:\/\//, '');
}

/**
 * The process by which a container's network is told: its first. Of a Pod it is that of any container, and of
 * the sandbox where there is none.
 *
 * @param container the name of the container, or null for the Pod
 */
export function firstProcess(pod: Pod, view: NodeView, container: string | null): PodProcess | null {
  const { parts } = partsOfPod(pod, view);
  const part =
    container === null
      ? (parts.find(({ isSandbox }) => !isSandbox) ?? parts[0])
      : parts.find((one) => one.container === container);
  return part?.processes[0] ?? null;
}

/** A process of the sandbox in this network namespace, of which no container has a say; null where there is none. */
export function sandboxProcess(pod: Pod, view: NodeView, net: number): PodProcess | null {
  const sandboxes = partsOfPod(pod, view).parts.filter(({ isSandbox }) => isSandbox);
  return (
    sandboxes.flatMap(({ processes }) => processes).find(({ namespaces }) => namespaces.net === net) ?? null
  );
}

/** The interfaces that a container's processes see, as the probe has read them; null where it could not. */
export function interfacesOfPod(pod: Pod, view: NodeView, container: string): Interfaces | null {
  const process = firstProcess(pod, view, container) ?? firstProcess(pod, view, null);
  const net = process?.namespaces.net ?? null;
  return net === null ? null : view.interfacesOf(net);
}
