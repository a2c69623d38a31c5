/** Maximum number of finished results that wait for an earlier one. Each has a Pod and its verdict. */
const MAX_AHEAD = 1000;

/**
 * Processes up to `limit` items in parallel, and yields the results in the order of the items. An error is thrown when its
 * item is due. No further item is started when the consumer stops.
 *
 * There may be very many items: each is taken when the work on it begins, and only results that wait are kept.
 */
export async function* mapInOrder<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const rest = items[Symbol.iterator]();
  const results = new Map<number, Promise<R>>();
  let [begun, running, isStopped] = [0, 0, false];
  const begin = (): void => {
    while (running < limit && results.size < MAX_AHEAD && !isStopped) {
      const next = rest.next();
      if (next.done === true) return;
      const result = work(next.value);
      results.set(begun, result);
      begun += 1;
      running += 1;
      result.then(ended, ended);
    }
  };
  const ended = (): void => {
    running -= 1;
    begin();
  };
  try {
    for (let index = 0; ; index += 1) {
      begin();
      const result = results.get(index);
      if (result === undefined) return;
      yield await result;
      results.delete(index);
    }
  } finally {
    isStopped = true;
  }
}
