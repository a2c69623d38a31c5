import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Limits } from './limits.ts';
import type { Timeouts } from './timeouts.ts';
import { dispatch, type TransportOptions } from './transport.ts';

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** JSON; null for none. */
  readonly body: string | null;
  readonly options: TransportOptions;
}

/** Sends a request and resolves to the response once its header has arrived. @throws as `dispatch` fails */
export function sendHttpRequest(
  server: URL,
  { method, path, body, options }: HttpRequest,
  limits: Limits,
  timeouts: Timeouts,
): Promise<{ readonly response: IncomingMessage }> {
  const isTls = server.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? httpsRequest : httpRequest)({
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? (isTls ? 443 : 80) : server.port,
      method,
      path,
      // agent-base uses it to find the connection that it kept.
      protocol: server.protocol,
      ...options,
    });
    if (body !== null) {
      outgoing.setHeader('Content-Type', 'application/json');
      outgoing.setHeader('Content-Length', Buffer.byteLength(body));
      // Bytes, because Node.js would send the header in the encoding of a text.
      outgoing.write(Buffer.from(body));
    }
    outgoing.on('response', (response) => {
      resolve({ response });
    });
    dispatch(outgoing, limits, timeouts, reject);
  });
}
