/** The exit codes, in one place; kubectl itself knows only 0 and 1. */
export const exitCode = {
  ok: 0,
  /** A Pod is not what it declares. */
  mismatch: 1,
  /** What a Pod is could not be told. */
  inconclusive: 2,
  /** It could not be done: no cluster, no permission, no such object. */
  failed: 3,
  usage: 4,
  interrupted: 130,
  /** As a shell reports SIGQUIT (Ctrl-\\). */
  quit: 131,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * An error that its reader can do something about: one or two sentences that say what was tried, what
 * came back and what to do. The message may quote the cluster; it is made safe where it is printed.
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

/** The command line asks for something that cannot be. */
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

/** The user ended a command that has no other end, such as a watch: nothing is printed. */
export class StoppedError extends InterruptedError {
  override readonly name = 'StoppedError';
}
