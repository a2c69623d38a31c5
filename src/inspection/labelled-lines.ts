import { ReportError } from './report-error.ts';

const LABEL = /^\/proc\/([0-9]{1,7})\/([a-z_]{1,16}(?:\/[a-z0-9_]{1,16})?)([: ])/;

/** Contents of one file of several processes, by process ID. */
export type TextOfProcess = ReadonlyMap<number, string>;

/**
 * Splits the output of `grep -H` (`/proc/PID/net/dev:LINE`) or `stat -c '%n %i'` (`/proc/PID/ns/net INODE`) on the files
 * of many processes. The program writes the label, so the contents of a file cannot forge it.
 *
 * @param file path of all files below /proc/PID: `net/dev`
 * @throws ReportError if a line does not have the label of such a file
 */
export function parseLabelledLines(text: string, file: string): TextOfProcess {
  const lines = new Map<number, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [label, pid, name] = LABEL.exec(line) ?? [];
    if (label === undefined || name !== file)
      throw new ReportError(`a line of ${file} has the label of another file`);
    const own = lines.get(Number(pid));
    const rest = line.slice(label.length);
    if (own === undefined) lines.set(Number(pid), [rest]);
    else own.push(rest);
  }
  return new Map([...lines].map(([pid, own]) => [pid, own.join('\n')]));
}
