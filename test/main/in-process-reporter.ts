import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Counted, COUNTS } from './executable.ts';

/** Reporter of Jest that prints what runs with the executable and what does not. */
export default class InProcessReporter {
  onRunComplete(): void {
    const file = process.env[COUNTS];
    if (file === undefined) return;
    const lines = readFileSync(file, 'utf8').split('\n');
    const sum = (what: Counted): number =>
      lines.reduce((total, line) => (line.endsWith(` ${what}`) ? total + parseInt(line, 10) : total), 0);
    console.error(
      `${String(sum('tests left out'))} tests need main in the process of the tests: not run with the executable.`,
    );
    const cases = sum('fault cases');
    if (cases > 0) {
      console.error(
        `${String(sum('fault cases run'))} of ${String(cases)} fault cases ran with the executable.`,
      );
    }
    rmSync(dirname(file), { recursive: true });
  }
}
