import { type NamespaceMode, type Side, sideOf } from '../pods/declared.ts';

/** Where a piece of evidence was seen from. */
export type Source = 'kubelet' | 'probe' | 'container' | 'api';

/** What the container says of itself it could forge; what the kubelet, the probe and the API say it could not. */
export type Trust = 'trusted' | 'self-reported';

/** Whether a Pod is in the node's namespace or in one of its own (or of its Pod's). */
export type Observed = Side | 'unknown';

/** `unchecked`: nobody looked, and nobody was asked to. */
export type Outcome = 'match' | 'mismatch' | 'inconclusive' | 'unchecked';

/** One reason to believe something, or why it cannot be known. */
export interface Evidence {
  readonly source: Source;
  readonly trust: Trust;
  readonly observed: Observed;
  /** A clause for a person: "the sandbox has all of the node's cni0, ens192". */
  readonly detail: string;
  /** What it says of the Pod's sandbox in particular, where it is about the containers, too. */
  readonly ofSandbox?: Observed;
}

export interface Verdict {
  /** What the spec asks for. */
  readonly declared: NamespaceMode;
  /** What the user expects, which then counts instead; null where the spec does. */
  readonly expected: Side | null;
  readonly observed: Observed;
  readonly verdict: Outcome;
  /** What the verdict rests on; null where it is inconclusive. */
  readonly trust: Trust | null;
  /** The best first. */
  readonly evidence: readonly Evidence[];
}

export interface JudgingOptions {
  readonly requireTrusted?: boolean;
  readonly expected?: Side | null;
}

/**
 * The rule, from top to bottom:
 *
 * | trusted evidence | self-reports        | observed | trust         |
 * | ---------------- | ------------------- | -------- | ------------- |
 * | all of one       | whatever they say   | that one | trusted       |
 * | disagrees        | whatever they say   | unknown  | -             |
 * | none             | all of one          | that one | self-reported |
 * | none             | disagree, or none   | unknown  | -             |
 *
 * The kubelet sees the sandbox alone. Where the probe has seen that as the kubelet has, they do not disagree,
 * and the probe's word on the containers counts. Evidence of `unknown` says nothing, and no evidence at all means
 * that nobody looked. `own` is what `pod` and `container` ask for; with `requireTrusted` a self-report alone is
 * shown and decides nothing.
 */
export function judge(
  declared: NamespaceMode,
  evidence: readonly Evidence[],
  { requireTrusted = false, expected = null }: JudgingOptions = {},
): Verdict {
  const basis = { declared, expected, evidence: [...evidence].sort((a, b) => rank(a) - rank(b)) };
  const nothing = { ...basis, observed: 'unknown', verdict: 'inconclusive', trust: null } as const;
  if (evidence.length === 0) return { ...nothing, verdict: 'unchecked' };
  const on = (observed: Side, trust: Trust): Verdict => ({
    ...basis,
    observed,
    verdict: sideOf(expected ?? declared) === observed ? 'match' : 'mismatch',
    trust,
  });
  const trusted = agreed(withoutPartOfProbe(evidence), 'trusted');
  if (trusted === 'disagree') return nothing;
  if (trusted !== null) return on(trusted, 'trusted');
  const selfReported = agreed(evidence, 'self-reported');
  if (selfReported === null || selfReported === 'disagree') return nothing;
  return requireTrusted ? { ...nothing, observed: selfReported } : on(selfReported, 'self-reported');
}

function withoutPartOfProbe(evidence: readonly Evidence[]): readonly Evidence[] {
  const bySandbox = evidence.find(({ ofSandbox }) => ofSandbox !== undefined)?.ofSandbox;
  return evidence.filter(({ source, observed }) => source !== 'kubelet' || observed !== bySandbox);
}

/** What all the evidence of one trust says; null where it says nothing. */
function agreed(evidence: readonly Evidence[], trust: Trust): Side | 'disagree' | null {
  const said = new Set(
    evidence.flatMap(({ trust: its, observed }) =>
      its === trust && observed !== 'unknown' ? [observed] : [],
    ),
  );
  if (said.size > 1) return 'disagree';
  return [...said][0] ?? null;
}

/** What decides before what does not, trusted before self-reported. */
function rank({ trust, observed }: Evidence): number {
  return (observed === 'unknown' ? 2 : 0) + (trust === 'trusted' ? 0 : 1);
}

/** The outcome of a whole Pod: one mismatch makes a mismatch, else one doubt makes a doubt. */
export function overall(verdicts: readonly Verdict[]): Outcome {
  const outcomes = verdicts.map(({ verdict }) => verdict);
  if (outcomes.includes('mismatch')) return 'mismatch';
  return outcomes.includes('inconclusive') ? 'inconclusive' : 'match';
}
