import type { RowChange } from '../../model/watched-pods.ts';
import { join, type SafeText, safeJson, safeLine, text } from '../../output/safe-text.ts';
import { sharingPod } from './pod-document.ts';
import type { Value } from '../../output/jsonpath/evaluate.ts';
import { type ColumnOptions, sharingPodColumns } from './pod-table.ts';
import { GrowingTable } from '../../output/table.ts';
import { yaml } from '../../output/yaml.ts';

export interface RowChangeOptions extends ColumnOptions {
  /** A function prints one document with a template. */
  readonly format: 'table' | 'wide' | 'json' | 'yaml' | 'name' | ((document: Value) => SafeText);
  readonly withHeader: boolean;
  /** True to show the type of each event. */
  readonly withEvents: boolean;
}

/** Values in the first seconds of a Pod. Columns of this width do not have to grow for them. */
const FORESEEN: Readonly<Record<string, string>> = { EVENT: 'MODIFIED', STATUS: 'ContainerCreating' };

/**
 * Prints the changes of a watch. As in kubectl there is one header, and columns grow if they must.
 *
 * @returns a function of the changes and the time, in seconds since 1970
 */
export function rowChangePrinter(
  options: RowChangeOptions,
): (changes: readonly RowChange[], now: number) => SafeText {
  const { withEvents } = options;
  const each = (print: (change: RowChange) => SafeText) => (changes: readonly RowChange[]) =>
    join(changes.map(print), '');
  const { format } = options;
  if (typeof format === 'function') return each((change) => format(documentOf(change, withEvents)));
  switch (format) {
    case 'json':
      return each((change) => text`${[safeJson(documentOf(change, withEvents))]}\n`);
    case 'yaml':
      return each((change) => text`---\n${[yaml(documentOf(change, withEvents))]}`);
    case 'name':
      return each(({ type, row }) => text`${withEvents ? `${type} ` : ''}pod/${row.pod.name}\n`);
    case 'table':
    case 'wide': {
      const { titles, cells } = sharingPodColumns(options);
      const header = [...(withEvents ? ['EVENT'] : []), ...titles].map((title) =>
        safeLine(title.padEnd(FORESEEN[title]?.length ?? 0)),
      );
      const table = new GrowingTable(options.withHeader ? header : null);
      return (changes, now) =>
        table.add(
          changes.map(({ type, row }) => [...(withEvents ? [safeLine(type)] : []), ...cells(row, now)]),
        );
    }
  }
}

function documentOf({ type, row }: RowChange, withEvents: boolean) {
  return withEvents ? { type, object: sharingPod(row) } : sharingPod(row);
}
