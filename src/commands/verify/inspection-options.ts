import type { Expectations } from '../../model/declared.ts';

/** How Pods are inspected, worked out from the flags of `verify`. */
export interface InspectionOptions {
  /** The only container to exec into; null for every running one. */
  readonly container: string | null;
  /** When to exec into a Pod: always, only if other evidence leaves a namespace undecided, or never. */
  readonly exec: 'always' | 'undecided' | 'never';
  /** True if the interfaces and the sockets are shown, even if no verdict needs them. */
  readonly wantsInterfaces: boolean;
  readonly wantsSockets: boolean;
  readonly requireTrusted: boolean;
  readonly expect: Expectations;
  /** Milliseconds for one Pod. */
  readonly timeout: number;
  /** Milliseconds to wait for newer samples of the kubelet if those that there are leave the network undecided. */
  readonly maxSampleWait: number;
}
