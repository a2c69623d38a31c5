import {
  Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { Gunzip } from 'node:zlib';
import { ExplainedError, InterruptedError } from '../errors.ts';
import { explainConnectionError } from './connection-error.ts';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';

/** Connecting takes milliseconds or it never happens; client-go waits as long. */
const CONNECT_TIMEOUT_MILLISECONDS = 30_000;
/** The API server ends every ordinary request of its own within 60 s; silence beyond is a dead line. */
const SILENCE_TIMEOUT_MILLISECONDS = 90_000;
/** As in client-go. */
const MAX_RETRIES = 10;
const MAX_RETRY_AFTER_SECONDS = 60;

export interface Request {
  /** What it is for, as it stands after "Cannot": "list Pods in all namespaces". */
  readonly doing: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Body;
}

export interface Body {
  /**
   * Gives the decompressed bytes as they arrive, and is done when all have come.
   *
   * @throws ConnectionError where the answer breaks off, or what `take` throws, which ends it
   */
  forEach(take: (chunk: Buffer) => void): Promise<void>;
}

/** Speaks to one API server. */
export interface Client {
  /**
   * Any answer but 401 and 429 that a second try can better; the caller reads its body or abandons it.
   *
   * @throws ConnectionError where there is no answer
   */
  get(request: Request): Promise<Answer>;
  close(): void;
}

export interface ClientContext {
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Notes one line for `-v=6`: never a header, never a body. */
  readonly trace: (line: string) => void;
}

export function createClient(connection: Connection, context: ClientContext): Client {
  const trust = trustOf(connection);
  let agent: HttpAgent | undefined;
  const once = async (request: Request, limits: Limits): Promise<IncomingMessage> => {
    const credentials = await connection.credentials.current();
    agent ??= await createAgent(connection);
    const options = {
      headers: headers(connection, request, credentials, context),
      ...trust,
      ...identity(credentials),
    };
    return send(connection, request, agent, options, limits);
  };
  return {
    async get(request) {
      const gunzip = connection.compression ? (await import('node:zlib')).createGunzip : null;
      for (let attempt = 0; ; attempt += 1) {
        const started = performance.now();
        const limits = new Limits(connection, context);
        const response = await once(request, limits);
        const status = response.statusCode ?? 0;
        context.trace(
          `GET ${pathOf(connection, request)} ${String(status)} ${response.headers['content-type'] ?? ''} in ${(performance.now() - started).toFixed(0)} ms`,
        );
        const wait = attempt < MAX_RETRIES ? retryAfter(response) : null;
        if (wait !== null) {
          abandon(response, limits);
          context.trace(`the server asks to wait ${String(wait)} s`);
          await pause(wait, context.signal);
        } else if (status === 401 && attempt === 0 && connection.credentials.invalidate()) {
          abandon(response, limits);
        } else {
          return {
            status,
            contentType: response.headers['content-type'] ?? '',
            body: bodyOf(response, gunzip, limits, (error) => explain(connection, request, limits, error)),
          };
        }
      }
    },
    close() {
      agent?.destroy();
    },
  };
}

/**
 * Keeps connections, each for requests of the same TLS options alone. Those are the request's and not the
 * agent's: a proxy before the server is shown neither the client certificate nor its key.
 */
async function createAgent({ proxy, server, tls }: Connection): Promise<HttpAgent> {
  if (proxy !== null) {
    const { proxyAgent } = await import('./proxy-agent.ts');
    // As in kubectl the cluster's authority vouches for a proxy that speaks TLS, too.
    return proxyAgent(proxy, { ca: tls.ca, rejectUnauthorized: tls.verify });
  }
  return new (server.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
}

/** How the server is known; worked out once, for the machine's authorities are many. */
function trustOf({ server, tls }: Connection): TlsOptions {
  if (server.protocol !== 'https:') return {};
  return {
    rejectUnauthorized: tls.verify,
    // As in Go: an authority that is named is trusted, whoever has signed it.
    allowPartialTrustChain: true,
    ca: tls.ca ?? systemAuthorities(),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}

/** How the user is known, where by a certificate. */
function identity({ certificate }: Credentials): TlsOptions {
  return certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key };
}

/** Those that the machine trusts, as in Go, and not only those that Node.js brings; those where it has none. */
function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}

type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'allowPartialTrustChain' | 'servername' | 'rejectUnauthorized' | 'cert' | 'key'
>;

/** What ends one request before its time: Ctrl-C, --request-timeout, or a line on which nothing comes. */
class Limits {
  readonly interrupted: AbortSignal;
  readonly deadline: AbortSignal | null;
  readonly silence: AbortSignal;
  readonly any: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;
  readonly #silent = new AbortController();

  constructor({ requestTimeout }: Connection, { signal }: ClientContext) {
    this.interrupted = signal;
    this.deadline = requestTimeout === 0 ? null : AbortSignal.timeout(requestTimeout);
    this.silence = this.#silent.signal;
    this.any = AbortSignal.any([signal, this.silence, ...(this.deadline === null ? [] : [this.deadline])]);
  }

  /** Something must come within this time. */
  expect(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#isDone) return;
    this.#timer = setTimeout(() => {
      this.#silent.abort(timeoutError());
    }, milliseconds).unref();
  }

  /** Something has come. */
  heard(): void {
    this.#timer?.refresh();
  }

  done(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
  }
}

function pathOf({ server }: Connection, { path, query }: Request): string {
  const search = new URLSearchParams(query).toString();
  return (server.pathname === '/' ? '' : server.pathname) + path + (search === '' ? '' : `?${search}`);
}

function headers(
  connection: Connection,
  request: Request,
  { authorization }: Credentials,
  { userAgent }: ClientContext,
): OutgoingHttpHeaders {
  const { user, uid, groups, extra } = connection.impersonate;
  return {
    Accept: request.accept,
    'Accept-Encoding': connection.compression ? 'gzip' : 'identity',
    'User-Agent': userAgent,
    ...(authorization === undefined ? {} : { Authorization: authorization }),
    ...(user === '' ? {} : { 'Impersonate-User': user }),
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      [...extra].map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]]),
    ),
  };
}

function send(
  connection: Connection,
  request: Request,
  agent: HttpAgent,
  options: TlsOptions & { readonly headers: OutgoingHttpHeaders },
  limits: Limits,
): Promise<IncomingMessage> {
  const { server } = connection;
  const isTls = server.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      limits.done();
      reject(explain(connection, request, limits, error));
    };
    limits.expect(CONNECT_TIMEOUT_MILLISECONDS);
    const outgoing = (isTls ? httpsRequest : httpRequest)({
      agent,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (isTls ? 443 : 80) : server.port,
      path: pathOf(connection, request),
      // Without it agent-base does not find the connection that it has kept.
      protocol: server.protocol,
      ...options,
    });
    // Not by the option `signal`: a request that still waits for its socket would not even say that it ends.
    limits.any.addEventListener('abort', () => {
      fail(limits.any.reason);
      outgoing.destroy();
    });
    outgoing.on('error', fail);
    // https-proxy-agent would else pass the proxy's answer off as the server's.
    outgoing.once('proxyConnect', ({ statusCode = 0 }: IncomingMessage) => {
      if (statusCode !== 200) outgoing.destroy(proxyError(statusCode));
    });
    outgoing.on('socket', (socket) => {
      const connected = (): void => {
        limits.expect(SILENCE_TIMEOUT_MILLISECONDS);
      };
      if (socket.connecting) socket.once(isTls ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    outgoing.on('response', resolve);
    outgoing.end();
    if (limits.any.aborted) {
      fail(limits.any.reason);
      outgoing.destroy();
    }
  });
}

/** An answer that nobody will read; reading it to its end lets its connection be used again. */
function abandon(response: IncomingMessage, limits: Limits): void {
  limits.done();
  response.on('error', () => undefined);
  response.resume();
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

function proxyError(status: number): Error {
  return Object.assign(new Error(`the proxy answered ${String(status)}`), { code: 'ERR_PROXY_REFUSED' });
}

function explain(connection: Connection, request: Request, limits: Limits, error: unknown): Error {
  if (limits.interrupted.aborted) return new InterruptedError('Interrupted.', { cause: error });
  if (limits.deadline?.aborted === true) {
    const seconds = String(connection.requestTimeout / 1000);
    // No ConnectionError: to ask again would only take as long again.
    return new ExplainedError(
      `Cannot ${request.doing}: the API server ${connection.server.origin} took longer than --request-timeout allows (${seconds} s).`,
      { cause: error },
    );
  }
  return explainConnectionError(request.doing, connection, limits.silence.aborted ? timeoutError() : error);
}

/** Seconds to wait where the server asks for it, as it does for 429 and some 5xx; else null. */
function retryAfter({ statusCode = 0, headers: received }: IncomingMessage): number | null {
  if (statusCode !== 429 && statusCode < 500) return null;
  const seconds = received['retry-after'];
  return seconds !== undefined && /^\d+$/.test(seconds)
    ? Math.min(Number(seconds), MAX_RETRY_AFTER_SECONDS)
    : null;
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    throw new InterruptedError('Interrupted.', { cause: error });
  }
}

/**
 * Event by event: an async iterator would cost as much time as the decoding of what it carries.
 * A response that breaks off breaks what is piped from it, or the reader would wait for ever.
 */
function bodyOf(
  response: IncomingMessage,
  createGunzip: (() => Gunzip) | null,
  limits: Limits,
  explainError: (error: unknown) => Error,
): Body {
  return {
    forEach: (take) =>
      new Promise((resolve, reject) => {
        const isGzip = createGunzip !== null && response.headers['content-encoding'] === 'gzip';
        const source = isGzip ? response.pipe(createGunzip()) : response;
        const fail = (error: Error): void => {
          limits.done();
          reject(error);
          response.destroy();
          source.removeAllListeners('data');
        };
        const breakOff = (error: unknown = brokenOff()): void => {
          fail(explainError(error));
        };
        source.on('data', (chunk: Buffer) => {
          limits.heard();
          try {
            take(chunk);
          } catch (error) {
            fail(error as Error);
          }
        });
        limits.any.addEventListener('abort', () => {
          breakOff(limits.any.reason);
        });
        source.on('error', breakOff);
        source.on('end', () => {
          limits.done();
          if (response.complete) resolve();
          else breakOff();
        });
        if (isGzip) response.on('error', breakOff);
        response.on('close', () => {
          if (!response.complete) breakOff();
        });
      }),
  };
}

function brokenOff(): Error {
  return Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
}
