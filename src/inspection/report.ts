import { excerpt } from '../procfs/procfs-error.ts';
import { ReportError } from './report-error.ts';

/** One section of a report, usually the contents of one kernel file. */
export interface Section {
  readonly text: string;
  /** True if the command that printed the section failed. The text may be incomplete. */
  readonly failed: boolean;
}

export interface Report {
  readonly sections: ReadonlyMap<string, Section>;
  /** False if the report was cut off. An incomplete section is left out. */
  readonly isComplete: boolean;
}

const MAX_SECTIONS = 64;

/**
 * Splits the output of a script into sections:
 *
 *     MARKER begin NAME
 *     … the text, and a line feed that does not belong to it …
 *     MARKER end STATUS
 *     MARKER done
 *
 * Text outside the sections is ignored. A container can print any report, so a valid report is not necessarily true.
 *
 * @throws ReportError if a section begins twice or ends without beginning, or if its status is not a number
 */
export function parseReport(output: string, marker: string): Report {
  const sections = new Map<string, Section>();
  let open: { readonly name: string; readonly from: number } | null = null;
  let isComplete = false;
  for (const { from, words, next } of markedLines(output, marker)) {
    if (isComplete) throw new ReportError('the report continues after its end');
    const [keyword, rest] = words;
    if (keyword === 'begin' && open === null) {
      if (sections.has(rest)) throw new ReportError(`the report contains the section ${excerpt(rest)} twice`);
      if (sections.size >= MAX_SECTIONS) throw new ReportError('the report has too many sections');
      open = { name: rest, from: next };
    } else if (keyword === 'end' && open !== null) {
      if (!/^\d{1,3}$/.test(rest))
        throw new ReportError(`the section ${excerpt(open.name)} ends without a status`);
      // The line feed before the marker is the script's own.
      const text = output.slice(open.from, Math.max(open.from, from - 1));
      sections.set(open.name, { text, failed: rest !== '0' });
      open = null;
    } else if (keyword === 'done' && open === null) {
      isComplete = true;
    } else {
      throw new ReportError(`${excerpt(keyword)} is not allowed at this place of the report`);
    }
  }
  return { sections, isComplete };
}

/** Returns the text of a section; empty if the report does not have the section. */
export function textOf({ sections }: Report, name: string): string {
  return sections.get(name)?.text ?? '';
}

interface MarkedLine {
  readonly from: number;
  /** First word after the marker, and the rest of the line. */
  readonly words: readonly [string, string];
  /** Index of the next line. */
  readonly next: number;
}

/** Yields the lines that begin with the marker, except a last line that was cut off before its line feed. */
function* markedLines(output: string, marker: string): Generator<MarkedLine> {
  const prefix = `${marker} `;
  for (let from = output.indexOf(prefix); from !== -1; from = output.indexOf(prefix, from + 1)) {
    if (from > 0 && output[from - 1] !== '\n') continue;
    const end = output.indexOf('\n', from);
    if (end === -1) return;
    const line = output.slice(from + prefix.length, end);
    const space = line.indexOf(' ');
    const words =
      space === -1 ? ([line, ''] as const) : ([line.slice(0, space), line.slice(space + 1)] as const);
    yield { from, words, next: end + 1 };
  }
}
