import { isLive } from '../../model/liveness.ts';
import type { Pod } from '../../model/pod.ts';
import { type NamespaceKind, sharedNamespaces } from '../../model/sharing.ts';
import type { SharingPod } from '../../model/sharing-pod.ts';
import type { WindowsNodes } from '../shared/windows-nodes.ts';

export interface RowOptions {
  /** A Pod is listed if it shares at least one of these. */
  readonly shares: readonly NamespaceKind[];
  readonly showCompleted: boolean;
}

/** Makes rows from Pods, and decides which of them are listed. */
export class SharingRows {
  readonly #options: RowOptions;
  readonly #windows: WindowsNodes;

  constructor(options: RowOptions, windows: WindowsNodes) {
    this.#options = options;
    this.#windows = windows;
  }

  /**
   * Returns a row for each Pod, listed or not.
   *
   * @throws ExplainedError if it cannot be determined which nodes run Windows
   */
  async of(pods: readonly Pod[]): Promise<readonly SharingPod[]> {
    // Windows matters only for hostNetwork.
    await this.#windows.meet(pods.filter(({ spec }) => spec.hostNetwork));
    return pods.map((pod) => ({ pod, shares: sharedNamespaces(pod, this.#windows.runs(pod)) }));
  }

  isListed({ pod, shares }: SharingPod): boolean {
    const { shares: wanted, showCompleted } = this.#options;
    return (showCompleted || isLive(pod)) && shares.some((kind) => wanted.includes(kind));
  }
}
