import type { Pod } from '../model/pod.ts';

/** Fields of ListMeta for paging. */
export interface ListMetadata {
  readonly resourceVersion: string;
  /** The token of the next page, or empty on the last. */
  readonly continueToken: string;
  /** An estimate of the items that follow, which the server gives only where it knows. */
  readonly remainingItemCount: number | null;
}

/** Wanted Pods: those that share a namespace of the node, or all. Other Pods are not decoded. */
export type WantedPods = 'sharing' | 'every';

/** Decodes the body of one page of a Pod list, in any encoding. */
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
