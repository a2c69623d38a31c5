import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Gunzip } from 'node:zlib';
import { InterruptedError } from '../../errors.ts';
import { UnavailableError } from '../errors/connection-error.ts';
import type { Connection } from '../config/connection.ts';
import type { Credentials } from '../auth/credentials.ts';
import { Limits, PATIENCE, type Patience, type Signals } from './limits.ts';
import { createTransport, dispatch, pathOf, StaleConnection, type TransportOptions } from './transport.ts';
import { type Messages, messagesOf, openWebSocket, type WebSocketReply } from './web-socket.ts';

/** As in client-go. */
const MAX_RETRIES = 10;
const MAX_RETRY_AFTER_SECONDS = 60;

export interface Request {
  /** What it is for, as it stands after "Cannot": "list Pods in all namespaces". */
  readonly doing: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Ends it before its time; its reason is an ExplainedError, which is then thrown. */
  readonly signal?: AbortSignal;
  /** The answer goes on for as long as there is something to say: --request-timeout is for its beginning. */
  readonly isEndless?: boolean;
}

/** A request that changes something. */
export interface Change extends Request {
  readonly method: 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body: object;
}

export interface WebSocketRequest {
  /** As in a Request. */
  readonly doing: string;
  readonly path: string;
  /** Names may come again. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The sub-protocols that will do, the best first. */
  readonly protocols: readonly string[];
  /** What is longer ends it. */
  readonly maxMessageBytes: number;
  /** Ends it early; its reason, an Error, is thrown where there is no answer yet. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Where a redirect leads, without a query, which may hold a secret; '' for none. Redirects are not followed. */
  readonly location: string;
  readonly body: Body;
  /** What it was asked by. */
  readonly credentials: Credentials;
}

export type WebSocketAnswer =
  | { readonly kind: 'open'; readonly messages: Messages }
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface Body {
  /**
   * Gives the decompressed bytes as they arrive, and is done when all have come. What takes its time holds back
   * the bytes that follow.
   *
   * @throws ConnectionError where the answer breaks off, or what `take` throws, which ends it
   */
  forEach(take: (chunk: Buffer) => Promise<void> | void): Promise<void>;
}

/** Speaks to one API server. */
export interface Client {
  /**
   * Any answer but 401 and 429 that a second try can better; the caller reads its body or abandons it.
   *
   * @throws ConnectionError where there is no answer
   */
  get(request: Request): Promise<Answer>;
  /**
   * As `get`. Where there is no answer, it may have been done all the same.
   *
   * @throws ConnectionError where there is no answer
   */
  change(request: Change): Promise<Answer>;
  /**
   * Opens a WebSocket, of which the caller must read the messages; or any other answer, as `get` gives it.
   *
   * @throws ConnectionError where there is no answer
   */
  webSocket(request: WebSocketRequest): Promise<WebSocketAnswer>;
  close(): void;
}

export interface ClientContext {
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Notes one line for `-v=6`: never a header, never a body. */
  readonly trace: (line: string) => void;
}

/** How `ask` asks: what it needs, and how it is sent. */
interface Question<T> {
  readonly doing: string;
  readonly method: 'GET' | Change['method'];
  /** With the query. */
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal | undefined;
  readonly send: (options: TransportOptions, limits: Limits) => Promise<T>;
}

interface Answered<T> {
  readonly reply: T;
  readonly credentials: Credentials;
  readonly limits: Limits;
}

export function createClient(connection: Connection, context: ClientContext, patience = PATIENCE): Client {
  const transport = createTransport(connection, context.userAgent);

  /** Asks again where the server wants to be asked later, and once more where the credentials were too old. */
  async function ask<T extends { readonly response: IncomingMessage }>(
    question: Question<T>,
  ): Promise<Answered<T>> {
    const signals = { interrupted: context.signal, caller: question.signal };
    // As in client-go it is for all attempts together, and for the pauses between them.
    const until = connection.requestTimeout === 0 ? null : performance.now() + connection.requestTimeout;
    const left = (): number | null => (until === null ? null : Math.max(1, until - performance.now()));
    let [retries, stale, isRenewed] = [0, 0, false];
    for (;;) {
      const started = performance.now();
      const limits = new Limits(connection, signals, left());
      const { options, credentials } = await limits.credentials(question.doing, () =>
        transport.options(question.accept),
      );
      const reply = await question.send(options, limits).catch((error: unknown) => {
        limits.done();
        if (error instanceof StaleConnection && question.method === 'GET' && stale < MAX_RETRIES) return null;
        throw limits.explain(question.doing, error instanceof StaleConnection ? error.cause : error);
      });
      if (reply === null) {
        stale += 1;
        // The others that were kept may have ended as this one has.
        transport.closeIdle();
        context.trace('a connection that was kept has ended; the request is sent again');
        continue;
      }
      const { response } = reply;
      const { statusCode: status = 0 } = response;
      context.trace(
        `${question.method} ${withoutCommand(question.path)} ${String(status)} ${contentTypeOf(response)} in ${(performance.now() - started).toFixed(0)} ms`,
      );
      const wait = retries < MAX_RETRIES ? retryAfter(response, question.method) : null;
      if (wait !== null) {
        abandon(response, limits);
        context.trace(`the server asks to wait ${String(wait)} s`);
        if (wait * 1000 > (left() ?? Number.POSITIVE_INFINITY)) {
          throw new UnavailableError(
            `Cannot ${question.doing}: the server answers ${String(status)} and asks to wait for longer than --request-timeout allows (${String(connection.requestTimeout / 1000)} s).`,
          );
        }
        await pause(wait, signals);
        retries += 1;
      } else if (status === 401 && !isRenewed && connection.credentials.invalidate(credentials)) {
        isRenewed = true;
        abandon(response, limits);
      } else {
        return { reply, credentials, limits };
      }
    }
  }

  async function send(
    { doing, path, query = {}, accept, signal, isEndless = false }: Request,
    method: Question<unknown>['method'],
    body: string | null,
  ): Promise<Answer> {
    const gunzip = await loadGunzip(connection);
    const fullPath = pathOf(connection, path, Object.entries(query));
    const answered = await ask({
      doing,
      method,
      path: fullPath,
      accept,
      signal,
      send: (options, ownLimits) =>
        sendRequest(connection.server, { method, path: fullPath, body, options }, ownLimits, patience),
    });
    if (isEndless) answered.limits.lift();
    return answerOf(answered, gunzip, connection, doing);
  }

  return {
    get: (request) => send(request, 'GET', null),
    change: (request) => send(request, request.method, JSON.stringify(request.body)),
    async webSocket({ doing, path, query, signal, ...rest }) {
      const gunzip = await loadGunzip(connection);
      const fullPath = pathOf(
        connection,
        path,
        query.map(([name, value]) => [name, value]),
      );
      const answered = await ask<WebSocketReply>({
        doing,
        method: 'GET',
        path: fullPath,
        // A refusal is JSON. An answer in v4's protocols is not, and by JSON alone the API server answers 406 before it.
        accept: 'application/json, */*',
        signal,
        send: (options, ownLimits) =>
          openWebSocket(
            new URL(fullPath, connection.server.origin),
            { ...rest, options },
            ownLimits,
            patience,
          ),
      });
      const { reply, limits } = answered;
      return reply.socket === null
        ? { kind: 'refused', answer: answerOf(answered, gunzip, connection, doing) }
        : { kind: 'open', messages: messagesOf(reply.socket, limits, patience, doing) };
    },
    close() {
      transport.close();
    },
  };
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** JSON, or null for none. */
  readonly body: string | null;
  readonly options: TransportOptions;
}

function sendRequest(
  server: URL,
  { method, path, body, options }: Outgoing,
  limits: Limits,
  patience: Patience,
): Promise<{ readonly response: IncomingMessage }> {
  const isTls = server.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? httpsRequest : httpRequest)({
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (isTls ? 443 : 80) : server.port,
      method,
      path,
      // Without it agent-base does not find the connection that it has kept.
      protocol: server.protocol,
      ...options,
    });
    if (body !== null) {
      outgoing.setHeader('Content-Type', 'application/json');
      outgoing.setHeader('Content-Length', Buffer.byteLength(body));
      // Of bytes, for text would have Node.js send the header's in its encoding, too.
      outgoing.write(Buffer.from(body));
    }
    outgoing.on('response', (response) => {
      resolve({ response });
    });
    dispatch(outgoing, limits, patience, reject);
  });
}

/** An answer that nobody will read; reading it to its end lets its connection be used again. */
function abandon(response: IncomingMessage, limits: Limits): void {
  limits.done();
  response.on('error', () => undefined);
  response.resume();
}

/**
 * Seconds to wait where the server asks for it, as it does for 429 and some 5xx; else null. What a 5xx has
 * created may be there all the same: that is not tried again.
 */
function retryAfter({ statusCode = 0, headers }: IncomingMessage, method: string): number | null {
  if (statusCode !== 429 && (statusCode < 500 || method === 'POST')) return null;
  const seconds = headers['retry-after'];
  return seconds !== undefined && /^\d+$/.test(seconds)
    ? Math.min(Number(seconds), MAX_RETRY_AFTER_SECONDS)
    : null;
}

async function pause(seconds: number, { interrupted, caller }: Signals): Promise<void> {
  const signal = caller === undefined ? interrupted : AbortSignal.any([interrupted, caller]);
  const { setTimeout: sleep } = await import('node:timers/promises');
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    throw interrupted.aborted ? new InterruptedError(undefined, { cause: error }) : signal.reason;
  }
}

type CreateGunzip = () => Gunzip;

async function loadGunzip({ compression }: Connection): Promise<CreateGunzip | null> {
  return compression ? (await import('node:zlib')).createGunzip : null;
}

function contentTypeOf({ headers }: IncomingMessage): string {
  return headers['content-type'] ?? '';
}

function answerOf(
  { reply: { response }, credentials, limits }: Answered<{ readonly response: IncomingMessage }>,
  createGunzip: CreateGunzip | null,
  { server }: Connection,
  doing: string,
): Answer {
  return {
    status: response.statusCode ?? 0,
    contentType: contentTypeOf(response),
    location: locationOf(response, server),
    body: { forEach: (take) => readBody(response, createGunzip, limits, doing, take) },
    credentials,
  };
}

function locationOf({ headers: { location = '' } }: IncomingMessage, server: URL): string {
  const url = location === '' ? null : URL.parse(location, server);
  return url === null ? '' : `${url.origin}${url.pathname}`;
}

/**
 * Event by event: an async iterator would cost as much time as the decoding of what it carries.
 * A response that breaks off breaks what is piped from it, or the reader would wait for ever.
 */
function readBody(
  response: IncomingMessage,
  createGunzip: CreateGunzip | null,
  limits: Limits,
  doing: string,
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let taken: Promise<void> | null = null;
    const isGzip = createGunzip !== null && response.headers['content-encoding'] === 'gzip';
    const source = isGzip ? response.pipe(createGunzip()) : response;
    const fail = (error: Error): void => {
      limits.done();
      response.destroy();
      source.removeAllListeners('data');
      const end = (): void => {
        reject(error);
      };
      // Whoever still takes what has come is not overtaken by what is done about the failure.
      if (taken === null) end();
      else taken.then(end, () => undefined);
    };
    const breakOff = (error: unknown = brokenOff()): void => {
      fail(limits.explain(doing, error));
    };
    const hold = (taking: Promise<void>): void => {
      source.pause();
      taken = taking;
      taking.then(
        () => {
          taken = null;
          limits.heard();
          source.resume();
        },
        (error: unknown) => {
          taken = null;
          fail(error as Error);
        },
      );
    };
    source.on('data', (chunk: Buffer) => {
      limits.heard();
      try {
        const taking = take(chunk);
        if (taking !== undefined) hold(taking);
      } catch (error) {
        fail(error as Error);
      }
    });
    limits.onReached(breakOff);
    source.on('error', breakOff);
    source.on('end', () => {
      limits.done();
      if (!response.complete) breakOff();
      else if (taken === null) resolve();
      // The end may be told before the last bytes are taken; where that fails, `hold` says so.
      else taken.then(resolve, () => undefined);
    });
    if (isGzip) response.on('error', breakOff);
    response.on('close', () => {
      if (!response.complete) breakOff();
    });
  });
}

function brokenOff(): Error {
  return Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
}

/** For a trace: a command may be a script of thousands of characters. */
function withoutCommand(path: string): string {
  return path.replace(/(?:command=[^&]*&)+/, 'command=…&');
}
