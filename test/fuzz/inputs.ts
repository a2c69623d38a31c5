import { bytesOf, Mutator } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** Accepted inputs that are damaged again, beside the seeds. */
const MAX_GROWN = 64;
/** Of an input that is damaged again. */
const MAX_GROWN_BYTES = 2048;

/** The inputs of one target: seeds with damage, made ones, and noise. */
export class Inputs {
  readonly #target: Target;
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #grown: Uint8Array[] = [];
  readonly #words: readonly Uint8Array[];

  constructor(target: Target, random: Random) {
    this.#target = target;
    this.#random = random;
    this.#mutator = new Mutator(random, target.words);
    this.#words = target.words.map(bytesOf);
  }

  next(): Buffer {
    const random = this.#random;
    const kind = random.below(20);
    if (kind === 0) return Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)));
    if (kind === 1 && this.#words.length > 0) {
      return Buffer.concat(Array.from({ length: random.below(20) }, () => random.pick(this.#words)));
    }
    const base = kind < 10 ? this.#target.make(random) : this.#known();
    const changes = kind < 6 ? 0 : 1 + random.below(3);
    if (changes === 0 && Buffer.isBuffer(base)) return base;
    return this.#mutator.mutate(base, changes, () => this.#known());
  }

  /** One that got through; a part of its likes is damaged further. */
  keep(input: Buffer): void {
    if (input.length > MAX_GROWN_BYTES || !this.#random.once(32)) return;
    if (this.#grown.length < MAX_GROWN) this.#grown.push(input);
    else this.#grown[this.#random.below(MAX_GROWN)] = input;
  }

  #known(): Uint8Array {
    const { seeds } = this.#target;
    const at = this.#random.below(seeds.length + this.#grown.length);
    return seeds[at] ?? this.#grown[at - seeds.length] ?? new Uint8Array();
  }
}
