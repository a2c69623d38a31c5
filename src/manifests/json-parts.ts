import { ManifestError, manifestLimits } from './manifest-error.ts';
import type { Range } from '../yaml/yaml-parts.ts';

/** One object or array in a stream of JSON, found by its brackets. Its content may be invalid JSON. */
export interface JsonPart extends Range {
  /** For an object with an array under `items`: the array with its brackets, and the items between its commas. */
  readonly items: JsonItems | null;
}

export interface JsonItems extends Range {
  readonly elements: readonly Range[];
}

/**
 * Returns the object or array that begins at `start`, so that the list of a whole cluster can be parsed item by item, with the
 * memory of one.
 *
 * @returns null if it does not end before `end`, is nested too deeply, or cannot be JSON
 * @throws ManifestError if it has too many items
 */
export function jsonPart(text: string, start: number, end: number): JsonPart | null {
  const scan = (read: (scanner: JsonScanner) => JsonItems | null): JsonPart | null => {
    const scanner = new JsonScanner(text, start, end);
    try {
      return { items: read(scanner), start, end: scanner.at };
    } catch (error) {
      if (error instanceof NotJson) return null;
      throw error;
    }
  };
  const asObject = text[start] === '{' ? scan((scanner) => scanner.readObject()) : null;
  // What its members are may be broken, and where it ends may be clear all the same.
  return asObject ?? scan((scanner) => scanner.skipValue());
}

function tooManyItems(): ManifestError {
  const most = String(manifestLimits.objects);
  return new ManifestError(
    null,
    `a List has more than ${most} items; it is not read, nor is what follows it`,
  );
}

class NotJson extends Error {}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Matches brackets and braces. */
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

class JsonScanner {
  at: number;
  readonly #text: string;
  readonly #end: number;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.at = start;
    this.#end = end;
  }

  /** The last `items` that is an array; in JSON the last of a name wins. */
  readObject(): JsonItems | null {
    let items: JsonItems | null = null;
    this.#expect('{');
    if (this.#skips('}')) return null;
    do {
      const key = this.#readKey();
      this.#expect(':');
      this.#skipSpace();
      if (key === 'items') items = this.#text[this.at] === '[' ? this.#readItems() : this.skipValue();
      else this.skipValue();
    } while (this.#skips(','));
    this.#expect('}');
    return items;
  }

  /** Goes behind one value, whose brackets match in number. */
  skipValue(): null {
    this.#skipSpace();
    const first = this.#text.charCodeAt(this.at);
    if (this.at >= this.#end) throw new NotJson();
    if (first === QUOTE) this.#skipString();
    else if (OPENING.has(first)) this.#skipBrackets();
    else this.#skipScalar();
    return null;
  }

  #skipBrackets(): void {
    let depth = 0;
    for (; this.at < this.#end; this.at += 1) {
      const code = this.#text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.#skipString();
        this.at -= 1;
      } else if (OPENING.has(code)) {
        depth += 1;
        if (depth > manifestLimits.depth) throw new NotJson();
      } else if (CLOSING.has(code)) {
        depth -= 1;
        if (depth === 0) {
          this.at += 1;
          return;
        }
      }
    }
    throw new NotJson();
  }

  #readItems(): JsonItems {
    const start = this.at;
    const elements: Range[] = [];
    this.#expect('[');
    if (this.#skips(']')) return { start, end: this.at, elements };
    do {
      this.#skipSpace();
      const element = this.at;
      this.skipValue();
      elements.push({ start: element, end: this.at });
      if (elements.length > manifestLimits.objects) throw tooManyItems();
    } while (this.#skips(','));
    this.#expect(']');
    return { start, end: this.at, elements };
  }

  /** Null for one that is too long to be of interest. */
  #readKey(): string | null {
    this.#skipSpace();
    const start = this.at;
    if (this.#text[start] !== '"') throw new NotJson();
    this.#skipString();
    if (this.at - start > 100) return null;
    const key = this.#text.slice(start, this.at);
    try {
      return String(JSON.parse(key));
    } catch {
      throw new NotJson();
    }
  }

  #skipString(): void {
    for (let at = this.at + 1; at < this.#end; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === BACKSLASH) {
        at += 1;
      } else if (code === QUOTE) {
        this.at = at + 1;
        return;
      }
    }
    throw new NotJson();
  }

  #skipScalar(): void {
    const start = this.at;
    while (this.at < this.#end && /[\w.+-]/.test(this.#text.charAt(this.at))) this.at += 1;
    if (this.at === start) throw new NotJson();
  }

  #skipSpace(): void {
    while (this.at < this.#end && SPACE.has(this.#text.charCodeAt(this.at))) this.at += 1;
  }

  /** Goes behind `character` where it comes next. */
  #skips(character: string): boolean {
    this.#skipSpace();
    if (this.at >= this.#end || this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#skips(character)) throw new NotJson();
  }
}
