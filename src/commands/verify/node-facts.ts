import { ExplainedError } from '../../errors.ts';
import type { HeldView } from '../../inspection/held-view.ts';
import type { NodeView } from '../../inspection/node-view.ts';
import { getPod, PodGoneError } from '../../kube/api/find-pods.ts';
import { findNode, someNodes } from '../../kube/api/nodes.ts';
import type { Session } from '../../kube/api/session.ts';
import type { Expectations } from '../../model/declared.ts';
import type { Node } from '../../model/node.ts';
import type { Pod } from '../../model/pod.ts';
import { type KubeletSamples, needsHold, type Seen } from '../../verdict/verification.ts';
import type { CommandContext } from '../shared/context.ts';
import { KubeletSampler } from './kubelet-sampler.ts';
import { mapInOrder } from '../shared/map-in-order.ts';
import type { Probes } from '../../probe/probes.ts';

/** A Pod younger than this may not have its first sample yet. */
const NEW_SECONDS = 60;
const MAX_PARALLEL_REREADS = 8;

/** Report of the probe Pod of a node. */
export interface ProbeReport {
  readonly view: NodeView;
  /**
   * Repeated readings of the Pods for which one reading is not enough, by UID. Each has its Pod as read after them, or
   * null if that Pod was gone.
   */
  readonly held: ReadonlyMap<string, { readonly pod: Pod | null; readonly view: HeldView }>;
}

export interface NodeFactsOptions {
  /** True if the probe Pods report interfaces, too. */
  readonly wantsInterfaces: boolean;
  readonly expect: Expectations;
  /** Milliseconds for one Pod, and for the probe Pod of a node. */
  readonly timeout: number;
}

/** Facts about nodes that many Pods need: each is requested once, when it is first needed. */
export class NodeFacts {
  readonly #options: NodeFactsOptions;
  readonly #session: Session;
  readonly #context: CommandContext;
  readonly #probes: Probes | null;
  readonly #podsOfNode = new Map<string, readonly Pod[]>();
  readonly #otherNodes = new Map<string, Promise<Node | null>>();
  readonly #samplers = new Map<string, KubeletSampler>();
  readonly #probeReports = new Map<string, Promise<Seen<ProbeReport>>>();
  #nodes: Promise<Seen<ReadonlyMap<string, Node>>> | null = null;

  /** @param probes null without --probe */
  constructor(options: NodeFactsOptions, session: Session, context: CommandContext, probes: Probes | null) {
    this.#options = options;
    this.#session = session;
    this.#context = context;
    this.#probes = probes;
  }

  /**
   * Requests what all Pods of a node share, before the first Pod needs it. Failures are reported to each Pod later.
   *
   * @param nodes each at least once
   * @param pods the Pods on them; read only with --probe, because a probe Pod needs all Pods of its node at once
   * @param parallel maximum number of nodes at a time
   */
  prefetch(nodes: readonly string[], pods: Iterable<Pod>, parallel: number): void {
    if (this.#probes !== null) {
      for (const [node, own] of Map.groupBy(pods, ({ spec }) => spec.nodeName)) {
        this.#podsOfNode.set(node, own);
      }
    }
    const request = async (node: string): Promise<void> => {
      await Promise.all([this.beginSampling(node), this.probeReportOf(node)]);
    };
    void ignoringFailures(mapInOrder(new Set(nodes), parallel, request));
  }

  /** Returns up to 100 nodes by name. A failure is a reason why they are unseen. @throws InterruptedError */
  nodes(): Promise<Seen<ReadonlyMap<string, Node>>> {
    if (this.#nodes === null) {
      const request = someNodes(this.#options.timeout, this.#session);
      this.#nodes = orUnseen(
        request.then((nodes) => new Map(nodes.map((node) => [node.name, node]))),
        'they could not be read',
      );
      // The first caller that awaits it receives an interruption; until then it is not an unhandled rejection.
      this.#nodes.catch(() => undefined);
    }
    return this.#nodes;
  }

  /** Returns the nodes of `nodes`, and this one if it can be read. */
  async nodesAround(name: string): Promise<ReadonlyMap<string, Node>> {
    const some = await this.nodes();
    if (some.kind === 'unseen') return NO_NODES;
    if (some.what.has(name)) return some.what;
    const other = this.#otherNodes.get(name) ?? findNode(name, this.#options.timeout, this.#session);
    this.#otherNodes.set(name, other);
    const node = await other;
    return node === null ? some.what : new Map(some.what).set(name, node);
  }

  /** Asks the kubelet of a node for its first sample. Resolves to the error if that failed. @throws InterruptedError */
  beginSampling(node: string): Promise<ExplainedError | null> {
    return this.#samplerOf(node).begin();
  }

  /**
   * Returns the kubelet's samples of a Pod.
   *
   * @param maxWait milliseconds to wait for newer samples if those that there are leave the network undecided
   */
  samplesOf({ kubeletUid, spec, status }: Pod, maxWait: number): Promise<Seen<KubeletSamples>> {
    const { startTime } = status;
    const isNew = startTime !== null && this.#session.client.now() / 1000 - startTime < NEW_SECONDS;
    return this.#samplerOf(spec.nodeName).samplesOf(kubeletUid, isNew, maxWait);
  }

  /** Returns what the probe Pod of a node reported about all of its Pods; null without --probe. */
  async probeReportOf(node: string): Promise<Seen<ProbeReport> | null> {
    if (this.#probes === null) return null;
    const report =
      this.#probeReports.get(node) ??
      orUnseen(this.#probe(node, this.#podsOfNode.get(node) ?? [], this.#probes), 'there is none');
    this.#probeReports.set(node, report);
    return report;
  }

  /** Returns the Pod of this name as it is now: null if there is none, unchanged if it cannot be read. */
  async reread(pod: Pod): Promise<Pod | null> {
    try {
      return await getPod(pod.name, pod.namespace, this.#session);
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      return error instanceof PodGoneError ? null : pod;
    }
  }

  #samplerOf(node: string): KubeletSampler {
    const sampler =
      this.#samplers.get(node) ??
      // The other half of the time is for the other evidence sources.
      new KubeletSampler(node, this.#options.timeout / 2, this.#session, this.#context);
    this.#samplers.set(node, sampler);
    return sampler;
  }

  /**
   * Pods that differ from what is declared or expected, and Pods whose processes may move, are read repeatedly: a Pod
   * may have changed since it was listed, and a process that is being started is not yet in its namespaces.
   */
  #probe(node: string, pods: readonly Pod[], probes: Probes): Promise<ProbeReport> {
    return probes.use(node, async (probe) => {
      const view = await probe.look(this.#options.wantsInterfaces);
      if (view.node === null) {
        throw new ExplainedError(
          `The probe Pod on ${node} is of no use: it was not let into the namespaces of the node, though its spec asks for them.`,
        );
      }
      const unsettled = pods.filter((pod) => needsHold(pod, view, this.#options.expect));
      if (unsettled.length === 0) return { view, held: new Map() };
      const heldView = await probe.hold(unsettled.map(({ kubeletUid }) => kubeletUid));
      const held = new Map<string, { readonly pod: Pod | null; readonly view: HeldView }>();
      const rereads = mapInOrder(
        unsettled,
        MAX_PARALLEL_REREADS,
        async (pod) => [pod.uid, await this.reread(pod)] as const,
      );
      for await (const [uid, pod] of rereads) held.set(uid, { pod, view: heldView });
      return { view, held };
    });
  }
}

export const NO_NODES: ReadonlyMap<string, Node> = new Map();

/** Runs to the end, or to the first failure. Each Pod of the node receives the same failure when it asks. */
async function ignoringFailures(results: AsyncGenerator): Promise<void> {
  try {
    let isDone = false;
    while (!isDone) isDone = (await results.next()).done === true;
  } catch {
    // Reported to the Pods.
  }
}

/** Turns a failure into a reason: other evidence sources may still decide. @throws InterruptedError */
async function orUnseen<T>(request: Promise<T>, why: string): Promise<Seen<T>> {
  try {
    return { kind: 'seen', what: await request };
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return { kind: 'unseen', why, error };
  }
}
