import { expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { mapInOrder } from '../../../src/commands/shared/map-in-order.ts';

test('results come in the order of the items, whichever is ready first', async () => {
  const waits = [5, 0, 3, 0, 1];
  const results: number[] = [];
  for await (const index of mapInOrder(waits.keys(), 3, async (item) => {
    for (let left = waits[item] ?? 0; left > 0; left -= 1) await turn();
    return item;
  })) {
    results.push(index);
  }
  expect(results).toEqual([0, 1, 2, 3, 4]);
});

test('no more than the limit are worked on at a time, and all of them are', async () => {
  let [running, most] = [0, 0];
  const results = [];
  for await (const item of mapInOrder(Array(50).keys(), 4, async (index) => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
    return index;
  })) {
    results.push(item);
  }
  expect(results).toHaveLength(50);
  expect(most).toBe(4);
});

test('items are taken only when the work on them begins, and not without end behind a slow one', async () => {
  let taken = 0;
  function* items(): Generator<number> {
    for (; taken < 100_000; taken += 1) yield taken;
  }
  const first = Promise.withResolvers<undefined>();
  const results = mapInOrder(items(), 8, (item) => (item === 0 ? first.promise : Promise.resolve(item)));
  const pending = results.next();
  for (let turns = 0; turns < 100; turns += 1) await turn();
  expect(taken).toBeLessThan(2000);
  first.resolve(undefined);
  await pending;
  let count = 1;
  while ((await results.next()).done !== true) count += 1;
  expect(count).toBe(100_000);
});

test('a failure comes in its turn, and nothing new is begun after it', async () => {
  const begun: number[] = [];
  const results: number[] = [];
  const map = async (): Promise<void> => {
    for await (const item of mapInOrder(Array(100).keys(), 2, async (index) => {
      begun.push(index);
      await turn();
      if (index === 3) throw new Error('three');
      return index;
    })) {
      results.push(item);
    }
  };
  await expect(map()).rejects.toThrow('three');
  await turn();
  await turn();
  expect(results).toEqual([0, 1, 2]);
  expect(begun.length).toBeLessThan(10);
});
