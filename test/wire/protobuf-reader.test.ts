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

  const bad: readonly (readonly [why: string, bytes: readonly number[]])[] = [
    ['ends inside a tag', [0x88]],
    ['ends inside a number', [0x08, 0x80]],
    ['ends inside a length', [0x0a]],
    ['ends inside a text', [0x0a, 5, 0x61]],
    ['has a length beyond any', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['has a number of eleven bytes', [0x08, ...Array<number>(10).fill(0x80), 1]],
    ['has a field 0', [0x00, 0x00]],
    ['has a group', [0x0b, 0x0c]],
    ['has a wire type that does not exist', [0x0e]],
    ['ends inside a fixed64', [0x09, 1, 2, 3]],
  ];
  test.each(bad)('refuses a message that %s', (_why, bytes) => {
    expect(() =>
      all(Uint8Array.from(bytes), (r) => {
        r.skip();
      }),
    ).toThrow(WireError);
  });

  test('refuses a field that is read as another type than it has', () => {
    expect(() => all(message([1, 'text']), (r) => r.bool())).toThrow(WireError);
    expect(() => all(message([1, 1]), (r) => r.string())).toThrow(WireError);
  });

  test('never reads beyond the message that a field stands in', () => {
    // The inner text claims 200 bytes; there are as many in the buffer, but not in its message.
    const inner = Uint8Array.of(0x0a, 0xc8, 0x01, 0x61);
    const bytes = Buffer.concat([message([1, inner]), Buffer.alloc(300, 0x08)]);
    const source = reader(bytes);
    source.next();
    expect(() => source.message((r) => (r.next(), r.string()))).toThrow('longer than its message');
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
