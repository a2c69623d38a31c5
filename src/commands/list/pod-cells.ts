import { hostPorts } from '../../model/host-ports.ts';
import type { Pod } from '../../model/pod.ts';
import { join, type SafeText, safeLine } from '../../output/safe-text.ts';

/** As kubectl shows what is not there. */
export function orNone(value: string): string {
  return value === '' ? '<none>' : value;
}

/** `80/TCP`, each once however many containers declare it. */
export function portsCell(pod: Pod): string {
  return orNone(
    [...new Set(hostPorts(pod).map(({ port, protocol }) => `${String(port)}/${protocol}`))].join(','),
  );
}

/** `app=web,tier=edge`, in the order of their names. */
export function labelsCell(pod: Pod): SafeText {
  const sorted = [...pod.labels].map(([key, value]) => safeLine(`${key}=${value}`)).sort();
  return sorted.length === 0 ? safeLine('<none>') : join(sorted, ',');
}
