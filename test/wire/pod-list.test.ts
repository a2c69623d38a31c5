import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { POD_LIST_ACCEPT, podListDecoder } from '../../src/wire/content-type.ts';
import type { DecodedList, WantedPods } from '../../src/wire/pod-list.ts';
import { WireError } from '../../src/wire/protobuf-reader.ts';
import { envelope, laterMessage, message, podMessage } from '../support/protobuf.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

function decodeWanted(wanted: WantedPods, contentType: string, chunks: readonly Uint8Array[]): DecodedList {
  const decoder = podListDecoder(contentType, wanted);
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return decoder.end();
}

function decode(contentType: string, ...chunks: readonly Uint8Array[]): DecodedList {
  return decodeWanted('sharing', contentType, chunks);
}

const names = ({ pods }: DecodedList): readonly string[] => pods.map(({ name }) => name);

const MAGIC = Buffer.from('k8s\0', 'latin1');
const NOTHING: DecodedList = {
  pods: [],
  total: 0,
  metadata: { resourceVersion: '', continueToken: '', remainingItemCount: null },
};

const LIST_METADATA = message([1, ''], [2, '4711'], [3, 'next'], [4, 17]);
const LIST = envelope(
  'PodList',
  message(
    [1, LIST_METADATA],
    [2, podMessage('network', [[11, true]])],
    [
      2,
      podMessage('nothing', [
        [11, false],
        [12, false],
        [13, false],
      ]),
    ],
    [2, podMessage('pid', [[12, true]])],
    [2, new Uint8Array()],
    [99, 'from a later version'],
    [98, 300],
    [
      2,
      podMessage('ipc', [
        [1, 'x'.repeat(500)],
        [13, true],
      ]),
    ],
  ),
);

describe('a Pod list as protobuf', () => {
  test('gives the Pods that share something, and counts all', () => {
    const list = decode(PROTOBUF, LIST);
    expect(names(list)).toEqual(['network', 'pid', 'ipc']);
    expect(list.total).toBe(5);
    expect(list.metadata).toEqual({ resourceVersion: '4711', continueToken: 'next', remainingItemCount: 17 });
  });

  test('is the same wherever its bytes are divided in two', () => {
    const whole = decode(PROTOBUF, LIST);
    for (let cut = 0; cut <= LIST.length; cut += 1) {
      expect(decode(PROTOBUF, LIST.subarray(0, cut), LIST.subarray(cut))).toEqual(whole);
    }
  });

  test('is the same however its bytes are divided', () => {
    const whole = decode(PROTOBUF, LIST);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 30 }), (lengths) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const length of lengths) chunks.push(LIST.subarray(at, (at += length)));
        expect(decode(PROTOBUF, ...chunks, LIST.subarray(at))).toEqual(whole);
      }),
    );
    expect(decode(PROTOBUF, ...Array.from(LIST, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test('is refused wherever it breaks off, but where only the envelope is incomplete', () => {
    const contentStart = LIST.indexOf('4711');
    const complete: number[] = [];
    for (let length = 0; length < LIST.length; length += 1) {
      try {
        decode(PROTOBUF, LIST.subarray(0, length));
        complete.push(length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }
    // Behind the list stand two empty fields of the envelope, of two bytes each, which nobody needs.
    expect(complete).toEqual([LIST.length - 4, LIST.length - 2]);
    expect(contentStart).toBeGreaterThan(0);
  });

  test('gives every Pod where every one is wanted', () => {
    expect(names(decodeWanted('every', PROTOBUF, [LIST]))).toEqual(['network', 'nothing', 'pid', '', 'ipc']);
  });

  test('may have fields of a later version, of whatever type, in it and around it', () => {
    const fixed = Uint8Array.of(0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x55, 1, 2, 3, 4);
    const later = Buffer.concat([fixed, laterMessage()]);
    const list = Buffer.concat([later, message([2, podMessage('pid', [[12, true]])]), later]);
    const body = Buffer.concat([MAGIC, later, message([2, list]), later]);
    for (let cut = 0; cut <= body.length; cut += 1) {
      expect(names(decode(PROTOBUF, body.subarray(0, cut), body.subarray(cut)))).toEqual(['pid']);
    }
  });

  test('may have Pods of any size, and end with one of none', () => {
    const large = podMessage('large', [
      [1, 'x'.repeat(200_000)],
      [12, true],
    ]);
    const small = podMessage('small', [[13, true]]);
    const list = message([2, small], [2, large], [2, small], [2, large], [2, new Uint8Array()]);
    const body = Buffer.concat([MAGIC, message([2, list])]);
    for (const length of [1000, 65_536, 100_000, 199_999, 300_000]) {
      const chunks = Array.from({ length: Math.ceil(body.length / length) }, (_, at) =>
        body.subarray(at * length, (at + 1) * length),
      );
      const decoded = decode(PROTOBUF, ...chunks);
      expect(names(decoded)).toEqual(['small', 'large', 'small', 'large']);
      expect(decoded.total).toBe(5);
    }
  });

  test('may be empty', () => {
    expect(decode(PROTOBUF, envelope('PodList', message([1, LIST_METADATA])))).toMatchObject({
      pods: [],
      total: 0,
    });
    for (const list of [new Uint8Array(), message([1, message()])]) {
      expect(decode(PROTOBUF, envelope('PodList', list))).toEqual(NOTHING);
    }
  });

  const refused: readonly (readonly [why: string, body: Uint8Array, message: string])[] = [
    ['it is no protobuf of Kubernetes', Buffer.from('{"kind":"PodList"}'), 'does not begin'],
    ['it holds nothing', MAGIC, 'in the middle'],
    ['it ends inside a tag', Buffer.concat([LIST, Uint8Array.of(0x88)]), 'in the middle'],
    [
      'an item is longer than the list',
      Buffer.concat([MAGIC, message([2, Uint8Array.of(0x12, 9, 0)])]),
      'longer than its list',
    ],
    [
      'a field crosses the end of the list',
      Buffer.concat([MAGIC, message([2, Uint8Array.of(0x99, 0x06, 1)]), Buffer.alloc(20, 1)]),
      'longer than its list',
    ],
    [
      'an item is larger than any Pod',
      Buffer.concat([MAGIC, Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x12, 0xff, 0xff, 0xff, 0x7f)]),
      'larger than any',
    ],
    [
      'a Pod of 32 MiB, which is taken, is not there',
      Buffer.concat([MAGIC, Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x12, 0x80, 0x80, 0x80, 0x10)]),
      'in the middle',
    ],
    ['a field number is 0', Buffer.from('k8s\0\0\0', 'latin1'), 'field number'],
    ['a field is a group', Buffer.from('k8s\0\x0b\x0c', 'latin1'), 'wire type 3'],
    [
      'a length has eleven bytes',
      Buffer.concat([Buffer.from('k8s\0\x12', 'latin1'), Buffer.alloc(11, 0x80)]),
      'ten bytes',
    ],
  ];
  test.each(refused)('is refused where %s', (_why, body, why) => {
    expect(() => decode(PROTOBUF, body)).toThrow(why);
  });

  test('ends or throws its own error for any bytes, also behind a right beginning', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(LIST.length),
        fc.nat(40),
        (bytes, keep, chunk) => {
          const body = Buffer.concat([LIST.subarray(0, keep), bytes]);
          const chunks = Array.from({ length: Math.ceil(body.length / (chunk + 1)) }, (_, i) =>
            body.subarray(i * (chunk + 1), (i + 1) * (chunk + 1)),
          );
          try {
            decode(PROTOBUF, ...chunks);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        },
      ),
    );
  });
});

describe('a Pod list as JSON', () => {
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

  test('gives the Pods that share something, and counts all', () => {
    const body = json({
      kind: 'PodList',
      metadata: { resourceVersion: '4711', continue: 'next', remainingItemCount: 17 },
      items: [
        { metadata: { name: 'pid' }, spec: { hostPID: true } },
        { metadata: { name: 'nothing' }, spec: {} },
      ],
    });
    const list = decode('application/json', body.subarray(0, 20), body.subarray(20));
    expect(names(list)).toEqual(['pid']);
    expect(list.total).toBe(2);
    expect(list.metadata).toEqual({ resourceVersion: '4711', continueToken: 'next', remainingItemCount: 17 });
  });

  test('gives every Pod where every one is wanted', () => {
    const items = [{ metadata: { name: 'a' } }, { metadata: { name: 'b' }, spec: { hostPID: true } }];
    const list = decodeWanted('every', 'application/json', [json({ kind: 'PodList', items })]);
    expect(names(list)).toEqual(['a', 'b']);
  });

  test('may be a List, and say nothing of itself', () => {
    expect(decode('application/json', json({ kind: 'List', items: [] }))).toEqual(NOTHING);
    const metadata = { resourceVersion: 7, continue: null, remainingItemCount: '17' };
    expect(decode('application/json', json({ kind: 'PodList', metadata, items: [] }))).toEqual(NOTHING);
  });

  test('is taken up to 256 MiB', () => {
    const decoder = podListDecoder('application/json', 'sharing');
    const mebibyte = Buffer.alloc(2 ** 20, ' ');
    for (let pushed = 0; pushed < 256; pushed += 1) decoder.push(mebibyte);
    expect(() => {
      decoder.push(Buffer.from(' '));
    }).toThrow(new WireError('a page of JSON is longer than the 268435456 bytes that are read'));
  });

  test.each([
    ['{"kind":"PodList","items":[', 'not JSON'],
    ['{"kind":"Status"}', 'a Status, not a PodList'],
    ['{"kind":"PodList"}', 'a list without items'],
    ['[]', 'without a kind'],
    ['', 'not JSON'],
  ])('is refused where it is %s', (body, why) => {
    expect(() => decode('application/json', Buffer.from(body))).toThrow(why);
  });

  test('takes what has the wrong type for missing', () => {
    const body = json({
      kind: 'PodList',
      metadata: 7,
      items: [
        null,
        'x',
        { spec: { hostNetwork: 'yes' } },
        { spec: { hostIPC: true }, metadata: { labels: [] }, status: { conditions: {} } },
      ],
    });
    const list = decode('application/json', body);
    expect(list.total).toBe(4);
    expect(list.pods).toHaveLength(1);
  });
});

test.each(['application/json', 'application/json;charset=utf-8', ' Application/JSON ; charset=utf-8'])(
  'an answer of the content type "%s" is JSON',
  (contentType) => {
    expect(decode(contentType, Buffer.from('{"kind":"PodList","items":[]}')).total).toBe(0);
  },
);

test.each([
  ['protobuf', Buffer.from('k8s\0'), 'does not begin as protobuf'],
  ['JSON', Buffer.from('{'), 'not JSON'],
  ['JSON', Buffer.from('\n{'), 'not JSON'],
  ['JSON', Buffer.alloc(0), 'not JSON'],
])('an answer without a content type is %s if it begins with %j', (_, begin, complaint) => {
  const decoder = podListDecoder('', 'sharing', begin);
  expect(() => {
    decoder.push(Buffer.from('<html>'));
    decoder.end();
  }).toThrow(complaint);
});

test('what is asked for is understood, and protobuf is the first of it', () => {
  const types = POD_LIST_ACCEPT.split(',').map((type) => type.trim());
  expect(types).toEqual([PROTOBUF, 'application/json']);
  for (const type of types) expect(podListDecoder(type, 'sharing')).toBeDefined();
});

test('an answer that is neither protobuf nor JSON is refused by name', () => {
  expect(() => podListDecoder('text/html; charset=utf-8', 'sharing')).toThrow('"text/html"');
});
