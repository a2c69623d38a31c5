import { exitCode } from './errors.ts';
import { currentSystem, main } from './main.ts';

/** Where this process begins, in the npm package and in the single executable. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has seen enough; any other error must not pass for success.
    process.exit(error.code === 'EPIPE' ? exitCode.ok : exitCode.failed);
  });
}

void main(process.argv.slice(2), currentSystem()).then((code) => {
  process.exitCode = code;
});
