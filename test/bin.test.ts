import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

const script = readFileSync(join(import.meta.dirname, '../bin/kubectl-hostns'), 'utf8').replace(/^#!.*/, '');

/** Runs the script as a Node.js of that version would. */
function runOn(node: string): {
  readonly loaded: readonly string[];
  readonly stderr: string;
  readonly exitCode: unknown;
} {
  const loaded: string[] = [];
  let stderr = '';
  const process = {
    versions: { node },
    exitCode: undefined as unknown,
    stderr: { write: (text: string) => (stderr += text) },
  };
  runInNewContext(script, { process, require: (path: string) => loaded.push(path) });
  return { loaded, stderr, exitCode: process.exitCode };
}

describe('the npm package', () => {
  test.each(['22.19.0', '22.20.1', '24.0.0', '26.10.0'])('runs on Node.js %s', (node) => {
    expect(runOn(node)).toEqual({ loaded: ['../dist/main.cjs'], stderr: '', exitCode: undefined });
  });

  test.each(['22.18.0', '20.20.2', '4.9.1', '0.12.18'])(
    'says in one sentence that Node.js %s is too old',
    (node) => {
      expect(runOn(node)).toEqual({
        loaded: [],
        stderr: `error: kubectl-hostns needs Node.js 22.19 or newer, and this is ${node}.\n`,
        exitCode: 3,
      });
    },
  );
});
