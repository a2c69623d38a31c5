import { ExplainedError } from '../../errors.ts';
import { PodGoneError } from '../../kube/api/find-pods.ts';
import { allContainers, isRunning } from '../../model/containers.ts';
import { isLive } from '../../model/liveness.ts';
import type { Pod } from '../../model/pod.ts';
import { runsOnWindows } from '../../model/sharing.ts';

/**
 * Reports whether the node of a Pod can be asked about it: it is not terminated, has a node that is not known to run
 * Windows, and has the chosen container.
 *
 * @param container null if none was chosen
 */
export function isOnItsNode(pod: Pod, container: string | null): boolean {
  const hasContainer = container === null || allContainers(pod).some(({ name }) => name === container);
  return hasContainer && isLive(pod) && pod.spec.nodeName !== '' && runsOnWindows(pod) !== true;
}

/** @throws ExplainedError if the Pod is terminated or not yet scheduled */
export function requireOnNode(pod: Pod): void {
  const { name, spec, status } = pod;
  if (!isLive(pod)) {
    throw new ExplainedError(
      `The Pod ${name} has ended (${status.phase}): there is nothing left to look at.`,
    );
  }
  if (spec.nodeName === '') {
    throw new ExplainedError(
      `The Pod ${name} is on no node yet (${status.phase}): there is nothing to look at.`,
    );
  }
}

/** @throws ExplainedError if the Pod runs on Windows */
export function refuseWindows(pod: Pod, isWindows: boolean): void {
  if (isWindows) {
    throw new ExplainedError(`The Pod ${pod.name} runs on Windows, which has none of these namespaces.`);
  }
}

/**
 * Checks that a Pod of --all still runs. A Pod that has gone is reported as gone, not as inconclusive.
 *
 * @param now the Pod of this name as it is now; null if there is none
 * @throws PodGoneError if the Pod has ended, or another Pod has its name
 */
export function requireStillRunning(asked: Pod, now: Pod | null): void {
  if (now?.uid !== asked.uid || !isRunning(now)) throw new PodGoneError(`The Pod ${asked.name} has ended.`);
}
