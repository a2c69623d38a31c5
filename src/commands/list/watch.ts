import { type ExitCode, InterruptedError, StoppedError } from '../../errors.ts';
import { UnavailableError } from '../../kube/errors/connection-error.ts';
import type { Session } from '../../kube/api/session.ts';
import { type ChangeEvent, watchPods } from '../../kube/api/watch-pods.ts';
import { rowChangePrinter } from './row-changes.ts';
import { text } from '../../output/safe-text.ts';
import { type RowChange, WatchedPods } from '../../model/watched-pods.ts';
import type { CommandContext } from '../shared/context.ts';
import type { ListFormat } from '../shared/formats.ts';
import { type Output, printsDocuments, readOutput } from '../shared/output.ts';
import { Lister, type ListOptions, nothingFound } from './list.ts';
import { Retries } from './retries.ts';
import { withSession } from '../shared/session.ts';

export interface WatchOptions extends ListOptions {
  /** Does not list the Pods first. */
  readonly changesOnly: boolean;
  /** Shows the type of each event: ADDED, MODIFIED or DELETED. */
  readonly withEvents: boolean;
}

/** Runs `kubectl hostns list --watch`: lists the Pods, and then each change, until Ctrl-C. */
export async function watch(options: WatchOptions, context: CommandContext): Promise<ExitCode> {
  if (options.order !== null) {
    context.stderr.write(text`Note: changes come as they happen; --sort-by is for the first rows alone.\n`);
  }
  const output = await readOutput(options.output, options);
  return withSession(options.connection, context, (session) =>
    new Watch(options, output, session, context).run(),
  );
}

/**
 * Shows each change once. After a lost connection, the watch continues at the last version. If that version has expired (410),
 * a new list is compared with the rows that are shown.
 */
class Watch {
  readonly #options: WatchOptions;
  readonly #output: Output<ListFormat>;
  readonly #session: Session;
  readonly #context: CommandContext;
  readonly #lister: Lister;
  readonly #retries: Retries;
  readonly #print: ReturnType<typeof rowChangePrinter>;
  readonly #shown = new WatchedPods();
  /** resourceVersion up to which all changes are shown; null if a new list is necessary. */
  #version: string | null = null;

  constructor(options: WatchOptions, output: Output<ListFormat>, session: Session, context: CommandContext) {
    this.#options = options;
    this.#output = output;
    this.#session = session;
    this.#context = context;
    this.#lister = new Lister(options, session, context);
    this.#retries = new Retries(context);
    this.#print = rowChangePrinter({
      format: output,
      withNamespace: options.allNamespaces,
      wide: output === 'wide',
      labelColumns: options.labelColumns,
      withLabels: options.showLabels,
      withHeader: !options.noHeaders,
      withEvents: options.withEvents,
    });
  }

  /** @throws ExplainedError when it ends, InterruptedError on Ctrl-C */
  async run(): Promise<never> {
    try {
      await this.#begin();
      for (;;) await this.#try();
    } catch (error) {
      // Ctrl-C is the normal end of a watch.
      throw error instanceof InterruptedError ? new StoppedError(error.message, { cause: error }) : error;
    }
  }

  async #try(): Promise<void> {
    try {
      await this.#goOn();
      await this.#retries.ended();
    } catch (error) {
      // The version cannot be continued: start with a new list.
      if (!(error instanceof UnavailableError)) this.#version = null;
      await this.#retries.failed(error);
    }
  }

  async #begin(): Promise<void> {
    const { rows, listing } = await this.#lister.list(true);
    await this.#lister.requireScope(listing);
    const changes = this.#shown.replace(rows);
    this.#version = listing.resourceVersion;
    if (this.#options.changesOnly) return;
    await this.#show(changes);
    if (rows.length > 0 || printsDocuments(this.#output)) return;
    const { namespace } = this.#lister.query;
    this.#context.stderr.write(text`${nothingFound(namespace, listing.total, this.#options)}\n`);
  }

  /** Reads events until the connection or the server ends the watch. */
  async #goOn(): Promise<void> {
    this.#version ??= await this.#catchUp();
    const version = this.#version;
    const opened = (): void => {
      // A server sends no events for a version that is newer than its own, such as after a restore of etcd. So only a
      // version after which it sent an event is continued.
      this.#version = null;
      this.#retries.connected();
    };
    const take = async (events: readonly ChangeEvent[]): Promise<void> => {
      await this.#take(events);
      if (this.#version !== version) this.#retries.progressed();
    };
    const ending = await watchPods(this.#lister.query, version, { opened, take }, this.#session);
    if (ending === 'expired') this.#version = null;
  }

  async #catchUp(): Promise<string> {
    const { rows, listing } = await this.#lister.list(true);
    await this.#show(this.#shown.replace(rows));
    return listing.resourceVersion;
  }

  async #take(events: readonly ChangeEvent[]): Promise<void> {
    const told = events.flatMap((event) =>
      event.type === 'BOOKMARK' || event.pod === null ? [] : [{ type: event.type, pod: event.pod }],
    );
    const rows = await this.#lister.rows.of(told.map(({ pod }) => pod));
    const changes = rows.flatMap((row, index) =>
      told[index]?.type !== 'DELETED' && this.#lister.rows.isListed(row)
        ? this.#shown.put(row)
        : this.#shown.remove(row),
    );
    await this.#show(changes);
    this.#version = events.at(-1)?.resourceVersion || null;
  }

  async #show(changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return;
    this.#context.stdout.write(this.#print(changes, this.#session.client.now() / 1000));
    await this.#context.stdout.written();
  }
}
