import { ExplainedError, InterruptedError } from '../errors.ts';
import type { HeldView } from '../inspection/held-view.ts';
import type { NodeView } from '../inspection/node-view.ts';
import type { ReportPart } from '../inspection/script.ts';
import { getPod, PodGoneError, requireSamePod } from '../kube/find-pods.ts';
import { findNode, someNodes } from '../kube/nodes.ts';
import type { Session } from '../kube/session.ts';
import { allContainers, containerToLookInto, isRunning, notRunningReason } from '../pods/containers.ts';
import type { Expectations } from '../pods/declared.ts';
import { isLive } from '../pods/liveness.ts';
import type { Node } from '../pods/node.ts';
import type { Pod } from '../pods/pod.ts';
import { runsOnWindows } from '../pods/sharing.ts';
import type { PodVerification } from '../verdict/pod-verification.ts';
import { interfacesOfPod } from '../verdict/pod-parts.ts';
import type { ProbeLook } from '../verdict/probe-evidence.ts';
import { type PodNetwork, sideBySide } from '../verdict/side-by-side.ts';
import {
  askedKinds,
  type ContainerReport,
  type KubeletSamples,
  needsHold,
  type Observations,
  type Seen,
  verifyPod,
} from '../verdict/verification.ts';
import type { CommandContext } from './context.ts';
import { inspectContainer } from './inspect-container.ts';
import { KubeletSampler } from './kubelet-sampler.ts';
import { mapInOrder } from './map-in-order.ts';
import type { Probes } from './probes.ts';

const NEW_SECONDS = 60;
const REREAD_AT_A_TIME = 8;
/** The check that the Pod is still the same has at least this long, however late it is. */
const MIN_CHECK_MILLISECONDS = 2000;

export interface InspectionOptions {
  /** The only container to exec into; null for all that run. */
  readonly container: string | null;
  /** When to exec into a Pod: always, only if other evidence leaves a namespace undecided, or never. */
  readonly exec: 'every' | 'open' | 'none';
  /** Whether many Pods are looked at, of which that counts as a doubt alone which somebody was asked about. */
  readonly isSurvey: boolean;
  /** Whether the interfaces and the sockets are to be shown, though no verdict may need them. */
  readonly wantsInterfaces: boolean;
  readonly wantsSockets: boolean;
  readonly requireTrusted: boolean;
  readonly expect: Expectations;
  /** Milliseconds for one Pod, and for the probe Pod of a node. */
  readonly timeout: number;
  /** Milliseconds to wait for newer samples of the kubelet, where those that there are leave it open. */
  readonly patience: number;
}

/** What one probe Pod has read. */
interface NodeLook {
  readonly view: NodeView;
  /**
   * Many readings of the Pods of which one is not enough, by UID, with each Pod as it is after them; null where it was
   * gone.
   */
  readonly held: ReadonlyMap<string, { readonly pod: Pod | null; readonly view: HeldView }>;
}

/** Looks at Pods from every vantage point there is, and judges what it sees. Nodes are asked once for all of them. */
export class PodInspector {
  readonly #options: InspectionOptions;
  readonly #session: Session;
  readonly #context: CommandContext;
  readonly #probes: Probes | null;
  readonly #podsOfNode = new Map<string, readonly Pod[]>();
  readonly #otherNodes = new Map<string, Promise<Node | null>>();
  readonly #samplers = new Map<string, KubeletSampler>();
  readonly #looks = new Map<string, Promise<Seen<NodeLook>>>();
  #someNodes: Promise<Seen<ReadonlyMap<string, Node>>> | null = null;

  /** @param probes null where none are wanted */
  constructor(options: InspectionOptions, session: Session, context: CommandContext, probes: Probes | null) {
    this.#options = options;
    this.#session = session;
    this.#context = context;
    this.#probes = probes;
    // They can be read while the Pods are still looked for.
    if (!options.isSurvey) void this.#nodes();
  }

  /**
   * Begins with what is asked once for all Pods of a node.
   *
   * @param nodes each at least once
   * @param pods the Pods on them, which are read only where there are probes: then all of a node are needed at once
   * @param parallel how many nodes are asked at a time
   */
  begin(nodes: readonly string[], pods: Iterable<Pod>, parallel: number): void {
    if (this.#probes !== null) {
      for (const [node, own] of Map.groupBy(pods, ({ spec }) => spec.nodeName)) {
        this.#podsOfNode.set(node, own);
      }
    }
    const ask = async (node: string): Promise<void> => {
      await Promise.all([this.#samplerOf(node).begin(), this.#lookAt(node)]);
    };
    void prefetch(new Set(nodes), parallel, ask);
  }

  /** @throws InterruptedError on Ctrl-C; any other error is the Pod's */
  async inspect(pod: Pod): Promise<PodVerification> {
    try {
      return await this.#inspect(pod);
    } catch (error) {
      if (!(error instanceof ExplainedError) || error instanceof InterruptedError) throw error;
      const isGone = error instanceof PodGoneError;
      return { kind: 'failed', namespace: pod.namespace, name: pod.name, pod, error: error.message, isGone };
    }
  }

  async #inspect(asked: Pod): Promise<PodVerification> {
    const deadline = performance.now() + this.#options.timeout;
    const container = containerToLookInto(asked, this.#options.container);
    refuseWhatDoesNotRun(asked);
    refuseWindows(asked, runsOnWindows(asked) === true);
    const early = this.#options.exec === 'every' ? this.#fromInside(asked, container, true, deadline) : null;
    early?.catch(() => undefined);
    const [look] = await Promise.all([
      this.#lookAt(asked.spec.nodeName),
      this.#samplerOf(asked.spec.nodeName).begin(),
    ]);
    const patience = look?.kind === 'seen' ? 0 : Math.min(this.#options.patience, remaining(deadline));
    const kubelet = await this.#fromOutside(asked, patience);
    const held = look?.kind === 'seen' ? look.what.held.get(asked.uid) : undefined;
    if (this.#options.isSurvey && held !== undefined) requireStillRunning(asked, held.pod);
    const pod = held?.pod ?? asked;
    const outside = { pod, kubelet, probe: this.#probeLookOf(look, asked) };
    const containers = await (early ?? this.#ifOpen(outside, container, deadline));
    const isInside = containers.length > 0 && this.#options.exec !== 'none';
    const nodes = isInside || !this.#options.isSurvey ? await this.#nodesAround(pod.spec.nodeName) : NO_NODES;
    // Of a survey they have been left out already.
    refuseWindows(pod, nodes.get(pod.spec.nodeName)?.operatingSystem === 'windows');
    // An exec has checked that itself, but a probe Pod may have looked later.
    if (!this.#options.isSurvey && (!isInside || look !== null)) {
      await requireSamePod(asked, Math.max(MIN_CHECK_MILLISECONDS, remaining(deadline)), this.#session);
    }
    if (
      kubelet.kind === 'unseen' &&
      look?.kind !== 'seen' &&
      containers.every(({ seen }) => seen.kind === 'unseen')
    ) {
      throw nothingSeen(pod, [kubelet, look, containers[0]?.seen ?? null]);
    }
    const observations = { ...outside, nodes, containers };
    const verification = verifyPod(observations, this.#options);
    // Who is gone leaves nothing to see: that must not pass for a doubt.
    if (verification.verdict === 'inconclusive' && this.#options.isSurvey && !isInside) {
      requireStillRunning(asked, await this.#reread(asked));
    }
    const own = networkOfPod(observations, container);
    const shown = containers.find(({ name }) => name === container)?.seen;
    return {
      kind: 'verified',
      pod,
      container,
      verification,
      interfaces: sideBySide(kubelet.kind === 'seen' ? kubelet.what : null, own),
      podInterfaces: own === null ? null : { source: own.source, unattributed: own.interfaces.unattributed },
      listening: shown?.kind === 'seen' ? shown.what.listening : null,
      reach: null,
      notes: notes(
        { ...observations, look, someNodes: isInside ? await this.#nodes() : null },
        this.#options,
      ),
    };
  }

  /** The containers' reports, where other evidence leaves something open; else none. */
  async #ifOpen(
    outside: Pick<Observations, 'pod' | 'kubelet' | 'probe'>,
    container: string,
    deadline: number,
  ): Promise<readonly ContainerReport[]> {
    const { exec, isSurvey } = this.#options;
    const { pod, probe } = outside;
    if (exec === 'none') {
      if (isSurvey || probe !== null) return [];
      return [{ name: container, seen: { kind: 'unseen', why: 'it was not asked (--no-exec)' } }];
    }
    const seen = verifyPod({ ...outside, nodes: NO_NODES, containers: [] }, this.#options).namespaces;
    const isOpen = askedKinds(outside, this.#options).some((kind) =>
      ['inconclusive', 'unchecked'].includes(seen[kind].verdict),
    );
    if ((isSurvey || probe !== null) && !isOpen) return [];
    // A container that need not tell its network is asked for as little as that.
    const isNetworkSeen = ['match', 'mismatch'].includes(seen.network.verdict);
    const wantsInterfaces = !isNetworkSeen || this.#options.wantsInterfaces;
    return this.#fromInside(pod, container, wantsInterfaces, deadline);
  }

  #nodes(): Promise<Seen<ReadonlyMap<string, Node>>> {
    if (this.#someNodes === null) {
      const asked = someNodes(this.#options.timeout, this.#session);
      this.#someNodes = orUnseen(
        asked.then((nodes) => new Map(nodes.map((node) => [node.name, node]))),
        'they could not be read',
      );
      // Whoever awaits it first is told of a Ctrl-C; until then it is nobody's.
      this.#someNodes.catch(() => undefined);
    }
    return this.#someNodes;
  }

  /** Every node that is known, by name, and among them this one if it can be. */
  async #nodesAround(name: string): Promise<ReadonlyMap<string, Node>> {
    const some = await this.#nodes();
    if (some.kind === 'unseen') return NO_NODES;
    if (some.what.has(name)) return some.what;
    const other = this.#otherNodes.get(name) ?? findNode(name, this.#options.timeout, this.#session);
    this.#otherNodes.set(name, other);
    const node = await other;
    return node === null ? some.what : new Map(some.what).set(name, node);
  }

  #samplerOf(node: string): KubeletSampler {
    const sampler =
      this.#samplers.get(node) ??
      // Half of the time is left for what else can tell.
      new KubeletSampler(node, this.#options.timeout / 2, this.#session, this.#context);
    this.#samplers.set(node, sampler);
    return sampler;
  }

  /** What a probe has decided need not be waited for. */
  #fromOutside(pod: Pod, patience: number): Promise<Seen<KubeletSamples>> {
    const { startTime } = pod.status;
    const isNew = startTime !== null && this.#context.now() / 1000 - startTime < NEW_SECONDS;
    const sampler = this.#samplerOf(pod.spec.nodeName);
    return sampler.samplesOf(pod.kubeletUid, isNew, patience);
  }

  /** One look for all Pods of the node; null where no probe is wanted. */
  async #lookAt(node: string): Promise<Seen<NodeLook> | null> {
    if (this.#probes === null) return null;
    const look =
      this.#looks.get(node) ??
      orUnseen(this.#probe(node, this.#podsOfNode.get(node) ?? [], this.#probes), 'there is none');
    this.#looks.set(node, look);
    return look;
  }

  /**
   * What is not as wanted is read again, many times, and so is what may move: a Pod may have changed since it was read,
   * and a process that is only just being started is not yet where it will be.
   */
  #probe(node: string, pods: readonly Pod[], probes: Probes): Promise<NodeLook> {
    return probes.use(node, async (probe) => {
      const view = await probe.look(this.#options.wantsInterfaces);
      if (view.node === null) {
        throw new ExplainedError(
          `The probe on ${node} is of no use: it was not let into the namespaces of the node, though its spec asks for them.`,
        );
      }
      const unsettled = pods.filter((pod) => needsHold(pod, view, this.#options.expect));
      if (unsettled.length === 0) return { view, held: new Map() };
      const again = await probe.hold(unsettled.map(({ kubeletUid }) => kubeletUid));
      const held = new Map<string, { readonly pod: Pod | null; readonly view: HeldView }>();
      for await (const [uid, pod] of mapInOrder(
        unsettled,
        REREAD_AT_A_TIME,
        async (one) => [one.uid, await this.#reread(one)] as const,
      )) {
        held.set(uid, { pod, view: again });
      }
      return { view, held };
    });
  }

  /** As it is now, or another of its name; null where there is none. One that cannot be read stays as it was. */
  async #reread(pod: Pod): Promise<Pod | null> {
    try {
      return await getPod(pod.name, pod.namespace, this.#session);
    } catch (error) {
      if (!(error instanceof ExplainedError) || error instanceof InterruptedError) throw error;
      return error instanceof PodGoneError ? null : pod;
    }
  }

  /** Of many Pods a probe that failed is as none: what it would have told nobody is asked instead. */
  #probeLookOf(look: Seen<NodeLook> | null, { uid }: Pod): Seen<ProbeLook> | null {
    if (look?.kind === 'seen') {
      const { view, held } = look.what;
      return { kind: 'seen', what: { view, held: held.get(uid)?.view ?? null } };
    }
    return this.#options.isSurvey ? null : look;
  }

  /** Asks every container that runs, or the one that was chosen. The sockets are asked for of one alone. */
  #fromInside(
    pod: Pod,
    container: string,
    wantsInterfaces: boolean,
    deadline: number,
  ): Promise<readonly ContainerReport[]> {
    const running = allContainers(pod)
      .map(({ name }) => name)
      .filter((name) => notRunningReason(pod, name) === null);
    const asked = this.#options.container !== null || running.length === 0 ? [container] : running;
    return Promise.all(
      asked.map(async (name) => {
        const parts: readonly ReportPart[] = [
          'namespaces',
          ...(wantsInterfaces ? (['interfaces'] as const) : []),
          ...(wantsInterfaces && this.#options.wantsSockets && name === container
            ? (['sockets'] as const)
            : []),
        ];
        return { name, seen: await this.#ask(pod, name, parts, deadline) };
      }),
    );
  }

  async #ask(
    pod: Pod,
    container: string,
    parts: readonly ReportPart[],
    deadline: number,
  ): Promise<ContainerReport['seen']> {
    const reason = notRunningReason(pod, container);
    if (reason !== null) return { kind: 'unseen', why: `it does not run (${reason})` };
    const timeout = remaining(deadline);
    if (timeout === 0) return { kind: 'unseen', why: 'no time was left to ask it (--timeout)' };
    const pending = this.#samplerOf(pod.spec.nodeName).begin();
    return inspectContainer(pod, container, { parts, timeout, pending }, this.#session);
  }
}

/** Milliseconds; not below 0. */
function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}

const NO_NODES: ReadonlyMap<string, Node> = new Map();

/** Does it for all; whoever fails is told where it is asked for again. */
async function prefetch<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  try {
    const results = mapInOrder(items, limit, work);
    let isDone = false;
    while (!isDone) isDone = (await results.next()).done === true;
  } catch {
    // The same failure comes to each Pod of the node.
  }
}

function refuseWhatDoesNotRun(pod: Pod): void {
  if (!isLive(pod)) {
    throw new ExplainedError(
      `The Pod ${pod.name} has ended (${pod.status.phase}): there is nothing left to look at.`,
    );
  }
  if (pod.spec.nodeName === '') {
    throw new ExplainedError(
      `The Pod ${pod.name} is on no node yet (${pod.status.phase}): there is nothing to look at.`,
    );
  }
}

/** @throws PodGoneError where it has ended, or another has its name */
function requireStillRunning(asked: Pod, now: Pod | null): void {
  if (now?.uid !== asked.uid || !isRunning(now)) throw new PodGoneError(`The Pod ${asked.name} has ended.`);
}

function refuseWindows(pod: Pod, isWindows: boolean): void {
  if (isWindows) {
    throw new ExplainedError(`The Pod ${pod.name} runs on Windows, which has none of these namespaces.`);
  }
}

/** @param views from outside to inside, those that were asked for */
function nothingSeen(pod: Pod, views: readonly (Seen<unknown> | null)[]): ExplainedError {
  const names = ['By the kubelet', 'by a probe', 'from inside'];
  const reasons = views.flatMap((view, index) =>
    view?.kind === 'unseen' ? [`${names[index] ?? ''}: ${view.error?.message ?? `${view.why}.`}`] : [],
  );
  // The last one ends the sentence; it may be an error that ends with a command, to which no full stop is put.
  const all = reasons.map((reason, index) =>
    index < reasons.length - 1 ? reason.replace(/\.$/, '') : reason,
  );
  return new ExplainedError(`Nothing of the Pod ${pod.name} could be seen. ${all.join('; ')}`);
}

/** A failure here is no reason to give up what the others see. */
async function orUnseen<T>(asked: Promise<T>, why: string): Promise<Seen<T>> {
  try {
    return { kind: 'seen', what: await asked };
  } catch (error) {
    if (!(error instanceof ExplainedError) || error instanceof InterruptedError) throw error;
    return { kind: 'unseen', why, error };
  }
}

/** What is known of the Pod's own interfaces, from the best source that has them. */
function networkOfPod({ pod, probe, containers }: Observations, name: string): PodNetwork | null {
  const seen = probe?.kind === 'seen' ? interfacesOfPod(pod, probe.what.view, name) : null;
  if (seen !== null) return { source: 'probe', interfaces: seen };
  const report = containers.find((one) => one.name === name)?.seen;
  const own = report?.kind === 'seen' ? report.what.interfaces : null;
  return own === null ? null : { source: 'container', interfaces: own };
}

interface Noted extends Observations {
  readonly look: Seen<NodeLook> | null;
  /** Null where they were not asked for. */
  readonly someNodes: Seen<unknown> | null;
}

/** Sentences that stand by themselves: the same one of many Pods need be printed once. */
function notes(
  { pod, containers, kubelet, look, nodes, someNodes }: Noted,
  { container: chosen, exec }: InspectionOptions,
): readonly string[] {
  const { nodeName } = pod.spec;
  const sentences: string[] = [];
  if (look?.kind === 'unseen' && look.error !== undefined) sentences.push(look.error.message);
  if (kubelet.kind === 'unseen' && kubelet.error !== undefined) {
    const { message } = kubelet.error;
    sentences.push(
      look?.kind === 'seen'
        ? message
        : `Without the kubelet of ${nodeName} every verdict rests on what the containers report of themselves. ${message}`,
    );
  }
  if (look?.kind === 'seen' && !look.what.view.isComplete) {
    sentences.push(`The report of the probe on ${nodeName} was cut off; what had come is used.`);
  }
  if (someNodes?.kind === 'unseen') {
    sentences.push(
      `Without the nodes no namespace can be compared with theirs. ${someNodes.error?.message ?? ''}`,
    );
  }
  if (chosen !== null && exec !== 'none' && containers.length > 0) {
    const others = allContainers(pod)
      .map(({ name }) => name)
      .filter((name) => name !== chosen && notRunningReason(pod, name) === null);
    if (others.length > 0) {
      sentences.push(`Of the Pod ${pod.name}, these containers were not asked (-c): ${others.join(', ')}.`);
    }
  }
  const bootID = nodes.get(nodeName)?.bootID ?? '';
  return [...sentences, ...containers.flatMap((report) => notesOfContainer(report, pod, bootID))];
}

/** @param bootID of the node; empty where it is not known */
function notesOfContainer({ name, seen }: ContainerReport, pod: Pod, bootID: string): readonly string[] {
  if (seen.kind === 'unseen') return seen.error === undefined ? [] : [seen.error.message];
  const { isComplete, garbled, interfaces, bootId } = seen.what;
  const of = `the container ${name} of the Pod ${pod.name}`;
  const isOtherKernel = bootId !== null && bootID !== '' && bootId !== bootID;
  return [
    ...(isOtherKernel
      ? [
          `By its boot ID ${of} runs in another kernel than its node: what the kubelet sees is the sandbox on the node, and not the network of a virtual machine in it.`,
        ]
      : []),
    ...(isComplete ? [] : [`The report of ${of} was cut off; what had come is used.`]),
    ...garbled.map((what) => `The report of ${of} has what no kernel prints: ${what}.`),
    ...(interfaces?.warnings ?? []).map((warning) => `In ${of} ${warning}.`),
  ];
}
