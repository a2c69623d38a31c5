import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { InterruptedError } from '../errors.ts';
import { USER_AGENT } from '../version.ts';
import { explain, explainTimeout, isReachable, type Stage } from './failure.ts';
import { cutLine, FirstLine } from './first-line.ts';

/** Result of a request to one address. */
export type Reached =
  /**
   * `firstLine` has at most 200 characters and is empty if the body is. It and `url` may contain control characters:
   * the caller must make them safe before printing.
   */
  | { readonly kind: 'answered'; readonly url: string; readonly status: number; readonly firstLine: string }
  /** `why` is a clause: "the response is not HTTP". */
  | { readonly kind: 'failed'; readonly url: string; readonly isReachable: boolean; readonly why: string };

export interface ReachOptions {
  /** Milliseconds for each host. */
  readonly timeout: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

interface Attempt {
  readonly reached: Reached;
  /** True if the host is a name that could not be resolved. */
  readonly isNameUnknown: boolean;
}

/**
 * Requests `/` once over HTTP, like `curl HOST`: without credentials and without following redirects.
 *
 * @param hosts addresses or names of one node. The next one is tried if the one before cannot be reached
 * @throws InterruptedError if the signal is aborted, RangeError for an invalid port and for no hosts
 */
export async function reach(hosts: readonly string[], port: number, options: ReachOptions): Promise<Reached> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`Invalid port: ${String(port)}`);
  let last: Attempt | null = null;
  for (const host of hosts) {
    const attempt = await ask(host, port, options);
    const { reached } = attempt;
    if (reached.kind === 'answered' || reached.isReachable) return reached;
    // An address that does not respond is a better reason than a name that cannot be resolved.
    if (last === null || last.isNameUnknown || !attempt.isNameUnknown) last = attempt;
  }
  if (last === null) throw new RangeError('No hosts');
  return last.reached;
}

async function ask(host: string, port: number, { timeout, signal }: ReachOptions): Promise<Attempt> {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${String(port)}/`;
  if (signal.aborted) throw new InterruptedError();
  // Node.js takes an empty host for localhost, and throws for characters that are invalid in a header.
  if (!isHost(host)) {
    return { reached: failed(url, false, "the node's name is not a valid host name"), isNameUnknown: true };
  }
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
    /** Resolves the promise. With a header it is a response, even if the body failed. */
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
      // An error of the body is handled when the response closes.
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
