import type { IncomingMessage } from 'node:http';
import type { Gunzip } from 'node:zlib';
import type { Limits } from './limits.ts';

export type CreateGunzip = () => Gunzip;

/** Receives the next bytes. A promise holds back the bytes that follow until it is settled. */
export type Take = (chunk: Buffer) => Promise<void> | void;

/**
 * Passes the decompressed bytes of a response to `take`, event by event: an async iterator would cost as much time as
 * the decoding of the bytes.
 *
 * @param createGunzip null if no compression was requested
 * @throws ConnectionError if the response breaks off, or what `take` throws, which ends the response
 */
export function readBody(
  response: IncomingMessage,
  createGunzip: CreateGunzip | null,
  limits: Limits,
  doing: string,
  take: Take,
): Promise<void> {
  const isGzip = createGunzip !== null && response.headers['content-encoding'] === 'gzip';
  const source = isGzip ? response.pipe(createGunzip()) : response;
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
    if (isGzip) response.on('error', breakOff);
    response.on('close', () => {
      if (!response.complete) breakOff();
    });
  });
}

/** Ends a response that is not needed. Reading it to its end lets its connection be used again. */
export function abandon(response: IncomingMessage, limits: Limits): void {
  limits.done();
  response.on('error', () => undefined);
  response.resume();
}

function brokenOff(): Error {
  return Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
}
