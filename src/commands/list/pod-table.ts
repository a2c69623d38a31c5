import type { Pod } from '../../model/pod.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import type { SharingPod } from '../../model/sharing-pod.ts';
import { statusColumn } from '../../model/status-column.ts';
import { age } from '../../output/age.ts';
import { labelCell, labelsCell, labelTitle, orNone, portsCell } from './pod-cells.ts';
import { type SafeText, safeLine } from '../../output/safe-text.ts';
import { table } from '../../output/table.ts';

export interface ColumnOptions {
  readonly withNamespace: boolean;
  readonly wide: boolean;
  /** Labels with a column of their own. */
  readonly labelColumns: readonly string[];
  /** True to add a column with all labels. */
  readonly withLabels: boolean;
}

export interface TableOptions extends ColumnOptions {
  readonly withHeader: boolean;
  /** Seconds since 1970. */
  readonly now: number;
}

interface Column {
  readonly title: string;
  readonly cell: (row: SharingPod, now: number) => string;
  /** False removes the column. */
  readonly when?: (options: ColumnOptions) => boolean;
}

const isWide = ({ wide }: ColumnOptions): boolean => wide;

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
  { title: 'HOST-PORTS', cell: ({ pod }) => portsCell(pod), when: isWide },
  { title: 'RUNTIMECLASS', cell: ({ pod }) => orNone(pod.spec.runtimeClassName), when: isWide },
];
const LABELS: Column = { title: 'LABELS', cell: ({ pod }) => labelsCell(pod) };

/** The table of `list`. Columns that kubectl also has contain what kubectl prints there. */
export function sharingPodTable(rows: readonly SharingPod[], options: TableOptions): SafeText {
  const { titles, cells } = sharingPodColumns(options);
  return table(
    options.withHeader ? titles : null,
    rows.map((row) => cells(row, options.now)),
  );
}

export interface SharingPodColumns {
  readonly titles: readonly SafeText[];
  /** @param now seconds since 1970 */
  readonly cells: (row: SharingPod, now: number) => readonly SafeText[];
}

export function sharingPodColumns(options: ColumnOptions): SharingPodColumns {
  const columns: readonly Column[] = [
    ...COLUMNS.filter(({ when }) => when?.(options) ?? true),
    ...options.labelColumns.map((label) => ({
      title: labelTitle(label),
      cell: ({ pod }: SharingPod) => labelCell(pod, label),
    })),
    ...(options.withLabels ? [LABELS] : []),
  ];
  return {
    titles: columns.map(({ title }) => safeLine(title)),
    cells: (row, now) => columns.map(({ cell }) => safeLine(cell(row, now))),
  };
}

function owner({ controller }: Pod): string {
  return controller === null ? '<none>' : `${controller.kind}/${controller.name}`;
}
