import { ExplainedError, UsageError } from '../../errors.ts';
import type { Pod } from '../../model/pod.ts';
import { POD_LIST_ACCEPT, podListDecoder } from '../../wire/content-type.ts';
import type { DecodedList, PodListDecoder, WantedPods } from '../../wire/pod-list.ts';
import { WireError } from '../../wire/protobuf-reader.ts';
import type { Answer } from '../transport/client.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import { podsPath } from './pod-path.ts';
import { refusal, readStatus } from '../errors/refusal.ts';
import type { Session } from './session.ts';
import { TokenCycle } from '../auth/token-cycle.ts';

/** Large pages need fewer requests, small ones less memory of the server; measured in docs/benchmarks.md. */
const POD_PAGE_SIZE = 2000;
/** Maximum number of retries of a page whose response breaks off. */
const MAX_PAGE_RETRIES = 2;
/** Maximum number of times that an expired list starts again (410); the last time without pages. */
const MAX_RESTARTS = 3;
/** Maximum number of consecutive continue tokens that may have expired already. */
const MAX_FRESH_TOKENS = 5;

/** A longer list is taken for endless. The largest clusters that Kubernetes is tested with have 150,000 Pods. */
export const listLimits = {
  /** All are counted, and those are kept that are wanted: a kilobyte or two each. */
  podsRead: 5_000_000,
  podsKept: 500_000,
  /** Without a Pod, one behind the other: a server looks through some thousand objects for each page. */
  emptyPages: 1000,
};

export interface PodQuery {
  /** Null for all namespaces. */
  readonly namespace: string | null;
  /** Values of -l and --field-selector, or empty. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** The node that the Pods must be on, or null. */
  readonly node: string | null;
  /** Leaves out Pods that have ended. */
  readonly liveOnly: boolean;
  readonly wanted: WantedPods;
  /** Gives up rather than go on with another version of the cluster than it began with. */
  readonly isExact?: boolean;
}

export interface PodListing extends Listing {
  /** The wanted Pods, in the server's order: by namespace, then by name. */
  readonly pods: readonly Pod[];
}

/** A list whose pages were converted. */
export interface PageListing<T> extends Listing {
  readonly pages: readonly T[];
}

interface Listing {
  /** How many Pods were read. */
  readonly total: number;
  readonly resourceVersion: string;
  /** False where the server could not go on with the version that it began with. */
  readonly isConsistent: boolean;
}

export interface ListContext extends Session {
  readonly onProgress: (podsRead: number) => void;
}

type Page =
  | { readonly kind: 'list'; readonly list: DecodedList }
  | { readonly kind: 'expired'; readonly token: string };

/**
 * Lists the Pods of one or all namespaces, page by page, at one version of the cluster.
 *
 * @throws ExplainedError if they cannot be listed
 */
export async function listPods(query: PodQuery, context: ListContext): Promise<PodListing> {
  const { pages, ...listing } = await listPodPages(query, context, (pods) => pods);
  return { ...listing, pods: pages.flat() };
}

/**
 * Lists Pods like `listPods`, but keeps only the result of `keep` for each page, because the Pods of a large cluster take much
 * memory.
 *
 * @throws ExplainedError if they cannot be listed
 */
export async function listPodPages<T>(
  query: PodQuery,
  context: ListContext,
  keep: (pods: readonly Pod[]) => Promise<T> | T,
): Promise<PageListing<T>> {
  for (let restarts = 0; restarts <= MAX_RESTARTS; restarts += 1) {
    const limit = restarts < MAX_RESTARTS ? POD_PAGE_SIZE : null;
    const listing = await listPages(query, limit, context, keep);
    if (listing !== null) return listing;
  }
  throw new ExplainedError(
    `Cannot ${doing(query)}: the server forgets the version of the list faster than it can be read. Try again later.`,
  );
}

/** Returns null if the version has expired (410) and the list cannot continue at another. */
async function listPages<T>(
  query: PodQuery,
  limit: number | null,
  context: ListContext,
  keep: (pods: readonly Pod[]) => Promise<T> | T,
): Promise<PageListing<T> | null> {
  const pages: T[] = [];
  let [total, wanted] = [0, 0];
  let token = '';
  let isConsistent = true;
  let expired = 0;
  let emptyPages = 0;
  const tokens = new TokenCycle();
  for (;;) {
    const page = await fetchPage(query, token, limit, context);
    if (page.kind === 'expired') {
      expired += 1;
      if (query.isExact === true || page.token === '' || expired > MAX_FRESH_TOKENS) return null;
      token = page.token;
      isConsistent = false;
      continue;
    }
    expired = 0;
    const { resourceVersion, continueToken } = page.list.metadata;
    pages.push(await keep(page.list.pods));
    wanted += page.list.pods.length;
    total += page.list.total;
    context.onProgress(total);
    // A page may be empty: only the token tells whether there is another.
    if (continueToken === '') return { pages, total, resourceVersion, isConsistent };
    tokens.step(token, continueToken, doing(query));
    emptyPages = page.list.total === 0 ? emptyPages + 1 : 0;
    if (total > listLimits.podsRead || wanted > listLimits.podsKept || emptyPages > listLimits.emptyPages) {
      throw new ExplainedError(
        `Cannot ${doing(query)}: the server's list does not end; ${String(total)} Pods were read. With -n, -l or --node it is shorter.`,
      );
    }
    token = continueToken;
  }
}

async function fetchPage(
  query: PodQuery,
  token: string,
  limit: number | null,
  context: ListContext,
): Promise<Page> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fetchPageOnce(query, token, limit, context);
    } catch (error) {
      if (attempt >= MAX_PAGE_RETRIES || !(error instanceof BrokenPageError)) {
        throw error instanceof BrokenPageError ? error.explained : error;
      }
    }
  }
}

/** The response of a page broke off. A retry is harmless. */
class BrokenPageError extends Error {
  override readonly name = 'BrokenPageError';
  readonly explained: Error;

  constructor(explained: Error) {
    super(explained.message, { cause: explained });
    this.explained = explained;
  }
}

async function fetchPageOnce(
  query: PodQuery,
  token: string,
  limit: number | null,
  context: ListContext,
): Promise<Page> {
  const answer = await context.client.get({
    doing: doing(query),
    path: podsPath(query.namespace),
    query: {
      ...(limit === null ? {} : { limit: String(limit) }),
      ...(token === '' ? {} : { continue: token }),
      ...selectorsOf(query),
    },
    accept: POD_LIST_ACCEPT,
  });
  if (answer.status !== 200) return refused(answer, query, context);
  try {
    // Made with the first bytes: then what cannot be read ends the answer.
    let decoder: PodListDecoder | undefined;
    const made = (begin?: Buffer): PodListDecoder =>
      (decoder ??= podListDecoder(answer.contentType, query.wanted, begin));
    await answer.body.forEach((chunk) => {
      made(chunk).push(chunk);
    });
    return { kind: 'list', list: made().end() };
  } catch (error) {
    if (error instanceof ConnectionError) throw new BrokenPageError(error);
    if (!(error instanceof WireError)) throw error;
    throw new BrokenPageError(
      new ExplainedError(`Cannot ${doing(query)}: the server's answer cannot be read, ${error.message}.`, {
        cause: error,
      }),
    );
  }
}

async function refused(answer: Answer, query: PodQuery, context: ListContext): Promise<Page> {
  const status = await readStatus(answer);
  if (answer.status === 410) return { kind: 'expired', token: status.continueToken };
  if (answer.status === 400 && query.labelSelector + query.fieldSelector !== '') {
    const given = [
      ...(query.labelSelector === '' ? [] : [`-l '${query.labelSelector}'`]),
      ...(query.fieldSelector === '' ? [] : [`--field-selector '${query.fieldSelector}'`]),
    ];
    throw new UsageError(
      `The server does not take the selector ${given.join(' ')}: ${status.message.replace(/\.$/, '')}.`,
    );
  }
  const needs = { verb: 'list', resource: 'pods', namespace: query.namespace };
  throw await refusal(answer, status, { doing: doing(query), needs }, context);
}

/** Returns the given selectors as query parameters. */
export function selectorsOf(query: PodQuery): Readonly<Record<string, string>> {
  const { labelSelector } = query;
  const fieldSelector = fieldSelectorOf(query);
  return {
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
  };
}

/** Returns the field selector that the server supports. It has none for hostPID and hostIPC. */
function fieldSelectorOf({ fieldSelector, node, liveOnly }: PodQuery): string {
  return [
    ...(fieldSelector === '' ? [] : [fieldSelector]),
    // fields.EscapeValue in k8s.io/apimachinery
    ...(node === null ? [] : [`spec.nodeName=${node.replace(/[\\,=]/g, '\\$&')}`]),
    ...(liveOnly ? ['status.phase!=Succeeded', 'status.phase!=Failed'] : []),
  ].join(',');
}

function doing(query: PodQuery): string {
  return `list Pods ${scopeOf(query)}`;
}

/** Returns the scope as it follows "Cannot list Pods". */
export function scopeOf({ namespace }: PodQuery): string {
  return namespace === null ? 'in all namespaces' : `in the namespace ${namespace}`;
}
