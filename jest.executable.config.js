import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import base from './jest.config.js';
import { EXECUTABLE, IN_PROCESS_COUNT } from './test/main/executable.ts';

// The workers inherit both variables.
process.env[EXECUTABLE] ??= 'dist/kubectl-hostns';
if (process.env[IN_PROCESS_COUNT] === undefined) {
  process.env[IN_PROCESS_COUNT] = join(mkdtempSync(join(tmpdir(), 'hostns-executable-')), 'count');
  writeFileSync(process.env[IN_PROCESS_COUNT], '');
}

/** The screen tests, run with the executable that `npm run build` has written. */
export default {
  ...base,
  roots: ['<rootDir>/test/main'],
  // All tests of these files need `main` or a part of it in this process.
  testPathIgnorePatterns: ['/kubeconfig-oracle\\.test\\.ts$', '/verify-samples\\.test\\.ts$'],
  reporters: ['default', '<rootDir>/test/main/in-process-reporter.ts'],
  testTimeout: 60_000,
};
