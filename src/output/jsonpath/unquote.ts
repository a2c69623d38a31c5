import { JsonPathError } from './jsonpath-error.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|(.))/gsu;

/**
 * Returns the text of a quoted string, as UnquoteExtend of client-go does: Go's escapes, in single or double quotes.
 *
 * @param quoted with its quotes
 * @throws JsonPathError if an escape is invalid
 */
export function unquote(quoted: string): string {
  const quote = quoted.charAt(0);
  const inner = quoted.slice(1, -1);
  if (inner.includes('\n') || /(?<!\\)(?:\\\\)*\\$/.test(inner)) throw invalid(quoted);
  return inner.replaceAll(ESCAPE, (_, hex, short, long, octal, simple: string | undefined) => {
    const digits = (hex ?? short ?? long) as string | undefined;
    if (digits !== undefined) return characterOf(Number.parseInt(digits, 16), quoted);
    if (octal !== undefined) return characterOf(Number.parseInt(octal as string, 8), quoted);
    if (simple === quote) return quote;
    const character = SIMPLE[simple ?? ''];
    if (character === undefined) throw invalid(quoted);
    return character;
  });
}

function characterOf(code: number, quoted: string): string {
  if (code > 0x10_ff_ff || (code >= 0xd8_00 && code < 0xe0_00)) throw invalid(quoted);
  return String.fromCodePoint(code);
}

function invalid(quoted: string): JsonPathError {
  return new JsonPathError(`unquote string ${quoted} error invalid syntax`);
}
