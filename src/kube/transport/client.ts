import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../auth/credentials.ts';
import type { Connection } from '../config/connection.ts';
import { sendHttpRequest } from './http-request.ts';
import { readBody, type Take } from './response-body.ts';
import { type Answered, sendWithRetries } from './send-with-retries.ts';
import { ServerClock } from './server-clock.ts';
import { TIMEOUTS } from './timeouts.ts';
import { createTransport, pathOf } from './transport.ts';
import { type Messages, messagesOf, openWebSocket, type WebSocketReply } from './web-socket.ts';

export interface Request {
  /** Purpose of the request, as it stands after "Cannot": "list Pods in all namespaces". */
  readonly doing: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Ends the request early; its reason is an ExplainedError, which is then thrown. */
  readonly signal?: AbortSignal;
  /** True if the response has no end, like that of a watch. --request-timeout then limits only the time to its start. */
  readonly isEndless?: boolean;
}

/** A request that changes an object. */
export interface Change extends Request {
  readonly method: 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body: object;
}

export interface WebSocketRequest {
  /** The same as in Request. */
  readonly doing: string;
  readonly path: string;
  /** A name may be repeated. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Accepted subprotocols, the preferred one first. */
  readonly protocols: readonly string[];
  /** A longer message ends the WebSocket. */
  readonly maxMessageBytes: number;
  /** Ends it early; its reason, an Error, is thrown if there is no answer yet. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Target of a redirect without its query, which may hold a secret; '' for none. Redirects are not followed. */
  readonly location: string;
  readonly body: Body;
  /** The credentials that the request was sent with. */
  readonly credentials: Credentials;
}

export type WebSocketAnswer =
  | { readonly kind: 'open'; readonly messages: Messages }
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface Body {
  /**
   * Passes on the decompressed bytes as they arrive, and resolves when all of them have.
   *
   * @throws ConnectionError if the answer breaks off, or what `take` throws, which ends it
   */
  forEach(take: Take): Promise<void>;
}

/** Client of one API server. */
export interface Client {
  /**
   * Resolves to any answer except 401 and 429 that a retry can change. The caller reads its body or abandons it.
   *
   * @throws ConnectionError if there is no answer
   */
  get(request: Request): Promise<Answer>;
  /**
   * Sends a request that changes an object. The change may have been made even if there is no answer.
   *
   * @throws ConnectionError if there is no answer
   */
  change(request: Change): Promise<Answer>;
  /**
   * Opens a WebSocket, whose messages the caller must read. Resolves to any other answer as `get` does.
   *
   * @throws ConnectionError if there is no answer
   */
  webSocket(request: WebSocketRequest): Promise<WebSocketAnswer>;
  /** Milliseconds since 1970 by the clock of the server, as far as its answers have shown it. */
  now(): number;
  close(): void;
}

export interface ClientContext {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Notes one line for `-v=6`: never a header, never a body. */
  readonly trace: (line: string) => void;
  /** The local clock, in milliseconds since 1970. */
  readonly now: () => number;
}

export function createClient(connection: Connection, context: ClientContext, timeouts = TIMEOUTS): Client {
  const { server } = connection;
  const transport = createTransport(connection, context.userAgent);
  const clock = new ServerClock(context.now);
  const retryContext = { ...context, clock };

  async function send(
    { doing, path, query = {}, accept, signal, isEndless = false }: Request,
    method: 'GET' | Change['method'],
    body: string | null,
  ): Promise<Answer> {
    const fullPath = pathOf(connection, path, Object.entries(query));
    const answered = await sendWithRetries(
      {
        ...{ doing, method, path: fullPath, accept, signal },
        send: (options, limits) =>
          sendHttpRequest(server, { method, path: fullPath, body, options }, limits, timeouts),
      },
      connection,
      transport,
      retryContext,
    );
    if (isEndless) answered.limits.lift();
    return answerOf(answered, connection, doing);
  }

  return {
    get: (request) => send(request, 'GET', null),
    change: (request) => send(request, request.method, JSON.stringify(request.body)),
    async webSocket({ doing, path, query, signal, ...rest }) {
      const pairs = query.map(([name, value]): [string, string] => [name, value]);
      const fullPath = pathOf(connection, path, pairs);
      const answered = await sendWithRetries<WebSocketReply>(
        {
          ...{ doing, method: 'GET', path: fullPath, signal },
          // A refusal is JSON. For an answer of the exec protocol v4 the API server would reply 406 to JSON alone.
          accept: 'application/json, */*',
          send: (options, limits) =>
            openWebSocket(new URL(fullPath, server.origin), { ...rest, options }, limits, timeouts),
        },
        connection,
        transport,
        retryContext,
      );
      const { reply, limits } = answered;
      return reply.socket === null
        ? { kind: 'refused', answer: answerOf(answered, connection, doing) }
        : { kind: 'open', messages: messagesOf(reply.socket, limits, timeouts, doing) };
    },
    now: () => clock.now(),
    close() {
      transport.close();
    },
  };
}

function answerOf(
  { reply: { response }, credentials, limits }: Answered<{ readonly response: IncomingMessage }>,
  { server }: Connection,
  doing: string,
): Answer {
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    location: locationOf(response, server),
    body: { forEach: (take) => readBody(response, limits, doing, take) },
    credentials,
  };
}

function locationOf({ headers: { location = '' } }: IncomingMessage, server: URL): string {
  const url = location === '' ? null : URL.parse(location, server);
  return url === null ? '' : `${url.origin}${url.pathname}`;
}
