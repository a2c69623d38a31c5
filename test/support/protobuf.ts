import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

type Value = number | bigint | string | boolean | Uint8Array;

/** A protobuf message of these fields, in this order; a nested message is the bytes of another. */
export function message(...fields: readonly (readonly [field: number, value: Value])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of fields) {
    switch (typeof value) {
      case 'number':
        writer.tag(field, WireType.Varint).int32(value);
        break;
      case 'bigint':
        writer.tag(field, WireType.Varint).uint64(value);
        break;
      case 'boolean':
        writer.tag(field, WireType.Varint).bool(value);
        break;
      case 'string':
        writer.tag(field, WireType.LengthDelimited).string(value);
        break;
      default:
        writer.tag(field, WireType.LengthDelimited).bytes(value);
    }
  }
  return writer.finish();
}

/** A protobuf message with fields of a later version before and behind these; read as fields their bytes are an error. */
export function laterMessage(...fields: Parameters<typeof podMessage>[1]): Uint8Array {
  return message([99, 'of a later version\0'], ...fields, [98, 300]);
}

/** runtime.Unknown around an object, as the API server sends it. */
export function envelope(kind: string, raw: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0', 'latin1'),
    message([1, message([1, 'v1'], [2, kind])], [2, raw], [3, ''], [4, '']),
  ]);
}

/** The fields of a Pod that a list of sharing Pods cannot do without. */
export function podMessage(name: string, spec: readonly (readonly [number, Value])[]): Uint8Array {
  return message(
    [1, message([1, name], [3, 'default'])],
    [2, message(...spec)],
    [3, message([1, 'Running'])],
  );
}

/** Where a field of a message is, by offsets into the bytes that it stands in. */
export interface FieldPlace {
  readonly number: number;
  readonly type: WireType;
  readonly start: number;
  readonly behindTag: number;
  /** Where what it holds begins: of a length-delimited one, behind its length. */
  readonly content: number;
  readonly end: number;
}

/** By their numbers; groups are none that Kubernetes has. */
const WIRE_TYPES: readonly (WireType | undefined)[] = [
  WireType.Varint,
  WireType.Bit64,
  WireType.LengthDelimited,
  undefined,
  undefined,
  WireType.Bit32,
];

/** The fields of what may be a message; null where it is none, or has a varint of more than five bytes. */
export function fieldPlaces(bytes: Uint8Array, from = 0, to = bytes.length): readonly FieldPlace[] | null {
  const fields: FieldPlace[] = [];
  let at = from;
  const varint = (): number | null => {
    let value = 0;
    for (let count = 0; count < 5 && at < to; count += 1, at += 1) {
      const byte = bytes[at] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) {
        at += 1;
        return value;
      }
    }
    return null;
  };
  while (at < to) {
    const start = at;
    const tag = varint();
    if (tag === null || tag < 8) return null;
    const behindTag = at;
    const type = WIRE_TYPES[tag % 8];
    if (type === undefined) return null;
    if (type === WireType.Bit64) at += 8;
    else if (type === WireType.Bit32) at += 4;
    const isDelimited = type === WireType.LengthDelimited;
    const value = isDelimited || type === WireType.Varint ? varint() : 0;
    if (value === null) return null;
    const content = isDelimited ? at : behindTag;
    if (isDelimited) at += value;
    if (at > to) return null;
    fields.push({ number: Math.floor(tag / 8), type, start, behindTag, content, end: at });
  }
  return fields;
}
