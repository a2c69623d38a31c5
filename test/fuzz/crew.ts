import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Report } from './lane.ts';
import type { Outcome, Task } from './worker.ts';

export interface CrewOptions {
  /** The folder of the worker, and of the targets: this one, or that of a copy. */
  readonly folder: string;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Does the tasks, some at a time. An input that ends its worker, or never ends, is a finding, and ends its task. */
export async function work(tasks: readonly Task[], options: CrewOptions): Promise<void> {
  const waiting = [...tasks];
  const count = Math.min(availableParallelism(), tasks.length);
  await Promise.all(Array.from({ length: count }, () => workOff(waiting, options)));
}

async function workOff(waiting: Task[], { folder, onOutcome }: CrewOptions): Promise<void> {
  let lane: ChildProcess | null = null;
  for (let task = waiting.shift(), time = 1; task !== undefined;) {
    lane ??= fork(join(folder, 'lane.ts'), { serialization: 'advanced' });
    const { outcome, hasEnded } = await ask(lane, task);
    if (hasEnded) {
      lane.kill('SIGKILL');
      lane = null;
    }
    // The inputs are the same each time: what ends but once, a busy machine has ended.
    if (hasEnded && time === 1) {
      time += 1;
      continue;
    }
    onOutcome(outcome);
    task = waiting.shift();
    time = 1;
  }
  lane?.kill('SIGKILL');
}

/** @throws where the process of the lane ends, which only its worker should */
function ask(lane: ChildProcess, task: Task): Promise<Report> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => {
      reject(new Error(`The fuzzer of ${task.target} has ended without a word.`));
    };
    lane.once('exit', onExit);
    lane.once('message', (report) => {
      lane.off('exit', onExit);
      resolve(report as Report);
    });
    lane.send(task);
  });
}
