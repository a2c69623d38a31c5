import base from './jest.config.js';

/** The tests on a real cluster, one file at a time: they share it. */
export default {
  ...base,
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 300_000,
};
