import { statSync } from 'node:fs';
import type { Cluster, User } from './kubeconfig.ts';
import { readText } from './read-text.ts';
import type { Surroundings } from './surroundings.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterConfig {
  readonly cluster: Pick<Cluster, 'server' | 'certificateAuthority'>;
  /** Its token is read from the file for each request, because the kubelet rotates it. */
  readonly user: Pick<User, 'tokenFile'>;
  readonly namespace: string;
}

/**
 * Returns the service account that the kubelet mounts into a Pod, or null outside of a Pod (client-go's
 * inClusterClientConfig). Its namespace also applies to a kubeconfig and to --server if they have none.
 */
export async function inClusterConfig({
  environment,
  serviceAccountDirectory: directory = SERVICE_ACCOUNT,
}: Surroundings): Promise<InClusterConfig | null> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  const tokenFile = `${directory}/token`;
  if (host === '' || port === '' || !isFile(tokenFile)) return null;
  return {
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      certificateAuthority: `${directory}/ca.crt`,
    },
    user: { tokenFile },
    namespace: environment['POD_NAMESPACE'] || (await contentOf(`${directory}/namespace`)) || 'default',
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}

async function contentOf(path: string): Promise<string> {
  try {
    return (await readText(path)).trim();
  } catch {
    return ''; // As in client-go: the namespace is then "default".
  }
}
