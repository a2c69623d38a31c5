import { exitCode, type ExitCode, ExplainedError } from '../errors.ts';
import { prepareExec } from '../kube/exec.ts';
import { getPod, podsOfWorkload } from '../kube/find-pods.ts';
import { listPods, type ListContext } from '../kube/list-pods.ts';
import { document } from '../output/document.ts';
import { startProgress } from '../output/progress.ts';
import { text } from '../output/safe-text.ts';
import { verificationList } from '../output/verification-list.ts';
import { verificationReport } from '../output/verification-report.ts';
import { allContainers } from '../pods/containers.ts';
import type { Pod } from '../pods/pod.ts';
import type { PodReference } from '../pods/pod-reference.ts';
import type { PodVerification } from '../verdict/pod-verification.ts';
import type { CommandContext, ConnectionOptions } from './context.ts';
import type { VerifyFormat } from './formats.ts';
import { mapInOrder } from './map-in-order.ts';
import { PodInspector } from './pod-inspector.ts';
import { withSession } from './session.ts';

export interface VerifyOptions {
  readonly connection: ConnectionOptions;
  readonly pods: readonly PodReference[];
  /** As given with -l, or empty. */
  readonly labelSelector: string;
  /** Null for each Pod's own default. */
  readonly container: string | null;
  /** Whether to look from inside, too. */
  readonly exec: boolean;
  readonly requireTrusted: boolean;
  /** How many Pods to look at at a time. */
  readonly parallel: number;
  /** Milliseconds for one Pod. */
  readonly timeout: number;
  readonly output: VerifyFormat;
}

/** A Pod that was asked about and found, or why it was not. */
type Target = { readonly kind: 'pod'; readonly pod: Pod } | (PodVerification & { readonly kind: 'failed' });

/** `kubectl hostns verify`: whether Pods share the namespaces of their node as they declare. */
export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  return withSession(options.connection, context, async (session) => {
    const progress = startProgress(
      context.terminal,
      (count) => text`${count} Pods verified (where it is close, the kubelet's next sample is waited for)`,
    );
    try {
      const { output } = options;
      const isDocument = output === 'json' || output === 'yaml';
      // First of all, for the nodes can be read while the Pods are still looked for.
      const inspector = new PodInspector(
        { ...options, parts: ['namespaces', 'interfaces', ...(isDocument ? (['sockets'] as const) : [])] },
        session,
        context,
      );
      const finding = findTargets(options, { ...session, onProgress: () => undefined });
      if (options.exec) prepareExec();
      const targets = await finding;
      const items: PodVerification[] = [];
      const noted = new Set<string>();
      const inspect = (target: Target): Promise<PodVerification> =>
        target.kind === 'pod' ? inspector.inspect(target.pod) : Promise.resolve(target);
      for await (const item of mapInOrder(targets, options.parallel, inspect)) {
        const isFirst = !items.some(({ kind }) => kind === 'verified');
        items.push(item);
        progress.update(items.length);
        progress.above(() => {
          report(item, isFirst, noted, options, context);
        });
      }
      progress.stop();
      if (isDocument) context.stdout.write(document(verificationList(items), output));
      else if (items.length > 1 && items.some(({ kind }) => kind === 'verified'))
        context.stdout.write(text`\n${summary(items)}\n`);
      return exitCodeOf(items);
    } finally {
      progress.stop();
    }
  });
}

/** In the order in which they were asked for, each Pod once. */
async function findTargets(options: VerifyOptions, context: ListContext): Promise<readonly Target[]> {
  const { namespace } = context.connection;
  const found = await Promise.all(
    options.pods.map((reference) => findReferred(reference, namespace, context)),
  );
  if (options.labelSelector !== '') found.push(await findSelected(options.labelSelector, namespace, context));
  const seen = new Set<string>();
  return found.flat().filter((target) => {
    const key = target.kind === 'pod' ? target.pod.uid : target.error;
    return !seen.has(key) && seen.add(key);
  });
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
  labelSelector: string,
  namespace: string,
  context: ListContext,
): Promise<readonly Target[]> {
  return orFailed(`-l ${labelSelector}`, namespace, async () => {
    const { pods } = await listPods(
      { namespace, labelSelector, fieldSelector: '', node: null, liveOnly: true, wanted: 'every' },
      context,
    );
    if (pods.length > 0) return pods;
    // To have proved nothing must not look like a proof.
    throw new ExplainedError(
      `No live Pod in the namespace ${namespace} matches the selector ${labelSelector}.`,
    );
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
    return [{ kind: 'failed', namespace, name, pod: null, error: error.message }];
  }
}

/** The table, and what there is to say on standard error. */
function report(
  item: PodVerification,
  isFirst: boolean,
  noted: Set<string>,
  { output, container }: VerifyOptions,
  { stdout, stderr }: CommandContext,
): void {
  if (item.kind === 'failed') {
    stderr.write(text`error: ${item.error}\n`);
    return;
  }
  const containers = allContainers(item.pod).map(({ name }) => name);
  if (container === null && containers.length > 1 && item.pod.defaultContainer !== item.container) {
    stderr.write(text`Defaulted container "${item.container}" out of: ${containers.join(', ')}\n`);
  }
  for (const note of item.notes) {
    if (!noted.has(note)) stderr.write(text`Note: ${note}\n`);
    noted.add(note);
  }
  if (output !== 'table' && output !== 'wide') return;
  if (!isFirst) stdout.write(text`\n`);
  stdout.write(verificationReport(item, { wide: output === 'wide' }));
}

function summary(items: readonly PodVerification[]): string {
  const count = (outcome: string): number =>
    items.filter((item) => (item.kind === 'failed' ? 'failed' : item.verification.verdict) === outcome)
      .length;
  const parts = [
    [count('match'), 'match'],
    [count('mismatch'), 'mismatch'],
    [count('inconclusive'), 'inconclusive'],
    [count('failed'), 'could not be looked at'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, what]) => `${String(number)} ${what}`);
  return `${String(items.length)} Pods: ${told.join(', ')}.`;
}

/** A mismatch outweighs what could not be done, and that what could not be told. */
function exitCodeOf(items: readonly PodVerification[]): ExitCode {
  const outcomes = new Set(
    items.map((item) => (item.kind === 'failed' ? 'failed' : item.verification.verdict)),
  );
  if (outcomes.has('mismatch')) return exitCode.mismatch;
  if (outcomes.has('failed')) return exitCode.failed;
  return outcomes.has('inconclusive') ? exitCode.inconclusive : exitCode.ok;
}
