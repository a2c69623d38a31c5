import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import type { Limits } from './limits.ts';

/** Receives the next bytes. A promise holds back the bytes that follow until it is settled. */
export type Take = (chunk: Buffer) => Promise<void> | void;

/**
 * Passes the decoded bytes of a response to `take`, event by event: an async iterator would cost as much time as the
 * decoding of the bytes.
 *
 * @throws ConnectionError if the response breaks off or has an unknown encoding, or what `take` throws, which ends the
 *   response
 */
export async function readBody(
  response: IncomingMessage,
  limits: Limits,
  doing: string,
  take: Take,
): Promise<void> {
  let decoder: Transform | null;
  try {
    decoder = await decoderOf(response);
  } catch (error) {
    response.destroy();
    limits.done();
    throw limits.explain(doing, error);
  }
  const source = decoder === null ? response : response.pipe(decoder);
  return new Promise((resolve, reject) => {
    /** The pending promise of `take`. */
    let taking: Promise<void> | null = null;
    const fail = (error: Error): void => {
      limits.done();
      response.destroy();
      source.removeAllListeners('data');
      const end = (): void => {
        reject(error);
      };
      // Wait for the pending read before rejecting, so that the caller receives its data first.
      if (taking === null) end();
      else taking.then(end, () => undefined);
    };
    const breakOff = (error: unknown = brokenOff()): void => {
      fail(limits.explain(doing, error));
    };
    const hold = (pending: Promise<void>): void => {
      source.pause();
      taking = pending;
      pending.then(
        () => {
          taking = null;
          limits.heard();
          source.resume();
        },
        (error: unknown) => {
          taking = null;
          fail(error as Error);
        },
      );
    };
    source.on('data', (chunk: Buffer) => {
      limits.heard();
      try {
        const pending = take(chunk);
        if (pending !== undefined) hold(pending);
      } catch (error) {
        fail(error as Error);
      }
    });
    limits.onReached(breakOff);
    source.on('error', breakOff);
    source.on('end', () => {
      limits.done();
      if (!response.complete) breakOff();
      else if (taking === null) resolve();
      // The last bytes may still be pending; `hold` reports if that fails.
      else taking.then(resolve, () => undefined);
    });
    // A pipe does not pass on the end of a response that breaks off: the reader would wait forever.
    if (decoder !== null) response.on('error', breakOff);
    response.on('close', () => {
      if (!response.complete) breakOff();
    });
    // It may have broken off while the decoder was loaded.
    if (response.destroyed && !response.complete) breakOff();
  });
}

/** Ends a response that is not needed. Reading it to its end lets its connection be used again. */
export function abandon(response: IncomingMessage, limits: Limits): void {
  limits.done();
  response.on('error', () => undefined);
  response.resume();
}

/**
 * Returns the decoder of a response: a proxy may encode a response although only gzip, or nothing, was requested. Null if
 * the response is not encoded.
 */
async function decoderOf({ headers }: IncomingMessage): Promise<Transform | null> {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (['', 'identity'].includes(encoding)) return null;
  const zlib = await import('node:zlib');
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    default:
      throw Object.assign(new Error(`Content-Encoding ${encoding}`), { code: 'ERR_ENCODING' });
  }
}

function brokenOff(): Error {
  return Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
}
