import { ExplainedError, InterruptedError } from '../errors.ts';
import type { ContainerView } from '../inspection/container-view.ts';
import type { ReportPart } from '../inspection/script.ts';
import { requireSamePod } from '../kube/find-pods.ts';
import { findNode, someNodes } from '../kube/nodes.ts';
import type { Session } from '../kube/session.ts';
import { containerToLookInto, notRunningReason } from '../pods/containers.ts';
import { isLive } from '../pods/liveness.ts';
import type { Node } from '../pods/node.ts';
import type { Pod } from '../pods/pod.ts';
import { runsOnWindows } from '../pods/sharing.ts';
import type { PodVerification } from '../verdict/pod-verification.ts';
import { sideBySide } from '../verdict/side-by-side.ts';
import { type KubeletSamples, type Seen, type Unseen, verifyPod } from '../verdict/verification.ts';
import type { CommandContext } from './context.ts';
import { inspectContainer } from './inspect-container.ts';
import { KubeletSampler } from './kubelet-sampler.ts';

/** The kubelet takes a first sample of a Pod 10 s to 20 s after its start, and a newer one as long after each. */
const PATIENCE_MILLISECONDS = 40_000;
const NEW_SECONDS = 60;

export interface InspectionOptions {
  /** Null for each Pod's own default. */
  readonly container: string | null;
  /** Whether to look from inside, too. */
  readonly exec: boolean;
  readonly parts: readonly ReportPart[];
  readonly requireTrusted: boolean;
  /** Milliseconds for one Pod. */
  readonly timeout: number;
}

/** Looks at Pods from every vantage point there is, and judges what it sees. Nodes are asked once for all of them. */
export class PodInspector {
  readonly #options: InspectionOptions;
  readonly #session: Session;
  readonly #context: CommandContext;
  readonly #someNodes: Promise<Seen<ReadonlyMap<string, Node>>>;
  readonly #otherNodes = new Map<string, Promise<Node | null>>();
  readonly #samplers = new Map<string, KubeletSampler>();

  constructor(options: InspectionOptions, session: Session, context: CommandContext) {
    this.#options = options;
    this.#session = session;
    this.#context = context;
    this.#someNodes = orUnseen(
      someNodes(options.timeout, session).then((nodes) => new Map(nodes.map((node) => [node.name, node]))),
    );
    // Whoever awaits it first is told of a Ctrl-C; until then it is nobody's.
    this.#someNodes.catch(() => undefined);
  }

  /** @throws InterruptedError on Ctrl-C; any other error is the Pod's */
  async inspect(pod: Pod): Promise<PodVerification> {
    try {
      return await this.#inspect(pod);
    } catch (error) {
      if (!(error instanceof ExplainedError) || error instanceof InterruptedError) throw error;
      return { kind: 'failed', namespace: pod.namespace, name: pod.name, pod, error: error.message };
    }
  }

  async #inspect(pod: Pod): Promise<PodVerification> {
    const container = containerToLookInto(pod, this.#options.container);
    refuseWhatDoesNotRun(pod);
    refuseWindows(pod, runsOnWindows(pod) === true);
    const [kubelet, view, nodes] = await Promise.all([
      this.#fromOutside(pod),
      this.#fromInside(pod, container),
      this.#nodesAround(pod.spec.nodeName),
    ]);
    const isOnWindows = nodes.get(pod.spec.nodeName)?.operatingSystem === 'windows';
    refuseWindows(pod, runsOnWindows(pod) ?? isOnWindows);
    await requireSamePod(pod, this.#options.timeout, this.#session);
    if (kubelet.kind === 'unseen' && view.kind === 'unseen') throw nothingSeen(pod, kubelet, view);
    const observations = { pod, nodes, kubelet };
    return {
      kind: 'verified',
      pod,
      container,
      verification: verifyPod({ ...observations, container: view }, this.#options),
      interfaces: sideBySide(
        kubelet.kind === 'seen' ? kubelet.what : null,
        view.kind === 'seen' ? view.what : null,
      ),
      containerAddresses: view.kind === 'seen' ? view.what.interfaces : null,
      listening: view.kind === 'seen' ? view.what.listening : null,
      notes: notes({ ...observations, container, view, someNodes: await this.#someNodes }),
    };
  }

  /** Every node that is known, by name, and among them this one if it can be. */
  async #nodesAround(name: string): Promise<ReadonlyMap<string, Node>> {
    const some = await this.#someNodes;
    if (some.kind === 'unseen') return new Map();
    if (some.what.has(name)) return some.what;
    const other = this.#otherNodes.get(name) ?? findNode(name, this.#options.timeout, this.#session);
    this.#otherNodes.set(name, other);
    const node = await other;
    return node === null ? some.what : new Map(some.what).set(name, node);
  }

  #fromOutside(pod: Pod): Promise<Seen<KubeletSamples>> {
    const { nodeName } = pod.spec;
    const sampler =
      this.#samplers.get(nodeName) ??
      new KubeletSampler(nodeName, this.#options.timeout, this.#session, this.#context);
    this.#samplers.set(nodeName, sampler);
    const { startTime } = pod.status;
    const isNew = startTime !== null && this.#context.now() / 1000 - startTime < NEW_SECONDS;
    return sampler.samplesOf(pod.kubeletUid, isNew, Math.min(PATIENCE_MILLISECONDS, this.#options.timeout));
  }

  async #fromInside(pod: Pod, container: string): Promise<Seen<ContainerView>> {
    if (!this.#options.exec) return { kind: 'unseen', why: 'it was not asked (--no-exec)' };
    const reason = notRunningReason(pod, container);
    if (reason !== null) return { kind: 'unseen', why: `it does not run (${reason})` };
    const { parts, timeout } = this.#options;
    return inspectContainer(
      { namespace: pod.namespace, pod: pod.name, container },
      parts,
      timeout,
      this.#session,
    );
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

function refuseWindows(pod: Pod, isWindows: boolean): void {
  if (isWindows) {
    throw new ExplainedError(`The Pod ${pod.name} runs on Windows, which has none of these namespaces.`);
  }
}

function nothingSeen(pod: Pod, kubelet: Unseen, container: Unseen): ExplainedError {
  // An error may end with a command, to which no full stop is put.
  const outside = (kubelet.error?.message ?? kubelet.why).replace(/\.$/, '');
  const inside = container.error?.message ?? `${container.why}.`;
  return new ExplainedError(
    `Nothing of the Pod ${pod.name} could be seen. From outside: ${outside}; from inside: ${inside}`,
  );
}

/** A failure here is no reason to give up what the others see. */
async function orUnseen<T>(asked: Promise<T>): Promise<Seen<T>> {
  try {
    return { kind: 'seen', what: await asked };
  } catch (error) {
    if (!(error instanceof ExplainedError) || error instanceof InterruptedError) throw error;
    return { kind: 'unseen', why: 'they could not be read', error };
  }
}

interface Noted {
  readonly pod: Pod;
  readonly container: string;
  readonly kubelet: Seen<KubeletSamples>;
  readonly view: Seen<ContainerView>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly someNodes: Seen<unknown>;
}

/** Sentences that stand by themselves: the same one of many Pods need be printed once. */
function notes({ pod, container, kubelet, view, nodes, someNodes }: Noted): readonly string[] {
  const { nodeName } = pod.spec;
  const sentences: string[] = [];
  if (kubelet.kind === 'unseen' && kubelet.error !== undefined) {
    sentences.push(
      `Without the kubelet of ${nodeName} every verdict rests on what the containers report of themselves. ${kubelet.error.message}`,
    );
  }
  if (someNodes.kind === 'unseen') {
    sentences.push(
      `Without the nodes no namespace can be compared with theirs. ${someNodes.error?.message ?? ''}`,
    );
  }
  if (view.kind === 'unseen') {
    return view.error === undefined ? sentences : [...sentences, view.error.message];
  }
  const { isComplete, garbled, interfaces, bootId } = view.what;
  const of = `the container ${container} of the Pod ${pod.name}`;
  const bootID = nodes.get(nodeName)?.bootID ?? '';
  if (bootId !== null && bootID !== '' && bootId !== bootID) {
    sentences.push(
      `By its boot ID ${of} runs in another kernel than its node: what the kubelet sees is the sandbox on the node, and not the network of a virtual machine in it.`,
    );
  }
  if (!isComplete) sentences.push(`The report of ${of} was cut off; what had come is used.`);
  for (const what of garbled) sentences.push(`The report of ${of} has what no kernel prints: ${what}.`);
  for (const warning of interfaces?.warnings ?? []) sentences.push(`In ${of} ${warning}.`);
  return sentences;
}
