/** How many cases of an operation and a fault have come to what. */
export interface Row {
  readonly operation: string;
  readonly fault: string;
  places: number;
  right: number;
  error: number;
  failed: number;
  /** How often one of them was tried again, with more patience. */
  retries: number;
}

/** The name of the environment variable with the folder in which each file of tests leaves its rows. */
export const ROWS_FOLDER = 'FAULTS_ROWS_FOLDER';

export function emptyRow(operation: string, fault: string): Row {
  return { operation, fault, places: 0, right: 0, error: 0, failed: 0, retries: 0 };
}
