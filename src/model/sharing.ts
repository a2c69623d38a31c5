import type { Pod } from './pod.ts';

/** Namespaces that a Pod can share with its node, in the order of all outputs. */
export const namespaceKinds = ['network', 'pid', 'ipc'] as const;

export type NamespaceKind = (typeof namespaceKinds)[number];

/**
 * Returns the namespaces of the node that the Pod's spec shares.
 *
 * On Windows `hostNetwork` has no effect unless the Pod is HostProcess, which runs on the node itself. The API rejects hostPID and
 * hostIPC there (KEP-1981).
 */
export function sharedNamespaces(pod: Pod, onWindows: boolean): readonly NamespaceKind[] {
  const { hostNetwork, hostPID, hostIPC, hostProcess } = pod.spec;
  const shares = { network: hostNetwork && (!onWindows || hostProcess), pid: hostPID, ipc: hostIPC };
  return namespaceKinds.filter((kind) => shares[kind]);
}

/**
 * Returns true if the Pod's spec shows that it runs on Windows. `spec.os` and the node selector are optional: null means that only
 * the operating system of the node decides.
 */
export function runsOnWindows(pod: Pod): boolean | null {
  const { osName, nodeSelectorOS, hostProcess } = pod.spec;
  if (hostProcess) return true;
  const os = osName === '' ? nodeSelectorOS : osName;
  return os === '' ? null : os === 'windows';
}
