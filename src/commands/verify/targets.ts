import { exitCode, ExplainedError } from '../../errors.ts';
import { getPod, podsOfWorkload } from '../../kube/api/find-pods.ts';
import { listPodPages, listPods, type ListContext } from '../../kube/api/list-pods.ts';
import { requireNode, windowsNodes } from '../../kube/api/nodes.ts';
import { type ColumnWidths, columnWidths } from './rows.ts';
import { isRunning } from '../../model/containers.ts';
import type { Pod } from '../../model/pod.ts';
import type { PodReference } from '../../model/pod-reference.ts';
import { runsOnWindows, sharedNamespaces } from '../../model/sharing.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import { packPods } from './packed-pods.ts';
import { isOnItsNode } from './eligibility.ts';

/** A selected Pod, or the reason why it was not found. */
export type Target =
  { readonly kind: 'pod'; readonly pod: Pod } | (PodVerification & { readonly kind: 'failed' });

/** Selection of Pods. */
export interface TargetOptions {
  readonly pods: readonly PodReference[];
  /** Value of -l, or empty. */
  readonly labelSelector: string;
  readonly allNamespaces: boolean;
  /** The node that the Pods must be on, or null. */
  readonly node: string | null;
  /** With --all: only the Pods that `list` shows. */
  readonly declaredOnly: boolean;
  /** Null for the default container of each Pod. */
  readonly container: string | null;
}

/** Returns each Pod once, in the order of the command line. */
export async function namedTargets(options: TargetOptions, context: ListContext): Promise<readonly Target[]> {
  const { namespace } = context.connection;
  const found = await Promise.all(
    options.pods.map((reference) => findReferred(reference, namespace, context)),
  );
  if (options.labelSelector !== '') found.push(await findSelected(options, context));
  const seen = new Set<string>();
  return found.flat().filter((target) => {
    const key = target.kind === 'pod' ? target.pod.uid : target.error;
    return !seen.has(key) && seen.add(key);
  });
}

/** The Pods of --all with a running container, and the number of the others. */
export interface Survey {
  /** In the order of the server. */
  readonly pages: readonly SurveyPage[];
  /** Sentences why the existence of the given node is unknown, or null. */
  readonly unknownNode: string | null;
}

/** One page of the Pods of --all. To save memory in large clusters, it keeps only what all pages need at once. */
export interface SurveyPage {
  /** Pods with a running container. */
  readonly pods: Iterable<Pod>;
  readonly count: number;
  readonly widths: ColumnWidths;
  /** Nodes of the Pods that can be inspected, each once. */
  readonly nodes: readonly string[];
  /** Number of Pods without a running container. */
  readonly idle: number;
}

/**
 * Returns the Pods of --all, in the order of the server, without Pods on Windows, which does not have these namespaces.
 *
 * @throws ExplainedError if they cannot be listed, or the node does not exist
 */
export async function surveyTargets(options: TargetOptions, context: ListContext): Promise<Survey> {
  const { allNamespaces, labelSelector, node, declaredOnly, container } = options;
  const namespace = allNamespaces ? null : context.connection.namespace;
  const wanted = declaredOnly ? 'sharing' : 'every';
  const query = { namespace, labelSelector, fieldSelector: '', node, liveOnly: true, wanted } as const;
  const keep = async (pods: readonly Pod[]): Promise<SurveyPage> => {
    const windows = await reading;
    const concerned = pods.filter(
      (pod) =>
        !(runsOnWindows(pod) ?? windows?.has(pod.spec.nodeName) ?? false) &&
        (!declaredOnly || sharedNamespaces(pod, false).length > 0),
    );
    const running = concerned.filter(isRunning);
    return {
      pods: await packPods(running),
      count: running.length,
      widths: columnWidths(running),
      nodes: nodesOf(running.filter((pod) => isOnItsNode(pod, container))),
      idle: concerned.length - running.length,
    };
  };
  const listing = listPodPages(query, context, keep);
  const reading = windowsNodes(context);
  const [{ pages, total }] = await Promise.all([listing, reading]);
  const unknownNode = total === 0 && node !== null ? await requireNode(node, context) : null;
  return { pages, unknownNode };
}

/** Returns the nodes of these Pods, each once. */
export function nodesOf(pods: readonly Pod[]): readonly string[] {
  return [...new Set(pods.map(({ spec }) => spec.nodeName))];
}

async function findReferred(
  reference: PodReference,
  namespace: string,
  context: ListContext,
): Promise<readonly Target[]> {
  const { name } = reference;
  return orFailed(name, namespace, async () =>
    reference.kind === 'pod'
      ? [await getPod(name, namespace, context)]
      : podsOfWorkload(reference.workload, name, namespace, context),
  );
}

async function findSelected(
  { labelSelector, allNamespaces, node }: TargetOptions,
  context: ListContext,
): Promise<readonly Target[]> {
  const own = context.connection.namespace;
  return orFailed(`-l ${labelSelector}`, own, async () => {
    const namespace = allNamespaces ? null : own;
    const { pods } = await listPods(
      { namespace, labelSelector, fieldSelector: '', node, liveOnly: true, wanted: 'every' },
      context,
    );
    if (pods.length > 0) return pods;
    // If no Pod was verified, the exit code must not be 0.
    const where = namespace === null ? '' : ` in the namespace ${namespace}`;
    const on = node === null ? '' : ` on ${node}`;
    throw new ExplainedError(`No live Pod${where}${on} matches the selector ${labelSelector}.`);
  });
}

/** A Pod that cannot be found does not stop the others. Wrong usage and Ctrl-C do. */
async function orFailed(
  name: string,
  namespace: string,
  find: () => Promise<readonly Pod[]>,
): Promise<readonly Target[]> {
  try {
    return (await find()).map((pod) => ({ kind: 'pod', pod }));
  } catch (error) {
    const isOurs = error instanceof ExplainedError && error.exitCode === exitCode.failed;
    if (!isOurs) throw error;
    return [{ kind: 'failed', namespace, name, pod: null, error: error.message, isGone: false }];
  }
}
