import type { Pod } from './pod.ts';
import { type NamespaceKind, sharedNamespaces } from './sharing.ts';

/** CRI's NamespaceMode: whose namespace a container is given. */
export type NamespaceMode = 'host' | 'pod' | 'container';

/** What the Pod's spec asks for; hostPID and shareProcessNamespace exclude each other in the API. */
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

/** Whether a namespace is the node's or not, which is all that can be told apart from outside. */
export type Side = 'host' | 'own';

/** What the user expects of namespaces, whatever the spec asks for. */
export type Expectations = Readonly<Partial<Record<NamespaceKind, Side>>>;

/** `pod` and `container` are both the Pod's own. */
export function sideOf(mode: NamespaceMode | Side): Side {
  return mode === 'host' ? 'host' : 'own';
}

/** Which side counts: the user's where one is expected, else the spec's. */
export function wantedSides(pod: Pod, expect: Expectations): Readonly<Record<NamespaceKind, Side>> {
  const { network, pid, ipc } = { ...declaredModes(pod), ...expect };
  return { network: sideOf(network), pid: sideOf(pid), ipc: sideOf(ipc) };
}
