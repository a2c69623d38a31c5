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
import { type ProbeLook, probeEvidence } from './probe-evidence.ts';
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
  readonly probe: Seen<ProbeLook> | null;
  /** What each of the containers that were asked reports of itself. */
  readonly containers: readonly ContainerReport[];
}

export interface ContainerReport {
  readonly name: string;
  readonly seen: Seen<ContainerView>;
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
  const { pod, containers } = observations;
  const wanted = wantedSides(pod, options.expect);
  const declared = declaredModes(pod);
  const asked = askedKinds(observations, options);
  const sandbox = kubeletEvidence(observations);
  const reports = containers.map(({ name, seen }) => ({
    name,
    witness: containerWitness(seen, observations, sandbox),
  }));
  const isSeveral = containers.length > 1;
  const verdictOf = (kind: NamespaceKind): Verdict => {
    const told = reports.map(({ name, witness }) => ({
      ...witness(kind),
      ...(isSeveral ? { container: name } : {}),
    }));
    // Of what nobody asked about, reports that leave it open are no doubt.
    const isOpen = told.some(({ observed }) => observed === 'unknown');
    const counted =
      isOpen && !asked.includes(kind)
        ? told.filter(({ observed }) => observed !== 'unknown' && observed !== wanted[kind])
        : told;
    const leaves = kind === 'network' ? reasonToLeave(pod, wanted.network) : null;
    return judge(
      declared[kind],
      [
        ...probeWitness(observations, kind, wanted),
        ...(kind === 'network' ? [sandbox, ...doubtOfSandbox(sandbox, leaves, wanted.network)] : []),
        ...counted,
      ],
      {
        requireTrusted: options.requireTrusted,
        expected: options.expect[kind] ?? null,
        isSandboxAll: leaves === null,
      },
    );
  };
  const namespaces = { network: verdictOf('network'), pid: verdictOf('pid'), ipc: verdictOf('ipc') };
  return { verdict: overall(namespaceKinds.map((kind) => namespaces[kind])), namespaces };
}

/**
 * Whether one reading of a Pod's processes is not enough: something is not as wanted, or a process may move between
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

function probeWitness(
  { pod, probe }: Observations,
  kind: NamespaceKind,
  wanted: ReturnType<typeof wantedSides>,
): readonly Evidence[] {
  if (probe === null) return [];
  if (probe.kind === 'seen') return [probeEvidence(kind, pod, probe.what, wanted)];
  return [{ source: 'probe', trust: 'trusted', scope: null, observed: 'unknown', detail: probe.why }];
}

/** What a container says of each namespace. */
function containerWitness(
  seen: Seen<ContainerView>,
  { pod, nodes, kubelet }: Observations,
  sandbox: Evidence,
): (kind: NamespaceKind) => Evidence {
  const evidence = { source: 'container', trust: 'self-reported', scope: 'container' } as const;
  if (seen.kind === 'unseen') return () => ({ ...evidence, observed: 'unknown', detail: seen.why });
  const view = seen.what;
  const node = nodes.get(pod.spec.nodeName) ?? null;
  const isOnNodeNetwork = sandbox.observed === 'node' && sandbox.trust === 'trusted';
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
 * What the kubelet's samples say of the sandbox's network. A container that can make interfaces in it can give them the
 * names of the node's, and copy their counters.
 */
function kubeletEvidence({ pod, kubelet }: Observations): Evidence {
  const evidence = { source: 'kubelet', trust: 'trusted', scope: 'sandbox' } as const;
  if (kubelet.kind === 'unseen') {
    return { ...evidence, scope: null, observed: 'unknown', detail: kubelet.why };
  }
  const { observed, detail } = compareSamples(kubelet.what);
  if (observed === 'unclear') return { ...evidence, observed: 'unknown', detail };
  const isForgeable = observed === 'node' && canMakeInterfaces(pod);
  return { ...evidence, trust: isForgeable ? 'self-reported' : 'trusted', observed, detail };
}

/** Why the kubelet's word does not hold for the containers. */
function doubtOfSandbox(sandbox: Evidence, leaves: string | null, wanted: Side): readonly Evidence[] {
  if (leaves === null || sandbox.observed !== wanted) return [];
  const detail = `a container may be in another network than the sandbox: ${leaves}`;
  return [{ source: 'api', trust: 'trusted', scope: null, observed: 'unknown', detail }];
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
