import { type SafeText, safeLine } from './safe-text.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * Returns the time since `timestamp`, as in the AGE column of kubectl.
 *
 * @param timestamp seconds since 1970, or null if the object has none
 * @param now seconds since 1970; fractions count, as in kubectl
 */
export function age(timestamp: number | null, now: number): SafeText {
  return safeLine(timestamp === null ? '<unknown>' : humanDuration(now - timestamp));
}

/**
 * Formats a duration with two or three significant figures, like HumanDuration in k8s.io/apimachinery/pkg/util/duration. Up to
 * two seconds in the future count as now.
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

/** Formats whole `unit`s, and whole `smaller` units of the rest if there are any. */
function units(seconds: number, unit: number, sign: string, smaller?: number, smallerSign = ''): string {
  const text = String(Math.floor(seconds / unit)) + sign;
  const rest = smaller === undefined ? 0 : Math.floor((seconds % unit) / smaller);
  return rest === 0 ? text : text + String(rest) + smallerSign;
}
