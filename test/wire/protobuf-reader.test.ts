import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProtobufReader, WireError } from '../../src/wire/protobuf-reader.ts';
import { message } from '../support/protobuf.ts';

const reader = (bytes: Uint8Array): ProtobufReader => new ProtobufReader(Buffer.from(bytes));

/** Reads all fields of a message, of which every one must be of the type that `read` reads. */
function all<T>(bytes: Uint8Array, read: (reader: ProtobufReader) => T): readonly T[] {
  const source = reader(bytes);
  const values: T[] = [];
  while (source.next()) values.push(read(source));
  return values;
}

describe('the protobuf reader', () => {
  test('reads numbers, negative ones too', () => {
    expect(all(message([1, 0], [1, 300], [1, 2 ** 31 - 1]), (r) => r.uint())).toEqual([0, 300, 2 ** 31 - 1]);
    expect(all(message([1, 5], [1, -1], [1, -(2 ** 31)]), (r) => r.int32())).toEqual([5, -1, -(2 ** 31)]);
    expect(all(message([1, 2n ** 40n]), (r) => r.uint())).toEqual([2 ** 40]);
    const signed = [0, -1, 127, -128, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
    const written = message(...signed.map((value) => [1, BigInt.asUintN(64, BigInt(value))] as const));
    expect(all(written, (r) => r.int64())).toEqual(signed);
    expect(all(message([1, 2n ** 63n], [1, 2n ** 63n - 1n]), (r) => r.int64())).toEqual([
      -(2 ** 63),
      2 ** 63,
    ]);
  });

  test('reads text, and puts U+FFFD where it is not UTF-8', () => {
    expect(all(message([1, 'naïve ✓']), (r) => r.string())).toEqual(['naïve ✓']);
    expect(all(message([1, Uint8Array.of(0x61, 0xff)]), (r) => r.string())).toEqual(['a\ufffd']);
  });

  test('goes on behind a nested message that was not read to its end', () => {
    const nested = message([1, message([1, 7], [2, 8])], [2, 'after']);
    const source = reader(nested);
    expect(source.next()).toBe(true);
    const first = source.message((inner) => {
      inner.next();
      return inner.uint();
    });
    expect([first, source.next(), source.string(), source.next()]).toEqual([7, true, 'after', false]);
  });

  test('skips every type of field that it does not know', () => {
    const fixed = Uint8Array.of(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4);
    const bytes = Buffer.concat([message([9, 300], [9, 'text']), fixed, message([3, true])]);
    const source = reader(bytes);
    const fields: number[] = [];
    while (source.next()) {
      fields.push(source.field);
      source.skip();
    }
    expect(fields).toEqual([9, 9, 1, 2, 3]);
  });

  const ELEVEN_BYTES = [0x08, ...Array<number>(10).fill(0x80), 1];
  const bad: readonly (readonly [why: string, bytes: readonly number[], message: string])[] = [
    ['ends inside a tag', [0x88], 'a message ends inside a field'],
    ['ends inside a number', [0x08, 0x80], 'a message ends inside a field'],
    ['ends inside a length', [0x0a], 'a message ends inside a field'],
    ['ends inside a text', [0x0a, 5, 0x61], 'a field is longer than its message'],
    [
      'ends inside a text, which begins late',
      [...message([1, 'x'.repeat(100)]), 0x0a, 50, 0x61],
      'a field is longer than its message',
    ],
    [
      'has a length beyond any',
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      'a field is longer than its message',
    ],
    ['has a number of eleven bytes', ELEVEN_BYTES, 'a varint is longer than ten bytes'],
    ['has a field 0', [0x00, 0x00], 'a field number is 0'],
    ['has a group', [0x0b, 0x0c], 'field 1 has wire type 3'],
    ['has a wire type that does not exist', [0x0e], 'field 1 has wire type 6'],
    ['ends inside a fixed64', [0x09, 1, 2, 3], 'a field is longer than its message'],
  ];
  test.each(bad)('refuses a message that %s', (_why, bytes, why) => {
    expect(() =>
      all(Uint8Array.from(bytes), (r) => {
        r.skip();
      }),
    ).toThrow(new WireError(why));
  });

  const numbers: readonly (readonly [type: string, read: (r: ProtobufReader) => unknown])[] = [
    ['uint', (r) => r.uint()],
    ['int32', (r) => r.int32()],
    ['int64', (r) => r.int64()],
    ['bool', (r) => r.bool()],
  ];
  test.each(numbers)('refuses what is no %s', (_type, read) => {
    expect(() => all(message([1, 'text']), read)).toThrow(
      new WireError('field 1 has wire type 2 instead of 0'),
    );
    expect(() => all(Uint8Array.from(ELEVEN_BYTES), read)).toThrow(
      new WireError('a varint is longer than ten bytes'),
    );
    expect(() => all(Uint8Array.of(0x08, 0x80), read)).toThrow(
      new WireError('a message ends inside a field'),
    );
  });

  test('refuses a number as text', () => {
    expect(() => all(message([1, 1]), (r) => r.string())).toThrow(
      new WireError('field 1 has wire type 0 instead of 2'),
    );
    expect(new WireError('why').name).toBe('WireError');
  });

  test('reads a number that has more bytes than it needs', () => {
    const five = Uint8Array.of(0x08, 0x85, ...Array<number>(8).fill(0x80), 0);
    for (const [type, read] of numbers) expect(all(five, read)).toEqual([type === 'bool' ? true : 5]);
  });

  test('never reads beyond the message that a field stands in', () => {
    // The inner text claims 200 bytes; there are as many in the buffer, but not in its message.
    const inner = Uint8Array.of(0x0a, 0xc8, 0x01, 0x61);
    const bytes = Buffer.concat([message([1, inner]), Buffer.alloc(300, 0x08)]);
    const source = reader(bytes);
    source.next();
    expect(() => source.message((r) => (r.next(), r.string()))).toThrow('longer than its message');
    // The inner number goes on behind the message that it stands in.
    const number = reader(message([1, Uint8Array.of(0x08, 0x80)], [2, 7]));
    number.next();
    expect(() => number.message((r) => (r.next(), r.uint()))).toThrow('a message ends inside a field');
  });

  test('ends or throws its own error for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const walk = (source: ProtobufReader, depth: number): void => {
          while (source.next()) {
            if (source.type === 2 && depth > 0 && source.field % 2 === 0)
              source.message((inner) => {
                walk(inner, depth - 1);
              });
            else if (source.type === 2) source.string();
            else source.skip();
          }
        };
        try {
          walk(reader(bytes), 5);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
