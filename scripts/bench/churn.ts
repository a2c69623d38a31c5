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
/** For the watches to begin. */
const PAUSE_MILLISECONDS = 5000;
/** For what is on its way when the last change is made, on a machine that has fallen far behind. */
const SETTLING_MILLISECONDS = 120_000;

/** What a watch has written of each change of a Pod that shares something. */
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

/** What came of it. */
export interface WatchedChanges {
  /** What was changed, in the loader's words. */
  readonly told: string;
  /** Milliseconds from each change of a Pod that shares something to its row. */
  readonly lags: readonly number[];
  /** Of how many Pods the last row is not what a list shows, once there is nothing more to come. */
  readonly wrong: number;
  readonly ours: Omit<Figures, 'wall'>;
  readonly theirs: Omit<Figures, 'wall'>;
  /** Whether the server has ended kubectl's watch, as it does where a client is too slow for it. */
  readonly isCutOff: boolean;
}

/**
 * A watch of so many Pods, of which a thousand change each second, and kubectl's watch of the same beside it.
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

/** `watchChanges`, as a table. */
export async function changes(pods: number, duration: number, signal: AbortSignal): Promise<void> {
  const { told, lags, wrong, ours, theirs, isCutOff } = await watchChanges(pods, duration, signal);
  if (lags.length === 0) throw new Error('The watch has told of no change.');
  const late = `late by ${seconds(median(lags) / 1000)} (median), ${seconds(Math.max(...lags) / 1000)} (most)`;
  console.log(
    `${pods.toLocaleString('en')} Pods: ${told}; ${String(lags.length)} rows of the watch, ${late};`,
  );
  console.log(`Pods of which the last row is not what list shows: ${String(wrong)}\n`);
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

/** Ctrl-C for what is timed, for the clock itself ignores it. */
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

/** Of how many Pods a list tells otherwise, once it tells the same or time is up. */
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
