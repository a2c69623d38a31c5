import { type NamespaceKind, namespaceKinds } from '../../model/sharing.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import type { InterfacePair } from '../../verdict/side-by-side.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { interfaceDocument } from '../../output/interface-list.ts';

/** The document of `verify -o json` and `-o yaml`; docs/schema/verification-list.schema.json describes it. */
export type VerificationList = {
  readonly apiVersion: 'kubectl-hostns/v1';
  readonly kind: 'VerificationList';
  readonly items: readonly (ReturnType<typeof failedItem> | ReturnType<typeof verifiedItem>)[];
};

export function verificationList(items: readonly PodVerification[]): VerificationList {
  return {
    apiVersion: 'kubectl-hostns/v1',
    kind: 'VerificationList',
    items: items.map((item) => (item.kind === 'failed' ? failedItem(item) : verifiedItem(item))),
  };
}

type Failed = PodVerification & { readonly kind: 'failed' };
type Verified = PodVerification & { readonly kind: 'verified' };

function failedItem({ namespace, name, pod, error }: Failed) {
  return {
    namespace,
    name,
    container: null,
    node: pod?.spec.nodeName || null,
    nodeIP: pod?.status.hostIP || null,
    verdict: null,
    error,
  };
}

function verifiedItem(item: Verified) {
  const { pod, container, verification, interfaces, podInterfaces, listening, reach, notes } = item;
  return {
    namespace: pod.namespace,
    name: pod.name,
    container,
    node: pod.spec.nodeName,
    nodeIP: pod.status.hostIP || null,
    verdict: verification.verdict,
    namespaces: byKind((kind) => verdictDocument(verification.namespaces[kind])),
    interfaces: interfaces.map(pairDocument),
    unattributedAddresses: podInterfaces?.unattributed ?? [],
    listening: (listening ?? []).map(({ port, protocol, address, owner }) => ({
      port,
      protocol,
      address,
      owner,
    })),
    reach:
      reach === null
        ? null
        : reach.map(({ url, status, firstLine, error }) => ({ url, status, firstLine, error })),
    notes,
  };
}

function byKind<T>(value: (kind: NamespaceKind) => T): Readonly<Record<NamespaceKind, T>> {
  return Object.fromEntries(namespaceKinds.map((kind) => [kind, value(kind)])) as Record<NamespaceKind, T>;
}

function verdictDocument({ declared, expected, observed, verdict, trust, scope, evidence }: Verdict) {
  return {
    declared,
    expected,
    observed,
    verdict,
    trust,
    scope,
    evidence: evidence.map((one) => ({
      source: one.source,
      trust: one.trust,
      scope: one.scope,
      container: one.container ?? null,
      observed: one.observed,
      detail: one.detail,
    })),
  };
}

/** `node` and `sandbox` are counters of the kubelet; `pod` are those of the probe Pod or the container. */
function pairDocument({ name, nodeCounters, sandboxCounters, inPod }: InterfacePair) {
  return {
    name,
    node: nodeCounters === null ? null : { ...nodeCounters },
    sandbox: sandboxCounters === null ? null : { ...sandboxCounters },
    pod: inPod === null ? null : interfaceDocument(inPod),
  };
}
