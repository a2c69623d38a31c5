import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { ListMeta } from './pod-list-bytes.ts';
import { type RecordedPod, recordedPods, recordedVersion } from './recorded.ts';
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

/** The Pods of the cluster, at each version that it remembers. */
export class PodStore {
  readonly #versions = new Map<number, readonly RecordedPod[]>();
  #current = recordedVersion;

  constructor(pods: readonly RecordedPod[] = recordedPods) {
    this.#versions.set(this.#current, pods);
  }

  get pods(): readonly RecordedPod[] {
    return this.#versions.get(this.#current) ?? [];
  }

  /** Makes a new version of the cluster. */
  change(pods: readonly RecordedPod[]): void {
    this.#current += 1;
    this.#versions.set(this.#current, pods);
  }

  /** Forgets all versions but the newest, as etcd's compaction does. */
  compact(): void {
    for (const version of this.#versions.keys()) {
      if (version !== this.#current) this.#versions.delete(version);
    }
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
    const snapshot = this.#versions.get(version);
    if (snapshot === undefined) throw expired(token ?? undefined);
    const rest = snapshot.filter(
      (pod) =>
        keyOf(pod) >= (token?.start ?? '') &&
        (namespace === null || pod.json.metadata.namespace === namespace) &&
        matchesLabels(pod.json.metadata.labels ?? {}) &&
        matchesFields(pod.json),
    );
    const limit = Math.min(readLimit(query.get('limit')), largestPage);
    const pods = rest.slice(0, limit);
    const last = pods.at(-1);
    const remaining = rest.length - pods.length;
    const isLast = remaining === 0 || last === undefined;
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
    return writeToken({ rv: this.#current, start: `${start}\0` });
  }
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
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as ContinueToken;
  } catch {
    throw badRequest('invalid continue token: continue key is not valid');
  }
}

function writeToken({ rv, start }: Omit<ContinueToken, 'v'>): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
}

function readLimit(limit: string | null): number {
  if (limit === null || limit === '0') return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(limit)) throw badRequest(`strconv.ParseInt: parsing "${limit}": invalid syntax`);
  return Number(limit);
}
