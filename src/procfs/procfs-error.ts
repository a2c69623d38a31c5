/** Text that is not what the kernel writes into the file that it is said to be. */
export class ProcfsError extends Error {
  override readonly name = 'ProcfsError';
  /** Its path below /proc or /proc/PID: "net/dev". */
  readonly file: string;
  /** Counted from 1; 0 where it is the whole file that is wrong. */
  readonly line: number;

  /** @param reason text of this program; what it quotes of the file goes through `excerpt` */
  constructor(file: string, line: number, reason: string) {
    super(line === 0 ? `${file}: ${reason}` : `${file}, line ${String(line)}: ${reason}`);
    this.file = file;
    this.line = line;
  }
}

const EXCERPT_LENGTH = 60;

/** The start of a text that a container wrote, quoted and with its control characters escaped. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text);
}
