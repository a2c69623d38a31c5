import type { Cluster, Environment, User } from './kubeconfig.ts';
import { readText } from './read-text.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterConfig {
  readonly cluster: Pick<Cluster, 'server' | 'certificateAuthority'>;
  /** Its token is read from the file for each request, because the kubelet rotates it. */
  readonly user: Pick<User, 'tokenFile'>;
  readonly namespace: string;
}

/** The service account that the kubelet mounts into a Pod, or null where this does not run in one. */
export async function inClusterConfig(environment: Environment): Promise<InClusterConfig | null> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '' || (await contentOf(`${SERVICE_ACCOUNT}/token`)) === '') return null;
  const namespace = environment['POD_NAMESPACE'] ?? '';
  return {
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      certificateAuthority: `${SERVICE_ACCOUNT}/ca.crt`,
    },
    user: { tokenFile: `${SERVICE_ACCOUNT}/token` },
    namespace: namespace || (await contentOf(`${SERVICE_ACCOUNT}/namespace`)) || 'default',
  };
}

async function contentOf(path: string): Promise<string> {
  try {
    return (await readText(path)).trim();
  } catch {
    return ''; // not in a Pod, or in one without a service account
  }
}
