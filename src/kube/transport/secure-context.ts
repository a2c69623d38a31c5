import * as tls from 'node:tls';
import { ExplainedError } from '../../errors.ts';
import { STRONGER, TOO_WEAK } from '../errors/connection-error.ts';
import { pairFault, readableCertificates, tlsReason } from '../auth/client-certificate.ts';
import type { ClientCertificate } from '../auth/credentials.ts';
import { pemBlocks } from '../config/pem.ts';

/** Node.js 24.0 to 24.4 do not have it. Without it, the start takes longer. */
const { setDefaultCACertificates } = tls as Partial<typeof tls>;

let isDefaultAsked = false;

/** Minimum version of Go's crypto/tls. Flags of the runtime do not change it. */
const MIN_VERSION = 'TLSv1.2';

/**
 * Returns the TLS context: trusted authorities and the client certificate.
 *
 * @param ca each in PEM
 * @throws ExplainedError if the TLS library cannot use them
 */
export function secureContextOf(ca: string[], identity: ClientCertificate | undefined): tls.SecureContext {
  // Node.js reads all authorities that it trusts by default before it adds the given ones, and then trusts only those
  // (src/crypto/crypto_context.cc, GetOrCreateRootCertStore). Reading them takes 10 ms.
  if (!isDefaultAsked) setDefaultCACertificates?.([]);
  const options: tls.SecureContextOptions = {
    ca,
    minVersion: MIN_VERSION,
    // As in Go, trust a given authority even if another authority has signed it.
    allowPartialTrustChain: true,
  };
  if (identity === undefined) return tls.createSecureContext(options);
  const fault = pairFault(identity);
  if (fault !== null) throw unusable(fault.why, fault.advice ?? `Check ${fault.fields}.`, fault.cause);
  const cert = readableCertificates(identity.certificate).join('');
  const [key] = pemBlocks(identity.key, 'PRIVATE KEY');
  try {
    return tls.createSecureContext({ ...options, cert, key });
  } catch (error) {
    const reason = tlsReason(error);
    const advice = TOO_WEAK.test(reason) ? STRONGER : 'Check client-certificate and client-key.';
    throw unusable(`the TLS library rejects it (${reason})`, advice, error);
  }
}

/**
 * Returns the authorities of a bundle. Like Go, it skips invalid certificates.
 *
 * @throws ExplainedError if there is no valid certificate
 */
export function readableAuthorities(
  ca: string,
  what = 'certificate authority of the cluster',
  field = 'certificate-authority',
): string[] {
  const readable = readableCertificates(ca);
  if (readable.length > 0) return readable;
  throw new ExplainedError(
    `The ${what} contains no certificate in PEM format. Check ${field} in the kubeconfig.`,
  );
}

function unusable(why: string, advice: string, cause?: unknown): ExplainedError {
  return new ExplainedError(`The client certificate cannot be used: ${why}. ${advice}`, { cause });
}

/** Returns the authorities of the machine, as Go does, or those of Node.js if it has none. */
export function systemAuthorities(): string[] {
  const system = tls.getCACertificates('system');
  return system.length > 0 ? system : tls.getCACertificates('bundled');
}

const { fetch: plainFetch } = globalThis;

/** Sets the default authorities, for a library that does not accept authorities. */
export function trustByDefault(authorities: readonly string[]): void {
  isDefaultAsked = true;
  setDefaultCACertificates?.(authorities);
  if (!('Bun' in globalThis)) return;
  // Bun's fetch() ignores the default authorities, but takes some with each request.
  const fetchWith = (...[input, init]: Parameters<typeof fetch>): ReturnType<typeof fetch> =>
    plainFetch(input, Object.assign({}, init, { tls: { ca: authorities } }));
  globalThis.fetch = fetchWith;
}
