import { setDefaultCACertificates } from 'node:tls';
import { OpenIDConnectAuth } from '@kubernetes/client-node/dist/oidc_auth.js';
import { ExplainedError } from '../errors.ts';
import type { AuthProvider } from './kubeconfig.ts';
import { systemAuthorities } from './secure-context.ts';

/**
 * The id-token of a kubeconfig's OIDC auth provider, refreshed at its issuer once it has expired. The
 * rare kind of credentials, and so the one that is left to client-node, which is loaded for it alone.
 */
export function oidcTokens(authProvider: AuthProvider): () => Promise<string> {
  const provider = new OpenIDConnectAuth();
  const user = {
    name: 'oidc',
    authProvider: { name: authProvider.name, config: { ...authProvider.config } },
  };
  return async () => {
    const options = { headers: {} as Record<string, string> };
    // As in Go the machine says whom to trust; client-node leaves that to fetch, and fetch to the default.
    setDefaultCACertificates(systemAuthorities());
    try {
      await provider.applyAuthentication(user, options);
    } catch (error) {
      throw new ExplainedError(
        `The OIDC token of the kubeconfig cannot be refreshed: ${error instanceof Error ? error.message : String(error)}. Log in again.`,
        { cause: error },
      );
    }
    const header = options.headers['Authorization'];
    if (typeof header !== 'string') {
      throw new ExplainedError(
        'The OIDC token of the kubeconfig has expired and it holds no refresh-token. Log in again.',
      );
    }
    return header.slice('Bearer '.length);
  };
}
