import type { Environment } from './kubeconfig.ts';

/** What of the process and its machine decides how a cluster is reached. */
export interface Surroundings {
  readonly environment: Environment;
  readonly homeDirectory: string;
  /** Whether a credential plugin can ask a person on standard input. */
  readonly isInteractive: boolean;
  /** Whether a credential plugin may say nothing, not even what is wrong. */
  readonly isSilent?: boolean;
  /** Where the kubelet mounts a service account; only tests set it. */
  readonly serviceAccountDirectory?: string;
}
