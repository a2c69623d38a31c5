/** Formats a size: `16 MiB`. */
export function mebibytes(bytes: number): string {
  return `${String(bytes >> 20)} MiB`;
}

/** Maximum length of a quotation. */
const QUOTED = 80;

/** Returns `text` for a sentence. */
export function quoted(text: string): string {
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}…`;
}

/**
 * Returns `text` without the characters at its end that match `character`. An expression such as /x+$/ would take a time
 * that grows with the square of a long run of them.
 */
export function withoutTrailing(text: string, character: RegExp): string {
  let end = text.length;
  while (end > 0 && character.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Returns a message without the punctuation and spaces at its end, so that it can continue. */
export function withoutFullStop(message: string): string {
  return withoutTrailing(message, /[.:\s]/);
}
