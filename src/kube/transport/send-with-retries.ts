import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../auth/credentials.ts';
import type { Connection } from '../config/connection.ts';
import { UnavailableError } from '../errors/connection-error.ts';
import { Limits } from './limits.ts';
import { abandon } from './response-body.ts';
import { MAX_RETRIES, retryAfter, waitSeconds } from './retry-policy.ts';
import type { ServerClock } from './server-clock.ts';
import { StaleConnection, type Transport, type TransportOptions } from './transport.ts';

/** A request, apart from how it is sent. */
export interface Outgoing<T> {
  /** The same as in Request. */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly accept: string;
  /** The caller's; its reason is an Error, which is then thrown. */
  readonly signal: AbortSignal | undefined;
  readonly send: (options: TransportOptions, limits: Limits) => Promise<T>;
}

export interface Answered<T> {
  readonly reply: T;
  /** The credentials that the request was sent with. */
  readonly credentials: Credentials;
  /** Still in force: they also limit the body. */
  readonly limits: Limits;
}

export interface RetryContext {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Notes one line for `-v=6`. */
  readonly trace: (line: string) => void;
  readonly clock: ServerClock;
}

/**
 * Sends a request, and sends it again: when a kept connection has ended (GET only), after the seconds of Retry-After,
 * and once with renewed credentials after 401. --request-timeout limits all attempts and the pauses together, as in
 * client-go.
 *
 * @throws ConnectionError if there is no answer, InterruptedError on Ctrl-C, or the reason of the caller's signal
 */
export async function sendWithRetries<T extends { readonly response: IncomingMessage }>(
  outgoing: Outgoing<T>,
  connection: Connection,
  transport: Transport,
  { signal, trace, clock }: RetryContext,
): Promise<Answered<T>> {
  const { doing, method, path, accept } = outgoing;
  const signals = { interrupted: signal, caller: outgoing.signal };
  const { requestTimeout } = connection;
  const deadline = requestTimeout === 0 ? null : performance.now() + requestTimeout;
  const left = (): number | null => (deadline === null ? null : Math.max(1, deadline - performance.now()));
  let [retries, stale, isRenewed] = [0, 0, false];
  for (;;) {
    const started = performance.now();
    const limits = new Limits(connection, signals, left());
    const { options, credentials } = await limits.credentials(doing, () => transport.options(accept));
    const reply = await outgoing.send(options, limits).catch((error: unknown) => {
      limits.done();
      if (error instanceof StaleConnection && method === 'GET' && stale < MAX_RETRIES) return null;
      throw limits.explain(doing, error instanceof StaleConnection ? error.cause : error);
    });
    if (reply === null) {
      stale += 1;
      // Other kept connections may have ended for the same reason.
      transport.closeIdle();
      trace('a connection that was kept has ended; the request is sent again');
      continue;
    }
    const { response } = reply;
    clock.observe(response.headers.date);
    const { statusCode: status = 0 } = response;
    const milliseconds = (performance.now() - started).toFixed(0);
    const type = response.headers['content-type'] ?? '';
    trace(`${method} ${withoutCommand(path)} ${String(status)} ${type} in ${milliseconds} ms`);
    const wait = retries < MAX_RETRIES ? retryAfter(response, method) : null;
    if (wait !== null) {
      abandon(response, limits);
      trace(`the server asks to wait ${String(wait)} s`);
      if (wait * 1000 > (left() ?? Number.POSITIVE_INFINITY)) {
        throw new UnavailableError(
          `Cannot ${doing}: the server answers ${String(status)} and asks to wait for longer than --request-timeout allows (${String(requestTimeout / 1000)} s).`,
        );
      }
      await waitSeconds(wait, signals);
      retries += 1;
    } else if (status === 401 && !isRenewed && connection.credentials.invalidate(credentials)) {
      isRenewed = true;
      abandon(response, limits);
    } else {
      return { reply, credentials, limits };
    }
  }
}

/** Shortens the command of an exec, which may be a script of thousands of characters. */
function withoutCommand(path: string): string {
  return path.replace(/(?:command=[^&]*&)+/, 'command=…&');
}
