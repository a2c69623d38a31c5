import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions, type SecureContext } from 'node:tls';
import { ExplainedError } from '../../errors.ts';
import type { Connection } from '../config/connection.ts';
import type { ClientCertificate, Credentials } from '../auth/credentials.ts';
import type { Limits } from './limits.ts';
import { readableAuthorities, secureContextOf, systemAuthorities } from './secure-context.ts';
import type { Timeouts } from './timeouts.ts';

/** Options of a request of node:http: address, TLS and headers. */
export type TransportOptions = TlsOptions & {
  readonly agent: HttpAgent;
  readonly headers: OutgoingHttpHeaders;
};

type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'servername' | 'checkServerIdentity' | 'rejectUnauthorized' | 'cert' | 'key' | 'secureContext'
>;

export interface Transport {
  /**
   * Returns the options and credentials of the next request.
   *
   * @throws ExplainedError if there are no usable credentials, or the proxy settings are invalid
   */
  options(accept: string): Promise<{ readonly options: TransportOptions; readonly credentials: Credentials }>;
  /** The next request has a new connection. */
  closeIdle(): void;
  close(): void;
}

export function createTransport(connection: Connection, userAgent: string): Transport {
  const tlsOptions = createTlsOptions(connection);
  let agent: HttpAgent | undefined;
  return {
    async options(accept) {
      const credentials = await connection.credentials.current();
      if (agent === undefined) {
        const created = await createAgent(connection);
        // Of requests at the same time the first has made it.
        agent ??= created;
      }
      const options = {
        agent,
        headers: headers(connection, accept, credentials, userAgent),
        ...tlsOptions(credentials),
      };
      return { options, credentials };
    },
    closeIdle() {
      const idle = Object.values(agent?.freeSockets ?? {}).flatMap((sockets) => sockets ?? []);
      for (const socket of idle) socket.destroy();
    },
    close() {
      agent?.destroy();
    },
  };
}

/** A kept connection ended before the response: the request can be sent on another one. */
export class StaleConnection extends Error {
  override readonly name = 'StaleConnection';

  constructor(cause: unknown) {
    super('', { cause });
  }
}

/**
 * Sends a request. It fails without a connection, without a response in time, or at one of its limits.
 *
 * @param timeouts isUpgrade: true if the request opens a WebSocket
 * @param fail receives a StaleConnection if the request can be sent again on another connection
 */
export function dispatch(
  outgoing: ClientRequest,
  limits: Limits,
  timeouts: Pick<Timeouts, 'connect' | 'answer'> & { readonly isUpgrade?: boolean },
  fail: (error: unknown) => void,
): void {
  const { isUpgrade = false } = timeouts;
  let isConnected = false;
  limits.expect(timeouts.connect);
  // Before ws, which has put a listener of its own there.
  outgoing.prependListener('error', (error: NodeJS.ErrnoException) => {
    const { code = '' } = error;
    const isClosed = ['ECONNRESET', 'EPIPE'].includes(code);
    if (outgoing.reusedSocket && isClosed) fail(new StaleConnection(error));
    else if (isUpgrade && isConnected && isClosed) fail(upgradeError('ERR_WEBSOCKET_CLOSED', error));
    else if (isUpgrade && code.startsWith('HPE_')) fail(upgradeError('ERR_NO_WEBSOCKET', error));
    else fail(error);
  });
  // https-proxy-agent would else pass the proxy's answer off as the server's.
  outgoing.once('proxyConnect', ({ statusCode = 0 }: IncomingMessage) => {
    if (statusCode !== 200) outgoing.destroy(proxyError(statusCode));
  });
  outgoing.on('socket', (socket) => {
    const connected = (): void => {
      isConnected = true;
      if (isUpgrade) limits.expect(timeouts.answer, upgradeError('ERR_WEBSOCKET_SILENT'));
      else limits.expect(timeouts.answer);
    };
    if (socket.connecting) {
      socket.once(outgoing.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
    } else connected();
  });
  outgoing.end();
  // Not by the option `signal`: a request that still waits for its socket would not even say that it ends.
  limits.onReached((reason) => {
    fail(reason);
    outgoing.destroy();
  });
}

/** An error of a server that answers other requests; a proxy before it may not support WebSockets. */
export function upgradeError(
  code: 'ERR_NO_WEBSOCKET' | 'ERR_WEBSOCKET_CLOSED' | 'ERR_WEBSOCKET_SILENT',
  cause?: Error,
): Error {
  return Object.assign(new Error(cause?.message ?? '', { cause }), { code });
}

export function pathOf({ server }: Connection, path: string, query: Iterable<[string, string]>): string {
  const search = new URLSearchParams([...query]).toString();
  return (server.pathname === '/' ? '' : server.pathname) + path + (search === '' ? '' : `?${search}`);
}

/**
 * Keeps connections, each for requests with the same TLS options only. The options belong to the request, not to the agent, so that
 * a proxy receives neither the client certificate nor its key.
 */
async function createAgent({ proxy, server, tls }: Connection): Promise<HttpAgent> {
  if (proxy !== null) {
    const { proxyAgent } = await import('./proxy-agent.ts');
    // As in kubectl the cluster's authority vouches for a proxy that speaks TLS, too.
    return proxyAgent(proxy, { ca: tls.ca ?? systemAuthorities(), rejectUnauthorized: tls.verify });
  }
  return new (server.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
}

/**
 * Returns the TLS options of the server and the client certificate. Computed once for all connections, because a machine has many
 * authorities.
 */
function createTlsOptions({ server, tls }: Connection): (credentials: Credentials) => TlsOptions {
  if (server.protocol !== 'https:') return () => ({});
  // Before a credential plugin asks a person to log in.
  const ca = tls.ca === undefined ? systemAuthorities() : readableAuthorities(tls.ca);
  const name = tls.serverName === undefined ? {} : serverNameOptions(tls.serverName);
  let made: { readonly certificate: ClientCertificate | undefined; readonly context: SecureContext } | null =
    null;
  return ({ certificate }) => {
    if (made === null || made.certificate !== certificate) {
      made = { certificate, context: secureContextOf(ca, certificate) };
    }
    return {
      rejectUnauthorized: tls.verify,
      secureContext: made.context,
      // By these an agent tells its connections apart.
      ca,
      ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
      ...name,
    };
  };
}

/** SNI cannot contain an IP address (RFC 6066, 3), so only the certificate is checked for it. */
function serverNameOptions(name: string): Pick<TlsOptions, 'servername' | 'checkServerIdentity'> {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0
    ? { servername: name }
    : { servername: '', checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate) };
}

function headers(
  connection: Connection,
  accept: string,
  { authorization }: Credentials,
  userAgent: string,
): OutgoingHttpHeaders {
  const { user, uid, groups, extra } = connection.impersonate;
  return {
    Accept: accept,
    'Accept-Encoding': connection.compression ? 'gzip' : 'identity',
    'User-Agent': userAgent,
    ...(authorization === undefined ? {} : { Authorization: headerValue('The credentials', authorization) }),
    ...(user === '' ? {} : { 'Impersonate-User': headerValue('The user to impersonate', user) }),
    ...(uid === '' ? {} : { 'Impersonate-Uid': headerValue('The uid to impersonate', uid) }),
    ...(groups.length === 0
      ? {}
      : { 'Impersonate-Group': groups.map((group) => headerValue('A group to impersonate', group)) }),
    ...Object.fromEntries(
      [...extra].map(([key, values]) => [
        `Impersonate-Extra-${headerKey(key)}`,
        values.map((value) => headerValue('An extra field to impersonate', value)),
      ]),
    ),
  };
}

/**
 * Encodes a header like Go: as the bytes of its UTF-8.
 *
 * @throws ExplainedError, which does not quote the value because it can be a secret
 */
function headerValue(what: string, value: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    throw new ExplainedError(
      `${what} cannot be sent: there is a control character, such as a line break, in it.`,
    );
  }
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** Escapes a header name like client-go (headerKeyEscape in transport/round_trippers.go). */
function headerKey(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w!#$&'*+.^`|~-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function proxyError(status: number): Error {
  const code = status === 407 ? 'ERR_PROXY_LOGIN' : 'ERR_PROXY_REFUSED';
  return Object.assign(new Error(`the proxy answered ${String(status)}`), { code });
}
