/** A part of a text: from `start` up to, but without, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * `---` or `...` at the beginning of a line, with nothing or a space behind it: no scalar of YAML may hold that
 * (c-forbidden), and no JSON, whose strings have no line breaks. `^` with the flag m would take U+2028 for one.
 */
const MARKER = /(?<=^|[\n\r])(---|\.\.\.)(?=[ \t\n\r]|$)/g;
const LINE = /[^\n\r]*(?:\r\n|\n|\r|$)/y;

/**
 * Splits a stream of YAML where documents begin and end, without reading them, so that one that is broken does not
 * hide the others. What stands before a `---` and is no document of its own (comments, directives) is a part
 * of what follows it.
 */
export function* yamlParts(text: string): Generator<Range> {
  let start = 0;
  for (const { index, 1: marker } of text.matchAll(MARKER)) {
    if (marker === '...') {
      const end = endOfLine(text, index);
      yield { start, end };
      start = end;
    } else if (index > start && hasDocument(text, start, index)) {
      yield { start, end: index };
      start = index;
    }
  }
  if (start < text.length) yield { start, end: text.length };
}

/** Anything but empty lines, comments and directives. */
function hasDocument(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at = endOfLine(text, at)) {
    const line = text.slice(at, Math.min(endOfLine(text, at), end));
    if (!/^(?:%|[ \t]*(?:#|[\n\r]|$))/.test(line)) return true;
  }
  return false;
}

function endOfLine(text: string, offset: number): number {
  LINE.lastIndex = offset;
  LINE.test(text);
  return LINE.lastIndex;
}
