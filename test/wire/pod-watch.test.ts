import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { podWatchDecoder } from '../../src/wire/content-type.ts';
import { MAX_EVENT_BYTES, type PodEvent } from '../../src/wire/pod-watch.ts';
import { WireError } from '../../src/wire/protobuf-reader.ts';
import { envelope, laterMessage, message } from '../support/protobuf.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf;stream=watch';
const JSON_TYPE = 'application/json';

interface Sent {
  readonly type: string;
  readonly name?: string;
  readonly version?: string;
  readonly hostPID?: boolean;
  /** A Status instead of a Pod. */
  readonly status?: { readonly reason: string; readonly message: string };
}

function asProtobuf({ type, name = '', version = '', hostPID = false, status }: Sent): Buffer {
  const object =
    status === undefined
      ? envelope(
          'Pod',
          message([1, message([1, name], [3, 'default'], [6, version])], [2, message([12, hostPID])]),
        )
      : envelope('Status', message([3, status.message], [4, status.reason], [6, 410]));
  const event = message([1, type], [2, message([1, object])]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

function asJson({ type, name, version, hostPID, status }: Sent): Buffer {
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', resourceVersion: version },
    spec: { hostPID },
  };
  const object = status === undefined ? pod : { kind: 'Status', ...status, code: 410 };
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

const SENT: readonly Sent[] = [
  { type: 'ADDED', name: 'tracer', version: '7', hostPID: true },
  { type: 'ADDED', name: 'web', version: '8' },
  { type: 'MODIFIED', name: 'tracer', version: '9', hostPID: true },
  { type: 'BOOKMARK', version: '12' },
  { type: 'DELETED', name: 'tracer', version: '13', hostPID: true },
  { type: 'ERROR', status: { reason: 'Expired', message: 'too old resource version: 7 (12)' } },
];

function inShort(event: PodEvent): string {
  if (event.type === 'ERROR') return `ERROR ${event.status.reason}: ${event.status.message}`;
  const pod =
    event.type === 'BOOKMARK' ? '' : ` ${event.pod?.name ?? 'unwanted'} ${event.pod?.resourceVersion ?? ''}`;
  return `${event.type} ${event.resourceVersion}${pod}`.trimEnd();
}

const RECEIVED = [
  'ADDED 7 tracer 7',
  'ADDED 8 unwanted',
  'MODIFIED 9 tracer 9',
  'BOOKMARK 12',
  'DELETED 13 tracer 13',
  'ERROR Expired: too old resource version: 7 (12)',
];

const ENCODINGS = [
  ['protobuf', PROTOBUF, asProtobuf],
  ['JSON', JSON_TYPE, asJson],
] as const;

describe.each(ENCODINGS)('a watch as %s', (_, contentType, encode) => {
  const body = Buffer.concat(SENT.map(encode));
  const decode = (...chunks: readonly Buffer[]): readonly PodEvent[] => {
    const decoder = podWatchDecoder(contentType, 'sharing');
    return chunks.flatMap((chunk) => decoder.push(chunk));
  };

  test('gives the events in their order, with the Pods that are wanted', () => {
    expect(decode(body).map(inShort)).toEqual(RECEIVED);
  });

  test('gives every Pod where every one is wanted', () => {
    const events = podWatchDecoder(contentType, 'every').push(body);
    expect(events.flatMap((event) => ('pod' in event ? [event.pod?.name] : []))).toEqual([
      'tracer',
      'web',
      'tracer',
      'tracer',
    ]);
  });

  test('is the same wherever it is cut in two, and byte by byte', () => {
    for (let cut = 0; cut <= body.length; cut += 1) {
      expect(decode(body.subarray(0, cut), body.subarray(cut)).map(inShort)).toEqual(RECEIVED);
    }
    expect(decode(...Array.from(body, (byte) => Buffer.of(byte))).map(inShort)).toEqual(RECEIVED);
  });

  test('gives each event with the last of its bytes', () => {
    const decoder = podWatchDecoder(contentType, 'sharing');
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = SENT.map(encode);
    expect(decoder.push(first.subarray(0, -1))).toEqual([]);
    expect(decoder.push(first.subarray(-1)).map(inShort)).toEqual(['ADDED 7 tracer 7']);
    expect(decoder.push(second).map(inShort)).toEqual(['ADDED 8 unwanted']);
  });

  test.each(['RENAMED', ''])('of another kind of event (%j) is an error', (type) => {
    expect(() => decode(encode({ type, name: 'web', version: '8' }))).toThrow(
      new WireError(`an event is of the type "${type}"`),
    );
  });

  test('of garbage is an error of its own, or nothing yet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(body.length), (garbage, at) => {
        const bytes = Buffer.concat([body.subarray(0, at), garbage, body.subarray(at)]);
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a watch', () => {
  test.each(['text/html', 'application/vnd.kubernetes.protobuf2'])(
    'of the content type "%s" is refused',
    (contentType) => {
      expect(() => podWatchDecoder(contentType, 'sharing')).toThrow(WireError);
    },
  );

  test('does not wait for an event that is too long to be one', () => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(MAX_EVENT_BYTES);
    expect(podWatchDecoder(PROTOBUF, 'sharing').push(length)).toEqual([]);
    length.writeUInt32BE(MAX_EVENT_BYTES + 1);
    expect(() => podWatchDecoder(PROTOBUF, 'sharing').push(length)).toThrow(/larger than any/);
    const json = podWatchDecoder(JSON_TYPE, 'sharing');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let pushed = 0; pushed < MAX_EVENT_BYTES; pushed += piece.length) {
      expect(json.push(piece)).toEqual([]);
    }
    expect(() => json.push(Buffer.from('x'))).toThrow(/longer than any/);
  });

  test('may have fields of a later version around an object, and within it', () => {
    const pod = laterMessage([1, laterMessage([1, 'tracer'], [6, '7'])], [2, laterMessage([12, true])]);
    const object = Buffer.concat([Buffer.from('k8s\0', 'latin1'), laterMessage([2, pod])]);
    const event = laterMessage([1, 'ADDED'], [2, laterMessage([1, object])]);
    const frame = Buffer.concat([Buffer.alloc(4), event]);
    frame.writeUInt32BE(event.length);
    expect(podWatchDecoder(PROTOBUF, 'sharing').push(frame).map(inShort)).toEqual(['ADDED 7 tracer 7']);
  });

  test.each([
    ['an event is of the type ""', Buffer.from([0, 0, 0, 5, 0x12, 3, 0x0a, 1, 0])],
    ['an event has no object', Buffer.from([0, 0, 0, 7, 0x0a, 5, ...Buffer.from('ADDED')])],
    [
      'an object does not begin as protobuf from Kubernetes does',
      Buffer.from([0, 0, 0, 12, 0x0a, 5, ...Buffer.from('ADDED'), 0x12, 3, 0x0a, 1, 0]),
    ],
  ])('%s', (why, frame) => {
    expect(() => podWatchDecoder(PROTOBUF, 'sharing').push(frame)).toThrow(new WireError(why));
  });

  test('takes empty lines for nothing', () => {
    expect(podWatchDecoder(JSON_TYPE, 'sharing').push(Buffer.from('\n \r\n\n'))).toEqual([]);
  });

  test.each([
    ['[]', 'an event is not a JSON object'],
    ['"ADDED"', 'an event is not a JSON object'],
    ['null', 'an event is not a JSON object'],
    ['{"type":', 'an event is not JSON: Unexpected end of JSON input'],
  ])('of the JSON line %s is an error', (line, message) => {
    const push = (): unknown => podWatchDecoder(JSON_TYPE, 'sharing').push(Buffer.from(`${line}\n`));
    expect(push).toThrow(WireError);
    expect(push).toThrow(message);
  });
});
