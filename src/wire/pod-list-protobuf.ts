import type { Pod } from '../model/pod.ts';
import { asksForNodeNamespace, decodePod } from './pod-protobuf.ts';
import type { DecodedList, ListMetadata, PodListDecoder, WantedPods } from './pod-list.ts';
import { MAX_VARINT_BYTES, ProtobufReader, WireError, wireType } from './protobuf-reader.ts';

/** First four bytes of every protobuf body of Kubernetes: "k8s" and a zero. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

/** runtime.Unknown { raw 2 }, where raw contains the PodList. */
const RAW = 2;
/** PodList { metadata 1, items 2 } */
const LIST_METADATA = 1;
const ITEMS = 2;

/** Maximum size of a Pod. The API accepts objects of up to 3 MiB, etcd by default of up to 1.5 MiB. */
const MAX_ITEM_BYTES = 32 * 1024 * 1024;

type State =
  | { readonly at: 'magic' }
  | { readonly at: 'tag' }
  | { readonly at: 'length'; readonly field: number }
  | { readonly at: 'varint' }
  /** Bytes that are not needed. */
  | { readonly at: 'skip' }
  /** A message that must be complete before it is read. */
  | { readonly at: 'message'; readonly field: number };

/**
 * Decodes a protobuf PodList while it arrives. A Pod is decoded as soon as its last byte is there, and unwanted Pods are dropped, so
 * that memory does not grow with the list.
 */
export class ProtobufPodListDecoder implements PodListDecoder {
  #state: State = { at: 'magic' };
  /** How many bytes the state `magic`, `skip` or `message` still waits for. */
  #missing = MAGIC.length;
  /** Bytes of the body before the current chunk. */
  #consumed = 0;
  /** Where in the body the PodList ends, null outside of it. */
  #rawEnd: number | null = null;
  #rawSeen = false;
  /** A varint whose last bytes have not arrived yet. */
  #varint = 0;
  #varintBytes = 0;
  /** Holds a message that came in several chunks. Reused, for a list has a great many. */
  #scratch = Buffer.allocUnsafe(64 * 1024);
  #scratchLength = 0;

  #metadata: ListMetadata = { resourceVersion: '', continueToken: '', remainingItemCount: null };
  readonly #pods: Pod[] = [];
  #total = 0;
  readonly #wanted: WantedPods;

  constructor(wanted: WantedPods) {
    this.#wanted = wanted;
  }

  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length || this.#isEmptyField()) {
      position = this.#step(chunk, position);
    }
    this.#consumed += chunk.length;
  }

  end(): DecodedList {
    const complete = this.#state.at === 'tag' && this.#varintBytes === 0;
    if (!complete || !this.#rawSeen || this.#rawEnd !== null) {
      throw new WireError(`the list ends after ${String(this.#consumed)} bytes, in the middle`);
    }
    return { metadata: this.#metadata, pods: this.#pods, total: this.#total };
  }

  /** Consumes some of the chunk from `position` and returns the position behind it. */
  #step(chunk: Buffer, position: number): number {
    switch (this.#state.at) {
      case 'magic':
        return this.#readMagic(chunk, position);
      case 'tag':
      case 'length':
      case 'varint':
        return this.#readVarint(chunk, position);
      case 'skip': {
        const taken = Math.min(this.#missing, chunk.length - position);
        this.#missing -= taken;
        if (this.#missing === 0) this.#onFieldEnd(this.#consumed + position + taken);
        return position + taken;
      }
      case 'message':
        return this.#readMessage(chunk, position, this.#state.field);
    }
  }

  /** A field of no bytes is complete although no byte of it will ever come. */
  #isEmptyField(): boolean {
    return this.#missing === 0 && (this.#state.at === 'skip' || this.#state.at === 'message');
  }

  #readMagic(chunk: Buffer, position: number): number {
    if (chunk[position] !== MAGIC[MAGIC.length - this.#missing]) {
      throw new WireError('the body does not begin as protobuf from Kubernetes does');
    }
    this.#missing -= 1;
    if (this.#missing === 0) this.#state = { at: 'tag' };
    return position + 1;
  }

  #readVarint(chunk: Buffer, start: number): number {
    let position = start;
    while (position < chunk.length) {
      const byte = chunk[position] ?? 0;
      position += 1;
      this.#varint += (byte & 0x7f) * 2 ** (7 * this.#varintBytes);
      this.#varintBytes += 1;
      if (byte < 0x80) {
        const value = this.#varint;
        this.#varint = 0;
        this.#varintBytes = 0;
        this.#onVarint(value, this.#consumed + position);
        return position;
      }
      if (this.#varintBytes === MAX_VARINT_BYTES) throw new WireError('a varint is longer than ten bytes');
    }
    return position;
  }

  /** @param offset where in the body the byte behind the varint is */
  #onVarint(value: number, offset: number): void {
    switch (this.#state.at) {
      case 'tag':
        this.#onTag(Math.floor(value / 8), value % 8);
        break;
      case 'length':
        this.#onLength(this.#state.field, value, offset);
        break;
      default:
        this.#onFieldEnd(offset);
    }
  }

  #onTag(field: number, type: number): void {
    if (field === 0) throw new WireError('a field number is 0');
    if (type === wireType.bytes) {
      this.#state = { at: 'length', field };
    } else if (type === wireType.varint) {
      this.#state = { at: 'varint' };
    } else if (type === wireType.fixed64 || type === wireType.fixed32) {
      this.#state = { at: 'skip' };
      this.#missing = type === wireType.fixed64 ? 8 : 4;
    } else {
      throw new WireError(`field ${String(field)} has wire type ${String(type)}`);
    }
  }

  /** @param offset where in the body the first of the field's `length` bytes is */
  #onLength(field: number, length: number, offset: number): void {
    if (this.#rawEnd === null && field === RAW) {
      this.#rawSeen = true;
      this.#rawEnd = offset + length;
      this.#onFieldEnd(offset);
      return;
    }
    this.#missing = length;
    if (this.#rawEnd === null || (field !== LIST_METADATA && field !== ITEMS)) {
      this.#state = { at: 'skip' };
      return;
    }
    if (offset + length > this.#rawEnd) throw new WireError('an item is longer than its list');
    if (length > MAX_ITEM_BYTES) {
      throw new WireError(`an item of ${String(length)} bytes is larger than any that the API accepts`);
    }
    this.#state = { at: 'message', field };
  }

  /** @param offset where in the body the next field begins */
  #onFieldEnd(offset: number): void {
    this.#state = { at: 'tag' };
    if (this.#rawEnd === null || offset < this.#rawEnd) return;
    if (offset > this.#rawEnd) throw new WireError('a field is longer than its list');
    this.#rawEnd = null;
  }

  #readMessage(chunk: Buffer, position: number, field: number): number {
    const taken = Math.min(this.#missing, chunk.length - position);
    const end = position + taken;
    if (taken === this.#missing && this.#scratchLength === 0) {
      this.#onMessage(field, chunk, position, end);
    } else {
      this.#keep(chunk, position, end);
      if (taken === this.#missing) {
        this.#onMessage(field, this.#scratch, 0, this.#scratchLength);
        this.#scratchLength = 0;
      }
    }
    this.#missing -= taken;
    if (this.#missing === 0) this.#onFieldEnd(this.#consumed + end);
    return end;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    // With the first bytes of a message there is room for all of it, or room is made.
    const needed = this.#scratchLength + this.#missing;
    if (needed > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(needed);
    this.#scratchLength += chunk.copy(this.#scratch, this.#scratchLength, start, end);
  }

  #onMessage(field: number, buffer: Buffer, start: number, end: number): void {
    if (field === LIST_METADATA) {
      this.#metadata = readListMetadata(new ProtobufReader(buffer, start, end));
      return;
    }
    this.#total += 1;
    if (this.#wanted === 'every' || asksForNodeNamespace(new ProtobufReader(buffer, start, end))) {
      this.#pods.push(decodePod(new ProtobufReader(buffer, start, end)));
    }
  }
}

/** ListMeta { resourceVersion 2, continue 3, remainingItemCount 4 } */
function readListMetadata(reader: ProtobufReader): ListMetadata {
  let resourceVersion = '';
  let continueToken = '';
  let remainingItemCount: number | null = null;
  while (reader.next()) {
    if (reader.field === 2) resourceVersion = reader.string();
    else if (reader.field === 3) continueToken = reader.string();
    else if (reader.field === 4) remainingItemCount = reader.uint();
    else reader.skip();
  }
  return { resourceVersion, continueToken, remainingItemCount };
}
