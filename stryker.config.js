/**
 * Mutation testing of the decoders and verdicts: each change to these directories must make a test fail. The YAML reader
 * is left out: it would take twice as long as all others, and it is compared with js-yaml by the fuzzer.
 */
export default {
  mutate: ['src/{procfs,verdict,wire}/**/*.ts'],
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
