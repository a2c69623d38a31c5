import type { Pod } from '../model/pod.ts';
import { ByteQueue } from './byte-queue.ts';
import type { WantedPods } from './pod-list.ts';
import { asksForNodeNamespace, decodePod, readResourceVersion } from './pod-protobuf.ts';
import { MAX_EVENT_BYTES, type PodEvent, type PodWatchDecoder } from './pod-watch.ts';
import { ProtobufReader, WireError } from './protobuf-reader.ts';
import { decodeStatus } from './status.ts';
import { quoted } from './wording.ts';

/** Size of the length before each event, which is big-endian. */
const LENGTH_BYTES = 4;
/** Magic bytes before the object: "k8s" and a zero. A runtime.Unknown follows. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

/** Decodes the frames that the API server sends as `application/vnd.kubernetes.protobuf;stream=watch`. */
export class ProtobufPodWatchDecoder implements PodWatchDecoder {
  readonly #queue = new ByteQueue();
  readonly #wanted: WantedPods;
  /** Length of the current event, or null if it has not been read yet. */
  #length: number | null = null;

  constructor(wanted: WantedPods) {
    this.#wanted = wanted;
  }

  push(chunk: Buffer): readonly PodEvent[] {
    this.#queue.push(chunk);
    const events: PodEvent[] = [];
    for (let frame = this.#nextFrame(); frame !== null; frame = this.#nextFrame()) {
      events.push(decodeEvent(frame, this.#wanted));
    }
    return events;
  }

  #nextFrame(): Buffer | null {
    this.#length ??= this.#queue.take(LENGTH_BYTES)?.readUInt32BE(0) ?? null;
    if (this.#length === null) return null;
    if (this.#length > MAX_EVENT_BYTES) {
      throw new WireError(`an event of ${String(this.#length)} bytes is larger than any that the API sends`);
    }
    const frame = this.#queue.take(this.#length);
    if (frame !== null) this.#length = null;
    return frame;
  }
}

/** WatchEvent { type 1, object 2 { raw 1 } } */
function decodeEvent(frame: Buffer, wanted: WantedPods): PodEvent {
  const reader = new ProtobufReader(frame);
  let type = '';
  let object: Buffer | null = null;
  while (reader.next()) {
    if (reader.field === 1) type = reader.string();
    else if (reader.field === 2) object = reader.message(readRawExtension);
    else reader.skip();
  }
  if (object === null) throw new WireError('an event has no object');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const message = unwrap(object);
      return {
        type,
        resourceVersion: readResourceVersion(new ProtobufReader(message)),
        pod: wantedPod(message, wanted),
      };
    }
    case 'BOOKMARK':
      return { type, resourceVersion: readResourceVersion(new ProtobufReader(unwrap(object))) };
    case 'ERROR':
      return { type, status: decodeStatus('application/vnd.kubernetes.protobuf', object) };
    default:
      throw new WireError(`an event is of the type "${quoted(type)}"`);
  }
}

function wantedPod(message: Buffer, wanted: WantedPods): Pod | null {
  const isWanted = wanted === 'every' || asksForNodeNamespace(new ProtobufReader(message));
  return isWanted ? decodePod(new ProtobufReader(message)) : null;
}

/** RawExtension { raw 1 } */
function readRawExtension(reader: ProtobufReader): Buffer | null {
  let raw: Buffer | null = null;
  while (reader.next()) {
    if (reader.field === 1) raw = reader.bytes();
    else reader.skip();
  }
  return raw;
}

/** runtime.Unknown { raw 2 }, behind the magic bytes. */
function unwrap(object: Buffer): Buffer {
  if (!object.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new WireError('an object does not begin as protobuf from Kubernetes does');
  }
  const reader = new ProtobufReader(object, MAGIC.length);
  let raw = object.subarray(0, 0);
  while (reader.next()) {
    if (reader.field === 2) raw = reader.bytes();
    else reader.skip();
  }
  return raw;
}
