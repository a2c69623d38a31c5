import { excerpt } from '../procfs/procfs-error.ts';
import { ReportError } from './report-error.ts';

/** What one section of a report holds: one kernel file, mostly. */
export interface Section {
  readonly text: string;
  /** What read it could not, or not wholly. */
  readonly failed: boolean;
}

export interface Report {
  readonly sections: ReadonlyMap<string, Section>;
  /** False where the report was cut off; its last section is then left out. */
  readonly isComplete: boolean;
}

const MAX_SECTIONS = 64;

/**
 * Reads what the script of script.ts printed:
 *
 *     MARKER begin NAME
 *     … the text, and a line feed that is not a part of it …
 *     MARKER end STATUS
 *     MARKER done
 *
 * Text outside of the sections is nobody's. Whoever prints the report may print anything: the grammar says
 * what was printed, not that it is true.
 *
 * @throws ReportError where a section is opened twice, closed unopened, or the status is no number
 */
export function parseReport(output: string, marker: string): Report {
  const sections = new Map<string, Section>();
  let open: { readonly name: string; readonly from: number } | null = null;
  let isComplete = false;
  for (const { from, words, next } of markedLines(output, marker)) {
    if (isComplete) throw new ReportError('there is something behind its end');
    const [keyword, rest] = words;
    if (keyword === 'begin' && open === null) {
      if (sections.has(rest)) throw new ReportError(`the section ${excerpt(rest)} comes twice`);
      if (sections.size >= MAX_SECTIONS) throw new ReportError('it has too many sections');
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
      throw new ReportError(`${excerpt(keyword)} stands where it cannot`);
    }
  }
  return { sections, isComplete };
}

interface MarkedLine {
  readonly from: number;
  /** The first word behind the marker, and the rest of the line. */
  readonly words: readonly [string, string];
  /** Where the next line begins. */
  readonly next: number;
}

/** The lines that begin with the marker; one that was cut off before its line feed is none. */
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
