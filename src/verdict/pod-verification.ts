import type { ListeningSocket } from '../inspection/container-view.ts';
import type { Pod } from '../model/pod.ts';
import type { InterfacePair, PodNetwork } from './side-by-side.ts';
import type { Verification } from './verification.ts';

/** Result of verifying one Pod. */
export type PodVerification =
  | {
      readonly kind: 'verified';
      readonly pod: Pod;
      readonly container: string;
      readonly verification: Verification;
      readonly interfaces: readonly InterfacePair[];
      /** Source of the Pod's interfaces, and IPv4 addresses whose interface is unknown; null without a source. */
      readonly podInterfaces: {
        readonly source: PodNetwork['source'];
        readonly unattributed: readonly string[];
      } | null;
      readonly listening: readonly ListeningSocket[] | null;
      /** HTTP responses of the node on the ports that the container listens on; null if none was requested. */
      readonly reach: readonly PortAnswer[] | null;
      /** Sentences about evidence that is missing or inconsistent. */
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly namespace: string;
      /** Name of the Pod in the arguments. */
      readonly name: string;
      /** Null if the Pod was not found. */
      readonly pod: Pod | null;
      /** A sentence. */
      readonly error: string;
      /** True if the Pod existed and was deleted or replaced since. */
      readonly isGone: boolean;
    };

/** Result of an HTTP request to one port. */
export interface PortAnswer {
  readonly url: string;
  /** HTTP status code; null if there was no response. */
  readonly status: number | null;
  readonly firstLine: string | null;
  /** Reason why there was no response, a clause; null if there was one. */
  readonly error: string | null;
}
