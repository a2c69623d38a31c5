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
