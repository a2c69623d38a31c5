import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
  setDefaultCACertificates,
} from 'node:tls';
import { ExplainedError } from '../errors.ts';
import type { ClientCertificate } from './credentials.ts';

/**
 * Whom a connection trusts, and as whom it speaks.
 *
 * @param ca PEM
 * @throws ExplainedError where OpenSSL cannot use it
 */
export function secureContextOf(
  ca: string | string[],
  identity: ClientCertificate | undefined,
): SecureContext {
  // Node.js takes in all authorities that it would trust by default before it adds those that it is told, and trusts
  // the latter alone (src/crypto/crypto_context.cc, GetOrCreateRootCertStore): 10 ms for nothing.
  setDefaultCACertificates([]);
  const options: SecureContextOptions = {
    ca,
    // As in Go: an authority that is named is trusted, whoever has signed it.
    allowPartialTrustChain: true,
  };
  if (identity === undefined) return createSecureContext(options);
  const { certificate, key } = identity;
  try {
    return createSecureContext({ ...options, cert: certificate, key });
  } catch (error) {
    throw new ExplainedError(
      `The client certificate and its key cannot be used: ${error instanceof Error ? error.message : String(error)}. They must be PEM, and belong together.`,
      { cause: error },
    );
  }
}

/** Those that the machine trusts, as in Go, and not only those that Node.js brings; those where it has none. */
export function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}
