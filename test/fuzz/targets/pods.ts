import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { SharingPod } from '../../../src/model/sharing-pod.ts';
import { sharedNamespaces } from '../../../src/model/sharing.ts';
import { document } from '../../../src/output/document.ts';
import { sharingPodList } from '../../../src/commands/list/pod-document.ts';
import { sharingPodTable } from '../../../src/commands/list/pod-table.ts';
import type { DecodedList, PodListDecoder } from '../../../src/wire/pod-list.ts';
import { JsonPodListDecoder } from '../../../src/wire/pod-list-json.ts';
import { ProtobufPodListDecoder } from '../../../src/wire/pod-list-protobuf.ts';
import { decodePodJson, sharesByJson } from '../../../src/wire/pod-json.ts';
import { asksForNodeNamespace, decodePod, readResourceVersion } from '../../../src/wire/pod-protobuf.ts';
import type { PodEvent, PodWatchDecoder } from '../../../src/wire/pod-watch.ts';
import { JsonPodWatchDecoder } from '../../../src/wire/pod-watch-json.ts';
import { ProtobufPodWatchDecoder } from '../../../src/wire/pod-watch-protobuf.ts';
import { ProtobufReader, WireError } from '../../../src/wire/protobuf-reader.ts';
import { isObject } from '../../../src/wire/json-value.ts';
import { bookmarkAsProtobuf, podAsProtobuf, watchFrame } from '../../api-server/pod-bytes.ts';
import { envelope, joinPodList } from '../../api-server/pod-list-bytes.ts';
import type { PodJson } from '../../api-server/recorded.ts';
import { message } from '../../support/protobuf.ts';
import { UNSAFE_TEXT } from '../../support/unsafe-text.ts';
import { JsonDamage } from '../damage-json.ts';
import { damageProtobuf } from '../damage-protobuf.ts';
import { bytesOf } from '../mutate.ts';
import { Random } from '../random.ts';
import { accepted, cut, demand, demandBounded, demandEqual, type Target } from '../target.ts';
import { POD_WORDS, seedPodMessages, seedPods } from './seed-pods.ts';

/** What the decoders quote is made safe where it is printed. */
const REFUSALS = { errors: [WireError], quotesRaw: true };

const jsonDamage = new JsonDamage(seedPods);

/** One of the Pods, in one of two damaged. */
function podMessage(random: Random): Buffer {
  const pod = random.pick(seedPodMessages);
  return random.once(2) ? damageProtobuf(pod, random) : pod;
}

/** Above it numbers are not exact, and need not be. */
function exact(value: number): number {
  return Math.max(-(2 ** 53), Math.min(value, 2 ** 53));
}

function numberOf(reader: ProtobufReader): number {
  if (reader.field % 3 === 0) return exact(reader.uint());
  return reader.field % 3 === 1 ? exact(reader.int64()) : reader.int32();
}

/** What is read of the fields, one after the other and to the last byte. */
function walk(reader: ProtobufReader, depth: number): readonly unknown[] {
  const values: unknown[] = [];
  while (reader.next()) {
    const { field, type } = reader;
    if (type === 0) values.push([field, numberOf(reader)]);
    else if (type !== 2) reader.skip();
    else if (field % 3 === 0 || depth === 6) values.push([field, reader.string()]);
    else if (field % 3 === 1) values.push([field, reader.bytes().toString('latin1')]);
    else values.push([field, reader.message((inner) => walk(inner, depth + 1))]);
  }
  return values;
}

/** The same by the reader of another library; null where it has other rules. */
function walkOther(bytes: Uint8Array, depth: number): readonly unknown[] | null {
  const reader = new BinaryReader(bytes);
  const values: unknown[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.Varint) {
      const value = BigInt(reader.uint64());
      const number = [value, BigInt.asIntN(64, value), BigInt.asIntN(32, value)][field % 3];
      values.push([field, exact(Number(number))]);
    } else if (type !== WireType.LengthDelimited) {
      reader.skip(type, field);
    } else {
      const content = reader.bytes();
      if (content.length > 0 && reader.pos > reader.len) return null;
      const buffer = Buffer.from(content.buffer, content.byteOffset, content.length);
      if (field % 3 === 0 || depth === 6) values.push([field, buffer.toString('utf8')]);
      else if (field % 3 === 1) values.push([field, buffer.toString('latin1')]);
      else values.push([field, walkOther(content, depth + 1)]);
    }
  }
  return values;
}

function hasWideTag(values: readonly unknown[]): boolean {
  return values.flat(8).some((value) => typeof value === 'number' && value >= 2 ** 29);
}

function randomMessage(random: Random, depth: number): Uint8Array {
  const fields = Array.from(
    { length: random.below(5) },
    (): readonly [number, number | bigint | string | Uint8Array] => {
      const field = random.pick([1, 2, 3, 4, 5, 6, 15, 16, 2047, 2048]);
      const kind = random.below(5);
      if (kind === 0) return [field, random.next() | 0];
      if (kind === 1) return [field, BigInt(random.next()) << BigInt(random.below(33))];
      if (kind === 2) return [field, random.pick(['', 'a', 'é', '\ud83d\ude00', 'x'.repeat(130)])];
      // Only these are read as messages.
      return depth === 4 ? [1, 'x'] : [random.pick([2, 5, 2048]), randomMessage(random, depth + 1)];
    },
  );
  return message(...fields);
}

/** The same bytes in the middle of others, of which none may be read. */
function surrounded(input: Buffer, random: Random): readonly [Buffer, number, number] {
  const before = random.below(5);
  const around = Buffer.alloc(before + input.length + 8, random.pick([0, 1, 0x7f, 0x80, 0xff]));
  around.set(input, before);
  return [around, before, before + input.length];
}

/** Whatever is read in the middle of other bytes is what is read alone, or neither is. */
function readTwice<T>(input: Buffer, read: (reader: ProtobufReader) => T): { readonly value: T } | null {
  const alone = accepted(REFUSALS, () => read(new ProtobufReader(input)));
  const [around, start, end] = surrounded(input, Random.of(input));
  const within = accepted(REFUSALS, () => read(new ProtobufReader(around, start, end)));
  demandEqual(within, alone, 'no byte outside of the message is read');
  return alone;
}

const readerTarget: Target = {
  name: 'protobuf-reader',
  words: ['\b\u0001', '\u0012\u0002', '\n\u0000'],
  seeds: Array.from({ length: 24 }, (_, index) => randomMessage(new Random(index), 0)),
  make: (random) => {
    const made = Buffer.from(randomMessage(random, 0));
    return random.once(2) ? damageProtobuf(made, random) : made;
  },
  attempt: (input) => {
    const read = readTwice(input, (reader) => walk(reader, 0));
    if (read === null) return false;
    demandBounded(read.value, input.length, 10);
    let other: readonly unknown[] | null = null;
    try {
      other = walkOther(input, 0);
    } catch {
      // It refuses tags and varints of more bytes than there can be, which are skipped here.
    }
    // Of longer tags it takes the lower 32 bits.
    if (other !== null && !hasWideTag(read.value))
      demandEqual(read.value, other, 'what another reader reads is read');
    return true;
  },
};

const podTarget: Target = {
  name: 'pod-protobuf',
  words: POD_WORDS,
  seeds: seedPodMessages,
  make: podMessage,
  attempt: (input) => {
    readTwice(input, readResourceVersion);
    const asks = accepted(REFUSALS, () => asksForNodeNamespace(new ProtobufReader(input)));
    const read = readTwice(input, decodePod);
    if (read === null) return false;
    const { hostNetwork, hostPID, hostIPC } = read.value.spec;
    demandBounded(read.value, input.length, 30);
    demand(asks !== null, 'what is a Pod can be asked what it shares');
    if (hostNetwork || hostPID || hostIPC)
      demand(asks?.value === true || hasTwo(input), 'a Pod that shares is not dropped');
    return true;
  },
};

/** Whether the Pod has two specs, of which one reader takes the first and the other the last. */
function hasTwo(input: Buffer): boolean {
  const reader = new ProtobufReader(input);
  let specs = 0;
  while (reader.next()) {
    if (reader.field === 2) specs += 1;
    reader.skip();
  }
  return specs > 1;
}

/** What is decoded of the pieces is what is decoded of the whole. */
function attemptList(input: Buffer, decoderOf: (wanted: 'every' | 'sharing') => PodListDecoder): boolean {
  const decode = (
    pieces: readonly Buffer[],
    wanted: 'every' | 'sharing',
  ): { readonly value: DecodedList } | null =>
    accepted(REFUSALS, () => {
      const decoder = decoderOf(wanted);
      for (const piece of pieces) decoder.push(piece);
      return decoder.end();
    });
  const random = Random.of(input);
  const whole = decode([input], 'every');
  const pieces = cut(input, random);
  demandEqual(decode(pieces, 'every'), whole, 'a list is the same wherever it is cut');
  if (whole === null) return false;
  demandBounded(whole.value, input.length, 60);
  const sharing = decode([input], 'sharing');
  demandEqual(
    decode(pieces, 'sharing'),
    sharing,
    'a list of those that share is the same wherever it is cut',
  );
  demand(sharing !== null && sharing.value.total === whole.value.total, 'what is dropped is counted');
  demand((sharing?.value.pods.length ?? 0) <= whole.value.pods.length, 'what shares is a part of all');
  return true;
}

function listBytes(pods: readonly Uint8Array[], random: Random): Buffer {
  const remainingItemCount = random.once(2) ? null : random.below(1000);
  return joinPodList(
    { resourceVersion: '4711', continueToken: random.once(2) ? '' : 'next', remainingItemCount },
    pods,
  );
}

const protobufListTarget: Target = {
  name: 'pod-list-protobuf',
  words: POD_WORDS,
  seeds: Array.from({ length: 12 }, (_, index) => {
    const random = new Random(index);
    return listBytes(
      Array.from({ length: random.below(3) }, () => random.pick(seedPodMessages)),
      random,
    );
  }),
  make: (random) => {
    const pods = Array.from({ length: random.below(3) }, () => podMessage(random));
    const list = listBytes(pods, random);
    if (random.once(2)) return list;
    return Buffer.concat([list.subarray(0, 4), damageProtobuf(list.subarray(4), random)]);
  },
  attempt: (input) => attemptList(input, (wanted) => new ProtobufPodListDecoder(wanted)),
};

const LIST = {
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '4711', continue: 'next', remainingItemCount: 7 },
};
const listDamage = new JsonDamage([
  { ...LIST, items: seedPods.slice(0, 1) },
  { ...LIST, items: seedPods.slice(1, 3) },
  { ...LIST, items: [] },
]);

const jsonListTarget: Target = {
  name: 'pod-list-json',
  words: POD_WORDS,
  seeds: Array.from({ length: 8 }, (_, index) => bytesOf(listDamage.make(new Random(index), 0))),
  make: (random) => bytesOf(listDamage.make(random)),
  attempt: (input) => attemptList(input, (wanted) => new JsonPodListDecoder(wanted)),
};

/** The events of the pieces are those of the whole; of what is refused, those that came before may differ. */
function attemptWatch(input: Buffer, decoderOf: () => PodWatchDecoder): boolean {
  const decode = (pieces: readonly Buffer[]): { readonly value: readonly PodEvent[] } | null =>
    accepted(REFUSALS, () => {
      const decoder = decoderOf();
      return pieces.flatMap((piece) => decoder.push(piece));
    });
  const whole = decode([input]);
  demandEqual(decode(cut(input, Random.of(input))), whole, 'events are the same wherever they are cut');
  if (whole === null) return false;
  demandBounded(whole.value, input.length, 60);
  return whole.value.length > 0;
}

const STATUS = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'too old',
  reason: 'Expired',
  code: 410,
};
const statusBytes = envelope('Status', message([2, 'Failure'], [3, 'too old'], [4, 'Expired'], [6, 410]));

function frames(random: Random): Buffer {
  const count = random.below(3) + (random.once(3) ? 0 : 1);
  return Buffer.concat(
    Array.from({ length: count }, () => {
      const type = random.pick(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);
      const bookmark = envelope('Pod', bookmarkAsProtobuf({ resourceVersion: '18' }));
      if (type === 'BOOKMARK') return watchFrame(type, bookmark);
      if (type === 'ERROR') return watchFrame(type, statusBytes);
      const object = envelope('Pod', podMessage(random));
      const damaged = random.once(4)
        ? Buffer.concat([object.subarray(0, 4), damageProtobuf(object.subarray(4), random)])
        : object;
      return watchFrame(random.once(50) ? 'SING' : type, damaged);
    }),
  );
}

const protobufWatchTarget: Target = {
  name: 'pod-watch-protobuf',
  words: [...POD_WORDS, 'ADDED', 'ERROR', 'BOOKMARK', 'k8s\0', '\0\0\0\u0001', '\u0002\0\0\0', '\0\0\0\0'],
  seeds: Array.from({ length: 12 }, (_, index) => frames(new Random(index))),
  make: frames,
  attempt: (input) => attemptWatch(input, () => new ProtobufPodWatchDecoder('every')),
};

const eventDamage = new JsonDamage([
  ...seedPods
    .slice(0, 6)
    .map((object, index) => ({ type: ['ADDED', 'MODIFIED', 'DELETED'][index % 3], object })),
  { type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '18' } } },
  { type: 'ERROR', object: STATUS },
]);

function eventLines(random: Random, changes: number): Uint8Array {
  const lines = Array.from({ length: 1 + random.below(2) }, () => eventDamage.make(random, changes));
  return bytesOf(lines.map((line) => line + random.pick(['\n', '\n', '\r\n', '\n\n', ''])).join(''));
}

const jsonWatchTarget: Target = {
  name: 'pod-watch-json',
  words: [...POD_WORDS, '\n', '"type":"ERROR"', '"object":{', '\r\n'],
  seeds: Array.from({ length: 12 }, (_, index) => eventLines(new Random(index), 0)),
  make: (random) => eventLines(random, 2),
  attempt: (input) => attemptWatch(input, () => new JsonPodWatchDecoder('every')),
};

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

/** Fields that are lists; no other may be one, and in no list is another. */
const LISTS: ReadonlySet<string> = new Set(
  (
    'ownerReferences initContainers containers ephemeralContainers ports command args add drop conditions hostIPs ' +
    'podIPs initContainerStatuses containerStatuses ephemeralContainerStatuses'
  ).split(' '),
);

/** Fields whose values are all text. */
const MAPS: ReadonlySet<string> = new Set(['labels', 'annotations', 'nodeSelector']);

/** What the API server can write in either encoding; neither has nulls, and protobuf no lone surrogates. */
function asMessage(pod: unknown): Buffer | null {
  const isSendable = (value: unknown, depth = 0): boolean => {
    if (typeof value === 'string') return value.isWellFormed();
    if (typeof value === 'number')
      return Number.isInteger(value) && value === (value | 0) && !Object.is(value, -0);
    if (typeof value !== 'object') return true;
    if (value === null || depth > 20) return false;
    return Object.entries(value).every(
      ([key, item]) =>
        key.isWellFormed() &&
        (Array.isArray(item) || !LISTS.has(key)) &&
        (!MAPS.has(key) || isTexts(item)) &&
        (!Array.isArray(item) || (LISTS.has(key) && !Array.isArray(value))) &&
        isSendable(item, depth + 1),
    );
  };
  if (!isObject(pod) || !isSendable(pod)) return null;
  try {
    // What it does not take for a Pod it refuses.
    return Buffer.from(podAsProtobuf(pod as unknown as PodJson));
  } catch {
    return null;
  }
}

function parsed(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString('utf8'));
  } catch {
    return null;
  }
}

const bothTarget: Target = {
  name: 'pod-both-ways',
  words: POD_WORDS,
  seeds: seedPods.map((pod) => bytesOf(JSON.stringify(pod))),
  make: (random) => bytesOf(jsonDamage.make(random)),
  attempt: (input) => {
    const json = parsed(input);
    if (!isObject(json)) return false;
    const pod = decodePodJson(json);
    demandBounded(pod, input.length, 30);
    const bytes = asMessage(json);
    if (bytes === null) return false;
    demandEqual(decodePod(new ProtobufReader(bytes)), pod, 'a Pod is the same as protobuf and as JSON');
    demandEqual(asksForNodeNamespace(new ProtobufReader(bytes)), sharesByJson(json), 'it shares the same');
    return true;
  },
};

/** A Pod with some of its strings replaced by others, which nobody should see as they are. */
function hostilePod(random: Random): Buffer {
  const text = jsonDamage.make(random, 4);
  const json: unknown = JSON.parse(text.length > 8000 ? '{}' : text);
  return asMessage(json) ?? podMessage(random);
}

const outputTarget: Target = {
  name: 'pod-output',
  words: [...POD_WORDS, '\u001b[2J', '\u009b31m', '\u202e', '\r', '\n', '\u2028'],
  seeds: seedPodMessages,
  make: hostilePod,
  attempt: (input) => {
    const read = accepted(REFUSALS, () => decodePod(new ProtobufReader(input)));
    if (read === null) return false;
    const pod = read.value;
    const row: SharingPod = { pod, shares: sharedNamespaces(pod, false) };
    const options = {
      withNamespace: true,
      wide: true,
      labelColumns: ['app'],
      withLabels: true,
      withHeader: false,
      now: 1_790_000_000,
    };
    const list = sharingPodList([row], pod.resourceVersion);
    const table = sharingPodTable([row], options);
    demand(
      !UNSAFE_TEXT.test(table) && table.indexOf('\n') === table.length - 1,
      'a table has a line for a Pod, which is safe',
    );
    const json = document(list, 'json');
    demand(!UNSAFE_TEXT.test(json), 'JSON is safe');
    demandEqual(JSON.parse(json), JSON.parse(JSON.stringify(list)), 'JSON says what it is to say');
    demand(!UNSAFE_TEXT.test(document(list, 'yaml')), 'YAML is safe');
    return true;
  },
};

export const podTargets: readonly Target[] = [
  readerTarget,
  podTarget,
  protobufListTarget,
  jsonListTarget,
  protobufWatchTarget,
  jsonWatchTarget,
  bothTarget,
  outputTarget,
];
