import { ExplainedError } from '../../errors.ts';
import { podWatchDecoder, POD_LIST_ACCEPT } from '../../wire/content-type.ts';
import type { PodEvent } from '../../wire/pod-watch.ts';
import { WireError } from '../../wire/protobuf-reader.ts';
import type { Status } from '../../wire/status.ts';
import type { Answer } from '../transport/client.ts';
import { type PodQuery, scopeOf, selectorsOf } from './list-pods.ts';
import { podsPath } from './pod-path.ts';
import { readStatus, refusal } from '../errors/refusal.ts';
import type { Session } from './session.ts';

export interface PodWatcher {
  /** The server has agreed to tell what changes. */
  readonly opened: () => void;
  /** Receives one or more events in their order. The next ones follow when it is done. */
  readonly take: (events: readonly ChangeEvent[]) => Promise<void>;
}

/** Watch events except ERROR, which the return value reports. */
export type ChangeEvent = Exclude<PodEvent, { readonly type: 'ERROR' }>;

/**
 * Runs one watch, which reports the changes after a version. After a normal end and after a broken connection, the caller continues
 * at the version of the last event.
 *
 * @returns `expired` if the version has expired (410) and a new list is necessary
 * @throws ConnectionError if the connection breaks off, another ExplainedError if the server rejects the watch
 */
export async function watchPods(
  query: PodQuery,
  resourceVersion: string,
  { opened, take }: PodWatcher,
  session: Session,
): Promise<'ended' | 'expired'> {
  const doing = `watch Pods ${scopeOf(query)}`;
  const answer = await session.client.get({
    doing,
    path: podsPath(query.namespace),
    query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, ...selectorsOf(query) },
    accept: POD_LIST_ACCEPT,
    isEndless: true,
  });
  if (answer.status !== 200) return refused(answer, query, doing, session);
  opened();
  // Made with the first bytes: then what cannot be read ends the answer.
  let stream: EventStream | undefined;
  try {
    await answer.body.forEach((chunk) =>
      (stream ??= new EventStream(answer, chunk, query, take)).push(chunk),
    );
  } catch (error) {
    if (error instanceof EndOfWatch) return ending(error.status, doing);
    if (!(error instanceof WireError)) throw error;
    throw new ExplainedError(`Cannot ${doing}: the server's answer cannot be read, ${error.message}.`, {
      cause: error,
    });
  }
  return 'ended';
}

/** Handles an ERROR event, after which the server ends the watch. */
class EndOfWatch extends Error {
  override readonly name = 'EndOfWatch';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }
}

class EventStream {
  readonly #decoder;
  readonly #take: PodWatcher['take'];

  constructor({ contentType }: Answer, begin: Buffer, { wanted }: PodQuery, take: PodWatcher['take']) {
    this.#decoder = podWatchDecoder(contentType, wanted, begin);
    this.#take = take;
  }

  /** Nothing to wait for is the rule: most Pods share nothing. */
  push(chunk: Buffer): Promise<void> | void {
    const events = this.#decoder.push(chunk);
    const end = events.find((event) => event.type === 'ERROR');
    const changes = events.filter((event) => event.type !== 'ERROR');
    const taken = changes.length === 0 ? undefined : this.#take(changes);
    if (end === undefined) return taken;
    return Promise.resolve(taken).then(() => {
      throw new EndOfWatch(end.status);
    });
  }
}

function ending({ reason, message }: Status, doing: string): 'expired' {
  // What is said behind 200 has no HTTP status; "Gone" is what servers before 1.17 say.
  if (reason === 'Expired' || reason === 'Gone') return 'expired';
  throw new ExplainedError(`Cannot ${doing}: the server has ended the watch (${message || reason}).`);
}

async function refused(
  answer: Answer,
  { namespace }: PodQuery,
  doing: string,
  session: Session,
): Promise<'expired'> {
  const status = await readStatus(answer);
  if (answer.status === 410) return 'expired';
  const needs = { verb: ['list', 'watch'], resource: 'pods', namespace };
  throw await refusal(answer, status, { doing, needs }, session);
}
