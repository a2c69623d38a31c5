import { JsonPathError } from './jsonpath-error.ts';
import type { Node, Slice } from './node.ts';
import { unquote } from './unquote.ts';

const LINE_END = /[\r\n]/;
const TERMINATOR = /[ \t\r\n.,[\]$@{}]/;
const ALPHANUMERIC = /[_\p{L}\p{Nd}]/u;
const DIGIT = /\p{Nd}/u;
const DICT_KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;
const COMPARISON = /^([^!<>=]+)([!<>=]+)([^!<>=][^\n]*)$/;

/**
 * Parses a template such as `{range .items[*]}{.name}{"\n"}{end}`, in the dialect of kubectl
 * (k8s.io/client-go/util/jsonpath/parser.go, 1.35).
 *
 * @returns a text node for each text outside of braces, and a list for each pair of braces
 * @throws JsonPathError
 */
export function parseTemplate(template: string): readonly Node[] {
  const nodes: Node[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open !== at) nodes.push({ kind: 'text', text: template.slice(at, open === -1 ? undefined : open) });
    if (open === -1) break;
    const action = new Action(template, open + 1);
    nodes.push({ kind: 'list', nodes: action.parse() });
    at = action.at;
  }
  return nodes;
}

/** Parses what stands between braces. */
function parseInner(text: string): readonly Node[] {
  const [list] = parseTemplate(`{${text}}`);
  return list?.kind === 'list' ? list.nodes : [];
}

/** The inside of one pair of braces. */
class Action {
  /** Offset of the next character; behind the closing brace once it is parsed. */
  at: number;
  readonly #text: string;
  readonly #nodes: Node[] = [];

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  parse(): readonly Node[] {
    for (;;) {
      const character = this.#text.charAt(this.at);
      if (character === '}') {
        this.at += 1;
        return this.#nodes;
      }
      if (this.#text.startsWith('[?(', this.at)) this.#filter();
      else if (this.#text.startsWith('..', this.at)) this.#recursive();
      else this.#next(character);
    }
  }

  #next(character: string): void {
    if (character === '' || LINE_END.test(character)) throw new JsonPathError('unclosed action');
    // @ and $ are the current object, which is where a path begins anyway.
    if (' @$'.includes(character)) this.at += 1;
    else if (character === '[') this.#array();
    else if (character === '"' || character === "'") this.#quote(character);
    else if (character === '.') {
      this.at += 1;
      this.#field();
    } else if ('+-'.includes(character) || DIGIT.test(character)) this.#number();
    else if (ALPHANUMERIC.test(character)) this.#identifier();
    else throw new JsonPathError(`unrecognized character in action: ${runeOf(this.#text, this.at)}`);
  }

  #identifier(): void {
    const name = this.#until((character) => TERMINATOR.test(character));
    if (name === 'true' || name === 'false') this.#nodes.push({ kind: 'boolean', value: name === 'true' });
    else this.#nodes.push({ kind: 'identifier', name });
  }

  #recursive(): void {
    if (this.#nodes.at(-1)?.kind === 'recursive') {
      throw new JsonPathError('invalid multiple recursive descent');
    }
    this.at += 2;
    this.#nodes.push({ kind: 'recursive' });
    if (ALPHANUMERIC.test(this.#text.charAt(this.at))) this.#field();
  }

  #number(): void {
    const sign = this.#text.charAt(this.at);
    const start = this.at;
    if ('+-'.includes(sign)) this.at += 1;
    this.#until((character) => character !== '.' && !DIGIT.test(character));
    const text = this.#text.slice(start, this.at);
    if (/^[+-]?\d+$/.test(text)) this.#nodes.push({ kind: 'integer', value: Number(text) });
    else if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text))
      this.#nodes.push({ kind: 'float', value: Number(text) });
    else throw new JsonPathError(`cannot parse number ${text}`);
  }

  #array(): void {
    const start = this.at + 1;
    this.at = start;
    const text = this.#until((character) => character === ']' || character === '\n');
    if (this.#text.charAt(this.at) !== ']') throw new JsonPathError('unterminated array');
    this.at += 1;
    const parts = text.split(',');
    const [, key] = DICT_KEY.exec(text) ?? [];
    if (parts.length > 1) {
      this.#nodes.push({ kind: 'union', lists: parts.map((part) => parseInner(`[${trimmed(part)}]`)) });
    } else if (key !== undefined) this.#nodes.push(...parseInner(`.${key}`));
    else this.#nodes.push({ kind: 'array', slice: sliceOf(text) });
  }

  #filter(): void {
    this.at += 3;
    const text = this.#filterText();
    const [, left, operator, right] = COMPARISON.exec(text) ?? [];
    if (left === undefined || operator === undefined || right === undefined) {
      this.#nodes.push({ kind: 'filter', left: parseInner(text), right: [], operator: 'exists' });
    } else {
      this.#nodes.push({ kind: 'filter', left: parseInner(left), right: parseInner(right), operator });
    }
  }

  /** Reads up to the `)` that is not within the one quoted text that a filter may have. */
  #filterText(): string {
    const start = this.at;
    let pair = '';
    let isClosed = false;
    for (;;) {
      const character = this.#text.charAt(this.at);
      this.at += 1;
      if (character === '' || character === '\n') throw new JsonPathError('unterminated filter');
      if (character === '"' || character === "'") {
        if (pair === '') pair = character;
        else if (this.#text.charAt(this.at - 2) !== '\\' && character === pair) isClosed = true;
      } else if (character === ')' && (pair === '') === !isClosed) break;
    }
    if (this.#text.charAt(this.at) !== ']') throw new JsonPathError('unclosed array expect ]');
    this.at += 1;
    return this.#text.slice(start, this.at - 2);
  }

  #quote(quote: string): void {
    const start = this.at;
    do {
      this.at += 1;
      const character = this.#text.charAt(this.at);
      if (character === '' || character === '\n') throw new JsonPathError('unterminated quoted string');
    } while (this.#text.charAt(this.at) !== quote || this.#text.charAt(this.at - 1) === '\\');
    this.at += 1;
    this.#nodes.push({ kind: 'text', text: unquote(this.#text.slice(start, this.at)) });
  }

  #field(): void {
    const start = this.at;
    while (this.at < this.#text.length && !TERMINATOR.test(this.#text.charAt(this.at))) {
      this.at += this.#text.charAt(this.at) === '\\' ? 2 : 1;
    }
    this.at = Math.min(this.at, this.#text.length);
    const name = this.#text.slice(start, this.at);
    this.#nodes.push(
      name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') },
    );
  }

  /** Moves to the first character for which `isEnd` holds, or to the end; returns what stands before. */
  #until(isEnd: (character: string) => boolean): string {
    const start = this.at;
    while (this.at < this.#text.length && !isEnd(this.#text.charAt(this.at))) this.at += 1;
    return this.#text.slice(start, this.at);
  }
}

function sliceOf(text: string): Slice {
  const [matched, start = '', end, step] = SLICE.exec(text === '*' ? ':' : text) ?? [];
  if (matched === undefined) throw new JsonPathError(`invalid array index ${text}`);
  const first = indexOf(start);
  return end === undefined
    ? { start: first, end: (first ?? 0) + 1, step: null, isIndex: true }
    : { start: first, end: indexOf(end.slice(1)), step: indexOf(step?.slice(1) ?? ''), isIndex: false };
}

function indexOf(text: string): number | null {
  if (text === '') return null;
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new JsonPathError(`array index ${text} is not a number`);
  return number;
}

/** Without the spaces around it, as strings.Trim(text, " "). */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charAt(start) === ' ') start += 1;
  while (end > start && text.charAt(end - 1) === ' ') end -= 1;
  return text.slice(start, end);
}

/** `U+0023 '#'`, as Go's %#U; without the character if it is not printable. */
function runeOf(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(String.fromCodePoint(code))
    ? `${point} '${String.fromCodePoint(code)}'`
    : point;
}
