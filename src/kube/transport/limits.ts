import { InterruptedError } from '../../errors.ts';
import { explainConnectionError, UnavailableError } from '../errors/connection-error.ts';
import type { Connection } from '../config/connection.ts';

export interface Signals {
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** The caller's own; its reason is an Error. */
  readonly caller: AbortSignal | undefined;
}

/** Everything that ends a request early: Ctrl-C, its caller, --request-timeout, or a silent connection. */
export class Limits {
  readonly #connection: Connection;
  readonly #signals: Signals;
  readonly #deadline: Deadline | null;
  readonly #silent = new AbortController();
  readonly #any: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;
  #act: (reason: unknown) => void = () => undefined;
  readonly #reached = (): void => {
    this.#act(this.#any.reason);
  };

  /** @param left milliseconds of --request-timeout; null for no limit */
  constructor(connection: Connection, signals: Signals, left: number | null) {
    this.#connection = connection;
    this.#signals = signals;
    this.#deadline = left === null ? null : deadlineIn(left);
    const { interrupted, caller } = signals;
    this.#any = AbortSignal.any(
      [interrupted, caller, this.#deadline?.signal, this.#silent.signal].filter(
        (signal) => signal !== undefined,
      ),
    );
  }

  /** Sets the action for when a limit is reached. It replaces an earlier one, and does nothing after `done`. */
  onReached(act: (reason: unknown) => void): void {
    if (this.#isDone) return;
    this.#act = act;
    this.#any.addEventListener('abort', this.#reached);
    if (this.#any.aborted) this.#reached();
  }

  /** Starts to wait for the server. @param silence the error if the server sends nothing in this time */
  expect(milliseconds: number, silence = noAnswer()): void {
    clearTimeout(this.#timer);
    if (this.#isDone) return;
    this.#timer = setTimeout(() => {
      this.#silent.abort(silence);
    }, milliseconds).unref();
  }

  /** Restarts the timer: the server has sent something. */
  heard(): void {
    this.#timer?.refresh();
  }

  /**
   * Waits for the credentials of a request. A limit that is reached does not cancel `get`: other requests may wait for
   * the same credentials.
   *
   * @throws what `get` throws, or the error of the limit
   */
  async credentials<T>(doing: string, get: () => Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.onReached((reason) => {
          reject(this.explain(doing, reason, 'getting the credentials'));
        });
        if (!this.#any.aborted) get().then(resolve, reject);
      });
    } catch (error) {
      this.done();
      throw error;
    }
  }

  /** Ends the limit of --request-timeout. */
  lift(): void {
    clearTimeout(this.#deadline?.timer);
  }

  done(): void {
    this.#isDone = true;
    this.lift();
    clearTimeout(this.#timer);
    this.#any.removeEventListener('abort', this.#reached);
  }

  get isInterrupted(): boolean {
    return this.#signals.interrupted.aborted;
  }

  get isSilent(): boolean {
    return this.#silent.signal.aborted;
  }

  /**
   * Returns the error that explains a failure. If a limit was reached, it is the reason; the reason of the caller's
   * signal is returned unchanged.
   *
   * @param what the part that was slow
   */
  explain(doing: string, error: unknown, what = `the API server ${this.#connection.server.origin}`): Error {
    const { interrupted, caller } = this.#signals;
    if (interrupted.aborted) return new InterruptedError(undefined, { cause: error });
    if (caller?.aborted === true) return caller.reason as Error;
    if (this.#deadline?.signal.aborted === true) {
      const { requestTimeout } = this.#connection;
      // Not a ConnectionError: a retry would only take as long again.
      return new UnavailableError(
        `Cannot ${doing}: ${what} took longer than --request-timeout allows (${String(requestTimeout / 1000)} s).`,
        { cause: error },
      );
    }
    return explainConnectionError(
      doing,
      this.#connection,
      this.isSilent ? this.#silent.signal.reason : error,
    );
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly timer: NodeJS.Timeout;
}

function deadlineIn(milliseconds: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, milliseconds).unref();
  return { signal: controller.signal, timer };
}

function noAnswer(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}
