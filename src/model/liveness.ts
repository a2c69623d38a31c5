import type { Pod } from './pod.ts';

/** A Pod is live until its phase is Succeeded or Failed; from then on none of its containers runs again. */
export function isLive(pod: Pod): boolean {
  return pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}
