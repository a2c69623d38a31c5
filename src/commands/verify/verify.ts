import { exitCode, type ExitCode, InterruptedError } from '../../errors.ts';
import { prepareExec } from '../../kube/api/exec.ts';
import type { ListContext } from '../../kube/api/list-pods.ts';
import type { Session } from '../../kube/api/session.ts';
import { startProgress } from '../../output/progress.ts';
import { text } from '../../output/safe-text.ts';
import type { ColumnWidths } from './rows.ts';
import type { Expectations } from '../../model/declared.ts';
import type { Pod } from '../../model/pod.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';
import type { DryRun, TemplateFormat, VerifyFormat } from '../shared/formats.ts';
import { type Output, printsDocuments, readOutput } from '../shared/output.ts';
import { mapInOrder } from '../shared/map-in-order.ts';
import { dryRunProbes } from './probe-dry-run.ts';
import { type ProbeOptions, Probes } from '../../probe/probes.ts';
import { reachPod } from './reach-pod.ts';
import { withSession } from '../shared/session.ts';
import {
  namedTargets,
  nodesOf,
  type Survey,
  surveyTargets,
  type Target,
  type TargetOptions,
} from './targets.ts';
import { table } from '../../output/table.ts';
import type { TableLayout } from './report.ts';
import { reporterOf } from './reporter.ts';
import { isOnItsNode } from './eligibility.ts';
import { inspectOneOfAll, inspectSelected } from './inspect-pod.ts';
import type { InspectionOptions } from './inspection-options.ts';
import { NodeFacts } from './node-facts.ts';

export interface VerifyOptions extends TargetOptions {
  readonly connection: ConnectionOptions;
  /** Inspects every running Pod of the scope in place of selected Pods. */
  readonly all: boolean;
  /** True to exec into containers. */
  readonly exec: boolean;
  /** Null without --probe. */
  readonly probe: Omit<ProbeOptions, 'timeout'> | null;
  /** Value of --dry-run, or null. */
  readonly dryRun: DryRun | null;
  /** True to send a request to the Pod's ports on its node. */
  readonly reach: boolean;
  readonly expect: Expectations;
  readonly requireTrusted: boolean;
  /** Maximum number of Pods to inspect in parallel. */
  readonly parallel: number;
  /** Milliseconds for one Pod. */
  readonly timeout: number;
  readonly output: VerifyFormat | TemplateFormat;
}

/** The kubelet takes the first sample of a Pod 10 s to 20 s after its start, and the next ones at the same interval. */
const MAX_SAMPLE_WAIT_MILLISECONDS = 40_000;

/** Runs `kubectl hostns verify`: checks whether Pods share the namespaces of their node as they declare. */
export async function verify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const output = await readOutput(options.output, { noHeaders: false });
  return withSession(options.connection, context, async (session, steadfast) => {
    const { probe, timeout } = options;
    const probes = probe === null ? null : new Probes({ ...probe, timeout }, session, steadfast(), context);
    if (probes !== null && options.dryRun !== null && typeof output !== 'function') {
      const { targets, nodes } = await findTargets(options, session);
      const missing = [...targets].flatMap((target) => (target.kind === 'failed' ? [target.error] : []));
      for (const error of missing) context.stderr.write(text`error: ${error}\n`);
      const code = await dryRunProbes(nodes, probes, { output, dryRun: options.dryRun }, session, context);
      return missing.length === 0 ? code : exitCode.failed;
    }
    try {
      return await verifyAll(options, output, session, probes, context);
    } finally {
      // In any case, and before any other message.
      for (const message of (await probes?.close()) ?? []) context.stderr.write(text`error: ${message}\n`);
    }
  });
}

async function verifyAll(
  options: VerifyOptions,
  output: Output<VerifyFormat>,
  session: Session,
  probes: Probes | null,
  context: CommandContext,
): Promise<ExitCode> {
  const inspection = inspectionOptions(options, printsDocuments(output), probes !== null);
  const facts = new NodeFacts(inspection, session, context, probes);
  // The nodes can be read while the Pods are being found.
  if (!options.all) void facts.nodes();
  if (options.exec) prepareExec();
  const progress = startProgress(context.terminal, context.environment, (count) =>
    progressText(options, count),
  );
  try {
    const found = await findTargets(options, session);
    if (found.unknownNode !== null) {
      const { unknownNode } = found;
      progress.above(() => {
        context.stderr.write(text`Note: ${unknownNode}\n`);
      });
    }
    facts.prefetch(found.nodes, found.pods, options.parallel);
    const inspectPod = options.all ? inspectOneOfAll : inspectSelected;
    const reporter = reporterOf(
      {
        ...options,
        ...found,
        output,
        failures: probes?.failures ?? new Set(),
        table: await tableLayout(context),
      },
      context,
    );
    // Results that are not printed yet. A large cluster has too many to keep them all.
    const waiting = new Map<Target, PodVerification>();
    const codes = new Set<ExitCode>();
    let [done, printed] = [0, 0];
    const inspect = async (target: Target): Promise<readonly [Target, PodVerification]> => {
      const item = target.kind === 'pod' ? await inspectPod(target.pod, inspection, facts, session) : target;
      const whole = options.reach ? await reachPod(item, context) : item;
      waiting.set(target, whole);
      done += 1;
      progress.update(done);
      return [target, whole];
    };
    const report = (item: PodVerification): void => {
      printed += 1;
      codes.add(codeOf(item, options));
      reporter.add(item);
    };
    const isInterrupted = await interruptible(async () => {
      for await (const [target, item] of mapInOrder(found.targets, options.parallel, inspect)) {
        waiting.delete(target);
        progress.above(() => {
          report(item);
        });
        await context.stdout.written();
      }
    });
    progress.stop();
    // Print the results that were waiting for their turn.
    if (isInterrupted) for (const item of waiting.values()) report(item);
    reporter.end(isInterrupted ? found.count - printed : 0);
    if (isInterrupted) codes.add(exitCode.interrupted);
    // With --probe, the user expects trusted evidence, and that no probe Pod is left.
    if ((await probes?.isSound()) === false) codes.add(exitCode.failed);
    return worst(codes);
  } finally {
    progress.stop();
  }
}

function inspectionOptions(
  { exec, all, reach, ...options }: VerifyOptions,
  isDocument: boolean,
  hasProbes: boolean,
): InspectionOptions {
  // --reach needs the sockets that the container itself reports, so that a probe Pod does not replace the exec.
  const isOptional = all || (hasProbes && !reach);
  return {
    ...options,
    exec: !exec ? 'never' : isOptional ? 'undecided' : 'always',
    // With --all, one request to each kubelet serves all Pods.
    maxSampleWait: all ? 0 : MAX_SAMPLE_WAIT_MILLISECONDS,
    wantsInterfaces: isDocument || !all,
    wantsSockets: isDocument || reach,
  };
}

interface Found extends Pick<Survey, 'unknownNode'> {
  readonly targets: Iterable<Target>;
  /** Number of targets. */
  readonly count: number;
  /** Targets that can be inspected on their node. */
  readonly pods: Iterable<Pod>;
  /** Nodes of these Pods, each at least once. */
  readonly nodes: readonly string[];
  readonly widths: readonly ColumnWidths[];
  readonly idle: number;
}

async function findTargets(options: VerifyOptions, session: Session): Promise<Found> {
  const context: ListContext = { ...session, onProgress: () => undefined };
  if (!options.all) {
    const targets = await namedTargets(options, context);
    const pods = targets.flatMap((target) =>
      target.kind === 'pod' && isOnItsNode(target.pod, options.container) ? [target.pod] : [],
    );
    return {
      targets,
      count: targets.length,
      pods,
      nodes: nodesOf(pods),
      widths: [],
      idle: 0,
      unknownNode: null,
    };
  }
  const { pages, unknownNode } = await surveyTargets(options, context);
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  return {
    targets: each(pages, (pod): readonly Target[] => [{ kind: 'pod', pod }]),
    count: sum(pages.map(({ count }) => count)),
    pods: each(pages, (pod) => (isOnItsNode(pod, options.container) ? [pod] : [])),
    nodes: pages.flatMap(({ nodes }) => nodes),
    widths: pages.map(({ widths }) => widths),
    idle: sum(pages.map(({ idle }) => idle)),
    unknownNode,
  };
}

function each<T>(pages: Survey['pages'], make: (pod: Pod) => readonly T[]): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (const { pods } of pages) for (const pod of pods) yield* make(pod);
    },
  };
}

function progressText({ all, probe }: VerifyOptions, count: string) {
  if (probe !== null) return text`${count} Pods verified (a probe Pod is started on each of their nodes)`;
  if (all) return text`${count} Pods verified`;
  return text`${count} Pods verified (where it is close, the kubelet's next sample is waited for)`;
}

/** Resolves to true if Ctrl-C ended the work. */
async function interruptible(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    return true;
  }
}

/** With --all, a Pod that ended during the run is not a failure. */
function codeOf(item: PodVerification, { all }: VerifyOptions): ExitCode {
  if (item.kind === 'failed') return all && item.isGone ? exitCode.ok : exitCode.failed;
  switch (item.verification.verdict) {
    case 'mismatch':
      return exitCode.mismatch;
    case 'inconclusive':
      return exitCode.inconclusive;
    case 'match':
    case 'unchecked':
      return exitCode.ok;
  }
}

/** A mismatch outweighs a failure, and a failure outweighs an inconclusive verdict. */
const GRAVITY: readonly ExitCode[] = [
  exitCode.interrupted,
  exitCode.mismatch,
  exitCode.failed,
  exitCode.inconclusive,
];

function worst(codes: ReadonlySet<ExitCode>): ExitCode {
  return GRAVITY.find((code) => codes.has(code)) ?? exitCode.ok;
}

/** Wraps the evidence on a terminal. A pipe gets one line for each row. */
async function tableLayout({ columns }: CommandContext): Promise<TableLayout> {
  if (columns === null) return table;
  const { wrappedTable } = await import('../../output/wrapped-table.ts');
  return (header, rows) => wrappedTable(header, rows, columns);
}
