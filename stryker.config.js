/** Mutation testing of what decides: each change to these folders must make a test fail. */
export default {
  mutate: ['src/{manifests,procfs,verdict,wire,yaml}/**/*.ts'],
  plugins: ['./test/mutation/runner.ts'],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  concurrency: 2,
  /** Milliseconds in addition to one and a half times the duration of the tests. */
  timeoutMS: 3000,
  /** Modules that are reloaded for a mutant stay in memory, so restart the process now and then. */
  maxTestRunnerReuse: 300,
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'coverage/mutation/report.json' },
  incrementalFile: 'coverage/mutation/incremental.json',
  tempDirName: 'coverage/mutation/sandbox',
  /** Only what the tests of these folders read. */
  ignorePatterns: [
    '**',
    '!package.json',
    '!src/**',
    '!test/{api-server,fixtures,manifests,procfs,support,verdict,wire,yaml}/**',
  ],
  thresholds: { high: 95, low: 90, break: 90 },
};
