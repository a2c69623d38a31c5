import { isInProcess } from '../main/run.ts';
import type { FaultCase } from './matrix.ts';

/** One case in so many, where there are as many places for the same fault. */
const STEP = 10;

/**
 * Returns every case, or some for the executable: a process for each would take half an hour. Each fault of each
 * operation stays in at least one place, and two faults are not sampled at the same places.
 */
export function sampledCases(cases: readonly FaultCase[]): readonly FaultCase[] {
  if (isInProcess) return cases;
  const groups = Map.groupBy(cases, ({ operation, fault }) => `${operation}\n${fault}`);
  return [...groups.values()].flatMap((group, nth) => {
    const first = (nth * 7) % Math.min(STEP, group.length);
    return group.filter((_, index) => index % STEP === first);
  });
}
