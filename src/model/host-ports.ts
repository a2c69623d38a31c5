import type { Pod } from './pod.ts';

export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  /** The container that declares it. */
  readonly container: string;
}

/**
 * Returns the ports of the node that the Pod's containers declare, init containers first.
 *
 * For a hostNetwork Pod the API copies every containerPort to hostPort (SetDefaults_Pod), so the author may not have declared a
 * port here as a hostPort.
 */
export function hostPorts(pod: Pod): readonly HostPort[] {
  return [...pod.spec.initContainers, ...pod.spec.containers].flatMap((container) =>
    container.ports
      .filter(({ hostPort }) => hostPort !== 0)
      .map(({ hostPort, protocol }) => ({ port: hostPort, protocol, container: container.name })),
  );
}
