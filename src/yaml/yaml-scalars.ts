import type { YamlCursor } from './yaml-cursor.ts';

/**
 * Reads a plain scalar, which ends before a comment, a `: `, or a line that is indented less than `indent`.
 *
 * @returns its text, and whether it ends on a line of its own
 */
export function readPlain(
  cursor: YamlCursor,
  indent: number,
  inFlow: boolean,
): { readonly value: string; readonly endsLine: boolean } {
  const gap = new Gap(cursor);
  let value = '';
  while (!cursor.isMarker('---') && !cursor.isMarker('...') && cursor.char() !== '#') {
    const start = cursor.at;
    while (!endsPlain(cursor, inFlow)) cursor.at += 1;
    if (cursor.at > start) value += gap.take() + cursor.text.slice(start, cursor.at);
    if (!cursor.isBlank() && !cursor.isBreak()) break;
    gap.read((hasBreak) => {
      if (hasBreak && cursor.column < indent && cursor.isTab())
        cursor.fail('found a tab character that violates indentation');
    });
    if (!inFlow && cursor.column < indent) break;
  }
  return { value, endsLine: gap.hasBreak };
}

/** The `?` is from YAML 1.1. */
const FLOW_INDICATORS = ',?[]{}';

function endsPlain(cursor: YamlCursor, inFlow: boolean): boolean {
  if (cursor.isBlankOrEnd()) return true;
  const char = cursor.char();
  return (char === ':' && cursor.isBlankOrEnd(1)) || (inFlow && FLOW_INDICATORS.includes(char));
}

/** Reads blanks and line breaks between two words of a scalar. */
class Gap {
  readonly #cursor: YamlCursor;
  #blanks = '';
  #firstBreak = '';
  #breaks = '';
  hasBreak = false;

  constructor(cursor: YamlCursor) {
    this.#cursor = cursor;
  }

  /** Begins with a break that is not part of the scalar. */
  escapeBreak(): void {
    this.#cursor.readBreak();
    this.hasBreak = true;
  }

  read(checkBlank: (hasBreak: boolean) => void = () => undefined): void {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.isBlank()) {
        checkBlank(this.hasBreak);
        if (!this.hasBreak) this.#blanks += cursor.char();
        cursor.at += 1;
      } else if (!cursor.isBreak()) {
        return;
      } else if (this.hasBreak) {
        this.#breaks += cursor.readBreak();
      } else {
        this.#blanks = '';
        this.#firstBreak = cursor.readBreak();
        this.hasBreak = true;
      }
    }
  }

  /** One line feed is a space, and of several the first is left out. */
  take(): string {
    const folded = this.#firstBreak === '\n' ? this.#breaks || ' ' : this.#firstBreak + this.#breaks;
    const text = this.hasBreak ? folded : this.#blanks;
    this.#blanks = '';
    this.#firstBreak = '';
    this.#breaks = '';
    this.hasBreak = false;
    return text;
  }
}

/** Reads a quoted scalar. Indentation has no meaning in it. */
export function readQuoted(cursor: YamlCursor): string {
  const quote = cursor.char();
  const start = cursor.at;
  const gap = new Gap(cursor);
  let value = '';
  cursor.at += 1;
  for (;;) {
    if (cursor.isMarker('---') || cursor.isMarker('...'))
      cursor.fail('found unexpected document indicator within quotes');
    if (cursor.isEnd()) cursor.fail('found unexpected end of stream within quotes', start);
    value += quote === "'" ? readSingleQuoted(cursor) : readDoubleQuoted(cursor, gap);
    if (cursor.char() === quote) break;
    gap.read();
    value += gap.take();
  }
  cursor.at += 1;
  return value;
}

function readSingleQuoted(cursor: YamlCursor): string {
  return cursor.read(/(?:[^\0\t\n\r \u0085\u2028\u2029']|'')*/y).replaceAll("''", "'");
}

/** Reads up to a blank, a line break or the closing quote. */
function readDoubleQuoted(cursor: YamlCursor, gap: Gap): string {
  let value = '';
  for (;;) {
    value += cursor.read(/[^\0\t\n\r \u0085\u2028\u2029"\\]*/y);
    if (cursor.char() !== '\\') return value;
    if (cursor.isBreak(1)) {
      cursor.at += 1;
      gap.escapeBreak();
      return value;
    }
    value += readEscape(cursor);
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001B'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\u0085'],
  ['_', '\u00A0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function readEscape(cursor: YamlCursor): string {
  const name = cursor.char(1);
  const escaped = ESCAPES.get(name);
  const length = HEX_DIGITS.get(name);
  if (escaped === undefined && length === undefined) cursor.fail('found unknown escape character');
  cursor.at += 2;
  if (length === undefined) return escaped ?? '';
  const digits = cursor.text.slice(cursor.at, cursor.at + length);
  if (!/^[\da-f]+$/i.test(digits)) cursor.fail('did not find expected hexadecimal number');
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd8_00 && code <= 0xdf_ff) || code > 0x10_ff_ff)
    cursor.fail('found invalid Unicode character escape code');
  cursor.at += length;
  return String.fromCodePoint(code);
}

/**
 * Reads a literal (`|`) or folded (`>`) scalar.
 *
 * @param parentIndent of the collection that the scalar is in, or -1
 */
export function readBlock(cursor: YamlCursor, parentIndent: number): string {
  const isLiteral = cursor.char() === '|';
  cursor.at += 1;
  const header = cursor.read(/[+-]?\d?[+-]?/y);
  const [, before = '', digit = '', after = ''] = /^([+-]?)(\d?)([+-]?)$/.exec(header) ?? [];
  if (digit === '0') cursor.fail('found an indentation indicator equal to 0');
  cursor.skipBlanks();
  cursor.skipComment();
  if ((before !== '' && after !== '') || !cursor.isBreakOrEnd())
    cursor.fail('did not find expected comment or line break');
  cursor.readBreak();
  const given = digit === '' ? 0 : Math.max(parentIndent, 0) + Number(digit);
  return readLines(cursor, { isLiteral, parentIndent, given, chomping: before || after });
}

interface BlockStyle {
  readonly isLiteral: boolean;
  readonly parentIndent: number;
  /** 0 where the first line decides. */
  readonly given: number;
  readonly chomping: string;
}

function readLines(cursor: YamlCursor, { isLiteral, parentIndent, given, chomping }: BlockStyle): string {
  let value = '';
  let leading = '';
  let wasBlank = false;
  let { breaks, indent } = readIndentation(cursor, given, parentIndent);
  while (cursor.column === indent && !cursor.isEnd()) {
    const isBlank = cursor.isBlank();
    const folds = !isLiteral && !wasBlank && !isBlank && leading === '\n';
    if (!folds) value += leading;
    else if (breaks === '') value += ' ';
    value += breaks + cursor.read(/[^\0\n\r\u0085\u2028\u2029]*/y);
    wasBlank = isBlank;
    leading = cursor.readBreak();
    ({ breaks, indent } = readIndentation(cursor, indent, parentIndent));
  }
  if (chomping !== '-') value += leading;
  if (chomping === '+') value += breaks;
  return value;
}

/** Reads empty lines and the indentation of the next one. If `given` is 0, the deepest of them is the indentation. */
function readIndentation(
  cursor: YamlCursor,
  given: number,
  parentIndent: number,
): { readonly breaks: string; readonly indent: number } {
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((given === 0 || cursor.column < given) && cursor.char() === ' ') cursor.at += 1;
    deepest = Math.max(deepest, cursor.column);
    if ((given === 0 || cursor.column < given) && cursor.isTab())
      cursor.fail('found a tab character where an indentation space is expected');
    if (!cursor.isBreak()) break;
    breaks += cursor.readBreak();
  }
  return { breaks, indent: given === 0 ? Math.max(deepest, parentIndent + 1, 1) : given };
}
