import type { SharingPod } from './sharing-pod.ts';

/** Type of a change, as in the API. */
export interface RowChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Current row; for a deleted Pod, the last one. */
  readonly row: SharingPod;
}

/**
 * The rows that are shown at the moment. Its size is the number of rows, whatever the number of events. It returns each change
 * once, even if the server repeats events.
 */
export class WatchedPods {
  readonly #rows = new Map<string, SharingPod>();

  /** A Pod is there, new or changed; one of its name that was there before is gone. */
  put(row: SharingPod): readonly RowChange[] {
    const key = keyOf(row);
    const known = this.#rows.get(key);
    this.#rows.set(key, row);
    if (known === undefined) return [{ type: 'ADDED', row }];
    if (known.pod.uid !== row.pod.uid) {
      return [
        { type: 'DELETED', row: known },
        { type: 'ADDED', row },
      ];
    }
    return known.pod.resourceVersion === row.pod.resourceVersion ? [] : [{ type: 'MODIFIED', row }];
  }

  /** A Pod is gone, or does not count any more. @param row as it was last */
  remove(row: SharingPod): readonly RowChange[] {
    const key = keyOf(row);
    const known = this.#rows.get(key);
    if (known?.pod.uid !== row.pod.uid) return [];
    this.#rows.delete(key);
    // Where it no longer shares anything, it is shown as when it did.
    return [{ type: 'DELETED', row: row.shares.length === 0 ? known : row }];
  }

  /** Replaces all rows after a new list. Returns the deleted rows first, then the new and changed ones. */
  replace(rows: readonly SharingPod[]): readonly RowChange[] {
    const now = new Set(rows.map(keyOf));
    const gone = [...this.#rows.values()].filter((row) => !now.has(keyOf(row)));
    return [...gone.flatMap((row) => this.remove(row)), ...rows.flatMap((row) => this.put(row))];
  }
}

function keyOf({ pod }: SharingPod): string {
  return `${pod.namespace}/${pod.name}`;
}
