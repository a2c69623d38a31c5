import type { Pod } from './pod.ts';
import { type NamespaceKind, sharedNamespaces } from './sharing.ts';

/** NamespaceMode of the CRI: the owner of a container's namespace. */
export type NamespaceMode = 'host' | 'pod' | 'container';

/** Returns the modes that the spec declares. In the API, hostPID and shareProcessNamespace exclude each other. */
export function declaredModes(pod: Pod): Readonly<Record<NamespaceKind, NamespaceMode>> {
  const shares = sharedNamespaces(pod, false);
  const own = (kind: NamespaceKind, mode: NamespaceMode): NamespaceMode =>
    shares.includes(kind) ? 'host' : mode;
  return {
    network: own('network', 'pod'),
    pid: own('pid', pod.spec.shareProcessNamespace ? 'pod' : 'container'),
    ipc: own('ipc', 'pod'),
  };
}

/** Side of a namespace: the node's, or the Pod's own. Evidence from outside cannot distinguish more. */
export type Side = 'host' | 'own';

/** Sides that the user expects in place of the declared ones. */
export type Expectations = Readonly<Partial<Record<NamespaceKind, Side>>>;

/** Returns the side of a mode: `pod` and `container` are both the Pod's own. */
export function sideOf(mode: NamespaceMode | Side): Side {
  return mode === 'host' ? 'host' : 'own';
}

/** Returns the side to compare with: the expected one, or the declared one. */
export function wantedSides(pod: Pod, expect: Expectations): Readonly<Record<NamespaceKind, Side>> {
  const { network, pid, ipc } = { ...declaredModes(pod), ...expect };
  return { network: sideOf(network), pid: sideOf(pid), ipc: sideOf(ipc) };
}
