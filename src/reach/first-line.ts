/** Maximum length of the line in UTF-16 code units. */
const MAX_LENGTH = 200;
const MAX_BYTES = 64 * 1024;
const LINE_END = /[\r\n]/;

/** Collects the first line of a response body that is not blank. */
export class FirstLine {
  // Not fatal: the body may be binary data such as an image.
  readonly #decoder = new TextDecoder('utf-8');
  #size = 0;
  /** Text received so far, without white space at its start. */
  #text = '';

  /** Adds a chunk of the body. Returns true if the line is complete. */
  take(chunk: Uint8Array): boolean {
    const bytes = chunk.subarray(0, MAX_BYTES - this.#size);
    this.#size += bytes.length;
    this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).trimStart();
    return this.#size === MAX_BYTES || this.#text.length >= MAX_LENGTH || LINE_END.test(this.#text);
  }

  /** Returns the line received so far, which may be empty. Must be called last. */
  end(): string {
    const [line = ''] = (this.#text + this.#decoder.decode()).split(LINE_END, 1);
    return cutLine(line);
  }
}

/** Cuts a line to 200 characters without splitting a surrogate pair, and removes white space at its end. */
export function cutLine(line: string): string {
  const cut = line.length > MAX_LENGTH ? line.slice(0, MAX_LENGTH).replace(/[\uD800-\uDBFF]$/, '') : line;
  return cut.trimEnd();
}
