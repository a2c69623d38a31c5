import { UsageError } from '../errors.ts';
import type { Flags } from './flags.ts';
import { type Normalized, readFlags } from './pflag.ts';

/** The valid part of an unfinished command line. */
export interface Unfinished extends Normalized {
  /** Flag whose value comes next, or null. */
  readonly awaiting: string | null;
  /** True after `--`: the next word is not a flag. */
  readonly isBehindDashes: boolean;
}

/** Parses like readFlags, but skips what is invalid. */
export function readUnfinished(argv: readonly string[], known: Flags): Unfinished {
  const flags: (readonly [string, string])[] = [];
  const words: string[] = [];
  let rest = argv;
  while (rest.length > 0) {
    const [argument = '', ...others] = rest;
    if (argument === '--') {
      return { flags, words: [...words, ...others], awaiting: null, isBehindDashes: true };
    }
    const awaiting = awaitedFlag(argument, known);
    if (awaiting !== null && others.length === 0) return { flags, words, awaiting, isBehindDashes: false };
    const length = awaiting === null ? 1 : 2;
    const read = attempt(rest.slice(0, length), known);
    flags.push(...(read?.flags ?? []));
    words.push(...(read?.words ?? []));
    rest = rest.slice(length);
  }
  return { flags, words, awaiting: null, isBehindDashes: false };
}

/** Returns the flag whose value is the next argument, or null: `-n`, `--namespace`, `-An`. */
export function awaitedFlag(argument: string, known: Flags): string | null {
  if (attempt([argument], known) !== null) return null;
  return attempt([argument, ''], known)?.flags.at(-1)?.[0] ?? null;
}

function attempt(argv: readonly string[], known: Flags): Normalized | null {
  try {
    return readFlags(argv, known);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
