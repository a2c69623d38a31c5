import type { ServerResponse } from 'node:http';
import type { Status } from './status.ts';

/** Something that goes wrong with one request. Offsets count the bytes of the body. */
export type Fault =
  /** The connection is closed before anything is said. */
  | { readonly kind: 'closed' }
  /** The request is never answered. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'status'; readonly status: Status; readonly headers?: Readonly<Record<string, string>> }
  /** 410: the server has forgotten the version; it gives a fresh token, or it does not. */
  | { readonly kind: 'expired'; readonly withToken: boolean }
  /** The body ends too early: the connection is closed, or the body is ended as if that were all of it. */
  | { readonly kind: 'truncated'; readonly at: number; readonly how: 'closed' | 'ended' }
  /** After so many bytes nothing comes any more. */
  | { readonly kind: 'stalled'; readonly at: number }
  /** The right answer comes in chunks of so many bytes. */
  | { readonly kind: 'chunked'; readonly size: number }
  | {
      readonly kind: 'other';
      readonly code?: number;
      readonly contentType: string | null;
      readonly body: string | Buffer;
    }
  /** The right body under a wrong name. */
  | { readonly kind: 'mislabelled'; readonly contentType: string | null }
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
  const isWhole = fault === null || !['truncated', 'stalled', 'chunked'].includes(fault.kind);
  response.writeHead(answer.code, {
    ...answer.headers,
    // Without a length the body is chunked, and its end is whatever the server says.
    ...(isWhole ? { 'Content-Length': String(body.length) } : {}),
  });
  switch (fault?.kind) {
    case 'truncated':
      if (fault.how === 'ended') response.end(body.subarray(0, fault.at));
      else sendPart(response, body.subarray(0, fault.at), () => response.destroy());
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

/** Calls `then` once the bytes are out; of none, nothing but the headers is sent. */
function sendPart(response: ServerResponse, part: Buffer, then: () => void): void {
  response.flushHeaders();
  if (part.length === 0) setImmediate(then);
  else response.write(part, then);
}
