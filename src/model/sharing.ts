import type { Pod } from './pod.ts';

/** The namespaces that a Pod can share with its node, in the order in which they are always shown. */
export const namespaceKinds = ['network', 'pid', 'ipc'] as const;

export type NamespaceKind = (typeof namespaceKinds)[number];

/**
 * The node namespaces that the Pod's spec asks to share.
 *
 * On Windows `hostNetwork` changes nothing unless the Pod is HostProcess, which runs on the node itself;
 * hostPID and hostIPC are refused there by the API (KEP-1981).
 */
export function sharedNamespaces(pod: Pod, onWindows: boolean): readonly NamespaceKind[] {
  const { hostNetwork, hostPID, hostIPC, hostProcess } = pod.spec;
  const shares = { network: hostNetwork && (!onWindows || hostProcess), pid: hostPID, ipc: hostIPC };
  return namespaceKinds.filter((kind) => shares[kind]);
}

/**
 * Whether the Pod runs on Windows, as far as the Pod itself tells: `spec.os` is optional, and so is the
 * node selector. Null where only the node's own operating system would tell.
 */
export function runsOnWindows(pod: Pod): boolean | null {
  const { osName, nodeSelectorOS, hostProcess } = pod.spec;
  if (hostProcess) return true;
  const os = osName === '' ? nodeSelectorOS : osName;
  return os === '' ? null : os === 'windows';
}
