import type { Workload } from '../../model/pod-reference.ts';

/** The path of the Pods of a namespace, or of all. */
export function podsPath(namespace: string | null): string {
  return namespace === null ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

export function podPath(namespace: string, name: string): string {
  return `${podsPath(namespace)}/${encodeURIComponent(name)}`;
}

/** The path of the Deployments of a namespace, or of another kind of workload. */
export function workloadsPath({ api, resource }: Workload, namespace: string): string {
  return `/${api}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
