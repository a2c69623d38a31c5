import { windowsNodes } from '../../kube/api/nodes.ts';
import type { Session } from '../../kube/api/session.ts';
import type { Pod } from '../../model/pod.ts';
import { runsOnWindows } from '../../model/sharing.ts';

/** The nodes that run Windows. They are read again only for a Pod on a new node that leaves its system open. */
export class WindowsNodes {
  readonly #session: Session;
  readonly #met = new Set<string>();
  #windows: ReadonlySet<string> = new Set();
  #isHidden = false;
  #prefetched: Promise<ReadonlySet<string> | null> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Reads the nodes while other requests are under way, so that `meet` does not add a round trip. */
  prefetch(): void {
    if (this.#isHidden || this.#met.size > 0) return;
    this.#prefetched ??= windowsNodes(this.#session);
    // Where no Pod leaves its system open, a failure does not matter; `meet` reports it where it does.
    this.#prefetched.catch(() => undefined);
  }

  /**
   * Makes sure that of each of these Pods it is known, as far as this user may know.
   *
   * @throws ExplainedError where the cluster does not answer
   */
  async meet(pods: readonly Pod[]): Promise<void> {
    const open = pods.filter((pod) => pod.spec.nodeName !== '' && runsOnWindows(pod) === null);
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    if (this.#isHidden || open.every(({ spec }) => this.#met.has(spec.nodeName))) return;
    const windows = await (prefetched ?? windowsNodes(this.#session));
    if (windows === null) {
      // Who has been shown them once is not shown others because of a server that does not know its rights yet.
      this.#isHidden = this.#met.size === 0;
      return;
    }
    this.#windows = windows;
    for (const { spec } of open) this.#met.add(spec.nodeName);
  }

  runs(pod: Pod): boolean {
    return runsOnWindows(pod) ?? this.#windows.has(pod.spec.nodeName);
  }
}
