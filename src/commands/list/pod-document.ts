import { hostPorts } from '../../model/host-ports.ts';
import type { SharingPod } from '../../model/sharing-pod.ts';
import { statusColumn } from '../../model/status-column.ts';

/** The document of `-o json` and `-o yaml`; docs/schema/sharing-pod-list.schema.json describes it. */
export type SharingPodList = {
  readonly apiVersion: 'kubectl-hostns/v1';
  readonly kind: 'SharingPodList';
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly ReturnType<typeof item>[];
};

export function sharingPodList(pods: readonly SharingPod[], resourceVersion: string): SharingPodList {
  return {
    apiVersion: 'kubectl-hostns/v1',
    kind: 'SharingPodList',
    metadata: { resourceVersion },
    items: pods.map(item),
  };
}

type SharingPodDocument = ReturnType<typeof item> & {
  readonly apiVersion: 'kubectl-hostns/v1';
  readonly kind: 'SharingPod';
};

/** One line of `list --watch -o json`; docs/schema/sharing-pod.schema.json describes it. */
export function sharingPod(row: SharingPod): SharingPodDocument {
  return { apiVersion: 'kubectl-hostns/v1', kind: 'SharingPod', ...item(row) };
}

function item({ pod, shares }: SharingPod) {
  return {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    node: pod.spec.nodeName || null,
    shares,
    phase: pod.status.phase,
    status: statusColumn(pod),
    nodeIP: pod.status.hostIP || null,
    podIP: pod.status.podIP || null,
    owner: pod.controller === null ? null : { kind: pod.controller.kind, name: pod.controller.name },
    runtimeClass: pod.spec.runtimeClassName || null,
    hostPorts: hostPorts(pod).map(({ port, protocol, container }) => ({ port, protocol, container })),
    labels: Object.fromEntries([...pod.labels].sort(([a], [b]) => (a < b ? -1 : 1))),
    createdAt: pod.creationTimestamp === null ? null : rfc3339(pod.creationTimestamp),
  };
}

/** Formats a time like metav1.Time: UTC, whole seconds. */
function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
