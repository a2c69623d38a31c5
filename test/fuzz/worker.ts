import { parentPort, workerData } from 'node:worker_threads';
import { casesOf } from './cases.ts';
import { campaign, type Counts, type Finding } from './campaign.ts';
import { targets } from './targets/index.ts';

/** A part of a run, which one worker does at a time. */
export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  /** It ends with so many findings; some unless said. */
  readonly enough?: number;
  /** Whether the cases that were kept come first. */
  readonly withCases?: boolean;
}

export interface Outcome {
  readonly task: Task;
  readonly counts: Counts;
  readonly findings: readonly Finding[];
  /** Of the processor. */
  readonly seconds: number;
}

/** What both threads see: how many inputs have been begun, the length of the last one, and its bytes. */
export interface Shared {
  readonly progress: Int32Array;
  readonly input: Uint8Array;
}

const { progress, input: shown } = workerData as Shared;

function show(input: Buffer): void {
  const length = Math.min(input.length, shown.length);
  shown.set(input.subarray(0, length));
  progress[1] = length;
  Atomics.add(progress, 0, 1);
}

parentPort?.on('message', (task: Task) => {
  const target = targets.find(({ name }) => name === task.target);
  if (target === undefined) throw new Error(`There is no target ${task.target}.`);
  const first = task.withCases === true ? casesOf(target.name).map((kept) => kept.input) : [];
  const before = process.threadCpuUsage();
  const { counts, findings } = campaign(target, { ...task, first }, show);
  const { user, system } = process.threadCpuUsage(before);
  const outcome: Outcome = { task, counts, findings, seconds: (user + system) / 1e6 };
  parentPort?.postMessage(outcome);
});
