import { ExplainedError } from '../errors.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import type { AuthProvider, Cluster, User } from './kubeconfig.ts';
import { readPem } from './pem.ts';
import { readText } from './read-text.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The credentials of a kubeconfig user, in client-go's order: a token before basic authentication, a
 * client certificate beside either of them, and anything static before an exec plugin.
 *
 * @throws ExplainedError where a file is missing or the kind is not supported
 */
export async function credentialSource(
  user: User,
  server: { readonly cluster: Cluster; readonly ca: string | undefined },
  surroundings: Surroundings,
): Promise<CredentialSource> {
  const certificate = await clientCertificate(user);
  if (user.tokenFile !== '') {
    return changing(async () => ({
      authorization: `Bearer ${await readToken(user.tokenFile)}`,
      ...certificate,
    }));
  }
  if (user.token !== '') return fixed({ authorization: `Bearer ${user.token}`, ...certificate });
  if (user.username !== '' || user.password !== '') {
    const basic = Buffer.from(`${user.username}:${user.password}`).toString('base64');
    return fixed({ authorization: `Basic ${basic}`, ...certificate });
  }
  if (user.exec !== null && user.authProvider !== null) {
    throw new ExplainedError('A user of the kubeconfig has both exec and auth-provider: remove one of them.');
  }
  // As in client-go, where a static credential makes the plugin unnecessary.
  if (certificate.certificate !== undefined && user.authProvider === null) return fixed(certificate);
  if (user.exec !== null) {
    const { execCredentials } = await import('./exec-credentials.ts');
    return execCredentials(user.exec, certificate, server, surroundings);
  }
  if (user.authProvider !== null) return authProviderSource(user.authProvider, certificate);
  return fixed(certificate);
}

function fixed(credentials: Credentials): CredentialSource {
  return { current: () => Promise.resolve(credentials), invalidate: () => false };
}

/** Reads anew for each request; a refused one may be tried again, for the file may just have rotated. */
function changing(read: () => Promise<Credentials>): CredentialSource {
  return { current: read, invalidate: () => true };
}

async function clientCertificate(user: User): Promise<Pick<Credentials, 'certificate'>> {
  const certificate = await readPem('client certificate', user.clientCertificate, user.clientCertificateData);
  const key = await readPem('client key', user.clientKey, user.clientKeyData);
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined || key === undefined) {
    throw new ExplainedError(
      `A client ${certificate === undefined ? 'key is given without its certificate' : 'certificate is given without its key'}.`,
    );
  }
  return { certificate: { certificate, key } };
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readText(path)).trim();
  } catch (error) {
    throw new ExplainedError(
      `The token file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}.`,
      {
        cause: error,
      },
    );
  }
}

/** The auth providers that kubectl once had; all but OIDC have become exec plugins (Kubernetes 1.26). */
async function authProviderSource(
  authProvider: AuthProvider,
  certificate: Credentials,
): Promise<CredentialSource> {
  if (authProvider.name !== 'oidc') {
    throw new ExplainedError(
      `The auth provider "${authProvider.name}" of the kubeconfig has been removed from Kubernetes; ` +
        'use its exec plugin instead (gke-gcloud-auth-plugin for gcp, kubelogin for azure).',
    );
  }
  const { oidcTokens } = await import('./oidc-tokens.ts');
  const token = oidcTokens(authProvider);
  return {
    current: async () => ({ ...certificate, authorization: `Bearer ${await token()}` }),
    invalidate: () => false,
  };
}
