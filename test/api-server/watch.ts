import type { ServerResponse } from 'node:http';
import { type Fault, FaultyStream } from './faults.ts';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { bookmarkAsProtobuf, watchFrame } from './pod-bytes.ts';
import { envelope } from './pod-list-bytes.ts';
import { type PodChange, type PodStore, readInteger, withVersion } from './pod-store.ts';
import type { PodJson, RecordedPod } from './recorded.ts';
import { type Status, statusAsJson, statusAsProtobuf, StatusError } from './status.ts';

const MAX_TIMER_SECONDS = 2 ** 31 / 1000 - 1;
/** Milliseconds: who allows bookmarks gets one so long before the end (k8s.io/apiserver/pkg/storage/cacher, 1.35). */
const BOOKMARK_BEFORE_END = 2000;
const PROTOBUF_STREAM = 'application/vnd.kubernetes.protobuf;stream=watch';

/** What a client wants to be told, as kube-apiserver 1.35 reads it. */
export interface WatchCall {
  readonly isProtobuf: boolean;
  readonly allowsBookmarks: boolean;
  /** From which version on; null begins with what is there. */
  readonly since: number | null;
  /** Infinity for a watch that the server does not end. */
  readonly timeoutSeconds: number;
  readonly matches: (pod: PodJson) => boolean;
}

/** Whether a list is to be a watch: whatever is not false is true (Convert_Slice_string_To_bool). */
export function isWatch(query: URLSearchParams): boolean {
  const watch = query.get('watch');
  return watch !== null && !['false', '0'].includes(watch.toLowerCase());
}

/**
 * @param namespace null for all
 * @throws StatusError 400, or 500 for a version that is none
 */
export function watchCall(namespace: string | null, query: URLSearchParams, isProtobuf: boolean): WatchCall {
  const timeoutSeconds = readInteger(query.get('timeoutSeconds'));
  const matchesLabels = parseLabelSelector(query.get('labelSelector') ?? '');
  const matchesFields = parseFieldSelector(query.get('fieldSelector') ?? '');
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) {
    const why = `Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`;
    throw new StatusError(500, '', `resourceVersion: ${why}`);
  }
  return {
    isProtobuf,
    allowsBookmarks: ['true', '1'].includes(query.get('allowWatchBookmarks') ?? ''),
    since: Number(version) === 0 ? null : Number(version),
    timeoutSeconds,
    matches: (pod) =>
      (namespace === null || pod.metadata.namespace === namespace) &&
      matchesLabels(pod.metadata.labels ?? {}) &&
      matchesFields(pod),
  };
}

export function watchHeaders({ isProtobuf }: WatchCall): Readonly<Record<string, string>> {
  return {
    'Content-Type': isProtobuf ? PROTOBUF_STREAM : 'application/json',
    'Cache-Control': 'no-cache, private',
  };
}

/** One stream of events. */
export class PodWatch {
  readonly #call: WatchCall;
  readonly #store: PodStore;
  readonly #stream: FaultyStream;

  /** @param headers with them the answer begins at once */
  constructor(
    call: WatchCall,
    store: PodStore,
    {
      response,
      headers,
      fault,
    }: {
      readonly response: ServerResponse;
      readonly headers: Readonly<Record<string, string>>;
      readonly fault: Fault | null;
    },
  ) {
    this.#call = call;
    this.#store = store;
    const listener = (change: PodChange): void => {
      this.#tell(change);
    };
    // A timer that is set for longer than it can be goes off at once.
    const milliseconds =
      call.timeoutSeconds > MAX_TIMER_SECONDS ? Number.POSITIVE_INFINITY : call.timeoutSeconds * 1000;
    const timer = Number.isFinite(milliseconds)
      ? setTimeout(() => {
          this.end('ended');
        }, milliseconds)
      : undefined;
    const bookmarkTimer =
      Number.isFinite(milliseconds) && milliseconds > BOOKMARK_BEFORE_END
        ? setTimeout(() => {
            if (store.version > (call.since ?? 0)) this.bookmark();
          }, milliseconds - BOOKMARK_BEFORE_END)
        : undefined;
    response.on('close', () => {
      clearTimeout(timer);
      clearTimeout(bookmarkTimer);
      store.listeners.delete(listener);
    });
    response.writeHead(200, headers);
    this.#stream = new FaultyStream(response, fault);
    try {
      this.#begin();
      store.listeners.add(listener);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.end(error.status);
    }
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  /** How many bytes of its body are out. */
  get sent(): number {
    return this.#stream.sent;
  }

  /** Says up to which version all is said, to who wants to hear it. */
  bookmark(): void {
    if (this.#call.allowsBookmarks) this.#bookmark({});
  }

  /** Bytes of whatever kind. */
  send(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** Ends it properly, cuts the connection, or says first in an event of its own why it ends. */
  end(how: 'ended' | 'cut' | Status): void {
    if (how === 'cut') {
      this.#stream.cut();
      return;
    }
    if (how !== 'ended') this.#sendObject('ERROR', statusAsJson(how), () => statusAsProtobuf(how));
    this.#stream.end();
  }

  #begin(): void {
    const { since, matches, allowsBookmarks } = this.#call;
    if (since !== null) {
      for (const change of this.#store.since(since)) this.#tell(change);
      return;
    }
    for (const pod of this.#store.pods) {
      if (matches(pod.json)) this.#sendPod('ADDED', pod);
    }
    if (allowsBookmarks) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  /**
   * What the change is to who sees only those that match (convertToWatchEvent in
   * k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go, 1.35).
   */
  #tell({ version, before, after }: PodChange): void {
    const { since, matches } = this.#call;
    if (since !== null && version <= since) return;
    const matched = before !== null && matches(before.json);
    if (after !== null && matches(after.json)) this.#sendPod(matched ? 'MODIFIED' : 'ADDED', after);
    // Also of a Pod that is still there this shows what it was while it matched, with the version of the event.
    else if (matched) this.#sendPod('DELETED', withVersion(before, version));
  }

  #sendPod(type: 'ADDED' | 'MODIFIED' | 'DELETED', { json, protobuf }: RecordedPod): void {
    const document = JSON.stringify({ kind: 'Pod', apiVersion: 'v1', ...json });
    this.#sendObject(type, Buffer.from(document), () => envelope('Pod', protobuf));
  }

  /** A Pod that has nothing but a version. */
  #bookmark(annotations: Readonly<Record<string, string>>): void {
    const metadata = {
      resourceVersion: String(this.#store.version),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    };
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata, spec: { containers: null }, status: {} };
    this.#sendObject('BOOKMARK', Buffer.from(JSON.stringify(pod)), () =>
      envelope('Pod', bookmarkAsProtobuf(metadata)),
    );
  }

  #sendObject(type: string, json: Buffer, protobuf: () => Buffer): void {
    this.#stream.write(
      this.#call.isProtobuf
        ? watchFrame(type, protobuf())
        : Buffer.from(`{"type":"${type}","object":${json.toString('utf8').trim()}}\n`),
    );
  }
}
