import { WireType } from '@bufbuild/protobuf/wire';
import { fieldPlaces } from '../support/protobuf.ts';
import type { Random } from './random.ts';

const LENGTHS = [
  0,
  1,
  127,
  128,
  16_383,
  16_384,
  2 ** 25,
  2 ** 25 + 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  2 ** 69,
];
const VARINTS = [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64 - 2048, 2 ** 69];

/** A varint, also of more than 64 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push(0x80 + (rest % 0x80));
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** A length-delimited field. */
function lengthDelimited(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/**
 * The message with one field, at any depth, damaged; the lengths of all messages around it stay right, so that
 * it is this field that is read, and nothing before it refused.
 */
export function damageProtobuf(message: Buffer, random: Random, depth = 0): Buffer {
  const fields = fieldPlaces(message);
  if (fields === null || fields.length === 0) return Buffer.concat([message, strangeField(random)]);
  const field = random.pick(fields);
  const before = message.subarray(0, field.start);
  const after = message.subarray(field.end);
  const whole = message.subarray(field.start, field.end);
  const content = message.subarray(field.content, field.end);
  if (
    field.type === WireType.LengthDelimited &&
    depth < 8 &&
    content.length > 0 &&
    !random.once(4) &&
    fieldPlaces(content) !== null
  ) {
    const damaged = damageProtobuf(content, random, depth + 1);
    return Buffer.concat([before, lengthDelimited(field.number, damaged), after]);
  }
  switch (random.below(9)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, whole, whole, after]);
    case 2:
      return Buffer.concat([before, after, whole]);
    case 3:
      return Buffer.concat([
        before,
        varint(field.number * 8 + random.below(8)),
        message.subarray(field.behindTag),
      ]);
    case 4:
      return Buffer.concat([
        before,
        varint(random.pick([0, 1, 2, 3, 6, 11, 15, 2 ** 29]) * 8 + field.type),
        message.subarray(field.behindTag),
      ]);
    case 5:
      return Buffer.concat([before, strangeField(random), whole, after]);
    case 6:
      return field.type === WireType.LengthDelimited
        ? Buffer.concat([
            before,
            lengthDelimited(field.number, Buffer.from(content).fill(random.next() & 0xff)),
            after,
          ])
        : Buffer.concat([
            before,
            message.subarray(field.start, field.behindTag),
            varint(random.pick(VARINTS)),
            after,
          ]);
    default: {
      if (field.type !== WireType.LengthDelimited)
        return Buffer.concat([before, whole.subarray(0, -1), after]);
      const length = random.once(2)
        ? random.pick(LENGTHS)
        : Math.max(0, content.length + random.below(5) - 2);
      return Buffer.concat([before, varint(field.number * 8 + 2), varint(length), content, after]);
    }
  }
}

/** A field that a later version may have, or none that there can be. */
function strangeField(random: Random): Buffer {
  const number = random.pick([0, 1, 2, 3, 17, 99, 2 ** 29 - 1, 2 ** 40]);
  const type = random.below(8);
  const value = type === 0 || type === 2 ? varint(random.pick(VARINTS)) : Buffer.alloc(random.below(10), 1);
  return Buffer.concat([varint(number * 8 + type), value]);
}
