const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Number of characters between two positions whose line numbers are stored. */
const STRIDE = 4096;

/** Returns the line number of an offset in a text. Lines end with a line feed, a carriage return, or both. */
export class LineIndex {
  readonly #text: string;
  /** Number of lines that end before each multiple of STRIDE, up to the largest requested offset. */
  readonly #ends = [0];

  constructor(text: string) {
    this.#text = text;
  }

  /** From 1. */
  lineAt(offset: number): number {
    const place = Math.floor(Math.min(offset, this.#text.length) / STRIDE);
    for (let known = this.#ends.length; known <= place; known += 1) {
      this.#ends.push((this.#ends[known - 1] ?? 0) + this.#endsWithin((known - 1) * STRIDE, known * STRIDE));
    }
    return 1 + (this.#ends[place] ?? 0) + this.#endsWithin(place * STRIDE, offset);
  }

  #endsWithin(start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; at += 1) {
      const code = this.#text.charCodeAt(at);
      const endsLine =
        code === LINE_FEED || (code === CARRIAGE_RETURN && this.#text.charCodeAt(at + 1) !== LINE_FEED);
      if (endsLine) count += 1;
    }
    return count;
  }
}
