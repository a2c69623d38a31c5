import type { ServerResponse } from 'node:http';
import type { Status } from './status.ts';

/** Something that goes wrong with one request. Offsets count the bytes of the body. */
export type Fault =
  /** The connection is closed before anything is said. */
  | { readonly kind: 'closed' }
  /** It is reset, which the client may notice while it still sends. */
  | { readonly kind: 'reset' }
  /** The request is never answered. */
  | { readonly kind: 'unanswered' }
  /** The server does what is requested, and sends the right answer later. */
  | { readonly kind: 'late'; readonly until: Promise<unknown> }
  | { readonly kind: 'status'; readonly status: Status; readonly headers?: Readonly<Record<string, string>> }
  /** 410: the server has forgotten the version; it gives a fresh token, or it does not. */
  | { readonly kind: 'expired'; readonly withToken: boolean }
  /**
   * The body ends too early: the connection is closed or reset, the body is ended as if that were all of it, or it is
   * shorter than the Content-Length that stands before it (an ordinary answer's alone).
   */
  | {
      readonly kind: 'truncated';
      readonly at: number;
      readonly how: 'closed' | 'reset' | 'ended' | 'short';
    }
  /** After so many bytes nothing comes any more. */
  | { readonly kind: 'stalled'; readonly at: number }
  /** The right answer comes in chunks of so many bytes. */
  | { readonly kind: 'chunked'; readonly size: number }
  | {
      readonly kind: 'other';
      readonly code?: number;
      readonly contentType: string | null;
      readonly contentEncoding?: string;
      readonly body: string | Buffer;
    }
  /** The right body under a wrong name. */
  | { readonly kind: 'mislabelled'; readonly contentType: string | null }
  /** The right body, encoded without being asked to, as a proxy may do it; unknown encodings change nothing but the header. */
  | { readonly kind: 'encoded'; readonly encoding: string }
  /** JSON, although protobuf was asked for first. */
  | { readonly kind: 'json' }
  /** A page without Pods; where no token is given, the next page is the one that was asked for. */
  | { readonly kind: 'empty-page'; readonly continueToken?: string };

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends an answer, with what the fault does to its body. */
export function send(response: ServerResponse, answer: Answer, fault: Fault | null): void {
  const { body } = answer;
  const isShort = fault?.kind === 'truncated' && fault.how === 'short';
  const isWhole = isShort || fault === null || !['truncated', 'stalled', 'chunked'].includes(fault.kind);
  response.writeHead(answer.code, {
    ...answer.headers,
    // Without a length the body is chunked, and its end is whatever the server says.
    ...(isWhole ? { 'Content-Length': String(body.length) } : {}),
  });
  switch (fault?.kind) {
    case 'truncated':
      if (fault.how === 'ended') response.end(body.subarray(0, fault.at));
      else
        sendPart(response, body.subarray(0, fault.at), () => {
          breakOff(response, fault.how);
        });
      break;
    case 'stalled':
      sendPart(response, body.subarray(0, fault.at), () => undefined);
      break;
    case 'chunked':
      for (let at = 0; at < body.length; at += fault.size) response.write(body.subarray(at, at + fault.size));
      response.end();
      break;
    default:
      response.end(body);
  }
}

/** A body that comes piece by piece, with what the fault does to it. */
export class FaultyStream {
  readonly #response: ServerResponse;
  readonly #fault: Fault | null;
  #written = 0;
  /** How many bytes are out. */
  #sent = 0;
  /** Nothing is sent any more. */
  #isOver = false;
  /** The pieces that are still to be sent, one by one: what is written at once comes at once. */
  #pieces = Promise.resolve();

  /** @param response whose head is written */
  constructor(response: ServerResponse, fault: Fault | null) {
    this.#response = response;
    this.#fault = fault;
    response.flushHeaders();
    // It may be that nothing of it is to come.
    if (fault?.kind === 'truncated' || fault?.kind === 'stalled') this.#writeUpTo(fault, Buffer.alloc(0));
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver || this.#response.destroyed) return;
    switch (this.#fault?.kind) {
      case 'truncated':
      case 'stalled':
        this.#writeUpTo(this.#fault, bytes);
        break;
      case 'chunked':
        for (let at = 0; at < bytes.length; at += this.#fault.size) {
          this.#writePiece(bytes.subarray(at, at + this.#fault.size));
        }
        break;
      default:
        this.#response.write(bytes, () => (this.#sent += bytes.length));
    }
  }

  get sent(): number {
    return this.#sent;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#fault?.kind === 'chunked') void this.#pieces.then(() => this.#response.end());
    else this.#response.end();
  }

  /** Leaves alone the connection of what has ended, for the next request. */
  cut(): void {
    this.#isOver = true;
    if (this.isOpen) this.#response.destroy();
  }

  /** Whether the client still waits. */
  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  #writePiece(piece: Uint8Array): void {
    this.#pieces = this.#pieces.then(
      () =>
        new Promise((resolve) => {
          this.#response.write(piece, () => {
            this.#sent += piece.length;
            setImmediate(resolve);
          });
        }),
    );
  }

  #writeUpTo(fault: Fault & { readonly kind: 'truncated' | 'stalled' }, bytes: Uint8Array): void {
    const part = bytes.subarray(0, fault.at - this.#written);
    this.#written += part.length;
    const isLast = this.#written === fault.at;
    this.#isOver = isLast;
    sendPart(this.#response, part, () => {
      this.#sent += part.length;
      if (!isLast || fault.kind === 'stalled') return;
      if (fault.how === 'ended') this.#response.end();
      else breakOff(this.#response, fault.how);
    });
  }
}

function breakOff(response: ServerResponse, how: string): void {
  if (how === 'reset') response.socket?.resetAndDestroy();
  else response.destroy();
}

/** Calls `then` once the bytes are out; of none, nothing but the headers is sent. */
function sendPart(response: ServerResponse, part: Uint8Array, then: () => void): void {
  response.flushHeaders();
  if (part.length === 0) setImmediate(then);
  else response.write(part, then);
}
