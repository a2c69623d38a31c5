import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeStatus } from '../../src/wire/status.ts';
import { envelope, laterMessage, message } from '../support/protobuf.ts';

const expected = {
  isStatus: true,
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
  expect(decodeStatus('text/plain', Buffer.from('{"message":"no"}')).message).toBe('{"message":"no"}');
});

test('an answer without a content type is read as the JSON or protobuf that it is', () => {
  const expected = { ...NOTHING, isStatus: true, message: 'no' };
  expect(decodeStatus('', Buffer.from('{"kind":"Status","message":"no"}'))).toEqual(expected);
  expect(decodeStatus('', envelope('Status', message([3, 'no'])))).toEqual(expected);
});

test('a Status of JSON may say how its text is encoded', () => {
  const body = Buffer.from('{"message":"no"}');
  expect(decodeStatus('application/json;charset=utf-8', body).message).toBe('no');
});

const NOTHING = {
  isStatus: false,
  message: '',
  reason: '',
  causes: [],
  continueToken: '',
  retryAfterSeconds: 0,
};

test('of a Status that says nothing nothing is read', () => {
  expect(decodeStatus('application/json', Buffer.from('{}'))).toEqual(NOTHING);
  expect(decodeStatus('application/vnd.kubernetes.protobuf', envelope('Status', message()))).toEqual({
    ...NOTHING,
    isStatus: true,
  });
  const hollow = message([1, message()], [5, message([4, message()])]);
  expect(decodeStatus('application/vnd.kubernetes.protobuf', envelope('Status', hollow))).toEqual({
    ...NOTHING,
    isStatus: true,
    causes: [''],
  });
  expect(decodeStatus('', Buffer.alloc(0))).toEqual(NOTHING);
});

test('a Status is read from protobuf with fields of a later version', () => {
  const details = laterMessage([4, laterMessage([1, 'Reason'], [2, 'why'])], [5, 3]);
  const status = laterMessage(
    [1, laterMessage([3, 'fresh'])],
    [3, expected.message],
    [4, 'Expired'],
    [5, details],
  );
  const type = 'application/vnd.kubernetes.protobuf;charset=utf-8';
  expect(decodeStatus(type, envelope('Status', status))).toEqual(expected);
});

test('what is no Status is shown as text', () => {
  for (const body of ['[]', '"x"', 'null', '7']) {
    expect(decodeStatus('application/json', Buffer.from(body))).toEqual({ ...NOTHING, message: body });
  }
  expect(decodeStatus('application/vnd.kubernetes.protobuf', Buffer.from('k8s'))).toEqual(NOTHING);
  expect(decodeStatus('application/vnd.kubernetes.protobuf', Buffer.from('k8s\0\u0012a'))).toMatchObject({
    message: 'k8s\0\u0012a',
    reason: '',
  });
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
