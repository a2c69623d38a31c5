import type { ListeningSocket } from '../inspection/container-view.ts';
import type { Pod } from '../pods/pod.ts';
import type { InterfacePair } from './side-by-side.ts';
import type { Verification } from './verification.ts';

/** What came of the verification of one Pod that was asked about. */
export type PodVerification =
  | {
      readonly kind: 'verified';
      readonly pod: Pod;
      readonly container: string;
      readonly verification: Verification;
      readonly interfaces: readonly InterfacePair[];
      /** Whether the container has shown its interfaces, and IPv4 addresses that belong to none of them. */
      readonly containerAddresses: { readonly unattributed: readonly string[] } | null;
      readonly listening: readonly ListeningSocket[] | null;
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
    };
