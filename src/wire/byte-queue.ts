/** Queue of bytes that arrive in chunks and are taken by length. Bytes are copied only if a length spans several chunks. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** The next bytes, or null as long as there are not so many. They may be a view of what was pushed. */
  take(length: number): Buffer | null {
    if (length > this.#length) return null;
    const [first = Buffer.alloc(0)] = this.#chunks;
    const all = length <= first.length ? first : Buffer.concat(this.#chunks, this.#length);
    const rest = all.subarray(length);
    this.#chunks = [...(rest.length === 0 ? [] : [rest]), ...(all === first ? this.#chunks.slice(1) : [])];
    this.#length -= length;
    return all.subarray(0, length);
  }
}
