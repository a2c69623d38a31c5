import type { ContainerView } from '../inspection/container-view.ts';
import type { NodeView } from '../inspection/node-view.ts';
import { canMakeInterfaces, reasonToLeave, reasonToMove } from '../model/container-powers.ts';
import { declaredModes, type Expectations, type Side, wantedSides } from '../model/declared.ts';
import type { Node } from '../model/node.ts';
import type { NetworkSample } from '../model/node-summary.ts';
import type { Pod } from '../model/pod.ts';
import { type NamespaceKind, namespaceKinds } from '../model/sharing.ts';
import { type Comparison, compareNetworks } from './compare-networks.ts';
import { containerEvidence } from './container-evidence.ts';
import { nestingSigns } from './nesting.ts';
import type { ProbeReadings } from './placed-parts.ts';
import { probeEvidence } from './probe-evidence.ts';
import { type Evidence, judge, type Outcome, overall, type Verdict } from './verdict.ts';

/** Result of one evidence source, or the reason why there is none. */
export type Seen<T> = { readonly kind: 'seen'; readonly what: T } | Unseen;

export interface Unseen {
  readonly kind: 'unseen';
  /** A clause for the evidence of the verdict. */
  readonly why: string;
  readonly error?: Error;
}

/** Samples that the kubelet has reported so far, the oldest first. */
export interface KubeletSamples {
  readonly node: readonly NetworkSample[];
  readonly pod: readonly NetworkSample[];
  /** Samples of sandboxes that are certainly in the node's network: more samples of the node, at other times. */
  readonly nodeBySandboxes: readonly NetworkSample[];
}

/** Results of all evidence sources for one Pod. */
export interface Observations {
  readonly pod: Pod;
  /** All nodes that could be read, by name. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly kubelet: Seen<KubeletSamples>;
  /** Null without `--probe`. */
  readonly probe: Seen<ProbeReadings> | null;
  /** Reports of the containers into which the tool ran its script. */
  readonly containers: readonly ContainerReport[];
}

export interface ContainerReport {
  readonly name: string;
  readonly seen: Seen<ContainerView>;
}

export interface VerificationOptions {
  /** True for `verify --all`; false for Pods that the user selected. */
  readonly isAll: boolean;
  readonly requireTrusted: boolean;
  readonly expect: Expectations;
}

export interface Verification {
  readonly verdict: Outcome;
  readonly namespaces: Readonly<Record<NamespaceKind, Verdict>>;
}

/**
 * Returns the namespaces that must be decided. A namespace that is left open is then inconclusive instead of unchecked.
 *
 * For a selected Pod, and with a probe Pod, these are all namespaces. With `--all` and without a probe Pod, these are
 * the network, which the kubelets report, and namespaces that are declared to be the node's or that `--expect` names.
 */
export function requiredKinds(
  { pod, probe }: Pick<Observations, 'pod' | 'probe'>,
  { isAll, expect }: Pick<VerificationOptions, 'isAll' | 'expect'>,
): readonly NamespaceKind[] {
  if (!isAll || probe !== null) return namespaceKinds;
  const wanted = wantedSides(pod, expect);
  return namespaceKinds.filter(
    (kind) => kind === 'network' || wanted[kind] === 'host' || expect[kind] !== undefined,
  );
}

/** Decides each namespace of a Pod from all observations. A pure function, so that a table can test it. */
export function verifyPod(observations: Observations, options: VerificationOptions): Verification {
  const { pod, containers } = observations;
  const wanted = wantedSides(pod, options.expect);
  const declared = declaredModes(pod);
  const required = requiredKinds(observations, options);
  const sandbox = kubeletEvidence(observations);
  const reports = containers.map(({ name, seen }) => ({
    name,
    evidenceOf: evidenceOfContainer(seen, observations, sandbox),
  }));
  const isSeveral = containers.length > 1;
  const verdictOf = (kind: NamespaceKind): Verdict => {
    const reported = reports.map(({ name, evidenceOf }) => ({
      ...evidenceOf(kind),
      ...(isSeveral ? { container: name } : {}),
    }));
    // If the namespace need not be decided, a report that leaves it open must not make it inconclusive.
    const isOpen = reported.some(({ observed }) => observed === 'unknown');
    const counted =
      isOpen && !required.includes(kind)
        ? reported.filter(({ observed }) => observed !== 'unknown' && observed !== wanted[kind])
        : reported;
    const leaves = kind === 'network' ? reasonToLeave(pod, wanted.network) : null;
    return judge(
      declared[kind],
      [
        ...evidenceOfProbe(observations, kind, wanted),
        ...(kind === 'network' ? [sandbox, ...evidenceOfLeaving(sandbox, leaves, wanted.network)] : []),
        ...counted,
      ],
      {
        requireTrusted: options.requireTrusted,
        expected: options.expect[kind] ?? null,
        sandboxCoversPod: leaves === null,
      },
    );
  };
  const namespaces = { network: verdictOf('network'), pid: verdictOf('pid'), ipc: verdictOf('ipc') };
  return { verdict: overall(namespaceKinds.map((kind) => namespaces[kind])), namespaces };
}

/**
 * True if the Pod's processes must be read many times: a namespace is not as wanted, or a process may move between
 * the Pod's own namespaces and the node's.
 */
export function needsHold(pod: Pod, view: NodeView, expect: Expectations): boolean {
  const wanted = wantedSides(pod, expect);
  const mayMove = reasonToMove(pod) !== null;
  return namespaceKinds.some((kind) => {
    if (mayMove && wanted[kind] === 'own') return true;
    return probeEvidence(kind, pod, { view, held: null }, wanted).observed !== wanted[kind];
  });
}

function evidenceOfProbe(
  { pod, probe }: Observations,
  kind: NamespaceKind,
  wanted: ReturnType<typeof wantedSides>,
): readonly Evidence[] {
  if (probe === null) return [];
  if (probe.kind === 'seen') return [probeEvidence(kind, pod, probe.what, wanted)];
  return [{ source: 'probe', trust: 'trusted', scope: null, observed: 'unknown', detail: probe.why }];
}

/** Returns a function that derives the evidence about one namespace from a container's report. */
function evidenceOfContainer(
  seen: Seen<ContainerView>,
  { pod, nodes, kubelet }: Observations,
  sandbox: Evidence,
): (kind: NamespaceKind) => Evidence {
  const evidence = { source: 'container', trust: 'self-reported', scope: 'container' } as const;
  if (seen.kind === 'unseen') return () => ({ ...evidence, observed: 'unknown', detail: seen.why });
  const view = seen.what;
  const node = nodes.get(pod.spec.nodeName) ?? null;
  const isOnNodeNetwork = sandbox.observed === 'host' && sandbox.trust === 'trusted';
  const surroundings = {
    podUid: pod.kubeletUid,
    nodeIPs:
      pod.status.hostIPs.length > 0 ? pod.status.hostIPs : [pod.status.hostIP].filter((ip) => ip !== ''),
    node,
    nodeSamples: kubelet.kind === 'seen' ? kubelet.what.node : [],
    signs: node === null ? [] : nestingSigns(node, nodes.values(), view, isOnNodeNetwork),
  };
  return (kind) => ({ ...evidence, ...containerEvidence(kind, view, surroundings) });
}

/**
 * Derives evidence about the sandbox's network from the kubelet's samples. The samples are self-reported if a container
 * can create interfaces: it can give them the names of the node's, and cause traffic until their counters match.
 */
function kubeletEvidence({ pod, kubelet }: Observations): Evidence {
  const evidence = { source: 'kubelet', trust: 'trusted', scope: 'sandbox' } as const;
  if (kubelet.kind === 'unseen') {
    return { ...evidence, scope: null, observed: 'unknown', detail: kubelet.why };
  }
  const { observed, detail } = compareSamples(kubelet.what);
  if (observed === 'unclear') return { ...evidence, observed: 'unknown', detail };
  const isForgeable = observed === 'host' && canMakeInterfaces(pod);
  return { ...evidence, trust: isForgeable ? 'self-reported' : 'trusted', observed, detail };
}

/** Returns the reason why evidence about the sandbox is not evidence about the containers, if there is one. */
function evidenceOfLeaving(sandbox: Evidence, leaves: string | null, wanted: Side): readonly Evidence[] {
  if (leaves === null || sandbox.observed !== wanted) return [];
  const detail = `a container may have left the sandbox's network: ${leaves}`;
  return [{ source: 'api', trust: 'trusted', scope: null, observed: 'unknown', detail }];
}

/**
 * Compares the kubelet's samples like compareNetworks, but accepts that there is no sample yet. If the node's own
 * samples prove nothing, samples of sandboxes in the node's network may: the kubelet took them at other times.
 */
export function compareSamples({ node, pod, nodeBySandboxes }: KubeletSamples): Comparison {
  if (node.length === 0)
    return { observed: 'unclear', detail: 'it did not report the interfaces of the node' };
  if (pod.length === 0)
    return { observed: 'unclear', detail: 'it did not report the interfaces of this Pod' };
  const comparison = compareNetworks(node, pod);
  const { observed, detail } =
    comparison.observed === 'unclear'
      ? compareNetworks([...node, ...nodeBySandboxes], pod, { isPatchwork: true })
      : comparison;
  return { observed, detail: `the sandbox ${detail}` };
}
