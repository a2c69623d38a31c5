/** A part of a text: from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A document of a stream, in the split of kubectl. */
export interface YamlPart extends Range {
  /** Where the line of a separator begins that kubectl refuses, for more than a comment stands in it; or null. */
  readonly refused: number | null;
}

/** Only a line feed ends a line here, like in YAMLReader of k8s.io/apimachinery. */
const SEPARATOR = /---([^\n]*\n?)/g;
const BLANK = /^\s*(?:#|$)/;

/**
 * Splits a stream of YAML at each line that begins with `---`, as kubectl does: before it reads the documents, and so
 * even within a scalar. A document that is broken hides no other one. Comments in front of the first separator are not
 * a document.
 *
 * @param from offset of the first line of the stream
 */
export function* yamlParts(text: string, from = 0): Generator<YamlPart> {
  let start = from;
  let refused: number | null = null;
  let isFirst = true;
  SEPARATOR.lastIndex = from;
  for (const { 0: line, 1: rest = '', index } of text.matchAll(SEPARATOR)) {
    if (index !== from && text[index - 1] !== '\n') continue;
    if (!isFirst || hasContent(text.slice(start, index))) yield { start, end: index, refused };
    isFirst = false;
    start = index + line.length;
    refused = BLANK.test(rest) ? null : index;
  }
  if (start < text.length || refused !== null) yield { start, end: text.length, refused };
}

function hasContent(text: string): boolean {
  return text.split('\n').some((line) => !BLANK.test(line));
}
