import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { podAsProtobuf, withResourceVersion } from './pod-bytes.ts';
import type { ListMeta } from './pod-list-bytes.ts';
import { type PodJson, type RecordedPod, recordedPods, recordedVersion } from './recorded.ts';
import { badRequest, StatusError } from './status.ts';

export interface PodPage {
  readonly meta: ListMeta;
  readonly pods: readonly RecordedPod[];
}

/** The token in which the API server remembers where a list goes on (storage/continue.go, 1.35). */
interface ContinueToken {
  readonly v: 'meta.k8s.io/v1';
  /** The version that the list began with; -1 in a token that comes with 410 and goes on with any. */
  readonly rv: number;
  /** The first key that may come next. */
  readonly start: string;
}

/** What has become of one Pod: it is new where there was none before, and gone where there is none after. */
export interface PodChange {
  /** The version of the cluster that this change has made. */
  readonly version: number;
  readonly before: RecordedPod | null;
  readonly after: RecordedPod | null;
}

/** The Pods of the cluster, now, at the versions of which a client has a list, and what has changed. */
export class PodStore {
  /** Those from which a list can be gone on with. */
  readonly #snapshots = new Map<number, readonly RecordedPod[]>();
  #current = recordedVersion;
  #pods: readonly RecordedPod[];
  /** What `restore` goes back to. */
  #base: readonly RecordedPod[];
  /** All that is remembered, from the oldest on. */
  readonly #changes: PodChange[] = [];
  /** The oldest version from which a watch can go on. */
  #forgotten = recordedVersion;
  /** Are told of each change as it is made. */
  readonly listeners = new Set<(change: PodChange) => void>();

  constructor(pods: readonly RecordedPod[] = recordedPods) {
    this.#pods = pods;
    this.#base = pods;
  }

  get pods(): readonly RecordedPod[] {
    return this.#pods;
  }

  get version(): number {
    return this.#current;
  }

  find(namespace: string, name: string): RecordedPod | undefined {
    return this.#pods.find(
      ({ json }) => json.metadata.namespace === namespace && json.metadata.name === name,
    );
  }

  /**
   * Puts these Pods in the place of all. They stay in this order and as they are, but for the version of those
   * that are not the very same as before.
   */
  change(pods: readonly RecordedPod[]): void {
    const version = this.#current;
    const old = new Map(this.#pods.map((pod) => [keyOf(pod), pod]));
    const kept = new Set(pods.map(keyOf));
    for (const [key, pod] of old) {
      if (!kept.has(key)) this.#tell(pod, null);
    }
    this.#pods = pods.map((pod) => {
      const before = old.get(keyOf(pod)) ?? null;
      return before?.json === pod.json && before.protobuf === pod.protobuf ? before : this.#put(before, pod);
    });
    this.#base = this.#pods;
    if (this.#current === version) this.advance();
  }

  /** Adds a Pod, or puts it in the place of the one of its name, and gives it as it now is. */
  apply(json: PodJson): RecordedPod {
    const { namespace, name } = json.metadata;
    const before = this.find(namespace, name) ?? null;
    const after = this.#put(before, { json, protobuf: podAsProtobuf(json) });
    const others = this.#pods.filter((pod) => pod !== before);
    const behind = others.findIndex((pod) => keyOf(pod) > keyOf(after));
    this.#pods = behind === -1 ? [...others, after] : others.toSpliced(behind, 0, after);
    return after;
  }

  /** Takes a Pod out, and gives it as it was when it went. */
  remove(namespace: string, name: string): RecordedPod {
    const pod = this.find(namespace, name);
    if (pod === undefined) throw new Error(`There is no Pod ${namespace}/${name}.`);
    this.#pods = this.#pods.filter((other) => other !== pod);
    this.#tell(pod, null);
    return withVersion(pod, this.#current);
  }

  /** Makes a new version of the cluster in which no Pod is another. */
  advance(): void {
    this.#current += 1;
  }

  /** Undoes what `apply` and `remove` have done since the last `change`, which are changes again. */
  restore(): void {
    if (this.#pods !== this.#base) this.change(this.#base);
  }

  /** Forgets all versions but the newest, as etcd's compaction does. */
  compact(): void {
    for (const version of this.#snapshots.keys()) {
      if (version !== this.#current) this.#snapshots.delete(version);
    }
    this.#changes.length = 0;
    this.#forgotten = this.#current;
  }

  /**
   * What has changed since that version.
   *
   * @throws StatusError 410 where it is not remembered
   */
  since(version: number): readonly PodChange[] {
    if (version < this.#forgotten) {
      const oldest = String(this.#forgotten);
      throw new StatusError(410, 'Expired', `too old resource version: ${String(version)} (${oldest})`);
    }
    return this.#changes.filter((change) => change.version > version);
  }

  /** A Pod of the same name but with another UID is another Pod: the old one has gone before. */
  #put(before: RecordedPod | null, pod: RecordedPod): RecordedPod {
    const isAnother = before !== null && before.json.metadata.uid !== pod.json.metadata.uid;
    if (isAnother) this.#tell(before, null);
    const after = withVersion(pod, this.#current + 1);
    this.#tell(isAnother ? null : before, after);
    return after;
  }

  #tell(before: RecordedPod | null, after: RecordedPod | null): void {
    this.advance();
    const change = { version: this.#current, before, after };
    this.#changes.push(change);
    for (const listener of this.listeners) listener(change);
  }

  /**
   * One page of a list.
   *
   * @param namespace null for all
   * @param largestPage a limit of the server's own
   * @throws StatusError for what the API server refuses
   */
  list(namespace: string | null, query: URLSearchParams, largestPage = Number.POSITIVE_INFINITY): PodPage {
    const labels = query.get('labelSelector') ?? '';
    const fields = query.get('fieldSelector') ?? '';
    const matchesLabels = parseLabelSelector(labels);
    const matchesFields = parseFieldSelector(fields);
    const token = readToken(query.get('continue') ?? '');
    const version = token === null || token.rv === -1 ? this.#current : token.rv;
    const snapshot = version === this.#current ? this.#pods : this.#snapshots.get(version);
    if (snapshot === undefined) throw expired(token ?? undefined);
    const rest = snapshot.filter(
      (pod) =>
        keyOf(pod) >= (token?.start ?? '') &&
        (namespace === null || pod.json.metadata.namespace === namespace),
    );
    const limit = Math.min(readInteger(query.get('limit')), largestPage);
    const matching = rest.filter(
      ({ json }) => matchesLabels(json.metadata.labels ?? {}) && matchesFields(json),
    );
    const pods = matching.slice(0, limit);
    const last = pods.at(-1);
    const remaining = rest.length - pods.length;
    // Of those behind a full page it does not know yet whether they match: the next page may be empty.
    const isLast = last === undefined || pods.length < limit || last === rest.at(-1);
    this.#snapshots.set(version, snapshot);
    return {
      pods,
      meta: {
        resourceVersion: String(version),
        continueToken: isLast ? '' : writeToken({ rv: version, start: `${keyOf(last)}\0` }),
        remainingItemCount: isLast || labels !== '' || fields !== '' ? null : remaining,
      },
    };
  }

  /** The token behind a page on which nothing was found: it goes on at once behind where that began. */
  tokenBehind(query: URLSearchParams): string {
    const start = readToken(query.get('continue') ?? '')?.start ?? '';
    this.#snapshots.set(this.#current, this.#pods);
    return writeToken({ rv: this.#current, start: `${start}\0` });
  }
}

/** The same Pod with that metadata.resourceVersion, in both forms. */
export function withVersion({ json, protobuf }: RecordedPod, version: number): RecordedPod {
  const resourceVersion = String(version);
  return {
    json: { ...json, metadata: { ...json.metadata, resourceVersion } },
    protobuf: withResourceVersion(protobuf, resourceVersion),
  };
}

/** @param token what the client came with; null leaves out the fresh one that the server else gives */
export function expired(token: Pick<ContinueToken, 'start'> | undefined): StatusError {
  if (token === undefined) {
    return new StatusError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
  }
  return new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
      'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
      'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    writeToken({ rv: -1, start: token.start }),
  );
}

function keyOf({ json: { metadata } }: RecordedPod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

export function readToken(token: string): ContinueToken | null {
  if (token === '') return null;
  const invalid = (why: string): Error =>
    badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const illegal = token.search(/[^\w-]/);
  if (illegal !== -1) throw invalid(`illegal base64 data at input byte ${String(illegal)}`);
  const {
    v = '',
    rv = 0,
    start = '',
  } = readTokenContent(Buffer.from(token, 'base64url').toString('latin1'), invalid);
  if (v !== 'meta.k8s.io/v1') throw invalid(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalid(`incorrect encoded start resourceVersion (version ${v})`);
  return { v, rv, start };
}

/** Any of it may be missing, or be of another version. */
function readTokenContent(
  text: string,
  invalid: (why: string) => Error,
): Partial<Omit<ContinueToken, 'v'>> & { readonly v?: string } {
  try {
    return JSON.parse(text) as Partial<ContinueToken>;
  } catch {
    const first = text.charCodeAt(0);
    const shown = first < 0x20 || first > 0x7e ? `\\u${first.toString(16).padStart(4, '0')}` : text.charAt(0);
    throw invalid(
      /^[[{"\d-]/.test(text)
        ? 'unexpected end of JSON input'
        : `invalid character '${shown}' looking for beginning of value`,
    );
  }
}

function writeToken({ rv, start }: Omit<ContinueToken, 'v'>): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
}

/** A number of a query, of which 0, less and none mean no limit. */
export function readInteger(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text) > 0 ? Number(text) : Number.POSITIVE_INFINITY;
}
