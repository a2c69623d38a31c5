import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../src/output/table.ts';
import { safeLine } from '../../src/output/safe-text.ts';

export const state = process.env['HOSTNS_CLUSTER_STATE'] ?? '/var/lib/hostns-cluster';
export const root = join(import.meta.dirname, '..', '..');
export const hostns = join(root, 'dist', 'kubectl-hostns');
export const kubectl = join(state, 'bin', 'kubectl');
/** Program that creates and changes Pods; see its --help. */
export const load = join(state, 'bin', 'load');
export const kubeconfig = join(state, 'admin.conf');
export const environment = { ...process.env, KUBECONFIG: kubeconfig };
const TIME = '/usr/bin/time';

/** Result of one run: seconds of wall time and CPU time, and peak resident memory. */
export interface Figures {
  readonly wall: number;
  readonly cpu: number;
  readonly mebibytes: number;
}

/** A command with its name in a table. */
export interface Subject {
  readonly name: string;
  readonly command: readonly string[];
  /** Accepted exit code in addition to 0. */
  readonly code?: number;
}

let scratch: string | null = null;

/** Returns the path of a temporary file. `removeScratch` deletes it. */
export function scratchFile(name: string): string {
  scratch ??= mkdtempSync(join(tmpdir(), 'hostns-bench-'));
  return join(scratch, name);
}

export function removeScratch(): void {
  if (scratch !== null) rmSync(scratch, { recursive: true });
  scratch = null;
}

/** Returns a sentence about what is missing for benchmarks, or null. */
export function missing(): string | null {
  const needed = [
    [hostns, 'npm run build'],
    [kubectl, 'npm run cluster:up'],
    [kubeconfig, 'npm run cluster:up'],
    [TIME, 'apt-get install time'],
  ] as const;
  const absent = needed.find(([path]) => !existsSync(path));
  return absent === undefined ? null : `${absent[0]} is missing: ${absent[1]}`;
}

export function ours(...args: readonly string[]): Subject {
  return { name: `kubectl-hostns ${args.join(' ')}`, command: [hostns, ...args] };
}

export function kubectlWith(...args: readonly string[]): Subject {
  return { name: `kubectl ${args.join(' ')}`, command: [kubectl, ...args] };
}

/** Returns the command under `time`, which writes to a file for `figuresOf`. */
export function timed(command: readonly string[], report: string): readonly string[] {
  return [TIME, '--quiet', '--format', '%U %S %M', '--output', report, ...command];
}

/** Reads the operating system's figures of a command. The memory of a pipeline is that of its largest process. */
export function figuresOf(report: string): Omit<Figures, 'wall'> {
  const [user = 0, system = 0, kibibytes = 0] = readFileSync(report, 'utf8').trim().split(/\s+/).map(Number);
  return { cpu: user + system, mebibytes: kibibytes / 1024 };
}

/** Runs a command once, and discards its output. */
export function measure({ command, ...subject }: Subject): Figures {
  const report = scratchFile('time');
  const wall = wallOf({ ...subject, command: timed(command, report) });
  return { wall, ...figuresOf(report) };
}

/** Returns the seconds of one run of a command, and discards its output. */
function wallOf({ name, command: [program = '', ...args], code = 0 }: Subject): number {
  const begun = performance.now();
  const run = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
    encoding: 'utf8',
  });
  const wall = (performance.now() - begun) / 1000;
  if (run.status !== 0 && run.status !== code) throw new Error(`${name} failed: ${run.stderr}`);
  return wall;
}

/** Returns the median time of some runs, and their peak memory. */
export function middle(figures: readonly Figures[]): Figures {
  return {
    wall: median(figures.map(({ wall }) => wall)),
    cpu: median(figures.map(({ cpu }) => cpu)),
    mebibytes: Math.max(...figures.map(({ mebibytes }) => mebibytes)),
  };
}

/** Runs each pair alternately, so that a slow moment of the machine affects both. */
export function compare(
  runs: number,
  pairs: readonly (readonly [ours: Subject, theirs: Subject, bar: string])[],
): void {
  const rows = pairs.map(([mine, other, bar]) => {
    // Without time(1), whose own start would count on both sides.
    const walls = Array.from({ length: runs + 1 }, () => [wallOf(mine), wallOf(other)] as const).slice(1);
    const ratio = median(walls.map(([a, b]) => a / b));
    return [
      mine.name,
      seconds(median(walls.map(([a]) => a))),
      other.name,
      seconds(median(walls.map(([, b]) => b))),
      ratio.toFixed(2),
      bar,
    ];
  });
  print(['THIS', 'WALL', 'AGAINST', 'WALL', 'RATIO', 'BAR'], rows);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
}

export function print(header: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(
    table(
      header.map(safeLine),
      rows.map((row) => row.map(safeLine)),
    ),
  );
}
