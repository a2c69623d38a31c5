import type { Pod } from '../model/pod.ts';
import type { Status } from './status.ts';

/** One event of a watch (metav1.WatchEvent). */
export type PodEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      /** The version of the cluster that this event has made. */
      readonly resourceVersion: string;
      /** Null if the Pod is not wanted. */
      readonly pod: Pod | null;
    }
  /** Nothing that is watched has changed up to that version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** The watch has come to its end. */
  | { readonly type: 'ERROR'; readonly status: Status };

/** Decodes the body of a watch while it arrives, in any encoding and any chunks. */
export interface PodWatchDecoder {
  /**
   * The events that are complete with this chunk.
   *
   * @throws WireError where the bytes are not what their content type says
   */
  push(chunk: Buffer): readonly PodEvent[];
}

/** Maximum size of an event. The API accepts objects of up to 3 MiB, etcd by default of up to 1.5 MiB. */
export const MAX_EVENT_BYTES = 32 * 1024 * 1024;
