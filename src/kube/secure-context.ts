import * as tls from 'node:tls';
import { ExplainedError } from '../errors.ts';
import type { ClientCertificate } from './credentials.ts';

/** Node.js 24.0 to 24.4 do not have it; there all that it is for takes its time, and nothing else. */
const { setDefaultCACertificates } = tls as Partial<typeof tls>;

let isDefaultAsked = false;

/**
 * Whom a connection trusts, and as whom it speaks.
 *
 * @param ca PEM
 * @throws ExplainedError where OpenSSL cannot use it
 */
export function secureContextOf(
  ca: string | string[],
  identity: ClientCertificate | undefined,
): tls.SecureContext {
  // Node.js takes in all authorities that it would trust by default before it adds those that it is told, and trusts
  // the latter alone (src/crypto/crypto_context.cc, GetOrCreateRootCertStore): 10 ms for nothing.
  if (!isDefaultAsked) setDefaultCACertificates?.([]);
  if (typeof ca === 'string' && !/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(ca)) {
    throw new ExplainedError(
      'The certificate authority of the cluster cannot be used: it holds no certificate in PEM.',
    );
  }
  const options: tls.SecureContextOptions = {
    ca,
    // As in Go: an authority that is named is trusted, whoever has signed it.
    allowPartialTrustChain: true,
  };
  if (identity === undefined) return tls.createSecureContext(options);
  const { certificate, key } = identity;
  try {
    return tls.createSecureContext({ ...options, cert: certificate, key });
  } catch (error) {
    throw new ExplainedError(
      `The client certificate and its key cannot be used: ${error instanceof Error ? error.message : String(error)}. They must be PEM, and belong together.`,
      { cause: error },
    );
  }
}

/** Those that the machine trusts, as in Go, and not only those that Node.js brings; those where it has none. */
export function systemAuthorities(): string[] {
  const system = tls.getCACertificates('system');
  return system.length > 0 ? system : tls.getCACertificates('bundled');
}

/** From here on who names no authority trusts these: for a library that cannot be told whom to trust. */
export function trustByDefault(authorities: readonly string[]): void {
  isDefaultAsked = true;
  setDefaultCACertificates?.(authorities);
}
