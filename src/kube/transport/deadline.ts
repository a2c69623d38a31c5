import { ExplainedError } from '../../errors.ts';

/**
 * Runs work that accepts a signal, and aborts it after a timeout.
 *
 * @param doing as it follows "Cannot" @param timeout milliseconds
 * @param flag that sets the timeout, or null if there is none
 * @throws ExplainedError after the timeout, or what the work throws
 */
export async function withinTimeout<T>(
  doing: string,
  timeout: number,
  work: (signal: AbortSignal) => Promise<T>,
  flag: string | null = '--timeout',
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const seconds = `${String(timeout / 1000)} s`;
    const limit = flag === null ? seconds : `${flag} (${seconds})`;
    deadline.abort(new ExplainedError(`Cannot ${doing}: there was no answer within ${limit}.`));
  }, timeout);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}
