import type { Pod } from './pod.ts';
import { type NamespaceKind, sharedNamespaces } from './sharing.ts';

/** CRI's NamespaceMode: whose namespace a container is given. */
export type NamespaceMode = 'node' | 'pod' | 'container';

/** What the Pod's spec asks for; hostPID and shareProcessNamespace exclude each other in the API. */
export function declaredModes(pod: Pod): Readonly<Record<NamespaceKind, NamespaceMode>> {
  const shares = sharedNamespaces(pod, false);
  const own = (kind: NamespaceKind, mode: NamespaceMode): NamespaceMode =>
    shares.includes(kind) ? 'node' : mode;
  return {
    network: own('network', 'pod'),
    pid: own('pid', pod.spec.shareProcessNamespace ? 'pod' : 'container'),
    ipc: own('ipc', 'pod'),
  };
}
