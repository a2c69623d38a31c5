import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { IN_PROCESS_COUNT } from './executable.ts';

/** Reporter of Jest that prints how many tests do not run with the executable. */
export default class InProcessReporter {
  onRunComplete(): void {
    const file = process.env[IN_PROCESS_COUNT];
    if (file === undefined) return;
    const count = readFileSync(file, 'utf8')
      .split('\n')
      .reduce((sum, line) => sum + Number(line), 0);
    console.error(
      `${String(count)} tests need main in the process of the tests: not run with the executable.`,
    );
    rmSync(dirname(file), { recursive: true });
  }
}
