/**
 * What the tests import of `@jest/globals` while mutants are tested: tests are noted down, to be run whenever a
 * mutant asks for them.
 */
export { expect } from 'expect';

export interface NotedTest {
  /** No other test has it. */
  readonly id: string;
  readonly file: string;
  readonly run: () => unknown;
}

let noted: NotedTest[] = [];
let file = '';
const groups: string[] = [];

/** The tests that `load` notes down as those of the file. */
export async function testsOf(name: string, load: () => Promise<unknown>): Promise<readonly NotedTest[]> {
  noted = [];
  file = name;
  await load();
  return noted;
}

type Body = (...row: readonly unknown[]) => unknown;

/** Rows are told apart by their numbers: some are of megabytes. */
const each =
  (one: (name: string, body: () => unknown) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, body: Body): void => {
    for (const [index, row] of rows.entries()) {
      one(`${name} [${String(index)}]`, () => body(...(Array.isArray(row) ? (row as unknown[]) : [row])));
    }
  };

function note(name: string, run: () => unknown): void {
  noted.push({ id: [file, ...groups, name].join(' '), file, run });
}

function group(name: string, body: () => unknown): void {
  groups.push(name);
  body();
  groups.pop();
}

export const test = Object.assign(note, { each: each(note) });
export const describe = Object.assign(group, { each: each(group) });
