import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Executable {
  /** The bundle. */
  readonly program: string;
  /** V8's code cache for each command, which is good for the platform that this runs on alone. */
  readonly caches: ReadonlyMap<string, Buffer>;
  /** The executable of Node.js for the platform that it is for, of the version of the Node.js that runs this. */
  readonly node: string;
  readonly output: string;
}

/**
 * How Node.js runs within the executable. Other flags of V8 would make it refuse its own code cache, at 30 ms for
 * each start.
 */
export const NODE_FLAGS = [
  // A young generation of 1 MiB, for the list of a large cluster is garbage as soon as it is decoded; and no helper
  // threads, which cost more memory than they save time in a run of seconds.
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
  // Else node:tls reads at its start all authorities that Node.js brings (10 ms), and nobody asks for them.
  '--use-openssl-ca',
  // Which would contradict that, and may be set in the environment (NODE_USE_SYSTEM_CA).
  '--no-use-system-ca',
] as const;

/** An environment in which whoever builds gets the same bytes: no proxy, no NODE_OPTIONS. */
export function plainEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, ...(SystemRoot === undefined ? {} : { SystemRoot, TEMP }), ...more };
}

const loader = join(import.meta.dirname, '..', 'bin', 'executable.cjs');

/** The bundle as bin/executable.cjs runs it. */
export function asFunction(program: string): string {
  return `(function (exports, require, module) {${readFileSync(program, 'latin1')}\n})`;
}

/**
 * Writes a single executable application: a copy of Node.js with the program within. The same bytes each time.
 */
export function writeExecutable({ program, caches, node, output }: Executable): void {
  const work = mkdtempSync(join(dirname(output), 'executable-'));
  try {
    const assets = new Map([['main.cjs', Buffer.from(asFunction(program), 'latin1')], ...caches]);
    for (const [name, content] of assets) writeFileSync(join(work, name), content);
    copyFileSync(loader, join(work, 'executable.cjs'));
    writeFileSync(
      join(work, 'sea-config.json'),
      JSON.stringify({
        // Its path stands in the executable, and would make it another one in another folder.
        main: 'executable.cjs',
        assets: Object.fromEntries([...assets.keys()].map((name) => [name, name])),
        executable: node,
        output: 'written',
        disableExperimentalSEAWarning: true,
        useCodeCache: caches.size > 0,
        execArgv: NODE_FLAGS,
        // What is meant for other programs of the user's must neither stop nor change this one.
        execArgvExtension: 'none',
      }),
    );
    // The seed makes the code cache the same each time.
    execFileSync(process.execPath, ['--random-seed=1', '--build-sea', 'sea-config.json'], {
      cwd: work,
      env: plainEnvironment({}),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // --build-sea writes the file in one piece, which the page cache then holds in such large pieces that each
    // page fault maps megabytes of it: a copy has 35 MiB less resident.
    copyFileSync(join(work, 'written'), output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
