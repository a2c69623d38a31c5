import { join, type SafeText, safeLine } from './safe-text.ts';

/** kubectl's distance between columns. */
export const GAP = '   ';

/**
 * Lays out columns as kubectl prints them: left-aligned, three spaces apart, without lines or trailing spaces. A cluster
 * has many rows, and cli-table3 takes a minute for 20,000. This takes 20 ms.
 *
 * @param header null for none
 */
export function table(header: readonly SafeText[] | null, rows: readonly (readonly SafeText[])[]): SafeText {
  return new GrowingTable(header).add(rows);
}

/** A table whose rows arrive over time. Printed rows stay as they are; later rows can be wider. */
export class GrowingTable {
  readonly #widths: number[] = [];
  #header: readonly SafeText[] | null;

  /** @param header null for none; printed with the first rows */
  constructor(header: readonly SafeText[] | null) {
    this.#header = header;
  }

  /** Returns the lines of these rows, aligned with each other and, if they fit, with the earlier rows. */
  add(rows: readonly (readonly SafeText[])[]): SafeText {
    const lines = this.#header === null ? rows : [this.#header, ...rows];
    this.#header = null;
    for (const line of lines) {
      for (const [column, cell] of line.entries()) {
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, cell.length);
      }
    }
    return join([...lines.map((line) => tableLine(line, this.#widths)), safeLine('')], '\n');
  }
}

/** Returns one line of such a table. @param widths in characters, by column */
export function tableLine(cells: readonly SafeText[], widths: readonly number[]): SafeText {
  return safeLine(
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
