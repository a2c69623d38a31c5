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

/** A Pod that was asked about and found, or why it was not. */
export type Target =
  { readonly kind: 'pod'; readonly pod: Pod } | (PodVerification & { readonly kind: 'failed' });

/** Which Pods are asked about. */
export interface TargetOptions {
  readonly pods: readonly PodReference[];
  /** As given with -l, or empty. */
  readonly labelSelector: string;
  readonly allNamespaces: boolean;
  /** The node that the Pods must be on, or null. */
  readonly node: string | null;
  /** Of --all, those alone that `list` would show. */
  readonly declaredOnly: boolean;
  /** Null for each Pod's own default. */
  readonly container: string | null;
}

/** In the order in which they were asked for, each Pod once. */
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

/** Every Pod of the scope in which something runs, and how many there are in which nothing does. */
export interface Survey {
  /** In the server's order. */
  readonly pages: readonly SurveyPage[];
  /** Why it is not known whether there is a node of the name that was given, in sentences; else null. */
  readonly unknownNode: string | null;
}

/** Some Pods of a survey. A large cluster has so many that only what is needed for all of them at once is at hand. */
export interface SurveyPage {
  /** Those in which something runs. */
  readonly pods: Iterable<Pod>;
  readonly count: number;
  readonly widths: ColumnWidths;
  /** The nodes of those that can be asked about on their node, each once. */
  readonly nodes: readonly string[];
  /** How many more there are in which nothing runs. */
  readonly idle: number;
}

/**
 * The Pods of --all, in the server's order, but for those on Windows, which has none of the namespaces.
 *
 * @throws ExplainedError where they cannot be listed, or there is no such node
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

/** The nodes of these Pods, each once. */
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
    // To have proved nothing must not look like a proof.
    const where = namespace === null ? '' : ` in the namespace ${namespace}`;
    const on = node === null ? '' : ` on ${node}`;
    throw new ExplainedError(`No live Pod${where}${on} matches the selector ${labelSelector}.`);
  });
}

/** What cannot be found does not keep the others from being verified; wrong usage does, as does a Ctrl-C. */
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
