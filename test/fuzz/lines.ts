import { bytesOf } from './mutate.ts';
import type { Random } from './random.ts';

/** Texts of a few real lines: the headings of one of them, and lines of all. */
export class LineSource {
  readonly #headings: readonly string[];
  readonly #lines: readonly string[];
  readonly #most: number;

  /**
   * @param headings how many lines each of the texts begins with that must be there
   * @param most lines of what is made
   */
  constructor(texts: readonly string[], headings: number, most = 4) {
    const lines = texts.map((text) => text.split('\n').filter((line) => line !== ''));
    this.#headings = (lines[0] ?? []).slice(0, headings);
    this.#lines = [...new Set(lines.flatMap((all) => all.slice(headings)))];
    this.#most = most;
  }

  make(random: Random): string {
    const most = this.#lines.length === 0 ? 0 : this.#most;
    const lines = Array.from({ length: random.below(most + 1) }, () => random.pick(this.#lines));
    return [...this.#headings, ...lines, ''].join('\n');
  }

  /** What it makes of itself, as seeds. */
  seeds(random: Random, count: number): readonly Uint8Array[] {
    return Array.from({ length: count }, () => bytesOf(this.make(random)));
  }
}
