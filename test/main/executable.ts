/** Name of the environment variable with the path of the executable that the tests run instead of `main`. */
export const EXECUTABLE = 'HOSTNS_EXECUTABLE';

/** Name of the environment variable with the file in which the tests count what they run with it, and what not. */
export const COUNTS = 'HOSTNS_EXECUTABLE_COUNTS';

/** What is counted: tests that are not registered, and cases of the fault matrix. */
export type Counted = 'tests left out' | 'fault cases' | 'fault cases run';
