import { ExplainedError } from '../../errors.ts';

/**
 * Does what takes a signal, and ends it where it takes too long.
 *
 * @param doing as it stands after "Cannot" @param timeout milliseconds
 * @param flag which has set it, or null for none
 * @throws ExplainedError after that time, or what the work throws
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
