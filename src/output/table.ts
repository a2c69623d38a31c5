import Table from 'cli-table3';
import { type SafeText, safeLines } from './safe-text.ts';

/** kubectl's distance between columns. */
const GAP = 3;

const NO_BORDER = {
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
  middle: ' '.repeat(GAP),
} as const;

/**
 * Columns as kubectl prints them: left-aligned, three spaces apart, no lines, nothing behind the last.
 *
 * @param header null for none
 */
export function table(header: readonly SafeText[] | null, rows: readonly (readonly SafeText[])[]): SafeText {
  const lines = new Table({
    chars: NO_BORDER,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  if (header !== null) lines.push([...header]);
  for (const row of rows) lines.push([...row]);
  return safeLines(`${lines.toString().replaceAll(/ +$/gm, '')}\n`);
}
