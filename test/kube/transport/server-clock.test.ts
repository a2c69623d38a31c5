import { expect, test } from '@jest/globals';
import { ServerClock } from '../../../src/kube/transport/server-clock.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** The difference between the clock and the local one after an answer with this Date header. */
function offsetAfter(...dates: readonly (string | undefined)[]): number {
  const clock = new ServerClock(() => NOW);
  for (const date of dates) clock.observe(date);
  return clock.now() - NOW;
}

test.each([
  ['none', undefined, 0],
  ['the same second', 'Fri, 02 Jan 2026 03:04:05 GMT', 0],
  ['some seconds, which the network may take', 'Fri, 02 Jan 2026 03:04:01 GMT', 0],
  ['an hour behind', 'Fri, 02 Jan 2026 02:04:05 GMT', -3_600_678],
  ['a day ahead', 'Sat, 03 Jan 2026 03:04:05 GMT', 86_399_322],
  ['another format', '2026-01-01T00:00:00Z', 0],
  ['nonsense', 'yesterday GMT', 0],
  ['', '', 0],
])('a Date header: %s', (_, date, offset) => {
  expect(offsetAfter(date)).toBe(offset);
});

test('the last Date header counts, and nonsense changes nothing', () => {
  const behind = 'Fri, 02 Jan 2026 02:04:05 GMT';
  expect(offsetAfter(behind, 'nonsense')).toBe(-3_600_678);
  expect(offsetAfter(behind, 'Fri, 02 Jan 2026 03:04:05 GMT')).toBe(0);
});
