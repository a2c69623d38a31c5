import type { IncomingMessage } from 'node:http';
import { InterruptedError } from '../../errors.ts';
import type { Signals } from './limits.ts';

/** Maximum number of retries of a request, as in client-go. */
export const MAX_RETRIES = 10;
const MAX_RETRY_AFTER_SECONDS = 60;

/**
 * Returns the seconds of Retry-After if the request may be sent again: after 429, and after a 5xx unless it was a POST,
 * which may have created its object before it failed. Returns null otherwise.
 */
export function retryAfter({ statusCode = 0, headers }: IncomingMessage, method: string): number | null {
  if (statusCode !== 429 && (statusCode < 500 || method === 'POST')) return null;
  const seconds = headers['retry-after'];
  return seconds !== undefined && /^\d+$/.test(seconds)
    ? Math.min(Number(seconds), MAX_RETRY_AFTER_SECONDS)
    : null;
}

/**
 * Waits before a retry.
 *
 * @throws InterruptedError on Ctrl-C, or the reason of the caller's signal
 */
export async function waitSeconds(seconds: number, { interrupted, caller }: Signals): Promise<void> {
  const signal = caller === undefined ? interrupted : AbortSignal.any([interrupted, caller]);
  const { setTimeout: sleep } = await import('node:timers/promises');
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    throw interrupted.aborted ? new InterruptedError(undefined, { cause: error }) : signal.reason;
  }
}
