import { engineSetting, environment } from './environment.ts';
import { exitCode, type ExitCode } from './errors.ts';
import { ClosedStreamError, currentSystem, main } from './main.ts';
import { text } from './output/safe-text.ts';

/** Where this process begins, in the npm package and in the single executable. */
const interrupted = new AbortController();
let ending: ExitCode | null = null;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has seen enough; any other error must not pass for success.
    ending ??= error.code === 'EPIPE' ? exitCode.ok : exitCode.failed;
    // What was begun on the cluster is put in order before the end.
    interrupted.abort(new ClosedStreamError('The output is closed.', { cause: error }));
  });
}

/** As long as anything that is put in order may take. */
const LAST_MILLISECONDS = 30_000;

// Node.js would end with 1, which means that a Pod is not what it declares, and leave a probe behind.
process.on('uncaughtException', (error) => {
  process.stderr.write(text`error: This is a defect of kubectl-hostns: ${error.stack ?? error.message}\n`);
  ending = exitCode.failed;
  interrupted.abort(new ClosedStreamError('A defect.', { cause: error }));
  setTimeout(() => process.exit(exitCode.failed), LAST_MILLISECONDS).unref();
});

/** Who reads at all reads the last words within this. */
const FLUSH_MILLISECONDS = 500;

void run().then((code) => {
  // Ctrl-C ends it also where nobody reads.
  if (interrupted.signal.aborted) {
    setTimeout(() => process.exit(ending ?? code), FLUSH_MILLISECONDS).unref();
  }
  // Connections may still be open (a proxy that never answers): exit once both streams are written. The callback of
  // an empty write would not do: Bun 1.4 calls it at once, and the rest of the output would be lost.
  process.stdout.end(() => {
    process.stderr.end(() => process.exit(ending ?? code));
  });
});

async function run(): Promise<ExitCode> {
  const setting = engineSetting();
  if (setting === null) return main(process.argv.slice(2), currentSystem(interrupted, environment));
  process.stderr.write(
    text`error: ${setting} is set, which changes the JavaScript engine of this program. Unset it.\n`,
  );
  return exitCode.failed;
}
