import base from './jest.config.js';

/** The test of a whole release, which is made twice. */
export default {
  ...base,
  roots: ['<rootDir>/test/release-archives'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 300_000,
};
