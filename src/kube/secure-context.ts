import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { ExplainedError } from '../errors.ts';
import type { ClientCertificate } from './credentials.ts';

/** Node.js 24.0 to 24.4 do not have it; there all that it is for takes its time, and nothing else. */
const { setDefaultCACertificates } = tls as Partial<typeof tls>;

let isDefaultAsked = false;

/** The minimum of Go's crypto/tls. Flags of the runtime do not change it. */
const MIN_VERSION = 'TLSv1.2';

/**
 * The authorities that a connection trusts, and the client's own certificate.
 *
 * @param ca PEM
 * @throws ExplainedError where the TLS library cannot use them
 */
export function secureContextOf(
  ca: string | string[],
  identity: ClientCertificate | undefined,
): tls.SecureContext {
  // Node.js reads all authorities that it trusts by default before it adds the given ones, and then trusts only those
  // (src/crypto/crypto_context.cc, GetOrCreateRootCertStore). Reading them takes 10 ms.
  if (!isDefaultAsked) setDefaultCACertificates?.([]);
  const options: tls.SecureContextOptions = {
    ca: typeof ca === 'string' ? readableAuthorities(ca) : ca,
    minVersion: MIN_VERSION,
    // As in Go, trust a given authority even if another authority has signed it.
    allowPartialTrustChain: true,
  };
  if (identity === undefined) return tls.createSecureContext(options);
  requirePair(identity);
  const { certificate, key } = identity;
  try {
    return tls.createSecureContext({ ...options, cert: certificate, key });
  } catch (error) {
    throw unusable(`the TLS library rejects them (${reasonOf(error)})`, 'Check both files.', error);
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * The authorities of a bundle. As in Go, a certificate that cannot be read is left out.
 *
 * @throws ExplainedError where none can be read
 */
function readableAuthorities(ca: string): string[] {
  const readable = (ca.match(CERTIFICATE) ?? []).filter(
    (certificate) => readCertificate(certificate) !== null,
  );
  if (readable.length > 0) return readable;
  throw new ExplainedError(
    'The certificate authority of the cluster contains no certificate in PEM format. Check certificate-authority in the kubeconfig.',
  );
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/**
 * Makes sure that a key belongs to its certificate. TLS libraries differ in what they say where it does not; OpenSSL
 * accepts a key of another kind than the certificate's, and then sends no certificate.
 *
 * @throws ExplainedError where one of them cannot be read, or they do not belong together
 */
function requirePair({ certificate, key }: ClientCertificate): void {
  const [first = ''] = certificate.match(CERTIFICATE) ?? [];
  const read = readCertificate(first);
  if (read === null) {
    throw unusable('the certificate is not in PEM format', 'Check client-certificate in the kubeconfig.');
  }
  if (ENCRYPTED.test(key)) {
    throw unusable(
      'the key is encrypted',
      'Decrypt it, for example with `openssl pkey -in KEY -out KEY.pem`.',
    );
  }
  if (!PRIVATE_KEY.test(key)) {
    throw unusable('the key is not in PEM format', 'Check client-key in the kubeconfig.');
  }
  let isPair: boolean;
  try {
    isPair = read.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw unusable(
      `the key cannot be read (${reasonOf(error)})`,
      'Check client-key in the kubeconfig.',
      error,
    );
  }
  if (!isPair) throw unusable('the key does not belong to the certificate', 'Check both in the kubeconfig.');
}

function unusable(why: string, advice: string, cause?: unknown): ExplainedError {
  return new ExplainedError(`The client certificate cannot be used: ${why}. ${advice}`, { cause });
}

/** What OpenSSL or BoringSSL says, in the same words: "ee key too small". */
function reasonOf(error: unknown): string {
  const { reason, message } = error as Error & { readonly reason?: string };
  return (reason ?? message).replaceAll('_', ' ').toLowerCase();
}

/** Those that the machine trusts, as in Go, and not only those that Node.js brings; those where it has none. */
export function systemAuthorities(): string[] {
  const system = tls.getCACertificates('system');
  return system.length > 0 ? system : tls.getCACertificates('bundled');
}

const { fetch: plainFetch } = globalThis;

/** Makes these the authorities of connections that name none: for a library that takes no authorities itself. */
export function trustByDefault(authorities: readonly string[]): void {
  isDefaultAsked = true;
  setDefaultCACertificates?.(authorities);
  if (!('Bun' in globalThis)) return;
  // Bun's fetch() ignores the default authorities, but takes some with each request.
  const fetchWith = (...[input, init]: Parameters<typeof fetch>): ReturnType<typeof fetch> =>
    plainFetch(input, Object.assign({}, init, { tls: { ca: authorities } }));
  globalThis.fetch = fetchWith;
}
