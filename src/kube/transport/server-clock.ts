/** Smaller differences come from the resolution of the header and the duration of the response. */
const MIN_OFFSET_MILLISECONDS = 5000;

/** Clock of the API server, from the Date header of its responses. Ages are right even if the local clock is wrong. */
export class ServerClock {
  readonly #now: () => number;
  #offset = 0;

  /** @param now the local clock, in milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param date the Date header of an answer that has just arrived; anything that is not a date changes nothing */
  observe(date: string | undefined): void {
    const time = date?.endsWith(' GMT') === true ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(time)) return;
    const offset = time - this.#now();
    this.#offset = Math.abs(offset) < MIN_OFFSET_MILLISECONDS ? 0 : offset;
  }

  /** Returns milliseconds since 1970; by the local clock until an answer has arrived. */
  now(): number {
    return this.#now() + this.#offset;
  }
}
