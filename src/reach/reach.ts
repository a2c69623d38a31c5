import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { InterruptedError } from '../errors.ts';
import { USER_AGENT } from '../version.ts';
import { explain, explainTimeout, isReachable, type Stage } from './failure.ts';
import { cutLine, FirstLine } from './first-line.ts';

/** What came of asking one address. */
export type Reached =
  /**
   * `firstLine` is as it came, at most 200 characters; empty where the body is. Neither it nor `url` has
   * been made safe for a terminal: whoever prints it does that.
   */
  | { readonly kind: 'answered'; readonly url: string; readonly status: number; readonly firstLine: string }
  /** `why` is a clause: "nothing listens there", "what listens there does not speak HTTP". */
  | { readonly kind: 'failed'; readonly url: string; readonly isReachable: boolean; readonly why: string };

export interface ReachOptions {
  /** Milliseconds, for one host. */
  readonly timeout: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

interface Attempt {
  readonly reached: Reached;
  /** The host is a name, and it could not be told of what. */
  readonly isNameUnknown: boolean;
}

/**
 * Asks for `/` over HTTP, once, as `curl HOST` does: without credentials, and no redirect is followed.
 *
 * @param hosts addresses or names of one node, of which the next is asked where the one before cannot be reached
 * @throws InterruptedError where the signal is aborted, RangeError where there is no such port or no host
 */
export async function reach(hosts: readonly string[], port: number, options: ReachOptions): Promise<Reached> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`No port: ${String(port)}`);
  let last: Attempt | null = null;
  for (const host of hosts) {
    const attempt = await ask(host, port, options);
    const { reached } = attempt;
    if (reached.kind === 'answered' || reached.isReachable) return reached;
    // That an address does not answer says more than that a name means nothing here.
    if (last === null || last.isNameUnknown || !attempt.isNameUnknown) last = attempt;
  }
  if (last === null) throw new RangeError('No host');
  return last.reached;
}

async function ask(host: string, port: number, { timeout, signal }: ReachOptions): Promise<Attempt> {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${String(port)}/`;
  if (signal.aborted) throw new InterruptedError();
  // Node.js would take none for localhost, and throw for what cannot stand in a header.
  if (!isHost(host)) return { reached: failed(url, false, 'its name is no host name'), isNameUnknown: true };
  return new Promise((resolve, reject) => {
    const line = new FirstLine();
    let stage: Stage = isIP(host) === 0 ? 'name' : 'connection';
    let response: IncomingMessage | null = null;
    const outgoing = get(host, port);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      outgoing.destroy();
    };
    const interrupt = (): void => {
      end();
      reject(new InterruptedError());
    };
    /** Once the head has come it is an answer, whatever becomes of the body. */
    const settle = (isThere: boolean, why: string): void => {
      end();
      resolve({
        reached: response === null ? failed(url, isThere, why) : answered(url, response, line.end()),
        isNameUnknown: stage === 'name',
      });
    };
    const timer = setTimeout(() => {
      settle(stage === 'answer', explainTimeout(stage, timeout));
    }, timeout);
    signal.addEventListener('abort', interrupt);

    followStages(outgoing, (entered) => {
      stage = entered;
    });
    outgoing.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk: Buffer) => {
        if (line.take(chunk)) settle(true, '');
      });
      incoming.on('error', () => undefined);
      incoming.on('close', () => {
        settle(true, '');
      });
    });
    outgoing.on('upgrade', (incoming, socket) => {
      response = incoming;
      socket.destroy();
      settle(true, '');
    });
    outgoing.on('error', (error) => {
      // What came before a fault of the body is told after it.
      if (response === null) settle(isReachable(stage, error), explain(stage, error));
    });
    outgoing.end();
  });
}

function get(host: string, port: number): ClientRequest {
  return request({
    host,
    port,
    path: '/',
    agent: false,
    headers: { 'User-Agent': USER_AGENT, Accept: '*/*', Connection: 'close' },
  });
}

function followStages(outgoing: ClientRequest, enter: (stage: Stage) => void): void {
  outgoing.on('socket', (socket) => {
    socket.on('lookup', (error: Error | null) => {
      if (error === null) enter('connection');
    });
    socket.on('connect', () => {
      enter('answer');
    });
  });
}

function isHost(host: string): boolean {
  return isIP(host) !== 0 || /^[\w.-]+$/.test(host);
}

function failed(url: string, isThere: boolean, why: string): Reached {
  return { kind: 'failed', url, isReachable: isThere, why };
}

function answered(url: string, { statusCode = 0, headers }: IncomingMessage, line: string): Reached {
  const { location } = headers;
  const isRedirect = statusCode >= 300 && statusCode < 400 && location !== undefined;
  const firstLine = line === '' && isRedirect ? cutLine(`Location: ${location}`) : line;
  return { kind: 'answered', url, status: statusCode, firstLine };
}
