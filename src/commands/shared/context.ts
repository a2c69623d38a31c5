import type { PacedSink, Sink } from '../../output/safe-text.ts';

export type { ConnectionOptions } from '../../kube/config/connection.ts';

/** What a command is given of the process that it runs in. */
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
  /** Whether a credential plugin may say nothing on standard error. */
  readonly isSilent?: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Marks work that cleans up after itself: Ctrl-C waits for its end, but not for anything else. */
  readonly protect: (work: Promise<unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits; rejects as soon as the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** kubectl's -v: 6 and above names each request on standard error. */
  readonly verbosity: number;
}
