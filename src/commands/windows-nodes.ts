import { windowsNodes } from '../kube/nodes.ts';
import type { Session } from '../kube/session.ts';
import type { Pod } from '../pods/pod.ts';
import { runsOnWindows } from '../pods/sharing.ts';

/** Which nodes run Windows. They are asked for only where a Pod leaves that open, and again only for a new node. */
export class WindowsNodes {
  readonly #session: Session;
  readonly #met = new Set<string>();
  #windows: ReadonlySet<string> = new Set();
  #isHidden = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Makes sure that of each of these Pods it is known, as far as this user may know.
   *
   * @throws ExplainedError where the cluster does not answer
   */
  async meet(pods: readonly Pod[]): Promise<void> {
    const open = pods.filter(
      (pod) => pod.spec.hostNetwork && pod.spec.nodeName !== '' && runsOnWindows(pod) === null,
    );
    if (this.#isHidden || open.every(({ spec }) => this.#met.has(spec.nodeName))) return;
    const windows = await windowsNodes(this.#session);
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
