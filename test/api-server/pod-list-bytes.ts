import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What stands before every protobuf body of Kubernetes. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

export interface ListMeta {
  readonly resourceVersion: string;
  /** The token of the next page, or empty. */
  readonly continueToken: string;
  readonly remainingItemCount: number | null;
}

/** The bytes of each Pod in a protobuf PodList. */
export function splitPodList(body: Uint8Array): readonly Uint8Array[] {
  const [list] = fieldsOf(body.subarray(MAGIC.length), 2);
  if (list === undefined) throw new Error('This is no protobuf list of Kubernetes.');
  return fieldsOf(list, 2);
}

/** A protobuf PodList of Pods that are there as bytes already. */
export function joinPodList(meta: ListMeta, items: readonly Uint8Array[]): Buffer {
  const writer = new BinaryWriter();
  const metadata = new BinaryWriter();
  if (meta.resourceVersion !== '') metadata.tag(2, WireType.LengthDelimited).string(meta.resourceVersion);
  metadata.tag(3, WireType.LengthDelimited).string(meta.continueToken);
  if (meta.remainingItemCount !== null) metadata.tag(4, WireType.Varint).int64(meta.remainingItemCount);
  writer.tag(1, WireType.LengthDelimited).bytes(metadata.finish());
  for (const item of items) writer.tag(2, WireType.LengthDelimited).bytes(item);
  return envelope('PodList', writer.finish());
}

/** `k8s\0` and runtime.Unknown { typeMeta 1 { apiVersion 1, kind 2 }, raw 2, contentEncoding 3, contentType 4 } */
export function envelope(kind: string, raw: Uint8Array): Buffer {
  const typeMeta = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('v1')
    .tag(2, WireType.LengthDelimited)
    .string(kind);
  const unknown = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(typeMeta.finish())
    .tag(2, WireType.LengthDelimited)
    .bytes(raw)
    .tag(3, WireType.LengthDelimited)
    .string('')
    .tag(4, WireType.LengthDelimited)
    .string('');
  return Buffer.concat([MAGIC, unknown.finish()]);
}

/** The contents of each length-delimited field of this number. */
function fieldsOf(message: Uint8Array, number: number): readonly Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === number && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}
