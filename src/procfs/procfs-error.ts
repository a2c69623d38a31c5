/** Text that the kernel cannot have written to the file. */
export class ProcfsError extends Error {
  override readonly name = 'ProcfsError';
  /** Path of the file below /proc or /proc/PID: "net/dev". */
  readonly file: string;
  /** Line number from 1; 0 if the error is about the whole file. */
  readonly line: number;

  /** @param reason text of this program. Quotes from the file must be passed through `excerpt` */
  constructor(file: string, line: number, reason: string) {
    super(line === 0 ? `${file}: ${reason}` : `${file}, line ${String(line)}: ${reason}`);
    this.file = file;
    this.line = line;
  }
}

const EXCERPT_LENGTH = 60;

/** Returns the start of a text that a container may have written, in quotes and with control characters escaped. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text);
}
