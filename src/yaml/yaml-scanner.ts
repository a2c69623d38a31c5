import { YamlCursor } from './yaml-cursor.ts';
import { YamlError } from './yaml-error.ts';
import { type Directive, readAnchor, readDirective, readTag, type Tag } from './yaml-properties.ts';
import { readBlock, readPlain, readQuoted } from './yaml-scalars.ts';

export type TokenType =
  | 'stream end'
  | 'document start'
  | 'document end'
  | 'block sequence start'
  | 'block mapping start'
  | 'block end'
  | 'block entry'
  | 'flow sequence start'
  | 'flow sequence end'
  | 'flow mapping start'
  | 'flow mapping end'
  | 'flow entry'
  | 'key'
  | 'value';

export type Token =
  | { readonly type: TokenType; readonly start: number }
  | { readonly type: 'directive'; readonly start: number; readonly directive: Directive }
  | { readonly type: 'alias' | 'anchor'; readonly start: number; readonly name: string }
  | { readonly type: 'tag'; readonly start: number; readonly tag: Tag }
  | { readonly type: 'scalar'; readonly start: number; readonly value: string; readonly isPlain: boolean };

/** A possible start of a key. A `:` on the same line confirms it. */
interface SimpleKey {
  isPossible: boolean;
  /** Nothing but a key can stand there. */
  readonly isRequired: boolean;
  /** The token that it begins with, counted from the first one. */
  readonly token: number;
  readonly start: number;
  readonly lineStart: number;
}

/** Maximum number of characters from the start of a key to its `:`. */
const LONGEST_KEY = 1024;

const FLOW_TOKENS: ReadonlyMap<string, TokenType> = new Map([
  ['[', 'flow sequence start'],
  ['{', 'flow mapping start'],
  [']', 'flow sequence end'],
  ['}', 'flow mapping end'],
]);

/**
 * Splits a YAML text into tokens, like libyaml and its port go-yaml v2. Unlike in the specification, indentation has no meaning in
 * brackets and quotes. A possible key is confirmed or dropped at the end of its line.
 */
export class YamlScanner {
  readonly #cursor: YamlCursor;
  readonly #tokens: Token[] = [];
  /** Tokens that the parser has taken. */
  #taken = 0;
  #flowLevel = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #allowsKey = true;
  /** One for each flow level. */
  readonly #keys: SimpleKey[] = [NO_KEY()];
  /** Indexes of `#keys` by the tokens that the keys begin with. */
  readonly #keyOfToken = new Map<number, number>();

  constructor(text: string, start: number) {
    this.#cursor = new YamlCursor(text, start);
  }

  /** The next token, which stays the next. Scans no further than that takes. */
  peek(): Token {
    for (;;) {
      const [token] = this.#tokens;
      if (token !== undefined && !this.#mayBeKey()) return token;
      this.#fetch();
    }
  }

  /** Null where no token begins. */
  peekOrNull(): Token | null {
    try {
      return this.peek();
    } catch (error) {
      if (error instanceof YamlError) return null;
      throw error;
    }
  }

  /** How far the text is scanned. */
  get offset(): number {
    return this.#cursor.at;
  }

  take(): Token {
    const token = this.peek();
    this.#tokens.shift();
    this.#taken += 1;
    return token;
  }

  fail(reason: string, offset: number): never {
    this.#cursor.fail(reason, offset);
  }

  /** Returns true if the next token may start a key. A key token may then have to be inserted before it. */
  #mayBeKey(): boolean {
    const index = this.#keyOfToken.get(this.#taken);
    const key = index === undefined ? undefined : this.#keys[index];
    return key !== undefined && this.#isValid(key);
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.isPossible) return false;
    const { lineStart, at } = this.#cursor;
    if (key.lineStart === lineStart && !isLonger(this.#cursor.text, key.start, at, LONGEST_KEY)) return true;
    if (key.isRequired) this.#failAtKey(key);
    key.isPossible = false;
    return false;
  }

  #failAtKey({ start }: SimpleKey): never {
    this.fail("could not find expected ':'", start);
  }

  #lastKey(): SimpleKey {
    return this.#keys.at(-1) ?? NO_KEY();
  }

  #saveKey(): void {
    if (!this.#allowsKey) return;
    const { at: start, lineStart, column } = this.#cursor;
    this.#removeKey();
    const token = this.#taken + this.#tokens.length;
    const isRequired = this.#flowLevel === 0 && this.#indent === column;
    this.#keys[this.#keys.length - 1] = { isPossible: true, isRequired, token, start, lineStart };
    this.#keyOfToken.set(token, this.#keys.length - 1);
  }

  #removeKey(): void {
    const key = this.#lastKey();
    if (!key.isPossible) return;
    if (key.isRequired) this.#failAtKey(key);
    key.isPossible = false;
    this.#keyOfToken.delete(key.token);
  }

  /** @param position in the queue; its end by default */
  #insert(token: Token, position = this.#tokens.length): void {
    this.#tokens.splice(position < 0 ? this.#tokens.length : position, 0, token);
  }

  #rollIndent(column: number, type: TokenType, start: number, position?: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#insert({ type, start }, position);
  }

  #unrollIndent(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.#insert({ type: 'block end', start: this.#cursor.at });
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#unrollIndent(cursor.column);
    const char = cursor.char();
    if (cursor.isEnd()) this.#fetchStreamEnd();
    else if (cursor.column === 0 && char === '%') this.#fetchDirective();
    else if (cursor.isMarker('---')) this.#fetchMarker('document start');
    else if (cursor.isMarker('...')) this.#fetchMarker('document end');
    else if (!this.#fetchIndicator(char)) this.#fetchContent(char);
  }

  /** In block style a tab may not stand where a key could begin. */
  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      const takesTabs = this.#flowLevel > 0 || !this.#allowsKey;
      while (cursor.char() === ' ' || (takesTabs && cursor.isTab())) cursor.at += 1;
      cursor.skipComment();
      if (cursor.readBreak() === '') return;
      if (this.#flowLevel === 0) this.#allowsKey = true;
    }
  }

  #fetchStreamEnd(): void {
    // No key can go on behind the end.
    this.#cursor.lineStart = this.#cursor.at;
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#allowsKey = false;
    this.#insert({ type: 'stream end', start: this.#cursor.at });
  }

  #fetchDirective(): void {
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#allowsKey = false;
    const start = this.#cursor.at;
    this.#insert({ type: 'directive', start, directive: readDirective(this.#cursor) });
  }

  #fetchMarker(type: TokenType): void {
    this.#unrollIndent(-1);
    this.#removeKey();
    this.#allowsKey = false;
    this.#insert({ type, start: this.#cursor.at });
    this.#cursor.at += 3;
  }

  #fetchIndicator(char: string): boolean {
    const cursor = this.#cursor;
    const inFlow = this.#flowLevel > 0;
    const bracket = FLOW_TOKENS.get(char);
    if (bracket !== undefined) this.#fetchBracket(bracket);
    else if (char === ',') this.#fetchFlowEntry();
    else if (char === '-' && cursor.isBlankOrEnd(1)) this.#fetchBlockEntry();
    else if (char === '?' && (inFlow || cursor.isBlankOrEnd(1))) this.#fetchKey();
    else if (char === ':' && (inFlow || cursor.isBlankOrEnd(1))) this.#fetchValue();
    else return false;
    cursor.at += 1;
    return true;
  }

  #fetchBracket(type: TokenType): void {
    const { at: start } = this.#cursor;
    if (type === 'flow sequence start' || type === 'flow mapping start') {
      this.#saveKey();
      this.#keys.push({ ...NO_KEY(), token: this.#taken + this.#tokens.length });
      this.#flowLevel += 1;
      this.#allowsKey = true;
    } else {
      this.#removeKey();
      if (this.#flowLevel > 0) {
        this.#flowLevel -= 1;
        this.#keyOfToken.delete(this.#keys.pop()?.token ?? -1);
      }
      this.#allowsKey = false;
    }
    this.#insert({ type, start });
  }

  #fetchFlowEntry(): void {
    this.#removeKey();
    this.#allowsKey = true;
    this.#insert({ type: 'flow entry', start: this.#cursor.at });
  }

  #fetchBlockEntry(): void {
    const { at: start, column } = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#allowsKey) this.fail('block sequence entries are not allowed in this context', start);
      this.#rollIndent(column, 'block sequence start', start);
    }
    this.#removeKey();
    this.#allowsKey = true;
    this.#insert({ type: 'block entry', start });
  }

  #fetchKey(): void {
    const { at: start, column } = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#allowsKey) this.fail('mapping keys are not allowed in this context', start);
      this.#rollIndent(column, 'block mapping start', start);
    }
    this.#removeKey();
    this.#allowsKey = this.#flowLevel === 0;
    this.#insert({ type: 'key', start });
  }

  #fetchValue(): void {
    const { at: start, column } = this.#cursor;
    const key = this.#lastKey();
    if (this.#isValid(key)) {
      const position = key.token - this.#taken;
      this.#insert({ type: 'key', start: key.start }, position);
      this.#rollIndent(key.start - key.lineStart, 'block mapping start', key.start, position);
      key.isPossible = false;
      this.#keyOfToken.delete(key.token);
      this.#allowsKey = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#allowsKey) this.fail('mapping values are not allowed in this context', start);
        this.#rollIndent(column, 'block mapping start', start);
      }
      this.#allowsKey = this.#flowLevel === 0;
    }
    this.#insert({ type: 'value', start });
  }

  #fetchContent(char: string): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    if ((char === '|' || char === '>') && this.#flowLevel === 0) {
      this.#removeKey();
      this.#allowsKey = true;
      this.#insert({ type: 'scalar', start, value: readBlock(cursor, this.#indent), isPlain: false });
      return;
    }
    if (!'*&!\'"'.includes(char) && !this.#beginsPlain(char))
      this.fail('found character that cannot start any token', start);
    this.#saveKey();
    this.#allowsKey = false;
    this.#insert(this.#readContent(char, start));
  }

  #readContent(char: string, start: number): Token {
    const cursor = this.#cursor;
    switch (char) {
      case '*':
        return { type: 'alias', start, name: readAnchor(cursor) };
      case '&':
        return { type: 'anchor', start, name: readAnchor(cursor) };
      case '!':
        return { type: 'tag', start, tag: readTag(cursor) };
      case "'":
      case '"':
        return { type: 'scalar', start, value: readQuoted(cursor), isPlain: false };
      default: {
        const { value, endsLine } = readPlain(cursor, this.#indent + 1, this.#flowLevel > 0);
        if (endsLine) this.#allowsKey = true;
        return { type: 'scalar', start, value, isPlain: true };
      }
    }
  }

  #beginsPlain(char: string): boolean {
    const cursor = this.#cursor;
    if (cursor.isBlankOrEnd()) return false;
    if (char === '-') return !cursor.isBlank(1);
    if (char === '?' || char === ':') return this.#flowLevel === 0 && !cursor.isBlankOrEnd(1);
    return !'#|>%@`'.includes(char);
  }
}

function NO_KEY(): SimpleKey {
  return { isPossible: false, isRequired: false, token: -1, start: 0, lineStart: 0 };
}

/** Returns true if there are more than `most` characters between two offsets. A surrogate pair is one character. */
function isLonger(text: string, start: number, end: number, most: number): boolean {
  if (end - start <= most) return false;
  return end - start > 2 * most || Array.from(text.slice(start, end)).length > most;
}
