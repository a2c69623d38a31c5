import { exitCode } from './errors.ts';
import { currentSystem, main } from './main.ts';

// The optimizing compiler takes 10 MiB, and gains nothing in a run of seconds. (As a flag of the executable it
// would invalidate the code cache of Node.js itself, and cost 30 ms at every start; node:v8 costs 3 ms, which
// are free while an answer is waited for.)
setTimeout(() => {
  void import('node:v8').then(({ setFlagsFromString }) => {
    setFlagsFromString('--no-opt');
  });
}, 50).unref();

/** Where this process begins, in the npm package and in the single executable. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has seen enough; any other error must not pass for success.
    process.exit(error.code === 'EPIPE' ? exitCode.ok : exitCode.failed);
  });
}

void main(process.argv.slice(2), currentSystem()).then((code) => {
  // Whatever may still be open (a proxy that never answers), all is said once both streams are written.
  process.stdout.write('', () => {
    process.stderr.write('', () => process.exit(code));
  });
});
