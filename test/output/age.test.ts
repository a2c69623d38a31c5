import { expect, test } from '@jest/globals';
import { age, humanDuration } from '../../src/output/age.ts';

const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 365 * 86_400];

// The cases of TestHumanDuration in k8s.io/apimachinery/pkg/util/duration, and the edges between them.
test.each([
  [-2, '<invalid>'],
  [-1.9, '0s'],
  [-0.5, '0s'],
  [0, '0s'],
  [1.9, '1s'],
  [70, '70s'],
  [119, '119s'],
  [2 * MINUTE, '2m'],
  [190, '3m10s'],
  [599, '9m59s'],
  [10 * MINUTE, '10m'],
  [70 * MINUTE, '70m'],
  [179 * MINUTE + 59, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 10 * MINUTE, '3h10m'],
  [8 * HOUR - 1, '7h59m'],
  [8 * HOUR, '8h'],
  [47 * HOUR, '47h'],
  [49 * HOUR, '2d1h'],
  [7 * DAY, '7d'],
  [8 * DAY - 1, '7d23h'],
  [8 * DAY, '8d'],
  [2 * YEAR - 1, '729d'],
  [2 * YEAR, '2y'],
  [2 * YEAR + DAY, '2y1d'],
  [8 * YEAR - HOUR, '7y364d'],
  [8 * YEAR, '8y'],
  [10 * YEAR + 364 * DAY, '10y'],
])('%p seconds are shown as %s', (seconds, shown) => {
  expect(humanDuration(seconds)).toBe(shown);
});

test('an object without a time has no known age', () => {
  expect(age(null, 1000)).toBe('<unknown>');
  expect(age(910, 1000)).toBe('90s');
});
