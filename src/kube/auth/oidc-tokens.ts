import { OpenIDConnectAuth } from '@kubernetes/client-node/dist/oidc_auth.js';
import { ExplainedError } from '../../errors.ts';
import { knownFailure } from '../errors/connection-error.ts';
import type { AuthProvider } from '../config/kubeconfig.ts';
import { readPem } from '../config/pem.ts';
import { readableAuthorities, systemAuthorities, trustByDefault } from '../transport/secure-context.ts';

/**
 * Returns the id-token of a kubeconfig's OIDC auth provider, and refreshes it at its issuer if it has expired. client-node does
 * this. It is loaded only for this rare kind of credentials.
 */
export function oidcTokens({ name, config: given }: AuthProvider): () => Promise<string> {
  const provider = new OpenIDConnectAuth();
  const { 'idp-certificate-authority': path, 'idp-certificate-authority-data': data, ...rest } = given;
  const config: Record<string, string> = { ...rest };
  const issuerUrl = rest['idp-issuer-url'] ?? '';
  const issuer = URL.parse(issuerUrl);
  // client-node 2.0.1 hands it on as it is, and openid-client takes a URL alone; where it is read as text, it is text.
  if (issuer !== null) config['idp-issuer-url'] = issuer as unknown as string;
  const refresh = async (): Promise<void> => {
    const refreshToken = config['refresh-token'];
    try {
      if (issuer === null) {
        throw new ExplainedError(
          `The OIDC token of the kubeconfig has expired and cannot be refreshed: its idp-issuer-url ${issuerUrl === '' ? 'is missing' : `"${issuerUrl}" is not a URL`}.`,
        );
      }
      const authority = await readPem("issuer's certificate authority", path ?? '', data ?? '');
      // Not by client-node, whose own way to an authority openid-client does not take. As in Go, it is else the machine
      // that says whom the issuer is known by.
      trustByDefault(
        authority === undefined
          ? systemAuthorities()
          : readableAuthorities(authority, "issuer's certificate authority", 'idp-certificate-authority'),
      );
      await provider.applyAuthentication({ name: 'oidc', authProvider: { name, config } }, { headers: {} });
      // client-node forgets it where the issuer does not give another one.
      if (refreshToken !== undefined) config['refresh-token'] ||= refreshToken;
    } catch (error) {
      if (error instanceof ExplainedError) throw error;
      const failure = knownFailure(error);
      if (failure !== null) {
        throw new ExplainedError(
          `The OIDC token of the kubeconfig cannot be refreshed: its issuer ${issuer?.host ?? issuerUrl} could not be asked, ${failure}.`,
          { cause: error },
        );
      }
      throw new ExplainedError(
        `The OIDC token of the kubeconfig cannot be refreshed: ${error instanceof Error ? error.message : String(error)}. Log in again.`,
        { cause: error },
      );
    }
  };
  let refreshing: Promise<void> | null = null;
  return async () => {
    // client-node takes the seconds that a new token has for the time of its end, and would refresh it each time.
    if (!isExpired(config)) return config['id-token'] ?? '';
    // Requests at the same time wait for one refresh: an issuer may take each refresh token only once.
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    await refreshing;
    if (isExpired(config)) {
      throw new ExplainedError(
        'The OIDC token of the kubeconfig has expired and it holds no refresh-token. Log in again.',
      );
    }
    return config['id-token'] ?? '';
  };
}

function isExpired({ 'id-token': token = '' }: Readonly<Record<string, string>>): boolean {
  return Date.now() / 1000 > OpenIDConnectAuth.expirationFromToken(token);
}
