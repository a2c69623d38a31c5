import { ExplainedError } from '../../errors.ts';

/** The server is not available at the moment. */
export class UnavailableError extends ExplainedError {
  override readonly name: string = 'UnavailableError';
}

/** The request had no response, or the response broke off. */
export class ConnectionError extends UnavailableError {
  override readonly name = 'ConnectionError';
}

const CHECK_SERVER = 'Check that the cluster runs and that the kubeconfig names its address.';
/** Advice if a WebSocket cannot be opened although the API server responds. */
export const CHECK_WEBSOCKETS =
  'A proxy or load balancer before the API server may not support WebSockets: allow them there, or use the address of the API server itself.';
const CHECK_TLS = 'Check that the address is the API server and that it accepts the client certificate.';
const CHECK_CA = "Check the kubeconfig's certificate-authority.";

const CHECK_PROXY = 'Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY.';
/** Node.js rejects RSA keys below 2048 bits and SHA-1 signatures; Bun, and so the executable, accepts them as kubectl does. */
export const TOO_WEAK = /\b(?:key|md|digest|algorithm) too (?:weak|small)\b/i;
export const STRONGER =
  'Renew it with an RSA key of at least 2048 bits or an ECDSA key and with SHA-256, or use the single executable, which accepts it.';

type Explanation = readonly [what: string, advice: string];

/** OpenSSL and BoringSSL differ in which of these they report for a certificate that signs itself. */
const UNTRUSTED_CODES = [
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
] as const;
const UNTRUSTED: Explanation = [
  'its certificate is signed by itself or by an authority that is not trusted here',
  CHECK_CA,
];
const NOT_FOR_A_SERVER: Explanation = [
  'its certificate is not for a server',
  'Give the API server one with the key usage digitalSignature and the extended key usage serverAuth.',
];

/** Error codes of Node.js, OpenSSL and BoringSSL, with what they mean for a user of a cluster. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: ['the connection was refused', CHECK_SERVER],
  ECONNRESET: ['the connection was closed without an answer', CHECK_SERVER],
  EPIPE: ['the connection was closed without an answer', CHECK_SERVER],
  ENOTFOUND: ['its name is not known', CHECK_SERVER],
  EAI_AGAIN: ['its name cannot be looked up', 'Check the network and its name server.'],
  ETIMEDOUT: ['it does not answer', CHECK_SERVER],
  EHOSTUNREACH: ['there is no route to it', CHECK_SERVER],
  ENETUNREACH: ['there is no route to it', CHECK_SERVER],
  CERT_HAS_EXPIRED: [
    'its certificate has expired',
    'Renew it on the control plane (kubeadm certs renew apiserver).',
  ],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', "Check this machine's clock."],
  ...Object.fromEntries(UNTRUSTED_CODES.map((code) => [code, UNTRUSTED])),
  INVALID_PURPOSE: NOT_FOR_A_SERVER,
  ERR_SSL_KEY_USAGE_BIT_INCORRECT: NOT_FOR_A_SERVER,
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Name the right one with --tls-server-name, or use the address that the certificate is for.',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'it does not speak TLS',
    'Check whether the address should begin with http://.',
  ],
  ERR_PROXY_REFUSED: ['the proxy refuses to lead there', CHECK_PROXY],
  ERR_PROXY_LOGIN: [
    'the proxy requires authentication, or rejected the credentials (407)',
    'Put the name and the password into its URL: http://NAME:PASSWORD@HOST:PORT.',
  ],
  ERR_NO_WEBSOCKET: ['the WebSocket upgrade failed', CHECK_WEBSOCKETS],
  ERR_WEBSOCKET_CLOSED: ['the connection was closed when a WebSocket was requested', CHECK_WEBSOCKETS],
  ERR_WEBSOCKET_SILENT: ['it does not respond to the request for a WebSocket', CHECK_WEBSOCKETS],
  ERR_ENCODING: [
    'the Content-Encoding of its answer is not supported',
    'A proxy in between may have chosen it: use the address of the API server itself.',
  ],
  HPE_INVALID_CONSTANT: ['it does not speak HTTP', CHECK_SERVER],
};

/** Returns the reason why another server than the API server could not be reached, or null. */
export function knownFailure(error: unknown): string | null {
  let cause = error as NodeJS.ErrnoException | null | undefined;
  while (typeof cause === 'object' && cause !== null) {
    const [what = null] = EXPLANATIONS[cause.code ?? ''] ?? [];
    if (what !== null) return what;
    cause = cause.cause as typeof cause;
  }
  return null;
}

function explanationOf(error: unknown): Explanation {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // OpenSSL's own code is lost where it notices while it writes, the system's in an error of the SOCKS client.
  const [systemCode = ''] = /\bE[A-Z]{4,}\b/.exec(message) ?? [];
  const isNoTls = code === 'EPROTO' && /wrong version number/i.test(message);
  const known = EXPLANATIONS[isNoTls ? 'ERR_SSL_WRONG_VERSION_NUMBER' : code || systemCode];
  if (known !== undefined) return known;
  // "…:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:….c:1605:SSL alert number 40\n"
  const [, reason = message] =
    /:(?:SSL|OPENSSL_internal|digital envelope)[^:]*(?::[^:]*)?:([^:\n]+)/.exec(message) ?? [];
  const said = readable(reason) || code;
  if (TOO_WEAK.test(said)) return [`its certificate is too weak for the TLS library (${said})`, STRONGER];
  if (/socks/i.test(said)) return [`the SOCKS proxy failed (${said})`, CHECK_PROXY];
  if (said.startsWith('Proxy connection ended')) return ['the proxy closed the connection', CHECK_PROXY];
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return [`the TLS handshake failed (${said})`, CHECK_TLS];
  return [said, CHECK_SERVER];
}

/** Returns one line. BoringSSL writes SSLV3_ALERT_HANDSHAKE_FAILURE. */
function readable(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return /^[A-Z0-9_]+$/.test(line) ? line.replaceAll('_', ' ').toLowerCase() : line;
}

/** @param doing what was requested, as it follows "Cannot": "list Pods in all namespaces" */
export function explainConnectionError(
  doing: string,
  { server, proxy }: { readonly server: URL; readonly proxy: string | null },
  error: unknown,
): ConnectionError {
  // Its host alone: the URL may hold a password.
  const through = proxy === null ? '' : ` through the proxy ${URL.parse(proxy)?.host ?? ''}`;
  const [what, ownAdvice] = explanationOf(error);
  const advice = proxy !== null && ownAdvice === CHECK_SERVER ? CHECK_PROXY : ownAdvice;
  return new ConnectionError(
    `Cannot ${doing}: the API server ${server.origin} could not be asked${through}, ${what}. ${advice}`,
    {
      cause: error,
    },
  );
}
