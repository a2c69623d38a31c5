import type { Workload } from '../../model/pod-reference.ts';

/** Returns the path of the Pods of a namespace, or of all namespaces. */
export function podsPath(namespace: string | null): string {
  return namespace === null ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

export function podPath(namespace: string, name: string): string {
  return `${podsPath(namespace)}/${encodeURIComponent(name)}`;
}

/** Returns the path of a kind of workload in a namespace, such as Deployments. */
export function workloadsPath({ api, resource }: Workload, namespace: string): string {
  return `/${api}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
