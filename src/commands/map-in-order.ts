/**
 * Works on up to `limit` of the items at a time, and gives the results in the items' order as they are ready.
 * A failure comes out in its turn; once nobody asks for more results, nothing new is begun.
 */
export async function* mapInOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const jobs = items.map((item) => ({ item, ...Promise.withResolvers<R>() }));
  // By its number: to take the first of a long array away costs as much as the array is long.
  let next = 0;
  const take = (): (typeof jobs)[number] | undefined => jobs[next++];
  const worker = async (): Promise<void> => {
    for (let job = take(); job !== undefined; job = take()) {
      const { item, resolve, promise } = job;
      resolve(work(item));
      await promise.catch(() => undefined);
    }
  };
  for (let workers = 0; workers < limit; workers += 1) void worker();
  try {
    for (const { promise } of jobs) yield await promise;
  } finally {
    next = jobs.length;
  }
}
