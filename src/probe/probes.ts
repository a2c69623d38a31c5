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

/** Maximum size of a report. 10,000 processes of Pods in twelve cgroup hierarchies need less. */
const MAX_REPORT_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** Interval between two reads of a starting probe Pod. */
const POLL_MILLISECONDS = 250;
/** Time that the deadline of the probe Pod leaves after --timeout, for its deletion. */
const GRACE_SECONDS = 30;

export interface ProbeOptions {
  readonly image: string;
  readonly namespace: string;
  /** Milliseconds for one probe Pod, from its creation to its report. */
  readonly timeout: number;
}

/** A running probe Pod. */
export interface RunningProbe {
  /**
   * Reads the processes of all Pods of the node once.
   *
   * @param networks true to read interfaces, too
   * @throws ExplainedError if there is no valid report, InterruptedError on Ctrl-C
   */
  look(networks: boolean): Promise<NodeView>;
  /**
   * Reads the processes of Pods many times within a second or two.
   *
   * @param podUids UIDs of the kubelet
   * @throws the same as `look`
   */
  hold(podUids: readonly string[]): Promise<HeldView>;
  /** Reads the network devices in the /sys of a process. @throws the same as `look` */
  devicesOf(process: PodProcess): Promise<readonly SysfsDevice[]>;
}

/** The probe Pods of a run, one for each node. Each one is deleted in any case. */
export class Probes {
  /** Sentences about probe Pods that could not be used. */
  readonly failures = new Set<string>();
  readonly #options: ProbeOptions;
  readonly #session: Session;
  readonly #steadfast: Session;
  readonly #context: CommandContext;
  readonly #running = new Set<Promise<unknown>>();
  /** Sentences about probe Pods that may be left, with the command that deletes them. */
  readonly #leftBehind: string[] = [];
  #prepared: Promise<void> | null = null;
  /** Settles when the create request of the first probe Pod has ended. */
  #first: Promise<void> | null = null;
  /** Reason that applies to all nodes, so that no other node is tried. */
  #refusal: ProbeRefusedError | null = null;
  #isClosed = false;

  constructor(options: ProbeOptions, session: Session, steadfast: Session, context: CommandContext) {
    this.#options = options;
    this.#session = session;
    this.#steadfast = steadfast;
    this.#context = context;
  }

  /**
   * Runs a probe Pod on a node during the work.
   *
   * @throws ExplainedError if it cannot run, InterruptedError on Ctrl-C, or what the work throws
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

  /** True if every probe Pod could be used and was deleted. `close` returns the details. */
  async isSound(): Promise<boolean> {
    const left = await this.close();
    return left.length === 0 && this.failures.size === 0;
  }

  /** Starts no more probe Pods, waits for their deletion, and returns sentences about those that may be left. */
  async close(): Promise<readonly string[]> {
    this.#isClosed = true;
    await Promise.all(this.#running);
    return this.#leftBehind;
  }

  /** Returns the manifest of the probe Pod for a node. */
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
    // The result of the first probe Pod decides whether the others are tried.
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

  /** An exec addresses the Pod by its name, so check that it is still the same Pod. */
  async #requireSame(probe: Probe, deadline: number): Promise<void> {
    const state = await probeState(probe, Math.max(1, deadline - performance.now()), this.#session);
    if (state.kind === 'running') return;
    throw new ExplainedError(`The probe Pod on ${probe.node} ended while it was in use (${state.why}).`);
  }

  /** Deletes what earlier runs left behind, and checks the permissions to delete this one. */
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

  /** An error does not discard the report. `close` returns the sentence about a probe Pod that may be left. */
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
