/** In UTF-16 code units, as a string counts. */
const MAX_LENGTH = 200;
const MAX_BYTES = 64 * 1024;
const LINE_END = /[\r\n]/;

/** The first line of a body that is more than white space, from bytes as they come. */
export class FirstLine {
  // Not fatal: a body may be anything, also an image.
  readonly #decoder = new TextDecoder('utf-8');
  #size = 0;
  /** What has come, from the first character on that is no white space. */
  #text = '';

  /** @returns whether nothing that may still come can change the line */
  take(chunk: Uint8Array): boolean {
    const bytes = chunk.subarray(0, MAX_BYTES - this.#size);
    this.#size += bytes.length;
    this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).trimStart();
    return this.#size === MAX_BYTES || this.#text.length >= MAX_LENGTH || LINE_END.test(this.#text);
  }

  /** The line, as far as it has come; empty where there is none. Nothing can be taken after it. */
  end(): string {
    const [line = ''] = (this.#text + this.#decoder.decode()).split(LINE_END, 1);
    return cutLine(line);
  }
}

/** At most 200 characters, of which none is half a character, without white space at the end. */
export function cutLine(line: string): string {
  const cut = line.length > MAX_LENGTH ? line.slice(0, MAX_LENGTH).replace(/[\uD800-\uDBFF]$/, '') : line;
  return cut.trimEnd();
}
