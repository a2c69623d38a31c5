import { randomBytes } from 'node:crypto';
import { ExplainedError, InterruptedError } from '../errors.ts';
import { type HeldView, readHeldView } from '../inspection/held-view.ts';
import { type NodeView, type PodProcess, readDevices, readNodeView } from '../inspection/node-view.ts';
import { type ProbeQuestion, probeCommand } from './probe-script.ts';
import { ReportError } from '../inspection/report-error.ts';
import type { SysfsDevice } from '../inspection/sysfs-devices.ts';
import { exec, type ExecResult } from '../kube/api/exec.ts';
import { findNode } from '../kube/api/nodes.ts';
import {
  alteration,
  createProbe,
  leftProbes,
  MAX_DEADLINE_SECONDS,
  type MaybeProbe,
  type Probe,
  probeState,
  removeProbe,
  requireRights,
} from './probe-pods.ts';
import { ProbeRefusedError } from './probe-refusal.ts';
import type { Session } from '../kube/api/session.ts';
import { text } from '../output/safe-text.ts';
import { PROBE_CONTAINER, PROBE_PREFIX, type ProbePod, probePod } from './probe-pod.ts';
import { ProcfsError } from '../procfs/procfs-error.ts';
import type { CommandContext } from '../commands/shared/context.ts';
import { firstLineOf } from '../commands/shared/inspect-container.ts';
import { pause } from '../commands/shared/pause.ts';

/** 10,000 processes of Pods in twelve hierarchies report less. */
const MAX_REPORT_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** How long is waited between two looks at what is starting. */
const POLL_MILLISECONDS = 250;
/** The Pod's own deadline leaves time for what comes behind ours. */
const GRACE_SECONDS = 30;

export interface ProbeOptions {
  readonly image: string;
  readonly namespace: string;
  /** Milliseconds for one probe, from its creation to its report. */
  readonly timeout: number;
}

/** A probe Pod that runs, ready to be asked. */
export interface RunningProbe {
  /**
   * @param networks whether interfaces are to be seen, too
   * @throws ExplainedError where it cannot be told, InterruptedError on Ctrl-C
   */
  look(networks: boolean): Promise<NodeView>;
  /**
   * Reads the processes of Pods many times within a second or two.
   *
   * @param podUids as the kubelet knows them
   * @throws as `look`
   */
  hold(podUids: readonly string[]): Promise<HeldView>;
  /** What a process sees in its /sys. @throws as `look` */
  devicesOf(process: PodProcess): Promise<readonly SysfsDevice[]>;
}

/** Probes of ours, one for each node that is looked at, each of which is removed however that ends. */
export class Probes {
  /** Why some could not be used, each in a sentence. */
  readonly failures = new Set<string>();
  readonly #options: ProbeOptions;
  readonly #session: Session;
  readonly #steadfast: Session;
  readonly #context: CommandContext;
  readonly #running = new Set<Promise<unknown>>();
  /** Where one may have been left behind, each with the command that removes it. */
  readonly #leftBehind: string[] = [];
  #prepared: Promise<void> | null = null;
  /** Settles once the first one is created, or is not. */
  #first: Promise<void> | null = null;
  /** Why no other node need be tried. */
  #refusal: ProbeRefusedError | null = null;
  #isClosed = false;

  constructor(options: ProbeOptions, session: Session, steadfast: Session, context: CommandContext) {
    this.#options = options;
    this.#session = session;
    this.#steadfast = steadfast;
    this.#context = context;
  }

  /**
   * Runs a probe Pod on a node for as long as the work takes.
   *
   * @throws ExplainedError where that cannot be done, InterruptedError on Ctrl-C, or what the work throws
   */
  use<T>(node: string, work: (probe: RunningProbe) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new InterruptedError());
    const done = this.#use(node, work);
    const settled = done.catch((error: unknown) => {
      if (error instanceof ExplainedError) this.failures.add(error.message);
    });
    this.#running.add(settled);
    this.#context.protect(settled);
    return done;
  }

  /** Whether every probe Pod could be used and was removed, as `close` says in words. */
  async isSound(): Promise<boolean> {
    const left = await this.close();
    return left.length === 0 && this.failures.size === 0;
  }

  /** Begins no more, waits until every probe Pod is removed, and says of each that may have been left behind. */
  async close(): Promise<readonly string[]> {
    this.#isClosed = true;
    await Promise.all(this.#running);
    return this.#leftBehind;
  }

  /** The Pod that would be created. */
  manifest(node: string): ProbePod {
    const { image, timeout } = this.#options;
    return probePod({
      name: `${PROBE_PREFIX}${randomBytes(5).toString('hex')}`,
      namespace: this.#options.namespace,
      node,
      image,
      deadline: Math.min(MAX_DEADLINE_SECONDS, Math.ceil(timeout / 1000) + GRACE_SECONDS),
    });
  }

  async #use<T>(node: string, work: (probe: RunningProbe) => Promise<T>): Promise<T> {
    const deadline = performance.now() + Math.min(this.#options.timeout, MAX_DEADLINE_SECONDS * 1000);
    await (this.#prepared ??= this.#prepare());
    await this.#requireReady(node);
    // Only what becomes of the first one tells whether the others need be tried.
    if (this.#first !== null) await this.#first;
    if (this.#refusal !== null) throw this.#refusal;
    const created = this.#create(this.manifest(node));
    this.#first ??= created.then(
      () => undefined,
      () => undefined,
    );
    const probe = await created;
    try {
      await this.#started(probe, deadline);
      return await work(this.#asked(probe, deadline));
    } finally {
      await this.#remove(probe);
    }
  }

  /** It was asked by its name: what answered must have been the very Pod. */
  async #requireSame(probe: Probe, deadline: number): Promise<void> {
    const state = await probeState(probe, Math.max(1, deadline - performance.now()), this.#session);
    if (state.kind === 'running') return;
    throw new ExplainedError(
      `The probe Pod on ${probe.node} was taken away while it was asked (${state.why}).`,
    );
  }

  /** Puts in order what earlier runs have left behind, and makes sure that this one will not. */
  async #prepare(): Promise<void> {
    const { timeout } = this.#options;
    await Promise.all([
      requireRights(this.#options.namespace, timeout, this.#session),
      this.#sweep().catch((error: unknown) => {
        if (!(error instanceof ExplainedError)) throw error;
        this.#context.stderr.write(text`Note: ${error.message}\n`);
      }),
    ]);
  }

  async #sweep(): Promise<void> {
    const left = await leftProbes(this.#options.namespace, this.#options.timeout, this.#session);
    for (const probe of left)
      await removeProbe(probe, (milliseconds) => pause(milliseconds, this.#context), this.#session);
  }

  async #requireReady(node: string): Promise<void> {
    const found = await findNode(node, this.#options.timeout, this.#session);
    if (found?.operatingSystem === 'windows') {
      throw new ExplainedError(`No probe Pod can be started on ${node}: the node runs Windows.`);
    }
    const notReady = found?.notReady ?? null;
    if (notReady === null) return;
    throw new ExplainedError(
      `No probe Pod can be started on ${node}: the node is not Ready (${notReady.replace(/\.$/, '')}).`,
    );
  }

  async #create(manifest: ProbePod): Promise<Probe> {
    const { namespace, name } = manifest.metadata;
    const node = manifest.spec.nodeName;
    if (this.#context.signal.aborted) throw new InterruptedError();
    try {
      const { probe, object } = await createProbe(manifest, false, this.#steadfast);
      const altered = alteration(object);
      if (altered === null) return probe;
      await this.#remove(probe);
      throw new ProbeRefusedError(
        `The probe Pod on ${node} is of no use: an admission webhook of the cluster ${altered}.`,
      );
    } catch (error) {
      if (!(error instanceof ProbeRefusedError)) await this.#remove({ namespace, name, uid: null, node });
      else if (!error.mayPass) this.#refusal = error;
      throw error;
    }
  }

  /** However badly that goes, what was seen stands; that something may be left is said by `close`. */
  async #remove(probe: MaybeProbe): Promise<void> {
    const sleep = (milliseconds: number): Promise<void> =>
      this.#context.sleep(milliseconds, new AbortController().signal);
    try {
      await removeProbe(probe, sleep, this.#steadfast);
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      this.#leftBehind.push(error.message);
    }
  }

  async #started(probe: Probe, deadline: number): Promise<void> {
    for (;;) {
      const left = Math.max(1, deadline - performance.now());
      const state = await probeState(probe, left, this.#session);
      if (state.kind === 'running') return;
      if (state.kind === 'failed') {
        throw new ExplainedError(
          `The probe Pod on ${probe.node} does not start (${state.why}).${state.isImage ? ' --probe-image names another image for it.' : ''}`,
        );
      }
      if (performance.now() + POLL_MILLISECONDS > deadline) {
        throw new ExplainedError(
          `The probe Pod on ${probe.node} did not start within --timeout (${String(this.#options.timeout / 1000)} s): ${state.why}.`,
        );
      }
      await pause(POLL_MILLISECONDS, this.#context);
    }
  }

  #asked(probe: Probe, deadline: number): RunningProbe {
    const ask = async <T>(
      question: ProbeQuestion,
      read: (output: string, marker: string) => T,
    ): Promise<T> => {
      const marker = randomBytes(16).toString('hex');
      const result = await exec(
        {
          namespace: probe.namespace,
          pod: probe.name,
          container: PROBE_CONTAINER,
          command: probeCommand(marker, question),
          maxStdoutBytes: MAX_REPORT_BYTES,
          maxStderrBytes: MAX_STDERR_BYTES,
          timeout: Math.max(1, deadline - performance.now()),
        },
        this.#session,
      );
      const answer = interpret(result, probe, (output) => read(output, marker));
      await this.#requireSame(probe, deadline);
      return answer;
    };
    const probeUid = probe.uid;
    return {
      look: (networks) =>
        ask({ kind: 'node', probeUid, networks }, (output, marker) => readNodeView(output, marker, probeUid)),
      hold: (podUids) =>
        ask({ kind: 'hold', probeUid, podUids }, (output, marker) => readHeldView(output, marker, probeUid)),
      devicesOf: ({ pid }) => ask({ kind: 'devices', pid }, readDevices),
    };
  }
}

function interpret<T>(result: ExecResult, { node }: Probe, read: (output: string) => T): T {
  if (result.kind === 'not-started') {
    throw new ExplainedError(
      `The probe Pod on ${node} could not be asked: ${result.message.replace(/\.$/, '')}.`,
    );
  }
  try {
    return read(result.stdout.toString('utf8'));
  } catch (error) {
    if (!(error instanceof ReportError) && !(error instanceof ProcfsError)) throw error;
    const said = firstLineOf(result.stderr);
    const ending = result.kind === 'ended' ? '' : ` (${result.why})`;
    throw new ExplainedError(
      `The report of the probe Pod on ${node} cannot be read${ending}: ${error.message}${said === '' ? '' : `; it says "${said}"`}. Its image needs sh, sleep, cat, xargs, grep, stat and awk.`,
      { cause: error },
    );
  }
}
