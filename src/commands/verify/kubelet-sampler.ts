import { ExplainedError } from '../../errors.ts';
import { nodeSummary } from '../../kube/api/node-summary.ts';
import { ForbiddenError } from '../../kube/errors/refusal.ts';
import type { Session } from '../../kube/api/session.ts';
import type { NetworkSample, NodeSummary } from '../../model/node-summary.ts';
import { compareNetworks } from '../../verdict/compare-networks.ts';
import { compareSamples, type KubeletSamples, type Seen } from '../../verdict/verification.ts';
import type { CommandContext } from '../shared/context.ts';
import { pause } from '../shared/pause.ts';

/** The kubelet reads counters about every 10 s. More requests than this return the same sample. */
const INTERVAL_MILLISECONDS = 2500;

type SamplerContext = Pick<CommandContext, 'signal' | 'sleep'>;

/** Samples of the kubelet of one node. Sends one request at a time, for all Pods of the node. */
export class KubeletSampler {
  readonly #node: string;
  readonly #timeout: number;
  readonly #session: Session;
  readonly #context: SamplerContext;
  readonly #summaries: NodeSummary[] = [];
  #sandboxes: readonly NetworkSample[] = [];
  /** Number of responses that the samples are from. */
  #sandboxesOf = 0;
  #first: Promise<ExplainedError | null> | null = null;
  #next: Promise<unknown> | null = null;

  /** @param timeout milliseconds for one response */
  constructor(node: string, timeout: number, session: Session, context: SamplerContext) {
    this.#timeout = timeout;
    this.#node = node;
    this.#session = session;
    this.#context = context;
  }

  /** Sends the first request if there was none. Resolves to the error if it failed. @throws InterruptedError on Ctrl-C */
  begin(): Promise<ExplainedError | null> {
    return (this.#first ??= this.#ask());
  }

  /**
   * Returns the samples of a Pod. If they leave its network undecided, waits for newer ones that may decide it.
   *
   * @param isNew true if the Pod is so young that its first sample may be missing
   * @param patience maximum wait in milliseconds
   * @throws InterruptedError on Ctrl-C; any other error is returned as the reason
   */
  async samplesOf(uid: string, isNew: boolean, patience: number): Promise<Seen<KubeletSamples>> {
    const failure = await this.begin();
    if (failure !== null) return unseen(failure);
    for (let waited = 0; ; waited += INTERVAL_MILLISECONDS) {
      const samples = this.#samples(uid);
      const mayClear = samples.node.length > 0 && (samples.pod.length > 0 || isNew);
      const isClear = compareSamples(samples).observed !== 'unclear';
      if (isClear || !mayClear || waited + INTERVAL_MILLISECONDS > patience) {
        return { kind: 'seen', what: samples };
      }
      await this.#another();
    }
  }

  /** All waiting Pods of the node share one request. */
  #another(): Promise<unknown> {
    this.#next ??= pause(INTERVAL_MILLISECONDS, this.#context)
      // The next request may succeed. The samples so far stay valid.
      .then(() => this.#ask())
      .finally(() => {
        this.#next = null;
      });
    return this.#next;
  }

  async #ask(): Promise<ExplainedError | null> {
    try {
      this.#summaries.push(await nodeSummary(this.#node, this.#timeout, this.#session));
      return null;
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      return error;
    }
  }

  #samples(uid: string): KubeletSamples {
    return {
      node: distinct(this.#summaries.map(({ node }) => node)),
      pod: this.#samplesOfPod(uid),
      nodeBySandboxes: this.#bySandboxes(),
    };
  }

  #samplesOfPod(uid: string): readonly NetworkSample[] {
    return distinct(this.#summaries.map(({ pods }) => pods.get(uid) ?? null));
  }

  /** Computed once per response, for all Pods. */
  #bySandboxes(): readonly NetworkSample[] {
    if (this.#sandboxesOf !== this.#summaries.length) {
      const node = distinct(this.#summaries.map((summary) => summary.node));
      const uids = new Set(this.#summaries.flatMap(({ pods }) => [...pods.keys()]));
      const samples = [...uids]
        .map((uid) => this.#samplesOfPod(uid))
        .filter((pod) => node.length > 0 && compareNetworks(node, pod).observed === 'host');
      this.#sandboxes = distinct(samples.flat());
      this.#sandboxesOf = this.#summaries.length;
    }
    return this.#sandboxes;
  }
}

/** A new response can repeat an old sample. */
function distinct(samples: readonly (NetworkSample | null)[]): readonly NetworkSample[] {
  const byTime = new Map(
    samples.flatMap((sample) => (sample === null ? [] : [[sample.time, sample] as const])),
  );
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

function unseen(error: ExplainedError): Seen<KubeletSamples> {
  const why =
    error instanceof ForbiddenError
      ? 'asking it is forbidden: that needs permission to get nodes/proxy'
      : 'it could not be asked';
  return { kind: 'unseen', why, error };
}
