import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable } from '../support/markdown-table.ts';
import { work } from './crew.ts';
import { type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { targets } from './targets/index.ts';
import type { Outcome } from './worker.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What the fuzzer and its targets need of the project. */
const COPIED = [
  'package.json',
  'src',
  'test/api-server',
  'test/fixtures',
  'test/fuzz',
  'test/procfs',
  'test/support',
];
/** Copies that are worked on at a time. */
const LANES = 2;

export interface PlantedOptions {
  readonly seed: number;
  /** At most, for each of the bugs. */
  readonly inputs: number;
  /** Null for all. */
  readonly target: string | null;
}

interface Result {
  readonly bug: PlantedBug;
  /** Null where it was not found. */
  readonly after: number | null;
  readonly what: string;
}

/**
 * Plants one bug after the other in a copy of the source, and looks whether the fuzzer finds it.
 *
 * @returns the exit code
 */
export async function runPlanted({ seed, inputs, target }: PlantedOptions): Promise<number> {
  const bugs = plantedBugs.filter((bug) => target === null || bug.target === target);
  // Before anything is run: a source that has changed needs other bugs.
  for (const bug of bugs) plant(readFileSync(join(ROOT, bug.file), 'utf8'), bug);
  const waiting = [...bugs];
  const results: Result[] = [];
  await Promise.all(Array.from({ length: LANES }, () => lane(waiting, seed, inputs, results)));
  const ordered = bugs.flatMap((bug) => results.filter((result) => result.bug === bug));
  printTable(
    ['TARGET', 'PLANTED BUG', 'FOUND AFTER', 'AS'],
    ordered.map(({ bug, after, what }) => [bug.target, bug.what, after ?? 'NOT FOUND', what]),
  );
  const without = targets.filter(({ name }) => !plantedBugs.some((bug) => bug.target === name));
  for (const { name } of without) console.log(`${name} has no planted bug.`);
  return without.length > 0 || results.some(({ after }) => after === null) ? 1 : 0;
}

async function lane(waiting: PlantedBug[], seed: number, inputs: number, results: Result[]): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await findOne(copy, bug, seed, inputs);
      console.log(`${bug.target}: ${bug.what}: ${String(result.after ?? 'NOT FOUND')}`);
      results.push(result);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function findOne(copy: string, bug: PlantedBug, seed: number, inputs: number): Promise<Result> {
  const path = join(copy, bug.file);
  const source = readFileSync(path, 'utf8');
  const outcomes: Outcome[] = [];
  writeFileSync(path, plant(source, bug));
  try {
    await work([{ target: bug.target, seed, inputs, enough: 1 }], {
      folder: join(copy, 'test/fuzz'),
      onOutcome: (outcome) => outcomes.push(outcome),
    });
  } finally {
    writeFileSync(path, source);
  }
  const finding = outcomes[0]?.findings[0];
  // A worker that cannot even begin has found nothing.
  const isFound = finding !== undefined && finding.after > 0;
  return { bug, after: isFound ? finding.after : null, what: finding?.what.slice(0, 90) ?? '' };
}

/** @throws where the source is not as the bug takes it to be */
function plant(source: string, { file, from, to }: PlantedBug): string {
  if (source.split(from).length !== 2) throw new Error(`${file} has not, or not just once: ${from}`);
  return source.replace(from, () => to);
}
