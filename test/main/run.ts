import { test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { main, type System } from '../../src/main.ts';
import { age } from '../../src/output/age.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { type Counted, COUNTS, EXECUTABLE } from './executable.ts';

const CREATION_TIMES = recordedPods.map(({ json }) => Date.parse(json.metadata.creationTimestamp));

/** 21 days after the youngest recorded Pod was made: every one of them is `21d` old. */
const NOW = Math.max(...CREATION_TIMES) + 21 * 86_400_000;

/** Path of the released executable that the tests run, or null: then they call `main` in this process. */
const executable = process.env[EXECUTABLE] === undefined ? null : resolve(process.env[EXECUTABLE]);

/** True if `run` calls `main`, false if it starts the executable. */
export const isInProcess = executable === null;

/** Current time of the program that `run` starts, unless a test sets its clock. */
export const currentTime: () => number = executable === null ? () => NOW : Date.now;

/** Command that starts the program as a process: the executable, or Node.js with the source. */
export const programCommand: readonly [command: string, ...args: string[]] =
  executable === null ? [process.execPath, '--no-warnings', 'src/index.ts'] : [executable];

/** Time after which a child process is killed. No test waits that long. */
const CHILD_TIMEOUT_MILLISECONDS = 60_000;

export interface Screen {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a person sees who types `kubectl hostns ARGV`. */
export async function run(
  argv: readonly string[],
  environment: Environment = {},
  system: Partial<System> = {},
): Promise<Screen> {
  if (executable !== null) return runExecutable(executable, argv, environment, system);
  const stdout = new Collector();
  const stderr = new Collector();
  const code = await main(argv, {
    stdout,
    stderr,
    terminal: null,
    stdin: Readable.from([]),
    env: environment,
    homeDirectory: '/nowhere',
    now: currentTime,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    signal: new AbortController().signal,
    protect: () => undefined,
    ...system,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/**
 * Runs the executable as a child process. Its home directory is $HOME, an abort is SIGINT, and its waits are real:
 * `system.sleep` has no effect. A clock or a terminal cannot be given to it.
 */
async function runExecutable(
  path: string,
  argv: readonly string[],
  environment: Environment,
  {
    stdin,
    stdout = new Collector(),
    stderr = new Collector(),
    signal,
    homeDirectory,
    ...rest
  }: Partial<System>,
): Promise<Screen> {
  if (
    rest.now !== undefined ||
    rest.terminal !== undefined ||
    stdin?.isTTY === true ||
    signal?.aborted === true
  ) {
    throw new Error('The executable has its own clock and terminal: use inProcessTest for this test.');
  }
  const started = Date.now();
  const child = spawn(path, argv, {
    env: { HOME: homeDirectory ?? '/nowhere', ...environment },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: CHILD_TIMEOUT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  const interrupt = (): void => void child.kill('SIGINT');
  signal?.addEventListener('abort', interrupt);
  const texts = [child.stdout, child.stderr].map((stream) => stream?.pipe(new Collector()));
  child.stdout?.pipe(stdout);
  child.stderr?.pipe(stderr);
  if (stdin !== undefined && child.stdin !== null) {
    // The program may exit before it has read all of its input.
    child.stdin.on('error', () => undefined);
    Readable.from(stdin).pipe(child.stdin);
  }
  const code = await new Promise<number>((fulfil, reject) => {
    child.once('error', reject);
    child.once('close', (status, killedBy) => {
      if (status === null) reject(new Error(`The executable was ended by ${String(killedBy)}.`));
      else fulfil(status);
    });
  });
  signal?.removeEventListener('abort', interrupt);
  const [out = '', err = ''] = texts.map((collector) => collector?.text);
  return { code, stdout: withRecordedAges(out, started), stderr: err };
}

/** Replaces each age of a recorded Pod, in the last column of what the executable has printed since then, by `21d`. */
export function withRecordedAges(table: string, started = Date.now()): string {
  if (isInProcess) return table;
  const ages = [started, Date.now()].flatMap((now) =>
    CREATION_TIMES.map((created) => age(created / 1000, now / 1000)),
  );
  return table.replaceAll(new RegExp(`(?<= {3})(?:${[...new Set(ages)].join('|')})$`, 'gm'), '21d');
}

/**
 * A `test` of what only `main` can be given: a clock, short waits, a terminal. For the executable it is not
 * registered, only counted.
 */
export const inProcessTest: Pick<typeof test, 'each'> & ((...args: Parameters<typeof test>) => void) =
  executable === null
    ? test
    : Object.assign(
        () => {
          count('tests left out', 1);
        },
        {
          each: (table: readonly unknown[]) => () => {
            count('tests left out', table.length);
          },
        },
      );

/** Returns every element, or one in `step` for the executable: a process for each case would take minutes. */
export function sampled<T>(cases: readonly T[], step: number): readonly T[] {
  return executable === null ? cases : cases.filter((_, index) => index % step === 0);
}

/** Adds to a number that is printed at the end of a run with the executable. */
export function count(what: Counted, by: number): void {
  const file = process.env[COUNTS];
  if (file !== undefined) appendFileSync(file, `${String(by)} ${what}\n`);
}

/** What is written to it, as text. */
export class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
