import { hostPorts } from '../../model/host-ports.ts';
import type { SharingManifest } from '../../model/pod-manifest.ts';

/** The document of `list -f -o json` and `-o yaml`; docs/schema/sharing-manifest-list.schema.json describes it. */
export type SharingManifestList = {
  readonly apiVersion: 'kubectl-hostns/v1';
  readonly kind: 'SharingManifestList';
  readonly items: readonly ReturnType<typeof item>[];
};

export function sharingManifestList(rows: readonly SharingManifest[]): SharingManifestList {
  return { apiVersion: 'kubectl-hostns/v1', kind: 'SharingManifestList', items: rows.map(item) };
}

function item({ pod, ...manifest }: SharingManifest) {
  return {
    file: manifest.file,
    document: manifest.document,
    path: manifest.path || null,
    kind: manifest.kind,
    apiVersion: manifest.apiVersion,
    namespace: manifest.namespace || null,
    name: manifest.name,
    shares: manifest.shares,
    runtimeClass: pod.spec.runtimeClassName || null,
    hostPorts: hostPorts(pod).map(({ port, protocol, container }) => ({ port, protocol, container })),
    labels: Object.fromEntries([...pod.labels].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
