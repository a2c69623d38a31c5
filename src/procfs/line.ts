import { excerpt, ProcfsError } from './procfs-error.ts';

export const MAX_INT32 = 2n ** 31n - 1n;
export const MAX_UINT32 = 2n ** 32n - 1n;
export const MAX_UINT64 = 2n ** 64n - 1n;
/** For numbers that name something: above it two different ones would be the same JavaScript number. */
export const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** One line of a kernel file. It knows where it stands, so that what refuses it need not. */
export class Line {
  readonly text: string;
  readonly #file: string;
  readonly #number: number;

  constructor(file: string, number: number, text: string) {
    this.#file = file;
    this.#number = number;
    this.text = text;
  }

  error(reason: string): ProcfsError {
    return new ProcfsError(this.#file, this.#number, reason);
  }

  /**
   * An unsigned number as %u, %lu and %llu print it, rounded to what a JavaScript number can hold.
   *
   * @param what the name of the number, for the error
   * @throws {ProcfsError} for anything but digits, for leading zeros, and for more than `max`
   */
  decimal(digits: string, what: string, max: bigint): number {
    // Twenty digits are the longest that 64 bits need; no longer text is ever converted.
    if (!/^(?:0|[1-9][0-9]{0,19})$/.test(digits)) throw this.error(`${what} is ${excerpt(digits)}`);
    if (BigInt(digits) > max) throw this.error(`${what} ${digits} is more than ${String(max)}`);
    return Number(digits);
  }
}

/**
 * The lines of a kernel file, one after the other; an empty one says nothing and is left out.
 *
 * Only a newline ends a line: the kernel escapes newlines in what it prints, but not other separators
 * (U+2028, carriage returns), which may stand in a name.
 *
 * @throws {ProcfsError} at a NUL, which ends every string in the kernel and so stands in none
 */
export function* lines(file: string, text: string): Generator<Line, void, undefined> {
  let start = 0;
  for (let number = 1; start < text.length; number += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end > start) {
      const line = new Line(file, number, text.slice(start, end));
      if (line.text.includes('\0')) throw line.error('a NUL character');
      yield line;
    }
    start = end + 1;
  }
}

/**
 * The text without the spaces and tabs around it, with which the kernel aligns columns and fills lines.
 *
 * String.trim would also take U+00A0, U+FEFF and others, which are part of what they stand in.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** What stands between spaces and tabs; none for a blank text. */
export function columnsOf(text: string): readonly string[] {
  const trimmed = trimBlanks(text);
  return trimmed === '' ? [] : trimmed.split(/[ \t]+/);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
