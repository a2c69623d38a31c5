/** Name of the environment variable with the path of the executable that the tests run instead of `main`. */
export const EXECUTABLE = 'HOSTNS_EXECUTABLE';

/** Name of the environment variable with the file in which the tests count what they do not run with it. */
export const IN_PROCESS_COUNT = 'HOSTNS_IN_PROCESS_COUNT';
