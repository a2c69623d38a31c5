import { InterruptedError } from '../../errors.ts';
import { explainConnectionError, UnavailableError } from '../errors/connection-error.ts';
import type { Connection } from '../config/connection.ts';

/** For how many milliseconds is waited before a line is given up on which nothing comes. */
export interface Patience {
  /** Connecting takes milliseconds or it never happens; client-go waits as long. */
  readonly connect: number;
  /** The API server ends every ordinary request of its own within 60 s; silence beyond is a dead line. */
  readonly answer: number;
  /** An upgrade is answered before anything is done that takes time. */
  readonly upgrade: number;
  /** On an open WebSocket as much later something is said that the other side must answer. */
  readonly ping: number;
  /** So many pings may get lost, as in client-go, where it takes a minute. */
  readonly pong: number;
  /** For what may still come behind that which was said to be the last, until the server closes. */
  readonly farewell: number;
}

export const PATIENCE: Patience = {
  connect: 30_000,
  answer: 90_000,
  upgrade: 30_000,
  ping: 10_000,
  pong: 30_000,
  farewell: 1000,
};

export interface Signals {
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** The caller's own; its reason is an Error. */
  readonly caller: AbortSignal | undefined;
}

/** What ends one request before its time: Ctrl-C, its caller, --request-timeout, or a line on which nothing comes. */
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

  /** @param left milliseconds of --request-timeout, or null for as long as it takes */
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

  /** What to do when one of them is reached; what is told last counts, and nothing after `done`. */
  onReached(act: (reason: unknown) => void): void {
    if (this.#isDone) return;
    this.#act = act;
    this.#any.addEventListener('abort', this.#reached);
    if (this.#any.aborted) this.#reached();
  }

  /** Something must come within this time; `silence` is the error where it does not. */
  expect(milliseconds: number, silence = noAnswer()): void {
    clearTimeout(this.#timer);
    if (this.#isDone) return;
    this.#timer = setTimeout(() => {
      this.#silent.abort(silence);
    }, milliseconds).unref();
  }

  /** Something has come. */
  heard(): void {
    this.#timer?.refresh();
  }

  /**
   * Waits for the credentials of a request. Nothing of them is ended where a limit is reached first: others may wait
   * for them as well.
   *
   * @throws what `get` throws, or why it was not waited for
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

  /** From here on it may take as long as it likes. */
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
   * Why the request has failed, which may be one of these limits; the caller's own reason is given back as it is.
   *
   * @param what has taken its time
   */
  explain(doing: string, error: unknown, what = `the API server ${this.#connection.server.origin}`): Error {
    const { interrupted, caller } = this.#signals;
    if (interrupted.aborted) return new InterruptedError(undefined, { cause: error });
    if (caller?.aborted === true) return caller.reason as Error;
    if (this.#deadline?.signal.aborted === true) {
      const { requestTimeout } = this.#connection;
      // No ConnectionError: to ask again would only take as long again.
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
