import { hostPorts } from '../pods/host-ports.ts';
import type { Pod } from '../pods/pod.ts';
import { namespaceKinds } from '../pods/sharing.ts';
import type { SharingPod } from '../pods/sharing-pod.ts';
import { statusColumn } from '../pods/status-column.ts';
import { age } from './age.ts';
import { join, type SafeText, safeLine } from './safe-text.ts';
import { table } from './table.ts';

export interface TableOptions {
  readonly withNamespace: boolean;
  readonly wide: boolean;
  readonly withLabels: boolean;
  readonly withHeader: boolean;
  /** Seconds since 1970. */
  readonly now: number;
}

interface Column {
  readonly title: string;
  readonly cell: (row: SharingPod, now: number) => string;
  /** Left out where this is false; always there where it is missing. */
  readonly when?: (options: TableOptions) => boolean;
}

const isWide = ({ wide }: TableOptions): boolean => wide;

const COLUMNS: readonly Column[] = [
  { title: 'NAMESPACE', cell: ({ pod }) => pod.namespace, when: ({ withNamespace }) => withNamespace },
  { title: 'NAME', cell: ({ pod }) => pod.name },
  { title: 'NODE', cell: ({ pod }) => orNone(pod.spec.nodeName) },
  ...namespaceKinds.map((kind) => ({
    title: kind.toUpperCase(),
    cell: ({ shares }: SharingPod) => (shares.includes(kind) ? 'host' : '-'),
  })),
  { title: 'STATUS', cell: ({ pod }) => statusColumn(pod) },
  { title: 'AGE', cell: ({ pod }, now) => age(pod.creationTimestamp, now) },
  { title: 'OWNER', cell: ({ pod }) => owner(pod), when: isWide },
  { title: 'NODE-IP', cell: ({ pod }) => orNone(pod.status.hostIP), when: isWide },
  { title: 'POD-IP', cell: ({ pod }) => orNone(pod.status.podIP), when: isWide },
  { title: 'HOST-PORTS', cell: ({ pod }) => ports(pod), when: isWide },
  { title: 'RUNTIMECLASS', cell: ({ pod }) => orNone(pod.spec.runtimeClassName), when: isWide },
  { title: 'LABELS', cell: ({ pod }) => labels(pod), when: ({ withLabels }) => withLabels },
];

/** The table that `list` prints; the columns that kubectl has too hold what kubectl prints there. */
export function sharingPodTable(rows: readonly SharingPod[], options: TableOptions): SafeText {
  const columns = COLUMNS.filter(({ when }) => when?.(options) ?? true);
  return table(
    options.withHeader ? columns.map(({ title }) => safeLine(title)) : null,
    rows.map((row) => columns.map(({ cell }) => safeLine(cell(row, options.now)))),
  );
}

function orNone(value: string): string {
  return value === '' ? '<none>' : value;
}

function owner({ controller }: Pod): string {
  return controller === null ? '<none>' : `${controller.kind}/${controller.name}`;
}

/** `80/TCP`, each once however many containers declare it. */
function ports(pod: Pod): string {
  return orNone(
    [...new Set(hostPorts(pod).map(({ port, protocol }) => `${String(port)}/${protocol}`))].join(','),
  );
}

function labels(pod: Pod): SafeText {
  const sorted = [...pod.labels].map(([key, value]) => safeLine(`${key}=${value}`)).sort();
  return sorted.length === 0 ? safeLine('<none>') : join(sorted, ',');
}
