import { excerpt, ProcfsError } from './procfs-error.ts';

export const MAX_INT32 = 2n ** 31n - 1n;
export const MAX_UINT32 = 2n ** 32n - 1n;
export const MAX_UINT64 = 2n ** 64n - 1n;
/** Limit for identifiers such as inodes. Above it, two different ones would be the same JavaScript number. */
export const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** One line of a kernel file, with its position for error messages. */
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
   * Parses an unsigned number that %u, %lu or %llu printed, rounded to the precision of a JavaScript number.
   *
   * @param what name of the number in the error message
   * @throws {ProcfsError} for anything except digits, for leading zeros, and for a number above `max`
   */
  decimal(digits: string, what: string, max: bigint): number {
    // 64 bits need at most twenty digits, so BigInt never converts a longer text.
    if (!/^(?:0|[1-9][0-9]{0,19})$/.test(digits)) throw this.error(`${what} is ${excerpt(digits)}`);
    if (BigInt(digits) > max) throw this.error(`${what} ${digits} is greater than ${String(max)}`);
    return Number(digits);
  }
}

/**
 * Yields the lines of a kernel file, except empty ones.
 *
 * Only a newline ends a line. The kernel escapes newlines in names, but not other separators such as U+2028 and carriage
 * returns.
 *
 * @throws {ProcfsError} at a NUL character, which ends every string of the kernel and is never part of one
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
 * Removes the spaces and tabs around a text. The kernel uses them to align columns and to pad lines.
 *
 * String.trim would also remove U+00A0, U+FEFF and others, which can be part of a name.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Splits a text at spaces and tabs; a blank text has no columns. */
export function columnsOf(text: string): readonly string[] {
  const trimmed = trimBlanks(text);
  return trimmed === '' ? [] : trimmed.split(/[ \t]+/);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
