import { type SafeText, safeLine } from './safe-text.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * The time since `timestamp` as kubectl's AGE column prints it.
 *
 * @param timestamp seconds since 1970, or null where the object has none
 * @param now seconds since 1970; fractions count, as in kubectl
 */
export function age(timestamp: number | null, now: number): SafeText {
  return safeLine(timestamp === null ? '<unknown>' : humanDuration(now - timestamp));
}

/**
 * A duration with two or three significant figures, as HumanDuration in
 * k8s.io/apimachinery/pkg/util/duration prints it; up to two seconds in the future count as now.
 */
export function humanDuration(duration: number): string {
  const seconds = Math.trunc(duration);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return units(seconds, 1, 's');
  if (seconds < 10 * MINUTE) return units(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return units(seconds, MINUTE, 'm');
  if (seconds < 8 * HOUR) return units(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return units(seconds, HOUR, 'h');
  if (seconds < 8 * DAY) return units(seconds, DAY, 'd', HOUR, 'h');
  if (seconds < 2 * YEAR) return units(seconds, DAY, 'd');
  if (seconds < 8 * YEAR) return units(seconds, YEAR, 'y', DAY, 'd');
  return units(seconds, YEAR, 'y');
}

/** The whole `unit`s in `seconds`, then the whole `smaller` ones in the rest, which are left out if none. */
function units(seconds: number, unit: number, sign: string, smaller?: number, smallerSign = ''): string {
  const text = String(Math.floor(seconds / unit)) + sign;
  const rest = smaller === undefined ? 0 : Math.floor((seconds % unit) / smaller);
  return rest === 0 ? text : text + String(rest) + smallerSign;
}
