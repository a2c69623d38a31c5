import { homedir } from 'node:os';
import { parse } from './cli/parse.ts';
import type { CommandContext } from './commands/shared/context.ts';
import { exitCode, type ExitCode, ExplainedError, InterruptedError, StoppedError } from './errors.ts';
import { join, type PacedSink, type SafeText, safeLines, text } from './output/safe-text.ts';

/** The process. Tests replace it. */
export interface System {
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
  readonly stderr: NodeJS.WritableStream;
  /** Standard error where it is a terminal, else null. */
  readonly terminal: NodeJS.WriteStream | null;
  readonly stdin: AsyncIterable<Buffer> & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home directory, as in kubectl: '' (the current directory) if HOME is not set. */
  readonly homeDirectory: string;
  readonly now: () => number;
  /** Waits; rejects as soon as the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Aborted by Ctrl-C, or with a ClosedStreamError. */
  readonly signal: AbortSignal;
  /** Work that cleans up after itself: Ctrl-C waits for its end, but not for anything else. */
  readonly protect: (work: Promise<unknown>) => void;
}

/**
 * Runs the program: parses the command line, runs the command, and prints errors.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code; it never throws
 */
export async function main(argv: readonly string[], system: System): Promise<ExitCode> {
  const stdout = sink(system.stdout, system.signal);
  const stderr = sink(system.stderr, system.signal);
  let verbosity = 0;
  try {
    const invocation = parse(argv);
    ({ verbosity } = invocation);
    if (invocation.run === null) {
      const { help } = await import('./cli/help.ts');
      stdout.write(safeLines(await help(invocation.command, system.stdout.columns ?? 100)));
      return exitCode.ok;
    }
    const context: CommandContext = {
      stdout,
      stderr,
      // A stream over standard input costs 2 ms, and next to no run reads it.
      get stdin() {
        return system.stdin;
      },
      columns: widthOf(system.stdout),
      terminal: system.terminal,
      environment: system.env,
      get homeDirectory() {
        return system.homeDirectory;
      },
      get isInteractive() {
        return system.stdin.isTTY === true;
      },
      signal: system.signal,
      protect: system.protect,
      now: system.now,
      sleep: system.sleep,
      verbosity,
    };
    const code = await invocation.run(context);
    if (code === exitCode.interrupted) throw new InterruptedError();
    return code;
  } catch (error) {
    const isAlone = error instanceof InterruptedError && system.signal.reason instanceof ClosedStreamError;
    // Do not write an error to a reader that has closed the pipe.
    if (!isAlone && !(error instanceof StoppedError)) stderr.write(explain(error, verbosity));
    return error instanceof ExplainedError || error instanceof InterruptedError
      ? error.exitCode
      : exitCode.failed;
  }
}

/** Reason to end a run whose output has no reader any more. */
export class ClosedStreamError extends Error {
  override readonly name = 'ClosedStreamError';
}

function sink(stream: NodeJS.WritableStream, signal: AbortSignal): PacedSink {
  let hasRoom = true;
  return {
    write(content: SafeText) {
      hasRoom = stream.write(content);
    },
    written() {
      if (hasRoom) return Promise.resolve();
      // The reader may never continue. Ctrl-C then ends the run.
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          reject(new InterruptedError());
        };
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        stream.once('drain', () => {
          signal.removeEventListener('abort', stop);
          resolve();
        });
      });
    },
  };
}

function explain(error: unknown, verbosity: number): SafeText {
  const stack = verbosity > 0 ? [stackOf(error)] : [];
  if (error instanceof InterruptedError) return join([text`error: ${error.message}\n`, ...stack], '');
  if (!(error instanceof ExplainedError)) return join([internalError(messageOf(error)), ...stack], '');
  const hint = error.hint === '' ? [] : [safeLines(`${error.hint}\n`)];
  return join([text`error: ${error.message}\n`, ...hint, ...stack], '');
}

/** Returns null if the stream is not a terminal, or one without a width, such as that of a recording. */
function widthOf({ columns = 0 }: System['stdout']): number | null {
  return columns > 0 ? columns : null;
}

/** Where users report internal errors. */
const ISSUES = 'https://github.com/kubectl-hostns/kubectl-hostns/issues';

function internalError(message: string): SafeText {
  return text`error: Internal error: ${message.replace(/\.$/, '')}. Please report it at ${ISSUES} with the output of -v=6.\n`;
}

/** Returns the message about an error that no code expects, with its stack. */
export function unexpectedError(error: unknown): SafeText {
  return join([internalError(messageOf(error)), stackOf(error)], '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function stackOf(error: unknown): SafeText {
  return safeLines(error instanceof Error ? framesOf(error) : '');
}

/** Returns the frames without the message, which can quote text from the cluster with line breaks. */
function framesOf({ name, message, stack = '' }: Error): string {
  if (message === '') return `${stack}\n`;
  const begin = stack.indexOf(message);
  return begin === -1 ? '' : `${name}${stack.slice(begin + message.length)}\n`;
}

/**
 * Returns the parts of this process that `main` uses.
 *
 * @param signal aborted when the run is to end
 * @param protect as in System
 * @param environment the variables of this process
 */
export function currentSystem(
  { signal, protect }: Pick<System, 'signal' | 'protect'>,
  environment: System['env'],
  stdout: System['stdout'],
  stderr: System['stderr'],
): System {
  return {
    stdout,
    stderr,
    terminal: process.stderr.isTTY ? process.stderr : null,
    get stdin() {
      return process.stdin;
    },
    env: environment,
    // On Windows client-go's rules differ little from those of Node.js.
    get homeDirectory() {
      return process.platform === 'win32' ? homedir() : (environment['HOME'] ?? '');
    },
    now: Date.now,
    sleep: async (milliseconds, aborted) => {
      const { setTimeout: sleep } = await import('node:timers/promises');
      await sleep(milliseconds, undefined, { signal: aborted });
    },
    signal,
    protect,
  };
}
