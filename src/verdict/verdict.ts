import { type NamespaceMode, type Side, sideOf } from '../model/declared.ts';

/** Where a piece of evidence was seen from. */
export type Source = 'kubelet' | 'probe' | 'container' | 'api';

/** What a Pod can forge is self-reported: a container's report, and counters of interfaces that it can make. */
export type EvidenceTrust = 'trusted' | 'self-reported';

/** What a piece of evidence is about; null for one that says only why nothing is known. */
export type EvidenceScope = 'pod' | 'sandbox' | 'container';

/** Whether a Pod is in the node's namespace or in one of its own (or of its Pod's). */
export type Observed = Side | 'unknown';

/** `unchecked`: nothing was checked, and nobody asked for it. */
export type Outcome = 'match' | 'mismatch' | 'inconclusive' | 'unchecked';

/** One reason to believe something, or why it cannot be known. */
export interface Evidence {
  readonly source: Source;
  readonly trust: EvidenceTrust;
  readonly scope: EvidenceScope | null;
  /** The name of the container that it is about, if one. */
  readonly container?: string;
  readonly observed: Observed;
  /** A clause for a person: "the sandbox has all of the node's cni0, ens192". */
  readonly detail: string;
}

/**
 * How far a verdict can be believed. `trusted`: no container of the Pod can have forged it, and it holds for all of
 * the Pod. `partial`: none can have forged it, but it is about the sandbox alone. `self-reported`: a container could
 * have forged it.
 */
export type Trust = 'trusted' | 'partial' | 'self-reported';

/** What a verdict is about. */
export type Scope = 'pod' | 'sandbox' | 'containers';

export interface Verdict {
  /** What the spec asks for. */
  readonly declared: NamespaceMode;
  /** What the user expects, which then counts instead; null where the spec does. */
  readonly expected: Side | null;
  readonly observed: Observed;
  readonly verdict: Outcome;
  /** Null where it is inconclusive. */
  readonly trust: Trust | null;
  /** Null where it is inconclusive. */
  readonly scope: Scope | null;
  /** The best first. */
  readonly evidence: readonly Evidence[];
}

export interface JudgingOptions {
  /** Lets nothing but trusted evidence of the whole Pod decide. */
  readonly requireTrusted?: boolean;
  readonly expected?: Side | null;
  /** True if no container can be elsewhere than the sandbox, so that evidence about that one is about the Pod. */
  readonly isSandboxAll?: boolean;
}

/**
 * The rule. Each row needs those above it not to apply. `W` is what is wanted: what the user expects, or else what the
 * spec declares, where `pod` and `container` are both `own`.
 *
 * | evidence                                             | verdict      | trust         | scope      |
 * | ---------------------------------------------------- | ------------ | ------------- | ---------- |
 * | none                                                 | unchecked    | -             | -          |
 * | trusted, of the whole Pod: not W                     | mismatch     | trusted       | pod        |
 * | trusted, of the whole Pod: W; of the sandbox: not W  | inconclusive | -             | -          |
 * | trusted, of the sandbox: not W                       | mismatch     | trusted       | sandbox    |
 * | trusted, of the whole Pod: W                         | match        | trusted       | pod        |
 * | self-reported: not W                                 | mismatch     | self-reported | containers |
 * | of the whole Pod: unknown                            | inconclusive | -             | -          |
 * | trusted, of the sandbox: W, and that is all the Pod  | match        | trusted       | pod        |
 * | of the sandbox: W, which is the node's               | match        | partial       | sandbox    |
 * | self-reported, of every container: W                 | match        | self-reported | containers |
 * | any other                                            | inconclusive | -             | -          |
 *
 * Evidence about one object never overrules evidence about another. A sandbox in the node's network is enough for a
 * match where that is wanted: a container that left it sees less than it may. The other way round, a container that
 * left its sandbox may be in the node's network. With `requireTrusted` only the trust `trusted` decides.
 */
export function judge(
  declared: NamespaceMode,
  evidence: readonly Evidence[],
  { requireTrusted = false, expected = null, isSandboxAll = false }: JudgingOptions = {},
): Verdict {
  const decision = decide(evidence, sideOf(expected ?? declared), isSandboxAll);
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
function decide(evidence: readonly Evidence[], wanted: Side, isSandboxAll: boolean): Decision | null {
  const other = wanted === 'node' ? 'own' : 'node';
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
    if (sandbox.trust === 'trusted' && isSandboxAll) return match('trusted', 'pod');
    if (wanted === 'node') {
      return sandbox.trust === 'trusted' ? match('partial', 'sandbox') : match('self-reported', 'sandbox');
    }
  }
  const containers = evidence.filter(({ scope }) => scope === 'container');
  const isWhole = containers.length > 0 && containers.every(({ observed }) => observed === wanted);
  return isWhole ? match('self-reported', 'containers') : null;
}

/** What agrees with the decision comes first, then what contradicts it, then what is unknown; each trusted first. */
function rank({ trust, observed }: Evidence, decided: Side | null): number {
  const contradicts = decided !== null && observed !== decided;
  return (observed === 'unknown' ? 4 : contradicts ? 2 : 0) + (trust === 'trusted' ? 0 : 1);
}

/** The outcome of a whole Pod: one mismatch makes a mismatch, else one doubt makes a doubt. */
export function overall(verdicts: readonly Verdict[]): Outcome {
  const outcomes = verdicts.map(({ verdict }) => verdict);
  if (outcomes.includes('mismatch')) return 'mismatch';
  return outcomes.includes('inconclusive') ? 'inconclusive' : 'match';
}
