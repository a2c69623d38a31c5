import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeStatus } from '../../src/wire/status.ts';
import { envelope, message } from '../support/protobuf.ts';

const expected = {
  message: 'The provided continue parameter is too old',
  reason: 'Expired',
  causes: ['why'],
  continueToken: 'fresh',
  retryAfterSeconds: 3,
};

test('a Status is read from protobuf', () => {
  const details = message([1, 'pods'], [4, message([1, 'Reason'], [2, 'why'])], [5, 3]);
  const status = message(
    [1, message([3, 'fresh'])],
    [2, 'Failure'],
    [3, expected.message],
    [4, 'Expired'],
    [5, details],
    [6, 410],
  );
  expect(decodeStatus('application/vnd.kubernetes.protobuf', envelope('Status', status))).toEqual(expected);
});

test('a Status is read from JSON', () => {
  const status = {
    kind: 'Status',
    metadata: { continue: 'fresh' },
    message: expected.message,
    reason: 'Expired',
    details: { causes: [{ reason: 'Reason', message: 'why' }], retryAfterSeconds: 3 },
  };
  expect(decodeStatus('application/json', Buffer.from(JSON.stringify(status)))).toEqual(expected);
});

test('of any other body the first line is the message, and not too much of it', () => {
  expect(decodeStatus('text/plain', Buffer.from('\nbad gateway\nmore')).message).toBe('bad gateway');
  expect(decodeStatus('application/json', Buffer.from('<html>')).message).toBe('<html>');
  expect(decodeStatus('text/html', Buffer.alloc(5000, 'x')).message).toHaveLength(300);
});

test('any bytes give some Status', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('application/json', 'application/vnd.kubernetes.protobuf', ''),
      fc.uint8Array({ maxLength: 100 }),
      (contentType, bytes) => {
        expect(typeof decodeStatus(contentType, Buffer.from(bytes)).message).toBe('string');
      },
    ),
  );
});
