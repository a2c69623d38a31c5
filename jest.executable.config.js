import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import base from './jest.config.js';
import { COUNTS, EXECUTABLE } from './test/main/executable.ts';

// The workers inherit both variables.
process.env[EXECUTABLE] ??= 'dist/kubectl-hostns';
if (process.env[COUNTS] === undefined) {
  process.env[COUNTS] = join(mkdtempSync(join(tmpdir(), 'hostns-executable-')), 'counts');
  writeFileSync(process.env[COUNTS], '');
}

/** The screen tests and the fault matrix, run with the executable that `npm run build` has written. */
export default {
  ...base,
  roots: ['<rootDir>/test/main', '<rootDir>/test/faults'],
  // All tests of these files need `main` or a part of it in this process.
  testPathIgnorePatterns: ['kubeconfig-oracle', 'verify-samples', 'patience'].map(
    (name) => `/${name}\\.test\\.ts$`,
  ),
  // The processes that the tests start use the other half.
  maxWorkers: '50%',
  reporters: ['default', '<rootDir>/test/main/in-process-reporter.ts'],
  testTimeout: 60_000,
};
