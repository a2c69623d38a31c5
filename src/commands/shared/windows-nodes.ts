import { windowsNodes } from '../../kube/api/nodes.ts';
import type { Session } from '../../kube/api/session.ts';
import type { Pod } from '../../model/pod.ts';
import { runsOnWindows } from '../../model/sharing.ts';

/** The nodes that run Windows. They are read again only for a Pod without spec.os on a new node. */
export class WindowsNodes {
  readonly #session: Session;
  readonly #met = new Set<string>();
  #windows: ReadonlySet<string> = new Set();
  #isHidden = false;
  #prefetched: Promise<ReadonlySet<string> | null> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Reads the nodes in parallel with other requests, so that `meet` does not add a round trip. */
  prefetch(): void {
    if (this.#isHidden || this.#met.size > 0) return;
    this.#prefetched ??= windowsNodes(this.#session);
    // A failure matters only if `meet` needs the nodes, and `meet` reports it.
    this.#prefetched.catch(() => undefined);
  }

  /**
   * Determines for each of these Pods whether its node runs Windows, as far as the permissions allow.
   *
   * @throws ExplainedError if the cluster does not respond
   */
  async meet(pods: readonly Pod[]): Promise<void> {
    const open = pods.filter((pod) => pod.spec.nodeName !== '' && runsOnWindows(pod) === null);
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    if (this.#isHidden || open.every(({ spec }) => this.#met.has(spec.nodeName))) return;
    const windows = await (prefetched ?? windowsNodes(this.#session));
    if (windows === null) {
      // A server that just started can reject a permission for a moment: keep the nodes that were read before.
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
