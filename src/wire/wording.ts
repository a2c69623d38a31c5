/** As a person reads it: `16 MiB`. */
export function mebibytes(bytes: number): string {
  return `${String(bytes >> 20)} MiB`;
}

/** What a quotation is cut to. */
const QUOTED = 80;

/** `text` as a part of a sentence. */
export function quoted(text: string): string {
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}…`;
}
