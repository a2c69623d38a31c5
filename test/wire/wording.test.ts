import { expect, test } from '@jest/globals';
import { withoutFullStop, withoutTrailing } from '../../src/wire/wording.ts';

test.each([
  ['', ''],
  ['no such host.', 'no such host'],
  ['admission webhook denied the request: \n', 'admission webhook denied the request'],
  ['v1.2', 'v1.2'],
  ['. : .', ''],
])('withoutFullStop(%j) returns %j', (message, expected) => {
  expect(withoutFullStop(message)).toBe(expected);
});

test('withoutTrailing takes a time that grows with the length of the text, not with its square', () => {
  const slashes = '/'.repeat(1_000_000);
  expect(withoutTrailing(`${slashes}x`, /\//)).toHaveLength(1_000_001);
  expect(withoutTrailing(slashes, /\//)).toBe('');
});
