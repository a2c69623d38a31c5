import type { Pod } from '../model/pod.ts';

/** ListMeta, as far as paging needs it. */
export interface ListMetadata {
  readonly resourceVersion: string;
  /** The token of the next page, or empty on the last. */
  readonly continueToken: string;
  /** An estimate of the items that follow, which the server gives only where it knows. */
  readonly remainingItemCount: number | null;
}

/** Pods that ask for a node namespace, or all of them. What is not wanted is dropped unread. */
export type WantedPods = 'sharing' | 'every';

/** Takes the body of one page of a Pod list, however it is encoded, and gives the Pods in it. */
export interface PodListDecoder {
  /** @throws WireError where the body is not what its content type says */
  push(chunk: Buffer): void;
  /** @throws WireError where the body ends too early */
  end(): DecodedList;
}

export interface DecodedList {
  readonly metadata: ListMetadata;
  /** The wanted Pods; all others were dropped unread. */
  readonly pods: readonly Pod[];
  /** How many Pods the page held, the dropped ones included. */
  readonly total: number;
}
