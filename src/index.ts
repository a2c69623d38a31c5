import { engineSetting, environment } from './environment.ts';
import { exitCode, type ExitCode } from './errors.ts';
import { fileReason } from './file-reason.ts';
import { ClosedStreamError, currentSystem, main, unexpectedError } from './main.ts';
import { text } from './output/safe-text.ts';
import { standardStream } from './standard-streams.ts';

/** Entry point of the npm package and the executable. */

// An unexpected end must not look like success.
process.exitCode = exitCode.failed;

/** Time limit for the cleanup: creating a probe Pod takes at most 15 s, removing it 16 s. */
const CLEANUP_SECONDS = 40;
/**
 * Time after which Ctrl-C ends all work except cleanups, and reports a running cleanup. A credential plugin has two seconds to end.
 */
const PATIENCE_MILLISECONDS = 3000;
/** Time limit for the readers of standard output and standard error to read what is left. */
const FLUSH_MILLISECONDS = 500;

/** Aborted by a signal, by the loss of standard output, or by an internal error. */
const interrupted = new AbortController();
/** The exit code of the command, once it has ended. */
let result: ExitCode | null = null;
/** Takes precedence over that of the command. */
let ending: ExitCode | null = null;

/** Cleanups that must end before Ctrl-C ends the process: a probe Pod exists until then. */
const cleanups = new Set<Promise<unknown>>();

const stdout = standardStream(1, () => process.stdout);
const stderr = standardStream(2, () => process.stderr);
stdout.on('error', loseOutput);
// A lost message cannot be reported. The exit code stays that of the command.
stderr.on('error', () => undefined);

process.on('uncaughtException', failInternally);
// Bun would end with exit code 1, which means a mismatch.
process.on('unhandledRejection', failInternally);
process.on('beforeExit', () => {
  if (ending === null && result === null)
    failInternally(new Error('The event loop ended before the command.'));
  process.exitCode = ending ?? result ?? exitCode.failed;
});

// The listeners stay. signal-exit, which ora depends on, raises a signal again where it finds no other listener: that
// would end the process before the probe Pod is removed. The second of two Ctrl-C must not leave it behind, either.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, interrupt);

interrupted.signal.addEventListener('abort', () => {
  exitWithin(CLEANUP_SECONDS * 1000);
});

void run().then((code) => {
  result = code;
  // Connections may still be open (a proxy that never answers): exit once both streams are written. The callback of
  // an empty write would not do: Bun 1.4 calls it at once, and the rest of the output would be lost.
  stdout.end((error?: Error | null) => {
    if (error) loseOutput(error);
    stderr.end(exit);
  });
  // Ctrl-C ends it even if the output has no reader.
  const { signal } = interrupted;
  if (signal.aborted) exitWithin(FLUSH_MILLISECONDS);
  else {
    signal.addEventListener('abort', () => {
      ending ??= exitCode.interrupted;
      exitWithin(FLUSH_MILLISECONDS);
    });
  }
}, failInternally);

async function run(): Promise<ExitCode> {
  const setting = engineSetting();
  if (setting === null) {
    return main(
      process.argv.slice(2),
      currentSystem({ signal: interrupted.signal, protect }, environment, stdout, stderr),
    );
  }
  stderr.write(
    text`error: ${setting} is set, which changes the JavaScript engine of this program. Unset it.\n`,
  );
  return exitCode.failed;
}

function protect(work: Promise<unknown>): void {
  cleanups.add(work);
  const forget = (): void => void cleanups.delete(work);
  work.then(forget, forget);
}

/** The first signal that interrupted this process. */
let firstSignal: NodeJS.Signals | null = null;

function interrupt(signal: NodeJS.Signals): void {
  if (firstSignal !== null) return;
  firstSignal = signal;
  interrupted.abort();
  setTimeout(() => {
    if (cleanups.size === 0) endBySignal(signal);
    else {
      process.on('SIGQUIT', endBySignal);
      stderr.write(
        text`Note: still removing a probe Pod, for at most ${CLEANUP_SECONDS} s. Press Ctrl-\\ to quit at once and leave it until its deadline.\n`,
      );
    }
  }, PATIENCE_MILLISECONDS).unref();
}

/** Ends the process even if Ctrl-C does not interrupt a call, such as a read of a silent pipe, for which `process.exit` would wait. */
function endBySignal(signal: NodeJS.Signals): void {
  stderr.write(text`error: Interrupted.\n`);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Ends the run: a part of the output is lost. */
function loseOutput(error: NodeJS.ErrnoException): void {
  if (ending !== null) return;
  if (isHangUp(error)) {
    ending = exitCode.interrupted;
    interrupted.abort();
    return;
  }
  // `| head` has seen enough.
  const isClosed = error.code === 'EPIPE';
  ending = isClosed ? exitCode.ok : exitCode.failed;
  if (!isClosed) stderr.write(text`error: Cannot write to standard output: ${fileReason(error)}.\n`);
  interrupted.abort(new ClosedStreamError('Standard output is closed.', { cause: error }));
}

/** Returns true if the terminal is gone. SIGHUP arrives at the same time, and may be handled later. */
function isHangUp({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EIO' && 'isTTY' in stdout && stdout.isTTY;
}

/** Lets the command clean up, and ends with the exit code of a failure. */
function failInternally(error: unknown): void {
  stderr.write(unexpectedError(error));
  ending = exitCode.failed;
  interrupted.abort(new ClosedStreamError('Internal error.', { cause: error }));
}

function exitWithin(milliseconds: number): void {
  setTimeout(exit, milliseconds).unref();
}

function exit(): never {
  const code = ending ?? result ?? exitCode.interrupted;
  process.exit(code === exitCode.interrupted && firstSignal === 'SIGQUIT' ? exitCode.quit : code);
}
