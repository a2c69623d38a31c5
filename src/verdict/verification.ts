import type { ContainerView } from '../inspection/container-view.ts';
import { declaredModes } from '../pods/declared.ts';
import type { Node } from '../pods/node.ts';
import type { NetworkSample } from '../pods/node-summary.ts';
import type { Pod } from '../pods/pod.ts';
import { type NamespaceKind, namespaceKinds } from '../pods/sharing.ts';
import { type Comparison, compareNetworks } from './compare-networks.ts';
import { containerEvidence } from './container-evidence.ts';
import { nestingSigns } from './nesting.ts';
import { type Evidence, judge, type Outcome, overall, type Verdict } from './verdict.ts';

/** What one vantage point has seen, or why it has seen nothing: a clause, and the error behind it. */
export type Seen<T> = { readonly kind: 'seen'; readonly what: T } | Unseen;

export interface Unseen {
  readonly kind: 'unseen';
  readonly why: string;
  readonly error?: Error;
}

/** The samples that the kubelet has given so far, the oldest first. */
export interface KubeletSamples {
  readonly node: readonly NetworkSample[];
  readonly pod: readonly NetworkSample[];
}

/** All that was seen of one Pod. */
export interface Observations {
  readonly pod: Pod;
  /** Every node that is known, by name. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly kubelet: Seen<KubeletSamples>;
  readonly container: Seen<ContainerView>;
}

export interface Verification {
  readonly verdict: Outcome;
  readonly namespaces: Readonly<Record<NamespaceKind, Verdict>>;
}

/** From all that was seen of a Pod to a verdict on each namespace. Pure, so that a table can test it. */
export function verifyPod(
  { pod, nodes, kubelet, container }: Observations,
  options: { readonly requireTrusted: boolean },
): Verification {
  const node = nodes.get(pod.spec.nodeName) ?? null;
  const outside = kubeletEvidence(kubelet);
  const view = container.kind === 'seen' ? container.what : null;
  const signs = node === null ? [] : nestingSigns(node, nodes.values(), view, outside.observed === 'node');
  const surroundings = {
    podUid: pod.kubeletUid,
    nodeIPs:
      pod.status.hostIPs.length > 0 ? pod.status.hostIPs : [pod.status.hostIP].filter((ip) => ip !== ''),
    node,
    nodeSamples: kubelet.kind === 'seen' ? kubelet.what.node : [],
    signs,
  };
  const inside = (kind: NamespaceKind): Evidence =>
    container.kind === 'seen'
      ? containerEvidence(kind, container.what, surroundings)
      : { source: 'container', trust: 'self-reported', observed: 'unknown', detail: container.why };
  const declared = declaredModes(pod);
  const verdictOf = (kind: NamespaceKind): Verdict =>
    judge(declared[kind], [...(kind === 'network' ? [outside] : []), inside(kind)], options);
  const namespaces = { network: verdictOf('network'), pid: verdictOf('pid'), ipc: verdictOf('ipc') };
  return { verdict: overall(namespaceKinds.map((kind) => namespaces[kind])), namespaces };
}

/** What the kubelet's samples say of the sandbox's network. */
function kubeletEvidence(kubelet: Seen<KubeletSamples>): Evidence {
  const evidence = { source: 'kubelet', trust: 'trusted' } as const;
  if (kubelet.kind === 'unseen') return { ...evidence, observed: 'unknown', detail: kubelet.why };
  const { observed, detail } = compareSamples(kubelet.what);
  return { ...evidence, observed: observed === 'unclear' ? 'unknown' : observed, detail };
}

/** As compareNetworks, where there may be no sample yet. */
export function compareSamples({ node, pod }: KubeletSamples): Comparison {
  if (node.length === 0)
    return { observed: 'unclear', detail: 'it does not report the interfaces of the node' };
  if (pod.length === 0)
    return { observed: 'unclear', detail: 'it does not report the interfaces of this Pod' };
  const { observed, detail } = compareNetworks(node, pod);
  return { observed, detail: `the sandbox ${detail}` };
}
