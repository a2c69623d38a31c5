import { ExplainedError } from '../errors.ts';

/** Notices in the memory of one token that a server leads in a circle, however long that is (after R. P. Brent). */
export class TokenCycle {
  #landmark = '';
  #steps = 0;
  #lap = 1;

  closesWith(token: string): boolean {
    if (token === this.#landmark) return true;
    this.#steps += 1;
    if (this.#steps === this.#lap) {
      this.#landmark = token;
      this.#lap *= 2;
      this.#steps = 0;
    }
    return false;
  }
}

/** @param doing as it stands after "Cannot" */
export function samePageAgain(doing: string): ExplainedError {
  return new ExplainedError(`Cannot ${doing}: the server gives the same page again and again.`);
}
