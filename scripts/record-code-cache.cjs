'use strict';
// record-code-cache.cjs FILE WORD…: runs ./main.cjs with these words, and writes V8's code cache of what it has run.
// record-code-cache.cjs FILE: fails where V8 does not take that cache.
const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

/** What marks functions that have run often or long, which is another matter each time. */
const TIMELY = ['flush-bytecode', 'lazy-feedback-allocation', 'maglev', 'opt', 'sparkplug'];
/** Who waits as long waits for what is not usual, and may meet it on a busy machine. */
const UNUSUAL_MILLISECONDS = 100;

const [file, ...words] = process.argv.slice(2);
const source = readFileSync('main.cjs', 'latin1');
if (words.length === 0) {
  const { cachedDataRejected } = new Script(source, { filename: 'main.cjs', cachedData: readFileSync(file) });
  if (cachedDataRejected) throw new Error('V8 does not take the code cache that it has written.');
} else {
  for (const flag of TIMELY) setFlagsFromString(`--no-${flag}`);
  const program = new Script(source, { filename: 'main.cjs' });
  const { exit } = process;
  process.exit = (code) => {
    // A cache is taken only with the flags that it was written with.
    for (const flag of TIMELY) setFlagsFromString(`--${flag}`);
    writeFileSync(file, program.createCachedData());
    exit(code);
  };
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (act, milliseconds, ...rest) =>
    setTimeout(milliseconds < UNUSUAL_MILLISECONDS ? act : () => undefined, milliseconds, ...rest);
  process.argv.splice(1, Infinity, 'kubectl-hostns', ...words);
  program.runInThisContext()(exports, require, module);
}
