import base from './jest.config.js';

/** The fault matrix: apart from `npm test`, because it takes a third of the time and rarely fails alone. */
export default {
  ...base,
  roots: ['<rootDir>/test/faults'],
  testPathIgnorePatterns: [],
};
