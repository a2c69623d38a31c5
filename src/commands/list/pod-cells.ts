import { hostPorts } from '../../model/host-ports.ts';
import type { Pod } from '../../model/pod.ts';
import { join, type SafeText, safeLine } from '../../output/safe-text.ts';

/** Text of kubectl for an absent value. */
export function orNone(value: string): string {
  return value === '' ? '<none>' : value;
}

/** Returns `80/TCP`; each port once, even if several containers declare it. */
export function portsCell(pod: Pod): string {
  return orNone(
    [...new Set(hostPorts(pod).map(({ port, protocol }) => `${String(port)}/${protocol}`))].join(','),
  );
}

/** Returns `app=web,tier=edge`, sorted by name. */
export function labelsCell(pod: Pod): SafeText {
  const sorted = [...pod.labels].map(([key, value]) => safeLine(`${key}=${value}`)).sort();
  return sorted.length === 0 ? safeLine('<none>') : join(sorted, ',');
}

/** Returns the title of a label's column, as kubectl's -L makes it: `topology.kubernetes.io/zone` becomes `ZONE`. */
export function labelTitle(label: string): string {
  return label.slice(label.lastIndexOf('/') + 1).toUpperCase();
}

/** Returns the value of a label; `<none>` if the Pod does not have it. */
export function labelCell(pod: Pod, label: string): string {
  return pod.labels.get(label) ?? '<none>';
}
