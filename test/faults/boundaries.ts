import { WireType } from '@bufbuild/protobuf/wire';
import { type FieldPlace, fieldPlaces } from '../support/protobuf.ts';

/** A byte before which an answer can break, and what ends or goes on there. */
export interface Place {
  readonly at: number;
  readonly where: string;
}

/** What stands before each object of Kubernetes. */
const MAGIC = Buffer.from('k8s\0', 'latin1');
/** Higher than the number of any field of a Pod: what has one is text that only looks like a message. */
const MAX_FIELD = 60;

/**
 * The boundaries of a protobuf body, in whatever depth, and a place inside each field.
 *
 * No schema is needed: what reads as a message from its first byte to its last is taken for one.
 */
export function protobufPlaces(body: Buffer): readonly Place[] {
  const places = [{ at: 0, where: 'its beginning' }, ...(begins(body, 0) ? [inside(0, 4, 'the magic')] : [])];
  for (const place of messagePlaces(body, begins(body, 0) ? MAGIC.length : 0, body.length, ''))
    places.push(place);
  return distinct([...places, { at: body.length, where: 'its end' }]);
}

/** The boundaries of the frames of a watch, and of what they hold. */
export function watchFramePlaces(stream: Buffer): readonly Place[] {
  const places: Place[] = [];
  for (let start = 0, frame = 1; start < stream.length; frame += 1) {
    const end = start + 4 + stream.readUInt32BE(start);
    const name = `frame ${String(frame)}`;
    places.push({ at: start, where: `${name}, its beginning` });
    places.push(inside(start, start + 4, `the length of ${name}`));
    places.push(...messagePlaces(stream, start + 4, end, `${name} `));
    start = end;
  }
  return distinct([...places, { at: stream.length, where: 'the end' }]);
}

/** Before each token of a JSON text, and inside each that is longer than a character. */
export function jsonPlaces(body: Buffer): readonly Place[] {
  const text = body.toString('latin1');
  const places: Place[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[-+.\w]+|\n|[[\]{},:]/g)) {
    const shown = token.length > 30 ? `${token.slice(0, 30)}…` : token.replace('\n', 'the line feed');
    places.push({ at: index, where: `before ${shown}` });
    if (token.length > 1) places.push(inside(index, index + token.length, shown));
  }
  return distinct([...places, { at: body.length, where: 'its end' }]);
}

/** The lines of the answer to a handshake, and then the frames of a WebSocket from the server's side (RFC 6455). */
export function webSocketPlaces(bytes: Buffer): readonly Place[] {
  const head = bytes.indexOf('\r\n\r\n') + 4;
  const places: Place[] = [];
  for (let start = 0; start < head;) {
    const end = bytes.indexOf('\r\n', start) + 2;
    places.push({
      at: start,
      where: `before the line ${bytes.toString('latin1', start, end).trim().slice(0, 25)}`,
    });
    places.push(inside(start, end, 'that line'));
    start = end;
  }
  for (let start = head, frame = 1; start < bytes.length; frame += 1) {
    const short = (bytes[start + 1] ?? 0) & 0x7f;
    const content = start + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    const length =
      short === 126
        ? bytes.readUInt16BE(start + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(start + 2))
          : short;
    const name = `frame ${String(frame)}`;
    const end = content + length;
    places.push({ at: start, where: `${name}, its beginning` });
    places.push({ at: start + 1, where: `${name}, behind its first byte` });
    places.push({ at: start + 2, where: `${name}, behind its second byte` });
    if (content > start + 2) places.push(inside(start + 2, content, `the length of ${name}`));
    places.push({ at: content, where: `${name}, before its channel` });
    if (length > 0) places.push({ at: content + 1, where: `${name}, behind its channel` });
    // What a script reports is lines, of which some begin and end its sections.
    for (const { 0: line, index } of bytes
      .toString('latin1', content, end)
      .matchAll(/[^\n]*\b(?:begin|end|done)\b[^\n]*\n/g)) {
      const shown = line.trim().replace(/^[\da-f]{32} /, '');
      places.push({ at: content + index, where: `${name}, before "${shown}"` });
      places.push(inside(content + index, content + index + line.length, `"${shown}" of ${name}`));
      places.push({ at: content + index + line.length, where: `${name}, behind "${shown}"` });
    }
    if (length > 2) places.push(inside(content, end, name));
    start = end;
  }
  return distinct([...places, { at: bytes.length, where: 'the end' }]);
}

/** Fewer of them, evenly spread, with the first and the last. */
export function thinned(places: readonly Place[], most: number): readonly Place[] {
  const step = Math.max(1, (places.length - 1) / (most - 1));
  return distinct(
    Array.from(
      { length: Math.min(most, places.length) },
      (_, index) => places[Math.round(index * step)] ?? [],
    ).flat(),
  );
}

function messagePlaces(body: Buffer, from: number, to: number, path: string): readonly Place[] {
  const places: Place[] = [];
  for (const { number, type, start, behindTag, content, end } of fieldsOf(body, from, to) ?? []) {
    const isDelimited = type === WireType.LengthDelimited;
    const name = `${path}${String(number)}`;
    places.push({ at: start, where: `before ${name}` });
    places.push({ at: behindTag, where: `behind the tag of ${name}` });
    if (isDelimited) places.push({ at: content, where: `behind the length of ${name}` });
    const magic = begins(body, content) ? MAGIC.length : 0;
    const isMessage = isDelimited && end > content && fieldsOf(body, content + magic, end) !== null;
    if (magic > 0) places.push(inside(content, content + magic, `the magic of ${name}`));
    if (isMessage) places.push(...messagePlaces(body, content + magic, end, `${name}.`));
    else if (end - content > 1) places.push(inside(content, end, name));
  }
  return places;
}

/** The fields of what may be a message; null where it is none. */
function fieldsOf(body: Buffer, from: number, to: number): readonly FieldPlace[] | null {
  const fields = fieldPlaces(body, from, to);
  return fields?.every(({ number }) => number <= MAX_FIELD) === true ? fields : null;
}

function begins(body: Buffer, at: number): boolean {
  return body.subarray(at, at + MAGIC.length).equals(MAGIC);
}

function inside(start: number, end: number, what: string): Place {
  return { at: Math.floor((start + end) / 2), where: `inside ${what}` };
}

/** In their order, each once, under the name that it has first. */
function distinct(places: readonly Place[]): readonly Place[] {
  const byOffset = new Map<number, Place>();
  for (const place of places) if (!byOffset.has(place.at)) byOffset.set(place.at, place);
  return [...byOffset.values()].sort((a, b) => a.at - b.at);
}
