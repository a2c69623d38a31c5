import type { Environment } from './kubeconfig.ts';

/** Properties of the process and its machine that affect the connection. */
export interface Surroundings {
  readonly environment: Environment;
  readonly homeDirectory: string;
  /** True if standard input is a terminal, so that a credential plugin can prompt. */
  readonly isInteractive: boolean;
  /** True to discard the standard error of credential plugins. */
  readonly isSilent?: boolean;
  /** Where the kubelet mounts a service account; only tests set it. */
  readonly serviceAccountDirectory?: string;
}
