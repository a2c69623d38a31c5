/** Numbers that look random and come in the same order for the same seed (sfc32 of PractRand). */
export class Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x85ebca6b;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** One that hangs on the input alone, so that an input that is tried again is treated as it was. */
  static of(input: Uint8Array): Random {
    let hash = 0x811c9dc5 ^ input.length;
    const step = Math.max(1, input.length >> 6);
    for (let at = 0; at < input.length; at += step) hash = Math.imul(hash ^ (input[at] ?? 0), 0x01000193);
    return new Random(hash);
  }

  /** From 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0 to `end` - 1; 0 where there is nothing to choose from. */
  below(end: number): number {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  /** True once in `times` times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  /** Mostly short, now and then up to `most`. */
  length(most: number): number {
    return this.below(this.once(8) ? most + 1 : Math.min(9, most + 1));
  }
}
