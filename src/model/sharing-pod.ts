import type { Pod } from './pod.ts';
import type { NamespaceKind } from './sharing.ts';

/** A Pod that declares to share at least one namespace of its node. */
export interface SharingPod {
  readonly pod: Pod;
  readonly shares: readonly NamespaceKind[];
}
