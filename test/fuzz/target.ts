import { isDeepStrictEqual } from 'node:util';
import type { Random } from './random.ts';

/** A parser that is fuzzed, with what must hold for it. */
export interface Target {
  /** Also the folder of its cases. */
  readonly name: string;
  /** Inputs that it takes, mostly real ones; they are damaged. */
  readonly seeds: readonly Uint8Array[];
  /** What its inputs are made of. */
  readonly words: readonly string[];
  /** Makes an input of its grammar: right, or with damage that keeps all around it right. */
  readonly make: (random: Random) => Uint8Array;
  /**
   * @returns whether the input was accepted
   * @throws whatever is wrong: a property that does not hold, or an error that is not the parser's own
   */
  readonly attempt: (input: Buffer) => boolean;
}

/** A property that does not hold. */
class Violation extends Error {
  override readonly name = 'Violation';
}

export function demand(holds: boolean, property: string): void {
  if (!holds) throw new Violation(property);
}

export function demandEqual(actual: unknown, expected: unknown, property: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Violation(property);
}

/** Characters of an error's message; what it quotes is cut. */
const MAX_MESSAGE = 700;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x1f]/;

interface Refusals {
  readonly errors: readonly (new (...args: never[]) => Error)[];
  /** Whether its messages quote what is made safe only where it is printed. */
  readonly quotesRaw?: boolean;
}

/** What `run` returns, in an object; null where it refuses the input in an error of its own. */
export function accepted<T>(
  { errors, quotesRaw = false }: Refusals,
  run: () => T,
): { readonly value: T } | null {
  try {
    return { value: run() };
  } catch (error) {
    if (!(error instanceof Error) || !errors.some((own) => error instanceof own)) throw error;
    demandMessage(error.message, quotesRaw);
    return null;
  }
}

/** An error says what is wrong in a few words. */
export function demandMessage(message: string, quotesRaw = false): void {
  demand(message.length <= MAX_MESSAGE, 'the message of an error is bounded');
  demand(quotesRaw || !CONTROL.test(message), 'the message of an error has no control characters');
}

/** How many values, characters and keys there are; what is there several times counts once, as in memory. */
function weight(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value === 'string') return 1 + value.length;
  if (typeof value !== 'object' || value === null || seen.has(value)) return 1;
  seen.add(value);
  let sum = 1;
  if (value instanceof Map) {
    for (const [key, item] of value) sum += weight(key, seen) + weight(item, seen);
  } else if (Array.isArray(value)) {
    for (const item of value) sum += weight(item, seen);
  } else if (ArrayBuffer.isView(value)) {
    sum += value.byteLength;
  } else {
    for (const item of Object.values(value)) sum += 1 + weight(item, seen);
  }
  return sum;
}

/** An input of `length` bytes makes no result of more than some of them for each byte. */
export function demandBounded(value: unknown, length: number, perByte: number): void {
  demand(weight(value) <= 300 + perByte * length, 'the result is bounded by the input');
}

/** The input in pieces: bytes, halves, or any; empty ones among them. */
export function cut(input: Buffer, random: Random): readonly Buffer[] {
  const most = random.pick([1, 2, 7, 64, 1 + input.length]);
  if (input.length / most > 500) return [input.subarray(0, 1), input.subarray(1)];
  const pieces: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const length = random.once(16) ? 0 : 1 + random.below(most);
    pieces.push(input.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
