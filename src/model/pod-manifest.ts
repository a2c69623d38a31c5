import type { Pod } from './pod.ts';
import { type NamespaceKind, runsOnWindows, sharedNamespaces } from './sharing.ts';

/** A Pod of a manifest, or an object that makes Pods from a template. What the manifest leaves out is empty. */
export interface PodManifest {
  /** Which document of its file, from 1. */
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

/** One that asks for at least one namespace of the node that its Pods come to. */
export interface SharingManifest extends PodManifest {
  /** As it was named on the command line, or found in a folder named there. */
  readonly file: string;
  readonly shares: readonly NamespaceKind[];
}

/** Where a manifest does not say that its Pods run on Windows, nobody knows, and Linux is what they are judged by. */
export function manifestShares({ pod }: PodManifest): readonly NamespaceKind[] {
  return sharedNamespaces(pod, runsOnWindows(pod) ?? false);
}

/** As kubectl names it with -o name: `pod/web-1`, `deployment.apps/web`. */
export function resourceName({ apiVersion, kind, name }: PodManifest): string {
  const group = apiGroup(apiVersion);
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

/** `apps` of `apps/v1`; empty for the core group, whose versions stand alone. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
