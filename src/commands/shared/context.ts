import type { PacedSink, Sink } from '../../output/safe-text.ts';

export type { ConnectionOptions } from '../../kube/config/connection.ts';

/** The parts of the process that a command uses. */
export interface CommandContext {
  readonly stdout: PacedSink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Buffer>;
  /** Width of standard output in characters; null if it is not a terminal. */
  readonly columns: number | null;
  /** Standard error where it is a terminal that can show a spinner, else null. */
  readonly terminal: NodeJS.WriteStream | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly isInteractive: boolean;
  /** True to discard the standard error of credential plugins. */
  readonly isSilent?: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Registers work that cleans up: Ctrl-C waits only for such work. */
  readonly protect: (work: Promise<unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after the time, or rejects when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Log level (-v). From 6, each request is logged to standard error. */
  readonly verbosity: number;
}
