/**
 * The one way to the terminal.
 *
 * Whatever comes from a cluster, a container, a file or the command line is untrusted: it may hold escape
 * sequences, C1 controls, backspaces, line breaks, or bidirectional and invisible characters that make a
 * terminal or a reader see something else (CVE-2021-25743). Sinks take SafeText only, and only this
 * file makes it: from untrusted text, or from the literal parts of a template in our own source.
 */
declare const safe: unique symbol;
export type SafeText = string & { readonly [safe]: true };

/** Where text for a person or a program goes; nothing but SafeText fits. */
export interface Sink {
  write(text: SafeText): void;
}

/** One that may be slower than its writer. */
export interface PacedSink extends Sink {
  /** Resolves once there is room for more. */
  written(): Promise<void>;
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** `text` on one line, with every character that is not plainly visible written as an escape (`\u001b`). */
export function safeLine(text: string): SafeText {
  return (PRINTABLE_ASCII.test(text) ? text : withoutUnsafe(text)) as SafeText;
}

/** Escapes like safeLine, but keeps line feeds: for our own text whose untrusted parts are already escaped. */
export function safeLines(text: string): SafeText {
  return text.split('\n').map(safeLine).join('\n') as SafeText;
}

/** Escapes like safeLine, but keeps line feeds and tabs: for the literal text of a template of the user. */
export function safeTemplateText(text: string): SafeText {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : safeLine(part)))
    .join('') as SafeText;
}

/** JSON that is safe on a terminal and still means the same: the escapes are JSON's own. */
export function safeJson(value: unknown, indent?: number): SafeText {
  return safeLines(JSON.stringify(value, null, indent));
}

/** A template whose literal parts are trusted and whose values are made safe, arrays joined by spaces. */
export function text(
  literals: TemplateStringsArray,
  ...values: readonly (string | number | readonly SafeText[])[]
): SafeText {
  const shown = values.map((value) =>
    typeof value === 'object' ? value.join(' ') : safeLine(String(value)),
  );
  return String.raw({ raw: literals }, ...shown) as SafeText;
}

/** The parts with a separator of our own between them. */
export function join(parts: readonly SafeText[], separator: '\n' | ' ' | ', ' | ',' | ''): SafeText {
  return parts.join(separator) as SafeText;
}

/**
 * Controls (Cc: C0, DEL, C1), format characters (Cf: bidirectional, zero-width, tags), lone surrogates,
 * private use, line and paragraph separators, default-ignorable ones that show nothing (Hangul fillers,
 * variation selectors), and every space that is not U+0020. Not a constant: to read that many classes takes
 * 2 ms, which most runs never need.
 */
function withoutUnsafe(text: string): string {
  return text.replace(
    /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/gu,
    escape,
  );
}

/** UTF-16 escapes, so that what stands inside a JSON string is the same string. */
function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
