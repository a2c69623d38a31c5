import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Identity, Side } from './side.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  /** Names may come again. */
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly accept?: string;
  readonly body?: { readonly type: string; readonly content: string };
  /** Who asks; the administrator by default. */
  readonly identity?: Identity;
  /** The user as whom the administrator asks. */
  readonly as?: string;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A body without an end. */
export interface Stream {
  readonly status: number;
  readonly contentType: string;
  /** What has come so far. */
  readonly body: () => Buffer;
  readonly isEnded: () => boolean;
  readonly close: () => void;
}

export type ExecReply =
  | { readonly kind: 'refused'; readonly reply: Reply }
  | {
      readonly kind: 'open';
      readonly protocol: string;
      readonly messages: readonly Buffer[];
      /** Of the close frame. */
      readonly closed: number;
    };

/** Asks one side, and gives what it answers as it came. */
export class Api {
  readonly #side: Side;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(side: Side) {
    this.#side = side;
  }

  async ask(call: Call): Promise<Reply> {
    return wholeReply(await this.#response(call));
  }

  async stream(call: Call): Promise<Stream> {
    const response = await this.#response(call);
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', () => undefined);
    const state = { isEnded: false };
    response.on('end', () => (state.isEnded = true));
    return {
      ...headOf(response),
      body: () => Buffer.concat(chunks),
      isEnded: () => state.isEnded,
      close: () => response.destroy(),
    };
  }

  async exec(call: Call, protocols: readonly string[]): Promise<ExecReply> {
    const { path, headers, ...rest } = this.#options(call);
    const url = new URL(path, this.#side.server);
    url.protocol = 'wss:';
    const line = new WebSocket(url, [...protocols], { ...rest, headers });
    const messages: Buffer[] = [];
    line.on('message', (message: Buffer) => messages.push(message));
    line.on('error', () => undefined);
    const refused = new Promise<ExecReply>((resolve, reject) => {
      line.on('unexpected-response', (_: ClientRequest, response: IncomingMessage) => {
        wholeReply(response).then((reply) => {
          resolve({ kind: 'refused', reply });
        }, reject);
      });
    });
    const open = once(line, 'close').then(([closed]: unknown[]): ExecReply => {
      return { kind: 'open', protocol: line.protocol, messages, closed: Number(closed) };
    });
    const reply = await Promise.race([refused, open, sleep(20_000, null, { ref: false })]);
    line.terminate();
    if (reply === null) throw new Error(`An exec has not ended in 20 s: ${path}`);
    return reply;
  }

  close(): void {
    this.#agent.destroy();
  }

  #response(call: Call): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#side.server, { ...this.#options(call), agent: this.#agent }, resolve);
      outgoing.on('error', reject);
      outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`No answer in 30 s: ${call.path}`)));
      outgoing.end(call.body?.content);
    });
  }

  #options({ method, path, query = [], accept = 'application/json', body, as, ...call }: Call) {
    const identity = call.identity ?? this.#side.administrator;
    const parameters = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
    return {
      method,
      path: parameters === '' ? path : `${path}?${parameters}`,
      ca: this.#side.authority,
      ...(identity.kind === 'certificate' ? { cert: identity.certificate, key: identity.key } : {}),
      headers: {
        Accept: accept,
        ...(identity.kind === 'token' ? { Authorization: `Bearer ${identity.token}` } : {}),
        ...(as === undefined ? {} : { 'Impersonate-User': as }),
        ...(body === undefined
          ? {}
          : { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.content) }),
      },
    };
  }
}

async function wholeReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { ...headOf(response), body: Buffer.concat(chunks) };
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Omit<Reply, 'body'> {
  return { status: statusCode, contentType: headers['content-type'] ?? '' };
}
