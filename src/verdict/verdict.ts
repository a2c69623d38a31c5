import type { NamespaceMode } from '../pods/declared.ts';

/** Where a piece of evidence was seen from. */
export type Source = 'kubelet' | 'container' | 'api';

/** What the container says of itself it could forge; what the kubelet and the API say it could not. */
export type Trust = 'trusted' | 'self-reported';

/** Whether a Pod is in the node's namespace or in one of its own (or of its Pod's). */
export type Observed = 'node' | 'own' | 'unknown';

export type Outcome = 'match' | 'mismatch' | 'inconclusive';

/** One reason to believe something, or why it cannot be known. */
export interface Evidence {
  readonly source: Source;
  readonly trust: Trust;
  readonly observed: Observed;
  /** A clause for a person: "the sandbox has all of the node's cni0, ens192". */
  readonly detail: string;
}

export interface Verdict {
  readonly declared: NamespaceMode;
  readonly observed: Observed;
  readonly verdict: Outcome;
  /** What the verdict rests on; null where it is inconclusive. */
  readonly trust: Trust | null;
  /** The best first. */
  readonly evidence: readonly Evidence[];
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
 * Evidence of `unknown` says nothing. `own` is what `pod` and `container` ask for; with `requireTrusted` a
 * self-report alone is shown and decides nothing.
 */
export function judge(
  declared: NamespaceMode,
  evidence: readonly Evidence[],
  { requireTrusted = false }: { readonly requireTrusted?: boolean } = {},
): Verdict {
  const trusted = agreed(evidence, 'trusted');
  const selfReported = agreed(evidence, 'self-reported');
  const nothing = { declared, observed: 'unknown', verdict: 'inconclusive', trust: null } as const;
  const ordered = [...evidence].sort((a, b) => rank(a) - rank(b));
  if (trusted === 'disagree') return { ...nothing, evidence: ordered };
  if (trusted !== null) {
    return {
      declared,
      observed: trusted,
      verdict: compare(declared, trusted),
      trust: 'trusted',
      evidence: ordered,
    };
  }
  if (selfReported === null || selfReported === 'disagree') return { ...nothing, evidence: ordered };
  if (requireTrusted) return { ...nothing, observed: selfReported, evidence: ordered };
  return {
    declared,
    observed: selfReported,
    verdict: compare(declared, selfReported),
    trust: 'self-reported',
    evidence: ordered,
  };
}

/** What all the evidence of one trust says; null where it says nothing. */
function agreed(evidence: readonly Evidence[], trust: Trust): 'node' | 'own' | 'disagree' | null {
  const said = new Set(
    evidence.flatMap(({ trust: its, observed }) =>
      its === trust && observed !== 'unknown' ? [observed] : [],
    ),
  );
  if (said.size > 1) return 'disagree';
  return [...said][0] ?? null;
}

function compare(declared: NamespaceMode, observed: 'node' | 'own'): Outcome {
  return (declared === 'node') === (observed === 'node') ? 'match' : 'mismatch';
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
