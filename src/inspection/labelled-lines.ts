import { ReportError } from './report-error.ts';

const LABEL = /^\/proc\/([0-9]{1,7})\/([a-z_]{1,16}(?:\/[a-z0-9_]{1,16})?)([: ])/;

/** What several processes' files of one name hold, by process. */
export type TextOfProcess = ReadonlyMap<number, string>;

/**
 * Takes apart what `grep -H` prints of many processes' files (`/proc/PID/net/dev:LINE`), or `stat -c '%n %i'`
 * (`/proc/PID/ns/net INODE`). The label is the program's own, so that no line can pass for another file's.
 *
 * @param file the file that they all are: `net/dev`
 * @throws ReportError where a line has no such label
 */
export function parseLabelledLines(text: string, file: string): TextOfProcess {
  const lines = new Map<number, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [label, pid, name] = LABEL.exec(line) ?? [];
    if (label === undefined || name !== file)
      throw new ReportError(`a line of ${file} is labelled otherwise`);
    const own = lines.get(Number(pid));
    const rest = line.slice(label.length);
    if (own === undefined) lines.set(Number(pid), [rest]);
    else own.push(rest);
  }
  return new Map([...lines].map(([pid, own]) => [pid, own.join('\n')]));
}
