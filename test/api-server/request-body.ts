import type { IncomingMessage } from 'node:http';
import { badRequest } from './status.ts';

/** Calls `then` with the body of a request; at once where there is none. */
export function whenRead(incoming: IncomingMessage, then: (body: string) => void): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = incoming.headers;
  if (length === '0' && encoding === undefined) {
    then('');
    return;
  }
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part));
  incoming.on('end', () => {
    then(Buffer.concat(parts).toString('utf8'));
  });
}

/**
 * What is wrong with the JSON is said in the words of our own parser, not in those of Go's.
 *
 * @param kind what it should be
 * @throws StatusError 400
 */
export function readObject(body: string, kind: string): object {
  const unrecognized = (why: string): Error =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    throw unrecognized(`couldn't get version/kind; json parse error: ${String(error)}`);
  }
  if (typeof document !== 'object' || document === null) throw unrecognized('it is no object');
  return document;
}
