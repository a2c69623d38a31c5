import { ByteQueue } from './byte-queue.ts';
import { isObject, objectOf, textOf } from './json-value.ts';
import { decodePodJson, sharesByJson } from './pod-json.ts';
import type { WantedPods } from './pod-list.ts';
import { MAX_EVENT_BYTES, type PodEvent, type PodWatchDecoder } from './pod-watch.ts';
import { WireError } from './protobuf-reader.ts';
import { statusOfJson } from './status.ts';
import { quoted } from './wording.ts';

const LINE_FEED = 0x0a;

/** Decodes the events of a server or proxy without protobuf: one JSON object per line. */
export class JsonPodWatchDecoder implements PodWatchDecoder {
  readonly #queue = new ByteQueue();
  readonly #wanted: WantedPods;

  constructor(wanted: WantedPods) {
    this.#wanted = wanted;
  }

  push(chunk: Buffer): readonly PodEvent[] {
    const events: PodEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#queue.push(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#queue.take(this.#queue.length)?.toString('utf8').trim() ?? '';
      if (line !== '') events.push(decodeEvent(line, this.#wanted));
    }
    this.#queue.push(chunk.subarray(start));
    if (this.#queue.length > MAX_EVENT_BYTES) {
      throw new WireError(`an event is longer than any that the API sends`);
    }
    return events;
  }
}

function decodeEvent(line: string, wanted: WantedPods): PodEvent {
  const event = parse(line);
  const type = textOf(event, 'type');
  const object = objectOf(event, 'object');
  const resourceVersion = textOf(objectOf(object, 'metadata'), 'resourceVersion');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const isWanted = wanted === 'every' || sharesByJson(object);
      return { type, resourceVersion, pod: isWanted ? decodePodJson(object) : null };
    }
    case 'BOOKMARK':
      return { type, resourceVersion };
    case 'ERROR':
      return { type, status: statusOfJson(object) };
    default:
      throw new WireError(`an event is of the type "${quoted(type)}"`);
  }
}

function parse(line: string): Readonly<Record<string, unknown>> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WireError(`an event is not JSON: ${error.message}`, { cause: error });
  }
  if (isObject(event)) return event;
  throw new WireError('an event is not a JSON object');
}
