import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  environment,
  type Figures,
  figuresOf,
  hostns,
  kubectl,
  load,
  median,
  print,
  scratchFile,
  seconds,
  timed,
} from './measure.ts';

const RATE = 1000;
/** Time for the watches to start. */
const PAUSE_MILLISECONDS = 5000;
/** Time for the events of the last change to arrive on a slow machine. */
const SETTLING_MILLISECONDS = 120_000;

/** Output of a watch about the changes of Pods that share something. */
interface WatchedRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Watching {
  /** Milliseconds from a change to its row. */
  readonly lags: readonly number[];
  /** By the name of the Pod, when it was last changed as far as the watch has told. */
  readonly last: ReadonlyMap<string, string>;
  /** Ends when the watch does. */
  readonly done: Promise<void>;
}

/** Result. */
export interface WatchedChanges {
  /** Summary of the changes from the loader. */
  readonly told: string;
  /** Milliseconds from each change of a Pod that shares something to its row. */
  readonly lags: readonly number[];
  /** Number of Pods whose last row differs from a list, after all events have arrived. */
  readonly wrong: number;
  readonly ours: Omit<Figures, 'wall'>;
  readonly theirs: Omit<Figures, 'wall'>;
  /** True if the server ended kubectl's watch because the client was too slow. */
  readonly isCutOff: boolean;
}

/**
 * Runs a watch while a thousand Pods change each second, together with the watch of kubectl.
 *
 * @param duration seconds
 */
export async function watchChanges(
  pods: number,
  duration: number,
  signal: AbortSignal,
): Promise<WatchedChanges> {
  const reports = { ours: scratchFile('watch'), theirs: scratchFile('kubectl-watch') };
  const watch = start(timed([hostns, 'list', '-A', '-w', '-o', 'json'], reports.ours), 'pipe');
  const other = start(timed([kubectl, 'get', 'pods', '-A', '-w'], reports.theirs), 'ignore');
  if (watch.stdout === null) throw new Error('The watch has no output.');
  const { lags, last, done } = rowsOf(watch.stdout, Date.now());
  const drive = async (): Promise<Pick<WatchedChanges, 'told' | 'wrong' | 'isCutOff'>> => {
    await sleep(PAUSE_MILLISECONDS, undefined, { signal });
    const args = ['--pods', String(pods), '--churn', String(RATE), '--seconds', String(duration)];
    const { stdout: told } = await promisify(execFile)(load, args, { signal });
    const isCutOff = other.exitCode !== null;
    return { told: told.trim(), wrong: await settled(last, signal), isCutOff };
  };
  const driven = await drive().finally(() => Promise.all([watch, other].map(interrupt)));
  await done;
  return { ...driven, lags, ours: figuresOf(reports.ours), theirs: figuresOf(reports.theirs) };
}

/** Prints the result of `watchChanges` as a table. */
export async function changes(pods: number, duration: number, signal: AbortSignal): Promise<void> {
  const { told, lags, wrong, ours, theirs, isCutOff } = await watchChanges(pods, duration, signal);
  if (lags.length === 0) throw new Error('The watch has told of no change.');
  const late = `late by ${seconds(median(lags) / 1000)} (median), ${seconds(Math.max(...lags) / 1000)} (most)`;
  console.log(
    `${pods.toLocaleString('en')} Pods: ${told}; ${String(lags.length)} rows of the watch, ${late};`,
  );
  console.log(`Pods whose last row differs from list: ${String(wrong)}\n`);
  print(
    ['COMMAND', 'CPU', 'PEAK MEMORY'],
    [
      ['kubectl-hostns list -A -w -o json', seconds(ours.cpu), `${ours.mebibytes.toFixed(0)} MiB`],
      [
        `kubectl get pods -A -w${isCutOff ? ' (cut off)' : ''}`,
        seconds(theirs.cpu),
        `${theirs.mebibytes.toFixed(0)} MiB`,
      ],
    ],
  );
}

function start([program = '', ...args]: readonly string[], stdout: 'pipe' | 'ignore'): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', stdout, 'ignore'], env: environment });
}

/** Sends Ctrl-C to the timed command: `time` itself ignores it. */
async function interrupt(clock: ChildProcess): Promise<void> {
  if (clock.exitCode !== null) return;
  const ended = once(clock, 'close');
  execFileSync('pkill', ['--signal', 'INT', '--parent', String(clock.pid)]);
  await ended;
}

function rowsOf(stdout: NodeJS.ReadableStream, begun: number): Watching {
  const lags: number[] = [];
  const last = new Map<string, string>();
  const rows = createInterface({ input: stdout });
  rows.on('line', (line) => {
    const { name, labels } = JSON.parse(line) as WatchedRow;
    const changed = labels['changed-at'] ?? '';
    last.set(name, changed);
    // What was there at first may have been changed long ago.
    if (Number(changed) > begun) lags.push(Date.now() - Number(changed));
  });
  return { lags, last, done: once(rows, 'close').then(() => undefined) };
}

/** Waits until the last rows equal a new list, or the time is over. Returns the number of differences. */
async function settled(last: ReadonlyMap<string, string>, signal: AbortSignal): Promise<number> {
  const deadline = performance.now() + SETTLING_MILLISECONDS;
  for (;;) {
    const wrong = differences(last);
    if (wrong === 0 || performance.now() > deadline) return wrong;
    await sleep(1000, undefined, { signal });
  }
}

function differences(last: ReadonlyMap<string, string>): number {
  const text = execFileSync(hostns, ['list', '-A', '-o', 'json'], {
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const { items } = JSON.parse(text) as { readonly items: readonly WatchedRow[] };
  const wrong = items.filter(({ name, labels }) => last.get(name) !== (labels['changed-at'] ?? ''));
  return wrong.length + Math.abs(last.size - items.length);
}
