import type { Pod } from '../model/pod.ts';
import type { Status } from './status.ts';

/** What one frame of a watch says (metav1.WatchEvent). */
export type PodEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      /** The version of the cluster that this event has made. */
      readonly resourceVersion: string;
      /** Null where it is none of those that are wanted. */
      readonly pod: Pod | null;
    }
  /** Nothing that is watched has changed up to that version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** The watch has come to its end. */
  | { readonly type: 'ERROR'; readonly status: Status };

/** Takes the body of a watch as it arrives, however it is encoded and wherever it is cut, and gives its events. */
export interface PodWatchDecoder {
  /**
   * The events that are complete with this chunk.
   *
   * @throws WireError where the bytes are not what their content type says
   */
  push(chunk: Buffer): readonly PodEvent[];
}

/** The API takes objects up to 3 MiB, etcd by default up to 1.5 MiB; what is far above is no event. */
export const MAX_EVENT_BYTES = 32 * 1024 * 1024;
