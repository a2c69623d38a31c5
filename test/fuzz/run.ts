/**
 * `npm run fuzz`: damaged, made and senseless inputs for every parser, a million for each; docs/testing.md says more.
 *
 *     npm run fuzz -- [--inputs N] [--seed S] [--target NAME] [--planted]
 *
 * The exit code is 1 where anything was found, or with --planted, where a bug was not.
 */
import { parseArgs } from 'node:util';
import { printTable } from '../support/markdown-table.ts';
import { keepCase } from './cases.ts';
import { work } from './crew.ts';
import { runPlanted } from './planted.ts';
import { targets } from './targets/index.ts';
import type { Outcome, Task } from './worker.ts';

/** Inputs that a worker does before it is asked again: some seconds. */
const SLICE = 100_000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    planted: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber(values.seed, 'seed');
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0)
  throw new Error(`There is no target ${values.target ?? ''}: ${targets.map(({ name }) => name).join(' ')}`);

const inputs = wholeNumber(values.inputs ?? '1000000', 'inputs');
process.exitCode = values.planted
  ? await runPlanted({ seed, inputs, target: values.target ?? null })
  : await runTargets();

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number.`);
  return Number(text);
}

/** @returns the exit code */
async function runTargets(): Promise<number> {
  const start = performance.now();
  console.log(`seed ${String(seed)}, ${String(inputs)} inputs for each of ${String(chosen.length)} targets`);
  const tasks = chosen.flatMap(({ name }) =>
    Array.from({ length: Math.ceil(inputs / SLICE) }, (_, slice): Task => {
      const left = inputs - slice * SLICE;
      return {
        target: name,
        seed: (seed * 1_000_003 + slice) | 0,
        inputs: Math.min(SLICE, left),
        withCases: slice === 0,
      };
    }),
  );
  const outcomes: Outcome[] = [];
  const known = new Set<string>();
  await work(tasks, {
    folder: import.meta.dirname,
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      if (outcomes.length % 36 === 0)
        console.error(`${String(outcomes.length)} of ${String(tasks.length)} parts`);
      for (const { target, what, input, after } of outcome.findings) {
        if (known.has(`${target} ${what}`)) continue;
        known.add(`${target} ${what}`);
        console.log(
          `${target}: ${what}\n  input ${String(after)} of seed ${String(outcome.task.seed)}, kept as ${keepCase(target, input)}`,
        );
      }
    },
  });
  printTable(
    ['TARGET', 'INPUTS', 'ACCEPTED', 'REFUSED', 'CRASHES', 'SECONDS'],
    chosen.map(({ name }) => {
      const own = outcomes.filter(({ task }) => task.target === name);
      const sum = (of: (outcome: Outcome) => number): number =>
        own.reduce((all, outcome) => all + of(outcome), 0);
      return [
        name,
        sum(({ counts }) => counts.inputs),
        sum(({ counts }) => counts.accepted),
        sum(({ counts }) => counts.refused),
        sum(({ counts }) => counts.failed),
        sum(({ seconds }) => seconds).toFixed(1),
      ];
    }),
  );
  const total = outcomes.reduce((all, { counts }) => all + counts.inputs, 0);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`${String(total)} inputs in ${minutes} minutes; SECONDS are those of the processor`);
  return known.size === 0 ? 0 : 1;
}
