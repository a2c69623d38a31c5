import { type NamespaceMode, type Side, sideOf } from '../model/declared.ts';

/** Evidence source. */
export type Source = 'kubelet' | 'probe' | 'container' | 'api';

/**
 * Evidence that a Pod can forge is self-reported: a container's report, and the counters of interfaces that a
 * container can create. All other evidence is trusted.
 */
export type EvidenceTrust = 'trusted' | 'self-reported';

/** Object that a piece of evidence is about. Evidence that only explains why nothing is known has null instead. */
export type EvidenceScope = 'pod' | 'sandbox' | 'container';

/** Namespace that a Pod is in: the node's, or one of the Pod's or container's own. */
export type Observed = Side | 'unknown';

/** `unchecked`: the namespace was not checked, and the user did not request it. */
export type Outcome = 'match' | 'mismatch' | 'inconclusive' | 'unchecked';

/** One observation of a namespace, or the reason why there is none. */
export interface Evidence {
  readonly source: Source;
  readonly trust: EvidenceTrust;
  readonly scope: EvidenceScope | null;
  /** Name of the container that the evidence is about, if there is one. */
  readonly container?: string;
  readonly observed: Observed;
  /** A clause for the user: "the sandbox has none of the node's interfaces (cni0, ens192)". */
  readonly detail: string;
}

/**
 * Reliability of a verdict. `trusted`: no container of the Pod can forge it, and it is valid for the whole Pod.
 * `partial`: no container can forge it, but it is about the sandbox only. `self-reported`: a container can forge it.
 */
export type Trust = 'trusted' | 'partial' | 'self-reported';

/** Object that a verdict is about. */
export type Scope = 'pod' | 'sandbox' | 'containers';

export interface Verdict {
  /** Namespace mode in the Pod's spec. */
  readonly declared: NamespaceMode;
  /** Side that the user expects instead of the declared one (`--expect`); null without such an expectation. */
  readonly expected: Side | null;
  readonly observed: Observed;
  readonly verdict: Outcome;
  /** Null if the verdict is inconclusive or unchecked. */
  readonly trust: Trust | null;
  /** Null if the verdict is inconclusive or unchecked. */
  readonly scope: Scope | null;
  /** Most important first. */
  readonly evidence: readonly Evidence[];
}

export interface JudgingOptions {
  /** Makes a verdict inconclusive unless trusted evidence about the whole Pod decides it. */
  readonly requireTrusted?: boolean;
  readonly expected?: Side | null;
  /** True if no container can have left the sandbox, so that evidence about the sandbox is about the whole Pod. */
  readonly sandboxCoversPod?: boolean;
}

/**
 * Decides one namespace of a Pod. The first row that applies counts. `W` is the wanted side: the side that the user
 * expects, or the side that the spec declares (`pod` and `container` are both `own`).
 *
 * | evidence                                             | verdict      | trust         | scope      |
 * | ---------------------------------------------------- | ------------ | ------------- | ---------- |
 * | none                                                 | unchecked    | -             | -          |
 * | trusted, of the whole Pod: not W                     | mismatch     | trusted       | pod        |
 * | trusted, of the whole Pod: W; of the sandbox: not W  | inconclusive | -             | -          |
 * | trusted, of the sandbox: not W                       | mismatch     | trusted       | sandbox    |
 * | trusted, of the whole Pod: W                         | match        | trusted       | pod        |
 * | self-reported, of the sandbox: not W                 | mismatch     | self-reported | sandbox    |
 * | self-reported, of a container: not W                 | mismatch     | self-reported | containers |
 * | of the whole Pod: unknown                            | inconclusive | -             | -          |
 * | trusted, of the sandbox: W, and `sandboxCoversPod`   | match        | trusted       | pod        |
 * | trusted, of the sandbox: W, which is the node's      | match        | partial       | sandbox    |
 * | self-reported, of the sandbox: W, the node's         | match        | self-reported | sandbox    |
 * | self-reported, of every container: W                 | match        | self-reported | containers |
 * | any other                                            | inconclusive | -             | -          |
 *
 * Evidence about one object never overrules evidence about another. If the node's network is wanted, a sandbox in the
 * node's network is enough for a match: a container that left the sandbox has less access than it is allowed. If a
 * network of the Pod's own is wanted, the sandbox alone is not enough: a container that left the sandbox may be in the
 * node's network.
 *
 * @returns a verdict that holds all of the evidence, also the evidence that did not decide
 */
export function judge(
  declared: NamespaceMode,
  evidence: readonly Evidence[],
  { requireTrusted = false, expected = null, sandboxCoversPod = false }: JudgingOptions = {},
): Verdict {
  const decision = decide(evidence, sideOf(expected ?? declared), sandboxCoversPod);
  const decided = decision?.observed ?? null;
  const sorted = evidence.toSorted((a, b) => rank(a, decided) - rank(b, decided));
  const basis = { declared, expected, evidence: sorted };
  const nothing = {
    ...basis,
    observed: 'unknown',
    verdict: 'inconclusive',
    trust: null,
    scope: null,
  } as const;
  if (evidence.length === 0) return { ...nothing, verdict: 'unchecked' };
  if (decision === null) return nothing;
  if (requireTrusted && decision.trust !== 'trusted') return { ...nothing, observed: decision.observed };
  return { ...basis, ...decision };
}

type Decision = Pick<Verdict, 'verdict' | 'trust' | 'scope'> & { readonly observed: Side };

/** Null for an inconclusive verdict. */
function decide(evidence: readonly Evidence[], wanted: Side, sandboxCoversPod: boolean): Decision | null {
  const other = wanted === 'host' ? 'own' : 'host';
  const match = (trust: Trust, scope: Scope): Decision => ({
    observed: wanted,
    verdict: 'match',
    trust,
    scope,
  });
  const mismatch = (trust: Trust, scope: Scope): Decision => ({
    observed: other,
    verdict: 'mismatch',
    trust,
    scope,
  });
  const pod = evidence.find(({ scope }) => scope === 'pod');
  const sandbox = evidence.find(({ scope }) => scope === 'sandbox');
  if (pod?.observed === other) return mismatch('trusted', 'pod');
  if (sandbox?.observed === other && sandbox.trust === 'trusted') {
    return pod?.observed === wanted ? null : mismatch('trusted', 'sandbox');
  }
  if (pod?.observed === wanted) return match('trusted', 'pod');
  const denial = evidence.find(({ trust, observed }) => trust === 'self-reported' && observed === other);
  if (denial !== undefined) {
    return mismatch('self-reported', denial.scope === 'sandbox' ? 'sandbox' : 'containers');
  }
  if (pod !== undefined) return null;
  if (sandbox?.observed === wanted) {
    if (sandbox.trust === 'trusted' && sandboxCoversPod) return match('trusted', 'pod');
    if (wanted === 'host') {
      return sandbox.trust === 'trusted' ? match('partial', 'sandbox') : match('self-reported', 'sandbox');
    }
  }
  const containers = evidence.filter(({ scope }) => scope === 'container');
  const isWhole = containers.length > 0 && containers.every(({ observed }) => observed === wanted);
  return isWhole ? match('self-reported', 'containers') : null;
}

/**
 * Sort key: first the evidence that agrees with the decision, then the evidence that contradicts it, then the rest.
 * Within each, trusted evidence is first.
 */
function rank({ trust, observed }: Evidence, decided: Side | null): number {
  const contradicts = decided !== null && observed !== decided;
  return (observed === 'unknown' ? 4 : contradicts ? 2 : 0) + (trust === 'trusted' ? 0 : 1);
}

/** Returns the outcome of a whole Pod: `mismatch` if any namespace is one, or `inconclusive` if any is, or `match`. */
export function overall(verdicts: readonly Verdict[]): Outcome {
  const outcomes = verdicts.map(({ verdict }) => verdict);
  if (outcomes.includes('mismatch')) return 'mismatch';
  return outcomes.includes('inconclusive') ? 'inconclusive' : 'match';
}
