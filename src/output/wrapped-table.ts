import Table from 'cli-table3';
import { type SafeText, safeLines } from './safe-text.ts';
import { GAP } from './table.ts';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
};

/**
 * Lays out few rows as `table` does, and wraps the cells of the last column at spaces. Nothing is cut: a word that is
 * longer than the rest of the line is kept whole.
 *
 * @param columns width of the terminal in characters
 */
export function wrappedTable(
  header: readonly SafeText[],
  rows: readonly (readonly SafeText[])[],
  columns: number,
): SafeText {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const last = widths.length - 1;
  const indent = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const longestWord = Math.max(
    ...lines.flatMap((line) => line[last]?.split(' ') ?? []).map((word) => word.length),
  );
  const laidOut = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: [...widths.slice(0, last), Math.max(longestWord, columns - indent)],
    wordWrap: true,
  });
  laidOut.push(...lines.map((line) => [...line]));
  const text = laidOut
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return safeLines(`${text.join('\n')}\n`);
}
