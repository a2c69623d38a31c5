import type { ListeningSocket } from '../inspection/container-view.ts';
import type { Pod } from '../model/pod.ts';
import type { InterfacePair, PodNetwork } from './side-by-side.ts';
import type { Verification } from './verification.ts';

/** What came of the verification of one Pod that was asked about. */
export type PodVerification =
  | {
      readonly kind: 'verified';
      readonly pod: Pod;
      readonly container: string;
      readonly verification: Verification;
      readonly interfaces: readonly InterfacePair[];
      /** Who has told the Pod's interfaces, and IPv4 addresses that belong to none of them; null for nobody. */
      readonly podInterfaces: {
        readonly source: PodNetwork['source'];
        readonly unattributed: readonly string[];
      } | null;
      readonly listening: readonly ListeningSocket[] | null;
      /** What answers at the node on the Pod's own ports; null where it was not asked. */
      readonly reach: readonly PortAnswer[] | null;
      /** Sentences about what could not be seen, or is odd. */
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly namespace: string;
      /** As it was asked for. */
      readonly name: string;
      /** Null where there is none. */
      readonly pod: Pod | null;
      /** A sentence. */
      readonly error: string;
      /** Whether it was there, and is no longer. */
      readonly isGone: boolean;
    };

/** What came of an HTTP request to one port. */
export interface PortAnswer {
  readonly url: string;
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  readonly firstLine: string | null;
  /** Why there was no answer, a clause; null where there was one. */
  readonly error: string | null;
}
