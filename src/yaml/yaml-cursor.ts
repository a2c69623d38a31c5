import { YamlError } from './yaml-error.ts';
import { quoted } from '../wire/wording.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
/** Sentinel after the end of a text. Control characters are not allowed in a text. */
const END = 0;
/** NEL ends a line like a line feed does. LS and PS end a line, too, but stay in the text. */
const NEXT_LINE = 0x85;
const SEPARATORS: ReadonlySet<number> = new Set([0x20_28, 0x20_29]);

/** A position in a YAML text that moves towards its end. */
export class YamlCursor {
  /** The text, and four characters of END. */
  readonly text: string;
  at: number;
  /** Where the line begins that `at` is in. */
  lineStart: number;

  constructor(text: string, start: number) {
    this.text = text + '\0'.repeat(4);
    this.at = start;
    this.lineStart = start;
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  /** The character here, or `distance` further on. */
  char(distance = 0): string {
    return this.text.charAt(this.at + distance);
  }

  isEnd(distance = 0): boolean {
    return this.text.charCodeAt(this.at + distance) === END;
  }

  isTab(): boolean {
    return this.text.charCodeAt(this.at) === TAB;
  }

  isBlank(distance = 0): boolean {
    const code = this.text.charCodeAt(this.at + distance);
    return code === SPACE || code === TAB;
  }

  isBreak(distance = 0): boolean {
    return isBreak(this.text.charCodeAt(this.at + distance));
  }

  isBreakOrEnd(distance = 0): boolean {
    const code = this.text.charCodeAt(this.at + distance);
    return code === END || isBreak(code);
  }

  isBlankOrEnd(distance = 0): boolean {
    const code = this.text.charCodeAt(this.at + distance);
    return code === SPACE || code === TAB || code === END || isBreak(code);
  }

  /** `---` or `...` at the beginning of a line, which no scalar may hold. */
  isMarker(marker: '---' | '...'): boolean {
    return this.column === 0 && this.text.startsWith(marker, this.at) && this.isBlankOrEnd(3);
  }

  skipBlanks(): void {
    while (this.isBlank()) this.at += 1;
  }

  skipComment(): void {
    if (this.char() === '#') while (!this.isBreakOrEnd()) this.at += 1;
  }

  /** @returns the line break as it stands in a scalar; empty where there is none */
  readBreak(): string {
    const code = this.text.charCodeAt(this.at);
    if (!isBreak(code)) return '';
    const isPair = code === CARRIAGE_RETURN && this.text.charCodeAt(this.at + 1) === LINE_FEED;
    this.at += isPair ? 2 : 1;
    this.lineStart = this.at;
    return SEPARATORS.has(code) ? String.fromCharCode(code) : '\n';
  }

  /** Reads what `pattern`, which is sticky, matches here. */
  read(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  fail(reason: string, offset = this.at): never {
    throw new YamlError(offset, `it is not valid YAML: ${quoted(reason)}`);
  }
}

function isBreak(code: number): boolean {
  return code === LINE_FEED || code === CARRIAGE_RETURN || code === NEXT_LINE || SEPARATORS.has(code);
}
