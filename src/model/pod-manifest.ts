import type { Pod } from './pod.ts';
import { type NamespaceKind, runsOnWindows, sharedNamespaces } from './sharing.ts';

/** A Pod in a manifest, or an object that creates Pods from a template. Absent fields are empty. */
export interface PodManifest {
  /** Number of the document in its file, from 1. */
  readonly document: number;
  /** `items[3]` for an item of a List, `items[3].items[0]` for one of a List in it; else empty. */
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  /** `web-*` where the API makes up a name that begins with `web-`. */
  readonly name: string;
  /** The Pod that would come of it, with the labels of the template. */
  readonly pod: Pod;
}

/** A manifest that declares to share at least one namespace of the node. */
export interface SharingManifest extends PodManifest {
  /** Path on the command line, or in a directory that was named there. */
  readonly file: string;
  readonly shares: readonly NamespaceKind[];
}

/** Returns the shared namespaces. Pods count as Linux Pods unless the manifest names Windows. */
export function manifestShares({ pod }: PodManifest): readonly NamespaceKind[] {
  return sharedNamespaces(pod, runsOnWindows(pod) ?? false);
}

/** Returns the name of -o name, as in kubectl: `pod/web-1`, `deployment.apps/web`. */
export function resourceName({ apiVersion, kind, name }: PodManifest): string {
  const group = apiGroup(apiVersion);
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

/** Returns `apps` for `apps/v1`, and '' for the core group. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
