import type { NamespaceKind } from '../../src/model/sharing.ts';
import type { Pod } from '../../src/model/pod.ts';
import type { PodVerification } from '../../src/verdict/pod-verification.ts';
import {
  judge,
  overall,
  type Evidence,
  type JudgingOptions,
  type Verdict,
} from '../../src/verdict/verdict.ts';

type Verified = PodVerification & { readonly kind: 'verified' };

/** What a verification of this Pod comes to by these verdicts, of which no others are than those given. */
export function verified(
  pod: Pod,
  namespaces: Readonly<Record<NamespaceKind, Verdict>>,
  change: Partial<Verified> = {},
): Verified {
  return {
    kind: 'verified',
    pod,
    container: 'c',
    verification: { verdict: overall(Object.values(namespaces)), namespaces },
    interfaces: [],
    podInterfaces: null,
    listening: null,
    reach: null,
    notes: [],
    ...change,
  };
}

const SCOPES: Readonly<Record<Evidence['source'], Evidence['scope']>> = {
  probe: 'pod',
  kubelet: 'sandbox',
  container: 'container',
  api: null,
};

/** `says('probe', 'host')`: the evidence of a source, trusted unless it is the container's. */
export function says(
  source: Evidence['source'],
  observed: Evidence['observed'],
  change: Partial<Evidence> = {},
): Evidence {
  const trust = source === 'container' ? 'self-reported' : 'trusted';
  return {
    source,
    trust,
    scope: SCOPES[source],
    observed,
    detail: `the ${source} says ${observed}`,
    ...change,
  };
}

/** The verdict on a namespace that is declared to be the Pod's own, or the node's. */
export function verdict(
  declared: 'host' | 'pod',
  evidence: readonly Evidence[],
  options: JudgingOptions = {},
): Verdict {
  return judge(declared, evidence, options);
}
