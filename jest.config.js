/** Source is TypeScript whose types Node.js itself can strip, so no compiler stands between it and the tests. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  transformIgnorePatterns: ['/node_modules/'],
  roots: ['<rootDir>/test'],
  // By default Jest leaves one core to itself, which is half of a machine with two.
  maxWorkers: '100%',
  testMatch: ['**/*.test.ts'],
  /** A machine that is busy may take seconds to load a module: this is only to end what hangs. */
  testTimeout: 30_000,
  testPathIgnorePatterns: [
    '<rootDir>/test/cluster/',
    '<rootDir>/test/faults/',
    '<rootDir>/test/package/',
    '<rootDir>/test/release-archives/',
  ],
  collectCoverageFrom: ['src/**/*.ts'],
};
