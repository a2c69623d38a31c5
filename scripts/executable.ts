import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface Executable {
  /** The program, a CommonJS file. */
  readonly main: string;
  /** The executable of Node.js for the platform that it is for, of the version of the Node.js that runs this. */
  readonly node: string;
  /** Whether it is for the platform that this runs on: a code cache is good for no other. */
  readonly isForThisPlatform: boolean;
  readonly output: string;
}

/** Writes a single executable application: a copy of Node.js with the program within. The same bytes each time. */
export function writeExecutable({ main, node, isForThisPlatform, output }: Executable): void {
  const config = `${output}.json`;
  const written = `${output}.written`;
  writeFileSync(
    config,
    JSON.stringify({
      // Its path stands in the executable, and would make it another one in another folder.
      main: basename(main),
      executable: node,
      output: written,
      disableExperimentalSEAWarning: true,
      useCodeCache: isForThisPlatform,
      // A young generation of 1 MiB, for the list of a large cluster is garbage as soon as it is decoded; and no
      // helper threads, which cost more memory than they save time in a run of seconds.
      execArgv: ['--max-semi-space-size=1', '--v8-pool-size=0'],
    }),
  );
  try {
    // The seed makes the code cache the same each time.
    execFileSync(process.execPath, ['--random-seed=1', '--build-sea', config], {
      cwd: dirname(main),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // --build-sea writes the file in one piece, which the page cache then holds in such large pieces that each
    // page fault maps megabytes of it: a copy has 35 MiB less resident.
    copyFileSync(written, output);
  } finally {
    rmSync(config, { force: true });
    rmSync(written, { force: true });
  }
}
