import { exitCode, type ExitCode } from '../errors.ts';
import { listPods, type ListContext, type PodListing } from '../kube/list-pods.ts';
import { requireNode, windowsNodes } from '../kube/nodes.ts';
import { document } from '../output/document.ts';
import { startProgress } from '../output/progress.ts';
import { type SafeText, safeLine, join, text } from '../output/safe-text.ts';
import { sharingPodList } from '../output/sharing-pod-list.ts';
import { sharingPodTable } from '../output/sharing-pod-table.ts';
import { isLive } from '../pods/liveness.ts';
import type { Pod } from '../pods/pod.ts';
import { type NamespaceKind, runsOnWindows, sharedNamespaces } from '../pods/sharing.ts';
import type { SharingPod } from '../pods/sharing-pod.ts';
import type { CommandContext, ConnectionOptions } from './context.ts';
import type { ListFormat } from './formats.ts';
import { withSession } from './session.ts';

export interface ListOptions {
  readonly connection: ConnectionOptions;
  readonly allNamespaces: boolean;
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly node: string | null;
  /** A Pod is listed if it shares at least one of these. */
  readonly shares: readonly NamespaceKind[];
  readonly showCompleted: boolean;
  readonly order: ((a: Pod, b: Pod) => number) | null;
  readonly output: ListFormat;
  readonly noHeaders: boolean;
  readonly showLabels: boolean;
}

/** `kubectl hostns list`: the Pods whose spec shares a namespace of their node. */
export async function list(options: ListOptions, context: CommandContext): Promise<ExitCode> {
  return withSession(options.connection, context, async (session) => {
    const namespace = options.allNamespaces ? null : session.connection.namespace;
    const progress = startProgress(context.terminal, (count) => text`${count} Pods read`);
    try {
      const kube: ListContext = { ...session, onProgress: progress.update };
      const { labelSelector, fieldSelector, node, showCompleted } = options;
      const listing = await listPods(
        { namespace, labelSelector, fieldSelector, node, liveOnly: !showCompleted, wanted: 'sharing' },
        kube,
      );
      if (listing.total === 0 && node !== null) await requireNode(node, kube);
      const rows = select(listing.pods, options, await nodesOnWindows(listing, kube));
      progress.stop();
      report(rows, namespace, listing, options, context);
    } finally {
      progress.stop();
    }
    return exitCode.ok;
  });
}

/** The nodes are asked for only where a Pod leaves open whether it runs on Windows. */
async function nodesOnWindows({ pods }: PodListing, kube: ListContext): Promise<ReadonlySet<string>> {
  const isOpen = (pod: Pod): boolean =>
    pod.spec.hostNetwork && pod.spec.nodeName !== '' && runsOnWindows(pod) === null;
  return (pods.some(isOpen) ? await windowsNodes(kube) : null) ?? new Set();
}

function select(
  pods: readonly Pod[],
  options: ListOptions,
  windows: ReadonlySet<string>,
): readonly SharingPod[] {
  const rows = pods
    .filter((pod) => options.showCompleted || isLive(pod))
    .map((pod) => ({
      pod,
      shares: sharedNamespaces(pod, runsOnWindows(pod) ?? windows.has(pod.spec.nodeName)),
    }))
    .filter(({ shares }) => shares.some((kind) => options.shares.includes(kind)));
  const { order } = options;
  return order === null ? rows : rows.sort((a, b) => order(a.pod, b.pod));
}

function report(
  rows: readonly SharingPod[],
  namespace: string | null,
  listing: PodListing,
  options: ListOptions,
  { stdout, stderr, now }: CommandContext,
): void {
  if (!listing.isConsistent) {
    stderr.write(
      text`Note: the cluster changed faster than its Pods could be read; the list is complete for no single moment.\n`,
    );
  }
  const printed = print(rows, namespace, listing.resourceVersion, options, now());
  if (printed !== null) stdout.write(printed);
  if (rows.length > 0 || options.output === 'json' || options.output === 'yaml') return;
  stderr.write(text`${nothingFound(namespace, listing.total, options)}\n`);
}

/** kubectl's sentence, and why. */
function nothingFound(namespace: string | null, total: number, options: ListOptions): string {
  const { shares, showCompleted, labelSelector, fieldSelector, node } = options;
  const where = namespace === null ? '' : ` in ${namespace} namespace`;
  const pods = showCompleted ? 'Pod' : 'live Pod';
  const what = shares.length === 1 ? `the ${shares.join()} namespace` : 'a namespace';
  const isSelected = labelSelector + fieldSelector !== '' || node !== null;
  const nothing = isSelected ? `No ${pods} matches` : `There is no ${pods} to look at`;
  const why = total === 0 ? nothing : `None of ${String(total)} ${pods}s shares ${what} with its node`;
  return `No resources found${where}. ${why}${namespace === null ? '.' : '; -A looks in all namespaces.'}`;
}

/** Null where there is nothing to print. */
function print(
  rows: readonly SharingPod[],
  namespace: string | null,
  resourceVersion: string,
  options: ListOptions,
  now: number,
): SafeText | null {
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
        withLabels: options.showLabels,
        withHeader: !options.noHeaders,
        now: now / 1000,
      });
  }
}
