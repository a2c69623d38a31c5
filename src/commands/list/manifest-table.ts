import type { SharingManifest } from '../../model/pod-manifest.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import { labelCell, labelsCell, labelTitle, orNone, portsCell } from './pod-cells.ts';
import { type SafeText, safeLine } from '../../output/safe-text.ts';
import { table } from '../../output/table.ts';

export interface ManifestTableOptions {
  readonly wide: boolean;
  /** Labels with a column of their own. */
  readonly labelColumns: readonly string[];
  /** True to add a column with all labels. */
  readonly withLabels: boolean;
  readonly withHeader: boolean;
}

interface Column {
  readonly title: string;
  readonly cell: (row: SharingManifest) => string;
  /** Maximum width in characters, before unsafe characters are escaped. LONGEST_NAME if absent. */
  readonly longest?: number;
  /** False removes the column. */
  readonly when?: (options: ManifestTableOptions) => boolean;
}

/**
 * Longest name in the API. A manifest can have a longer one, and every line of a table is padded to the widest cell. Without a
 * limit, 16 MiB of manifests would make terabytes of spaces.
 */
const LONGEST_NAME = 253;

const COLUMNS: readonly Column[] = [
  { title: 'FILE', cell: ({ file }) => file, longest: 1024 },
  { title: 'DOCUMENT', cell: place },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'NAMESPACE', cell: ({ namespace }) => orNone(namespace) },
  { title: 'NAME', cell: ({ name }) => orNone(name) },
  ...namespaceKinds.map((kind) => ({
    title: kind.toUpperCase(),
    cell: ({ shares }: SharingManifest) => (shares.includes(kind) ? 'host' : '-'),
  })),
  { title: 'HOST-PORTS', cell: ({ pod }) => portsCell(pod), when: ({ wide }) => wide },
  {
    title: 'RUNTIMECLASS',
    cell: ({ pod }) => orNone(pod.spec.runtimeClassName),
    when: ({ wide }) => wide,
  },
];
const LABELS: Column = { title: 'LABELS', cell: ({ pod }) => labelsCell(pod), longest: 4096 };

/** The table of `list -f`. -o json has the texts that are too long for it. */
export function sharingManifestTable(
  rows: readonly SharingManifest[],
  options: ManifestTableOptions,
): SafeText {
  const columns: readonly Column[] = [
    ...COLUMNS.filter(({ when }) => when?.(options) ?? true),
    ...options.labelColumns.map((label) => ({
      title: labelTitle(label),
      cell: ({ pod }: SharingManifest) => labelCell(pod, label),
    })),
    ...(options.withLabels ? [LABELS] : []),
  ];
  return table(
    options.withHeader ? columns.map(({ title }) => safeLine(title)) : null,
    rows.map((row) =>
      columns.map(({ cell, longest = LONGEST_NAME }) => safeLine(shortened(cell(row), longest))),
    ),
  );
}

/** Returns `2` or `2.items[3]`, as in a path of jq or JSONPath. It has no space, so that `cut` and awk can split columns. */
function place({ document, path }: SharingManifest): string {
  return path === '' ? String(document) : `${String(document)}.${path}`;
}

function shortened(cell: string, longest: number): string {
  return cell.length > longest ? `${cell.slice(0, longest - 1)}…` : cell;
}
