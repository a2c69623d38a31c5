import type { ContainerView } from '../inspection/container-view.ts';
import type { NodeView } from '../inspection/node-view.ts';
import { declaredModes, type Expectations, type Side, wantedSides } from '../pods/declared.ts';
import type { Node } from '../pods/node.ts';
import type { NetworkSample } from '../pods/node-summary.ts';
import type { Pod } from '../pods/pod.ts';
import { type NamespaceKind, namespaceKinds } from '../pods/sharing.ts';
import { type Comparison, compareNetworks } from './compare-networks.ts';
import { containerEvidence } from './container-evidence.ts';
import { nestingSigns } from './nesting.ts';
import { probeEvidence } from './probe-evidence.ts';
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
  /** Those of the sandboxes that are certainly in the node's network: the node again, at other times. */
  readonly nodeBySandboxes: readonly NetworkSample[];
}

/** All that was seen of one Pod. */
export interface Observations {
  readonly pod: Pod;
  /** Every node that is known, by name. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly kubelet: Seen<KubeletSamples>;
  /** Null where it was not asked for. */
  readonly probe: Seen<NodeView> | null;
  /** Null where it was not asked for. */
  readonly container: Seen<ContainerView> | null;
}

export interface VerificationOptions {
  /** Whether the Pod is one of many, and not asked about by name. */
  readonly isSurvey: boolean;
  readonly requireTrusted: boolean;
  readonly expect: Expectations;
}

export interface Verification {
  readonly verdict: Outcome;
  readonly namespaces: Readonly<Record<NamespaceKind, Verdict>>;
}

/**
 * The namespaces of a Pod of which it is a doubt where they are not told: all of one that was named, or that a
 * probe was made for; of one of many the network, which the kubelets tell, and what the spec says is the node's or
 * the user expects anything of.
 */
export function askedKinds(
  { pod, probe }: Pick<Observations, 'pod' | 'probe'>,
  { isSurvey, expect }: Pick<VerificationOptions, 'isSurvey' | 'expect'>,
): readonly NamespaceKind[] {
  if (!isSurvey || probe !== null) return namespaceKinds;
  const wanted = wantedSides(pod, expect);
  return namespaceKinds.filter(
    (kind) => kind === 'network' || wanted[kind] === 'node' || expect[kind] !== undefined,
  );
}

/** From all that was seen of a Pod to a verdict on each namespace. Pure, so that a table can test it. */
export function verifyPod(observations: Observations, options: VerificationOptions): Verification {
  const { pod, kubelet } = observations;
  const outside = kubeletEvidence(kubelet);
  const inside = containerWitness(observations, outside);
  const declared = declaredModes(pod);
  const wanted = wantedSides(pod, options.expect);
  const asked = askedKinds(observations, options);
  const verdictOf = (kind: NamespaceKind): Verdict => {
    const told = inside(kind).filter(({ observed }) => asked.includes(kind) || observed !== 'unknown');
    return judge(
      declared[kind],
      [...probeWitness(observations, kind, wanted[kind]), ...(kind === 'network' ? [outside] : []), ...told],
      { requireTrusted: options.requireTrusted, expected: options.expect[kind] ?? null },
    );
  };
  const namespaces = { network: verdictOf('network'), pid: verdictOf('pid'), ipc: verdictOf('ipc') };
  return { verdict: overall(namespaceKinds.map((kind) => namespaces[kind])), namespaces };
}

/** Whether the probe has seen all of a Pod, and seen it as the spec declares or the user expects. */
export function isAsWanted(pod: Pod, view: NodeView, expect: Expectations): boolean {
  const wanted = wantedSides(pod, expect);
  return namespaceKinds.every((kind) => {
    const { observed } = probeEvidence(kind, pod, view, wanted[kind]);
    return observed === wanted[kind];
  });
}

function probeWitness({ pod, probe }: Observations, kind: NamespaceKind, wanted: Side): readonly Evidence[] {
  if (probe === null) return [];
  if (probe.kind === 'seen') return [probeEvidence(kind, pod, probe.what, wanted)];
  return [{ source: 'probe', trust: 'trusted', observed: 'unknown', detail: probe.why }];
}

/** What the container says of each namespace, if it was asked. */
function containerWitness(
  { pod, nodes, kubelet, container }: Observations,
  outside: Evidence,
): (kind: NamespaceKind) => readonly Evidence[] {
  if (container === null) return () => [];
  if (container.kind === 'unseen') {
    const { why } = container;
    return () => [{ source: 'container', trust: 'self-reported', observed: 'unknown', detail: why }];
  }
  const view = container.what;
  const node = nodes.get(pod.spec.nodeName) ?? null;
  const surroundings = {
    podUid: pod.kubeletUid,
    nodeIPs:
      pod.status.hostIPs.length > 0 ? pod.status.hostIPs : [pod.status.hostIP].filter((ip) => ip !== ''),
    node,
    nodeSamples: kubelet.kind === 'seen' ? kubelet.what.node : [],
    signs: node === null ? [] : nestingSigns(node, nodes.values(), view, outside.observed === 'node'),
  };
  return (kind) => [containerEvidence(kind, view, surroundings)];
}

/** What the kubelet's samples say of the sandbox's network. */
function kubeletEvidence(kubelet: Seen<KubeletSamples>): Evidence {
  const evidence = { source: 'kubelet', trust: 'trusted' } as const;
  if (kubelet.kind === 'unseen') return { ...evidence, observed: 'unknown', detail: kubelet.why };
  const { observed, detail } = compareSamples(kubelet.what);
  return { ...evidence, observed: observed === 'unclear' ? 'unknown' : observed, detail };
}

/**
 * As compareNetworks, where there may be no sample yet. What the node's own samples leave open, those of the
 * sandboxes in its network may decide: they were taken at other times.
 */
export function compareSamples({ node, pod, nodeBySandboxes }: KubeletSamples): Comparison {
  if (node.length === 0)
    return { observed: 'unclear', detail: 'it does not report the interfaces of the node' };
  if (pod.length === 0)
    return { observed: 'unclear', detail: 'it does not report the interfaces of this Pod' };
  const comparison = compareNetworks(node, pod);
  const { observed, detail } =
    comparison.observed === 'unclear'
      ? compareNetworks([...node, ...nodeBySandboxes], pod, { isPatchwork: true })
      : comparison;
  return { observed, detail: `the sandbox ${detail}` };
}
