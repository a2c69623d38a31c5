import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { campaign, wrongWith } from './campaign.ts';
import { caseFolders, casesOf } from './cases.ts';
import { plantedBugs } from './planted-bugs.ts';
import { targets } from './targets/index.ts';

/** Enough to see that a target still works; `npm run fuzz` is for finding something. */
const INPUTS = 300;
const SEED = 1;

describe.each(targets.map((target) => [target.name, target] as const))('%s', (name, target) => {
  test('takes inputs and refuses inputs, and nothing is wrong with any', () => {
    const { counts, findings } = campaign(target, { seed: SEED, inputs: INPUTS }, () => undefined);
    expect(findings).toEqual([]);
    expect(counts.failed).toBe(0);
    expect(counts.accepted).toBeGreaterThan(INPUTS / 50);
    expect(counts.refused).toBeGreaterThan(INPUTS / 50);
  });

  test('has nothing wrong with the cases that were kept', () => {
    const wrong = casesOf(name).map((kept) => [kept.name, wrongWith(target, kept.input)] as const);
    expect(wrong.filter(([, what]) => what !== null)).toEqual([]);
  });
});

test('each folder of cases is that of a target', () => {
  const names = targets.map(({ name }) => name);
  expect(caseFolders().filter((folder) => !names.includes(folder))).toEqual([]);
});

test('each target has a bug to be planted, and each fits the source', () => {
  expect(plantedBugs.map(({ target }) => target)).toEqual(
    expect.arrayContaining(targets.map(({ name }) => name)),
  );
  const misfits = plantedBugs.filter(
    ({ file, from }) =>
      readFileSync(join(import.meta.dirname, '../..', file), 'utf8').split(from).length !== 2,
  );
  expect(misfits).toEqual([]);
});
