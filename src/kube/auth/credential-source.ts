import { ExplainedError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import type { ClientCertificate, Credentials, CredentialSource } from './credentials.ts';
import type { AuthProvider, Cluster, User } from '../config/kubeconfig.ts';
import { readPem } from '../config/pem.ts';
import { readText } from '../config/read-text.ts';
import type { Surroundings } from '../config/surroundings.ts';

/**
 * Returns the credentials of a kubeconfig user in the order of client-go: a token before basic authentication, a client
 * certificate together with either of them, and all of these before an exec plugin.
 *
 * @throws ExplainedError if a file is missing or the kind is not supported
 */
export async function credentialSource(
  user: User,
  server: { readonly cluster: Cluster; readonly ca: string | undefined },
  surroundings: Surroundings,
): Promise<CredentialSource> {
  if (user.exec !== null && user.authProvider !== null) {
    throw new ExplainedError('A user of the kubeconfig has both exec and auth-provider: remove one of them.');
  }
  const first = await readCertificate(user);
  const certificate = clientCertificate(user, first);
  const withAuthorization = (authorization: string): CredentialSource =>
    sourceOf(async () => ({ authorization, ...(await certificate()) }));
  if (user.tokenFile !== '') {
    const token = tokenOfFile(user.tokenFile, user.token);
    const current = async (): Promise<Credentials> => ({
      authorization: `Bearer ${await token()}`,
      ...(await certificate()),
    });
    // The file may just have been replaced.
    return sourceOf(current, true);
  }
  if (user.token !== '') return withAuthorization(`Bearer ${user.token}`);
  if (user.username !== '' || user.password !== '') {
    return withAuthorization(`Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`);
  }
  // As in client-go, where a static credential makes the plugin unnecessary.
  if (first !== undefined && user.authProvider === null) return sourceOf(certificate);
  if (user.exec !== null) {
    const { execCredentials } = await import('./exec-credentials.ts');
    return execCredentials(user.exec, server, surroundings);
  }
  if (user.authProvider !== null) return authProviderSource(user.authProvider, certificate);
  return sourceOf(certificate);
}

type GetCertificate = () => Promise<Pick<Credentials, 'certificate'>>;

/** @param isRenewable true if new credentials may be accepted after a 401 */
function sourceOf(current: () => Promise<Credentials>, isRenewable = false): CredentialSource {
  return { current, invalidate: () => isRenewable, close: () => Promise.resolve() };
}

/**
 * Returns the client certificate for the next request, which changes if both of its files were replaced. As in client-go, if one
 * half is in the kubeconfig itself, the file of the other is read once. Open connections, such as a watch, keep the old one.
 */
function clientCertificate(user: User, first: ClientCertificate | undefined): GetCertificate {
  if (first === undefined) return () => Promise.resolve({});
  const isOfFiles = user.clientCertificateData === '' && user.clientKeyData === '';
  let known = first;
  return async () => {
    if (isOfFiles) known = await replacement(user, known);
    return { certificate: known };
  };
}

/** Returns the new pair, or the old one if a file cannot be read or only one file was replaced so far. */
async function replacement(user: User, known: ClientCertificate): Promise<ClientCertificate> {
  let now: ClientCertificate | undefined;
  try {
    now = await readCertificate(user);
  } catch {
    return known;
  }
  if (now === undefined || (now.certificate === known.certificate && now.key === known.key)) return known;
  const { pairFault } = await import('./client-certificate.ts');
  return pairFault(now) === null ? now : known;
}

async function readCertificate(user: User): Promise<ClientCertificate | undefined> {
  const certificate = await readPem('client certificate', user.clientCertificate, user.clientCertificateData);
  const key = await readPem('client key', user.clientKey, user.clientKeyData);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new ExplainedError(
      `A client ${certificate === undefined ? 'key is given without its certificate' : 'certificate is given without its key'}.`,
    );
  }
  return { certificate, key };
}

/**
 * Reads the token file for each request, because the token may be replaced at any time. If the file is unreadable or empty, uses
 * the last token, as in client-go, or the `token` of the kubeconfig.
 *
 * @param beside `token` of the kubeconfig, or ''
 * @throws ExplainedError if there is no token
 */
function tokenOfFile(path: string, beside: string): () => Promise<string> {
  let known = beside;
  return async () => {
    try {
      const token = (await readText(path)).trim();
      if (token !== '') known = token;
      else if (known === '') throw new ExplainedError(`The token file ${path} is empty.`);
    } catch (error) {
      if (error instanceof ExplainedError) throw error;
      if (known === '') {
        throw new ExplainedError(`The token file ${path} cannot be read: ${fileReason(error)}.`, {
          cause: error,
        });
      }
    }
    return known;
  };
}

/** Auth providers of older kubectl versions. All except OIDC became exec plugins (Kubernetes 1.26). */
async function authProviderSource(
  authProvider: AuthProvider,
  certificate: GetCertificate,
): Promise<CredentialSource> {
  if (authProvider.name !== 'oidc') {
    throw new ExplainedError(
      `The auth provider "${authProvider.name}" of the kubeconfig has been removed from Kubernetes; ` +
        'use its exec plugin instead (gke-gcloud-auth-plugin for gcp, kubelogin for azure).',
    );
  }
  const { oidcTokens } = await import('./oidc-tokens.ts');
  const token = oidcTokens(authProvider);
  return sourceOf(async () => ({ authorization: `Bearer ${await token()}`, ...(await certificate()) }));
}
