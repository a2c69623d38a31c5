import { ExplainedError, UsageError } from '../../errors.ts';
import { UnavailableError } from '../../kube/errors/connection-error.ts';
import { text } from '../../output/safe-text.ts';
import type { CommandContext } from '../shared/context.ts';
import { pause } from '../shared/pause.ts';

/** The first pause; each following one is twice as long. */
const FIRST_MILLISECONDS = 250;
const LONGEST_MILLISECONDS = 30_000;
/** A connection that has lasted so long was a good one, even where nothing was to be told. */
const STEADY_MILLISECONDS = 10_000;
/** An API server that has just started may for a while know neither users nor rights. */
const REFUSALS_MILLISECONDS = 60_000;

/** When to try again what shall never end, and what is said of it meanwhile: one sentence for each outage. */
export class Retries {
  readonly #context: CommandContext;
  /** How often in a row it has ended without progress. */
  #count = 0;
  #connectedAt: number | null = null;
  #wasConnected = false;
  #refusedSince: number | null = null;
  /** What was said of the outage that has not ended yet. */
  #said: 'nothing' | 'interrupted' | 'goes on' = 'nothing';

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** It has begun; whether that is to last, what comes of it tells. */
  connected(): void {
    this.#connectedAt = this.#context.now();
    this.#wasConnected = true;
    if (this.#said !== 'interrupted') return;
    this.#context.stderr.write(text`Note: the watch goes on; what has changed meanwhile is shown.\n`);
    this.#said = 'goes on';
  }

  /** Something new was told. */
  progressed(): void {
    this.#count = 0;
    this.#refusedSince = null;
    this.#said = 'nothing';
  }

  /** It has ended as it may: the first time it begins again at once. */
  async ended(): Promise<void> {
    this.#disconnected();
    this.#count += 1;
    if (this.#count === 1) return;
    await pause(Math.min(FIRST_MILLISECONDS * 2 ** (this.#count - 2), LONGEST_MILLISECONDS), this.#context);
  }

  /**
   * It has failed. A server that cannot be reached is waited for, however long it takes.
   *
   * @throws the error itself, where waiting does not help
   */
  async failed(error: unknown): Promise<void> {
    if (!(error instanceof ExplainedError) || error instanceof UsageError) {
      throw error;
    }
    this.#disconnected();
    if (error instanceof UnavailableError) {
      this.#refusedSince = null;
    } else {
      this.#refusedSince ??= this.#context.now();
      if (!this.#wasConnected || this.#context.now() - this.#refusedSince >= REFUSALS_MILLISECONDS)
        throw error;
    }
    if (this.#count > 0 && this.#said === 'nothing') {
      this.#context.stderr.write(
        text`Note: the watch is interrupted, and goes on as soon as it can. ${error.message}\n`,
      );
      this.#said = 'interrupted';
    }
    await this.ended();
  }

  #disconnected(): void {
    const lasted = this.#connectedAt === null ? 0 : this.#context.now() - this.#connectedAt;
    if (lasted >= STEADY_MILLISECONDS) this.progressed();
    this.#connectedAt = null;
  }
}
