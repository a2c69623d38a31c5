import { exitCode, type ExitCode } from '../../errors.ts';
import { listPods, type PodListing, type PodQuery } from '../../kube/api/list-pods.ts';
import { requireNode } from '../../kube/api/nodes.ts';
import type { Session } from '../../kube/api/session.ts';
import { document } from '../../output/document.ts';
import { startProgress } from '../../output/progress.ts';
import { type SafeText, safeLine, join, text } from '../../output/safe-text.ts';
import { sharingPodList } from './pod-document.ts';
import { sharingPodTable } from './pod-table.ts';
import type { Pod } from '../../model/pod.ts';
import type { SharingPod } from '../../model/sharing-pod.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';
import type { ListFormat, TemplateFormat } from '../shared/formats.ts';
import { type Output, printsDocuments, readOutput } from '../shared/output.ts';
import { withSession } from '../shared/session.ts';
import { type RowOptions, SharingRows } from './sharing-rows.ts';
import { WindowsNodes } from '../shared/windows-nodes.ts';

export interface ListOptions extends RowOptions {
  readonly connection: ConnectionOptions;
  readonly allNamespaces: boolean;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly node: string | null;
  readonly order: ((a: Pod, b: Pod) => number) | null;
  readonly output: ListFormat | TemplateFormat;
  readonly noHeaders: boolean;
  readonly labelColumns: readonly string[];
  readonly showLabels: boolean;
}

/** Runs `kubectl hostns list`: lists the Pods whose spec shares a namespace of their node. */
export async function list(options: ListOptions, context: CommandContext): Promise<ExitCode> {
  const output = await readOutput(options.output, options);
  return withSession(options.connection, context, async (session) => {
    const lister = new Lister(options, session, context);
    const { rows, listing } = await lister.list();
    await lister.requireScope(listing);
    report(rows, lister.query.namespace, listing, { ...options, output }, session.client.now(), context);
    return exitCode.ok;
  });
}

/** Lists the Pods of a scope as rows. */
export class Lister {
  readonly query: PodQuery;
  readonly rows: SharingRows;
  readonly #windows: WindowsNodes;
  readonly #options: ListOptions;
  readonly #session: Session;
  readonly #context: CommandContext;

  constructor(options: ListOptions, session: Session, context: CommandContext) {
    const { labelSelector, fieldSelector, node, showCompleted } = options;
    const namespace = options.allNamespaces ? null : session.connection.namespace;
    this.query = {
      namespace,
      labelSelector,
      fieldSelector,
      node,
      liveOnly: !showCompleted,
      wanted: 'sharing',
    };
    this.#windows = new WindowsNodes(session);
    this.rows = new SharingRows(options, this.#windows);
    this.#options = options;
    this.#session = session;
    this.#context = context;
  }

  /**
   * Returns the listed Pods in the requested order. Shows the progress on a terminal.
   *
   * @param isExact true to require a list of a single version of the cluster
   * @throws ExplainedError if the Pods cannot be listed
   */
  async list(
    isExact = false,
  ): Promise<{ readonly rows: readonly SharingPod[]; readonly listing: PodListing }> {
    const { order } = this.#options;
    const progress = startProgress(
      this.#context.terminal,
      this.#context.environment,
      (count) => text`${count} Pods read`,
    );
    try {
      const listed = listPods({ ...this.query, isExact }, { ...this.#session, onProgress: progress.update });
      this.#windows.prefetch();
      const listing = await listed;
      const rows = (await this.rows.of(listing.pods)).filter((row) => this.rows.isListed(row));
      return { rows: order === null ? rows : rows.sort((a, b) => order(a.pod, b.pod)), listing };
    } finally {
      progress.stop();
    }
  }

  /**
   * If no Pod was found, checks that the given node exists, or prints a note that this is unknown.
   *
   * @throws ExplainedError if the node does not exist
   */
  async requireScope({ total }: PodListing): Promise<void> {
    const { node } = this.#options;
    const unknown = total === 0 && node !== null ? await requireNode(node, this.#session) : null;
    if (unknown !== null) this.#context.stderr.write(text`Note: ${unknown}\n`);
  }
}

/** The options with the parsed template of -o. */
type PrintedOptions = Omit<ListOptions, 'output'> & { readonly output: Output<ListFormat> };

function report(
  rows: readonly SharingPod[],
  namespace: string | null,
  listing: PodListing,
  options: PrintedOptions,
  now: number,
  { stdout, stderr }: CommandContext,
): void {
  if (!listing.isConsistent) {
    stderr.write(
      text`Note: the list expired while it was being read (410 Gone) and continued at a newer version; it may mix two states of the cluster.\n`,
    );
  }
  const printed = print(rows, namespace, listing.resourceVersion, options, now);
  if (printed !== null) stdout.write(printed);
  if (rows.length > 0 || printsDocuments(options.output)) return;
  stderr.write(text`${nothingFound(namespace, listing.total, options)}\n`);
}

/** Returns kubectl's sentence about an empty list, and the reason. */
export function nothingFound(
  namespace: string | null,
  total: number,
  options: Omit<ListOptions, 'output'>,
): string {
  const { shares, showCompleted, labelSelector, fieldSelector, node } = options;
  const where = namespace === null ? '' : ` in ${namespace} namespace`;
  const pods = showCompleted ? 'Pod' : 'non-terminated Pod';
  const what = shares.length === 1 ? `the ${shares.join()} namespace` : 'a namespace';
  const isSelected = labelSelector + fieldSelector !== '' || node !== null;
  const nothing = isSelected ? `No ${pods} matches` : `There are no ${pods}s`;
  const why =
    total === 0
      ? nothing
      : total === 1
        ? `The only ${pods} does not share ${what} of its node`
        : `None of the ${String(total)} ${pods}s shares ${what} of its node`;
  return `No resources found${where}. ${why}.${namespace === null ? '' : ' Use -A for all namespaces.'}`;
}

/** Returns null if there is nothing to print. */
function print(
  rows: readonly SharingPod[],
  namespace: string | null,
  resourceVersion: string,
  options: PrintedOptions,
  now: number,
): SafeText | null {
  if (typeof options.output === 'function') return options.output(sharingPodList(rows, resourceVersion));
  switch (options.output) {
    case 'json':
    case 'yaml':
      return document(sharingPodList(rows, resourceVersion), options.output);
    case 'name':
      return rows.length === 0
        ? null
        : join([...rows.map(({ pod }) => safeLine(`pod/${pod.name}`)), safeLine('')], '\n');
    case 'table':
    case 'wide':
      if (rows.length === 0) return null;
      return sharingPodTable(rows, {
        withNamespace: namespace === null,
        wide: options.output === 'wide',
        labelColumns: options.labelColumns,
        withLabels: options.showLabels,
        withHeader: !options.noHeaders,
        now: now / 1000,
      });
  }
}
