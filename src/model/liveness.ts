import type { Pod } from './pod.ts';

/** Returns true if the Pod is not terminated. In the phases Succeeded and Failed, no container starts again. */
export function isLive(pod: Pod): boolean {
  return pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}
