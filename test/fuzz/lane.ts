import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MAX_INPUT } from './mutate.ts';
import type { Outcome, Shared, Task } from './worker.ts';

/** What a lane says of a task. */
export interface Report {
  readonly outcome: Outcome;
  /** Whether its worker can do nothing more. */
  readonly hasEnded: boolean;
}

/** An input of some kilobytes that takes this long never ends. */
const HANG_SECONDS = 10;
/** Of the worker: far more than any result may take. */
const HEAP_MEBIBYTES = 256;

// A process of its own: a worker that fills its memory does not end when it is told to.
const shared: Shared = {
  progress: new Int32Array(new SharedArrayBuffer(8)),
  input: new Uint8Array(new SharedArrayBuffer(MAX_INPUT)),
};
const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
  workerData: shared,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
});

process.on('disconnect', () => process.exit());
process.on('message', (task: Task) => {
  void oneTask(task).then((report) => process.send?.(report));
});

function oneTask(task: Task): Promise<Report> {
  const before = Atomics.load(shared.progress, 0);
  const inputs = (): number => Atomics.load(shared.progress, 0) - before;
  return new Promise((resolve) => {
    let last = 0;
    let seconds = 0;
    const watchdog = setInterval(() => {
      const now = inputs();
      // Before its first input a worker reads all of the source.
      seconds = now === last && now > 0 ? seconds + 1 : 0;
      last = now;
      if (seconds === HANG_SECONDS) end(ended(task, `an input takes more than ${String(seconds)} s`, now));
    }, 1000);
    const end = (report: Report): void => {
      clearInterval(watchdog);
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      // What it says after its end is of no interest.
      worker.on('error', () => undefined);
      resolve(report);
    };
    worker.once('message', (outcome: Outcome) => {
      end({ outcome, hasEnded: false });
    });
    worker.once('error', (error: unknown) => {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : 'an error that is none';
      end(ended(task, what, inputs()));
    });
    worker.once('exit', (code) => {
      end(ended(task, `the worker ends with ${String(code)}`, inputs()));
    });
    worker.postMessage(task);
  });
}

/** What there is to say where a worker has ended over its last input. */
function ended(task: Task, why: string, inputs: number): Report {
  const finding = {
    target: task.target,
    what: inputs === 0 ? `the worker does not begin: ${why}` : why,
    input: Uint8Array.from(shared.input.subarray(0, shared.progress[1] ?? 0)),
    after: inputs,
  };
  const counts = { inputs, accepted: 0, refused: 0, failed: 1 };
  return { outcome: { task, counts, findings: [finding], seconds: 0 }, hasEnded: true };
}
