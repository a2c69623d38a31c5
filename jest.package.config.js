import base from './jest.config.js';

/** The tests of the npm package as it is published. They fetch releases of Node.js, which `npm test` does not. */
export default {
  ...base,
  roots: ['<rootDir>/test/package'],
  testPathIgnorePatterns: [],
  // Each file packs, and packing writes dist.
  maxWorkers: 1,
  testTimeout: 120_000,
};
