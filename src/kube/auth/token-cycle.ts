import { ExplainedError } from '../../errors.ts';

/**
 * Notices that a server leads from page to page in a circle, however long that is, in the memory of one token (after
 * R. P. Brent).
 */
export class TokenCycle {
  #landmark = '';
  #steps = 0;
  #lap = 1;

  /**
   * @param from the token of the page that was read, '' for the first
   * @param to that of the page behind it
   * @param doing as it stands after "Cannot"
   * @throws ExplainedError where that page was read already
   */
  step(from: string, to: string, doing: string): void {
    if (to === from || to === this.#landmark) {
      throw new ExplainedError(`Cannot ${doing}: the server gives the same page again and again.`);
    }
    this.#steps += 1;
    if (this.#steps === this.#lap) {
      this.#landmark = to;
      this.#lap *= 2;
      this.#steps = 0;
    }
  }
}
