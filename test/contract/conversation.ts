import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { podListDecoder, podWatchDecoder } from '../../src/wire/content-type.ts';
import { execChannel, readExecMessage } from '../../src/wire/exec-channels.ts';
import { isObject, objectOf, textOf, type JsonObject } from '../../src/wire/json-value.ts';
import type { DecodedList } from '../../src/wire/pod-list.ts';
import type { PodEvent } from '../../src/wire/pod-watch.ts';
import { decodeStatus, type Status } from '../../src/wire/status.ts';
import type { Api, Call, Reply, Stream } from './api.ts';
import { Placeholders, pruned } from './placeholders.ts';
import { type Detail, documentShape, podShape, summaryShape } from './shapes.ts';
import type { Side } from './side.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';
/** As src/kube/api/list-pods.ts asks first. */
const ENCODINGS = { protobuf: `${PROTOBUF}, ${JSON_TYPE}`, json: JSON_TYPE } as const;
/** Of what the whole cluster has, what both sides have. */
const KNOWN = ['default', 'kube-node-1', 'kube-node-2', 'coredns', 'plain-1', 'plain-2'];
const NOTHING_LISTED: DecodedList = {
  metadata: { resourceVersion: '', continueToken: '', remainingItemCount: null },
  pods: [],
  total: 0,
};
const PATIENCE_MILLISECONDS = 10_000;

/** What a request is for, beside its method and path. */
export type Asking = Partial<Omit<Call, 'method' | 'path' | 'body' | 'query'>> & {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; or as it is where it is a text. */
  readonly body?: object | string;
  /** Of `body`. */
  readonly type?: string;
  readonly detail?: Detail;
  /** What the request is called where its path is not the same on both sides. */
  readonly shown?: string;
};

interface ExecAsking {
  /** The sub-protocols that are offered. */
  readonly protocols?: readonly string[];
  readonly as?: string;
  readonly accept?: string;
}

/** The namespaces of one run; all begin with the same random name. */
export interface Place {
  /** Of the Pods that stay as they are. */
  readonly still: string;
  /** Of the Pods that a case makes, and removes. */
  readonly moving: string;
  readonly empty: string;
}

/** An entry of the answer that is compared: a request, and what has come back. */
export type Entry = Readonly<Record<string, unknown>> & { readonly request: string };

/** Some requests to one side, with what it answers to each of them, as far as the program looks into it. */
export class Conversation {
  readonly side: Side;
  readonly place: Place;
  readonly entries: Entry[] = [];
  readonly #api: Api;
  readonly #placeholders: Placeholders;
  /** The names of what may be shown of what the whole cluster has. */
  readonly #known: readonly string[];

  constructor(side: Side, api: Api, place: Place) {
    this.side = side;
    this.#api = api;
    this.place = place;
    this.#known = [...namespacesOf(place), ...KNOWN];
    this.#placeholders = new Placeholders({
      [place.still]: 'STILL',
      [place.moving]: 'MOVING',
      [place.empty]: 'EMPTY',
    });
  }

  /** Asks and notes what comes back, and gives the document, empty where it is none. */
  async ask(method: string, path: string, asking: Asking = {}): Promise<JsonObject> {
    const reply = await this.#api.ask(call(method, path, asking));
    const document = documentOf(reply);
    this.#note(method, path, asking, {
      ...head(reply),
      ...this.#bodyShape(reply, document, asking.detail ?? 'brief'),
    });
    return document;
  }

  get(path: string, asking: Asking = {}): Promise<JsonObject> {
    return this.ask('GET', path, asking);
  }

  /** Asks for what need not be compared. @throws Error where it is refused */
  async quietly(method: string, path: string, asking: Asking = {}): Promise<JsonObject> {
    const reply = await this.#api.ask(call(method, path, asking));
    if (reply.status >= 300)
      throw new Error(`${method} ${path}: ${String(reply.status)} ${reply.body.toString()}`);
    return documentOf(reply);
  }

  /** Lists Pods in both encodings, and gives what both say. */
  async list(
    namespace: string | null,
    query: Readonly<Record<string, string>> = {},
    asking: Asking = {},
  ): Promise<DecodedList> {
    const path = podsPath(namespace);
    if (isToken(query['continue'])) this.#placeholders.token(query['continue']);
    const ask = (accept: string): Promise<Reply> =>
      this.#api.ask(call('GET', path, { ...asking, query, accept }));
    const [protobuf, json] = await Promise.all([ask(ENCODINGS.protobuf), ask(ENCODINGS.json)]);
    const [asProtobuf, asJson] = [this.#listShape(protobuf, 'whole'), this.#listShape(json, 'whole')];
    const list = protobuf.status === 200 ? decodedList(protobuf) : NOTHING_LISTED;
    this.#placeholders.token(list.metadata.continueToken);
    this.#note(
      'GET',
      path,
      { ...asking, query },
      {
        status: protobuf.status,
        contentTypes: [protobuf.contentType, json.contentType],
        ...(isDeepStrictEqual(asProtobuf, asJson) ? {} : { asProtobuf, asJson }),
        ...this.#listShape(protobuf, asking.detail ?? 'brief'),
      },
    );
    return list;
  }

  /** Goes on with the fresh token that comes with 410 in the place of one that is too old. */
  async listAnew(namespace: string, query: Readonly<Record<string, string>>): Promise<void> {
    const refused = await this.#api.ask(call('GET', podsPath(namespace), { query }));
    const { continueToken } = decodeStatus(refused.contentType, refused.body);
    await this.list(namespace, { ...query, continue: continueToken });
  }

  /** The version of the Pods now. */
  async version(namespace: string): Promise<string> {
    const { metadata } = (await this.quietly('GET', podsPath(namespace), { query: { limit: '1' } })) as {
      metadata: JsonObject;
    };
    return textOf(metadata, 'resourceVersion');
  }

  /**
   * Watches Pods in both encodings, and notes the events.
   *
   * @param during what changes them meanwhile
   * @param count how many events there are, or `end` for all up to the end of the watch
   */
  async watch(
    namespace: string | null,
    query: Readonly<Record<string, string>>,
    {
      during = () => Promise.resolve(),
      count,
      version,
      ...asking
    }: Asking & {
      readonly during?: () => Promise<unknown>;
      readonly count: number | 'end';
      /** From which on; by default from now on. */
      readonly version?: string;
    },
  ): Promise<void> {
    const since = query['resourceVersion'] ?? version ?? (await this.version(namespace ?? this.place.moving));
    const full = { ...query, watch: 'true', resourceVersion: since };
    const path = podsPath(namespace);
    const open = (accept: string): Promise<Stream> =>
      this.#api.stream(call('GET', path, { ...asking, query: full, accept }));
    const [protobuf, json] = await Promise.all([open(ENCODINGS.protobuf), open(ENCODINGS.json)]);
    const streams = [protobuf, json];
    try {
      await during();
      await until(() => streams.every((stream) => isComplete(stream, count)));
      // What comes too much must be seen.
      if (count !== 'end') await sleep(60);
    } catch (error) {
      if (error !== TOO_LATE) throw error;
    } finally {
      for (const stream of streams) stream.close();
    }
    const [asProtobuf, asJson] = [
      this.#streamShape(protobuf, since, 'whole'),
      this.#streamShape(json, since, 'whole'),
    ];
    this.#note(
      'GET',
      path,
      { ...asking, query: { ...full, resourceVersion: query['resourceVersion'] ?? 'VERSION' } },
      {
        status: protobuf.status,
        contentTypes: [protobuf.contentType, json.contentType],
        ...(count === 'end' ? { ended: streams.every((stream) => stream.isEnded()) } : {}),
        ...(isDeepStrictEqual(asProtobuf, asJson) ? {} : { asProtobuf, asJson }),
        ...this.#streamShape(protobuf, since, asking.detail ?? 'brief'),
      },
    );
  }

  /** The first event of that type of a watch in JSON, as it came: of a bookmark there is no Pod to decode. */
  async rawEvent(
    type: string,
    query: Readonly<Record<string, string>>,
    during: () => Promise<unknown>,
  ): Promise<void> {
    const path = podsPath(this.place.moving);
    const full = { ...query, watch: 'true', resourceVersion: await this.version(this.place.moving) };
    const stream = await this.#api.stream(call('GET', path, { query: full }));
    const find = (): JsonObject | undefined => lines(stream.body()).find((event) => event['type'] === type);
    try {
      await during();
      await until(() => stream.isEnded() || find() !== undefined);
    } finally {
      stream.close();
    }
    const { object, ...event } = find() ?? {};
    const { metadata, ...rest } = isObject(object) ? object : {};
    const { resourceVersion, ...others } = isObject(metadata) ? metadata : {};
    this.#note(
      'GET',
      path,
      { query: { ...full, resourceVersion: 'VERSION' } },
      {
        event: {
          ...event,
          object: { ...rest, metadata: { ...others, resourceVersion: typeof resourceVersion } },
        },
      },
    );
  }

  /** Runs a command in a container, as far as that is possible. */
  async exec(
    {
      namespace,
      pod,
      container,
      command,
    }: {
      readonly namespace: string;
      readonly pod: string;
      readonly container: string;
      readonly command: readonly string[];
    },
    { protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'], as, accept = JSON_TYPE }: ExecAsking = {},
  ): Promise<void> {
    const path = `${podPath(namespace, pod)}/exec`;
    const query = [
      ...command.map((word): readonly [string, string] => ['command', word]),
      ['container', container] as const,
      ['stdout', 'true'] as const,
      ['stderr', 'true'] as const,
    ];
    const answer = await this.#api.exec(
      { method: 'GET', path, query, accept, ...(as === undefined ? {} : { as }) },
      protocols,
    );
    const parts = [
      `exec ${namespace}/${pod}/${container} ${JSON.stringify(command)}`,
      ...(as === undefined ? [] : [`as ${as}`]),
      `by ${protocols.join(', ')}`,
      ...(accept === JSON_TYPE ? [] : [`accepting ${accept}`]),
    ];
    this.#push(
      parts.join(' '),
      answer.kind === 'open'
        ? execShape(answer)
        : { ...head(answer.reply), ...this.#bodyShape(answer.reply, documentOf(answer.reply), 'brief') },
    );
  }

  /** The networks of a node's stats/summary. */
  async summary(node: string, podNames: readonly string[]): Promise<void> {
    const path = `/api/v1/nodes/${node}/proxy/stats/summary`;
    const reply = await this.#api.ask(call('GET', path, {}));
    this.#push(`GET ${path}`, {
      ...head(reply),
      ...(reply.status === 200
        ? { summary: summaryShape(documentOf(reply), podNames) }
        : this.#bodyShape(reply, documentOf(reply), 'brief')),
    });
  }

  /** Notes what follows from several answers. */
  note(request: string, fact: Readonly<Record<string, unknown>>): void {
    this.#push(request, fact);
  }

  #note(method: string, path: string, { query = {}, as, identity, shown }: Asking, answer: object): void {
    const { resourceVersion, ...rest } = query;
    const parts = [
      shown ?? `${method} ${path}`,
      ...Object.entries(rest).map(([name, value]) => `${name}=${value}`),
      ...(resourceVersion === undefined ? [] : [`resourceVersion=${resourceVersion}`]),
      ...(as === undefined ? [] : [`as ${as}`]),
      ...(identity === undefined ? [] : [`with a ${identity.kind}`]),
    ];
    this.#push(parts.join(' '), answer);
  }

  #push(request: string, answer: object): void {
    const shown = this.#placeholders.document({ request, ...answer }) as Entry;
    // As it is kept: without what is undefined.
    this.entries.push(JSON.parse(JSON.stringify(shown)) as Entry);
  }

  #bodyShape(reply: Reply, document: JsonObject, detail: Detail): object {
    if (reply.status >= 400) return this.#failure(reply);
    return { body: documentShape(document, detail, this.#known) };
  }

  #failure({ contentType, body }: Reply): object {
    return { failure: this.#statusShape(decodeStatus(contentType, body)) };
  }

  #statusShape({ reason, message, continueToken, retryAfterSeconds }: Status): unknown {
    return pruned({
      reason,
      message,
      continueToken: this.#placeholders.token(continueToken),
      retryAfterSeconds,
    });
  }

  #listShape(reply: Reply, detail: Detail): object {
    if (reply.status !== 200) return this.#failure(reply);
    const { metadata, pods } = decodedList(reply);
    const ours = pods.filter(({ namespace }) => namespacesOf(this.place).includes(namespace));
    const { resourceVersion, continueToken, remainingItemCount } = metadata;
    return {
      metadata: {
        resourceVersion: resourceVersion === '' ? '' : 'VERSION',
        // What stands in it is the server's own affair, so the two encodings may have other ones.
        continueToken: continueToken === '' ? '' : 'TOKEN',
        remainingItemCount,
      },
      pods: ours.map((pod) =>
        detail === 'whole'
          ? this.#placeholders.document(podShape(pod, detail))
          : `${pod.namespace}/${pod.name}`,
      ),
    };
  }

  #streamShape(stream: Stream, since: string, detail: Detail): object {
    const body = stream.body();
    if (stream.status !== 200) return this.#failure({ ...stream, body });
    let last = Number(since);
    const events = eventsOf(stream).map((event) => {
      if (event.type === 'ERROR') return { type: event.type, status: this.#statusShape(event.status) };
      const version = Number(event.resourceVersion);
      const [isNewer, isOlder] = [version > last, version < last];
      last = version;
      // What happens elsewhere in the cluster makes its version newer.
      if (event.type === 'BOOKMARK') return { type: event.type, isOlder };
      return {
        type: event.type,
        isNewer,
        pod: event.pod === null ? null : this.#placeholders.document(podShape(event.pod, detail)),
      };
    });
    // Some bookmarks come twice, or behind each other.
    return {
      events: events.filter(
        ({ type }, index) => type !== 'BOOKMARK' || events[index - 1]?.type !== 'BOOKMARK',
      ),
    };
  }
}

export function namespacesOf({ still, moving, empty }: Place): readonly string[] {
  return [still, moving, empty];
}

export function podsPath(namespace: string | null): string {
  return namespace === null ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`;
}

export function podPath(namespace: string, name: string): string {
  return `${podsPath(namespace)}/${name}`;
}

function call(
  method: string,
  path: string,
  { query = {}, body, type = JSON_TYPE, accept, identity, as }: Asking,
): Call {
  return {
    method,
    path,
    query: Object.entries(query),
    ...(accept === undefined ? {} : { accept }),
    ...(identity === undefined ? {} : { identity }),
    ...(as === undefined ? {} : { as }),
    ...(body === undefined
      ? {}
      : { body: { type, content: typeof body === 'string' ? body : JSON.stringify(body) } }),
  };
}

function head({ status, contentType }: Reply): object {
  return { status, contentType };
}

/** Whether it is one that a server could have made; another is shown as it is. */
function isToken(text = ''): text is string {
  return text.length > 40;
}

/** Empty where the body is no JSON object. */
function documentOf({ contentType, body }: Reply): JsonObject {
  if (!contentType.startsWith(JSON_TYPE)) return {};
  return objectOf({ body: JSON.parse(body.toString('utf8')) as unknown }, 'body');
}

function decodedList({ contentType, body }: Reply): DecodedList {
  const decoder = podListDecoder(contentType, 'every');
  decoder.push(body);
  return decoder.end();
}

function eventsOf({ contentType, body }: Stream): readonly PodEvent[] {
  return podWatchDecoder(contentType, 'every').push(body());
}

function lines(body: Buffer): readonly JsonObject[] {
  return body
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonObject);
}

function isComplete(stream: Stream, count: number | 'end'): boolean {
  if (stream.isEnded()) return true;
  return count !== 'end' && stream.status === 200 && eventsOf(stream).length >= count;
}

function execShape({
  protocol,
  messages,
  closed,
}: {
  readonly protocol: string;
  readonly messages: readonly Buffer[];
  readonly closed: number;
}): object {
  const read = messages.map(readExecMessage);
  const of = (channel: number): string =>
    Buffer.concat(
      read.filter((message) => message.channel === channel).map(({ payload }) => payload),
    ).toString('utf8');
  const [first] = read;
  const known: readonly number[] = [execChannel.stdout, execChannel.stderr, execChannel.error];
  return {
    protocol,
    first: first === undefined ? null : { channel: first.channel, length: first.payload.length },
    stdout: of(execChannel.stdout),
    stderr: of(execChannel.stderr),
    others: read.filter(({ channel }) => !known.includes(channel)).map(({ channel }) => channel),
    lastChannel: read.at(-1)?.channel,
    ending: JSON.parse(of(execChannel.error) || 'null') as unknown,
    closed,
  };
}

const TOO_LATE = new Error('It took too long.');

/** @throws TOO_LATE */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!holds()) {
    if (Date.now() > deadline) throw TOO_LATE;
    await sleep(10);
  }
}
