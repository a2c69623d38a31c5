import { ExplainedError, UsageError } from '../../errors.ts';
import { UnavailableError } from '../../kube/errors/connection-error.ts';
import { text } from '../../output/safe-text.ts';
import type { CommandContext } from '../shared/context.ts';
import { pause } from '../shared/pause.ts';

/** First delay; each following one is twice as long. */
const FIRST_MILLISECONDS = 250;
const LONGEST_MILLISECONDS = 30_000;
/** A connection that lasted this long was healthy, even if it had no events. */
const STEADY_MILLISECONDS = 10_000;
/** An API server may reject users and permissions for a while after its start. */
const REFUSALS_MILLISECONDS = 60_000;

/** Decides when a watch is retried, and reports each outage once. */
export class Retries {
  readonly #context: CommandContext;
  /** Number of consecutive attempts without progress. */
  #count = 0;
  #connectedAt: number | null = null;
  #wasConnected = false;
  #refusedSince: number | null = null;
  /** Message about the current outage. */
  #said: 'nothing' | 'interrupted' | 'goes on' = 'nothing';

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Records that an attempt started. */
  connected(): void {
    this.#connectedAt = this.#context.now();
    this.#wasConnected = true;
    if (this.#said !== 'interrupted') return;
    this.#context.stderr.write(text`Note: the watch goes on; what has changed meanwhile is shown.\n`);
    this.#said = 'goes on';
  }

  /** Records progress: an event was received. */
  progressed(): void {
    this.#count = 0;
    this.#refusedSince = null;
    this.#said = 'nothing';
  }

  /** Records a normal end. The first retry after it has no delay. */
  async ended(): Promise<void> {
    this.#disconnected();
    this.#count += 1;
    if (this.#count === 1) return;
    await pause(Math.min(FIRST_MILLISECONDS * 2 ** (this.#count - 2), LONGEST_MILLISECONDS), this.#context);
  }

  /**
   * Records a failure. There is no limit for a server that cannot be reached.
   *
   * @throws the error itself if a retry cannot help
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
