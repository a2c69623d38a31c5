/** Exit codes. kubectl has only 0 and 1. */
export const exitCode = {
  ok: 0,
  /** A Pod is not what it declares. */
  mismatch: 1,
  /** A verdict is inconclusive. */
  inconclusive: 2,
  /** The command failed: no cluster, no permission, no such object. */
  failed: 3,
  usage: 4,
  interrupted: 130,
  /** Exit code of a shell for SIGQUIT (Ctrl-\\). */
  quit: 131,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * An error with advice for the user: what failed, why, and what to do. The message can quote text from the cluster, which is escaped
 * when it is printed.
 */
export class ExplainedError extends Error {
  override readonly name: string = 'ExplainedError';
  readonly exitCode: ExitCode = exitCode.failed;
  /** Lines to print after the message, such as commands to run; '' for none. */
  readonly hint: string;

  constructor(message: string, { hint = '', ...options }: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options);
    this.hint = hint;
  }
}

/** Invalid command line. */
export class UsageError extends ExplainedError {
  override readonly name = 'UsageError';
  override readonly exitCode = exitCode.usage;
}

/**
 * The user ended the run: Ctrl-C, or a signal that means the same. It is not an ExplainedError, so that code that turns
 * failures into results lets it pass.
 */
export class InterruptedError extends Error {
  override readonly name: string = 'InterruptedError';
  readonly exitCode = exitCode.interrupted;

  constructor(message = 'Interrupted.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** The user ended a command that has no other end, such as a watch. It has no message. */
export class StoppedError extends InterruptedError {
  override readonly name = 'StoppedError';
}
