import { Inputs } from './inputs.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

export interface Finding {
  readonly target: string;
  /** What went wrong: the same for inputs that show the same. */
  readonly what: string;
  readonly input: Uint8Array;
  /** How many inputs had been tried. */
  readonly after: number;
}

export interface Counts {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Inputs that showed something wrong. */
  readonly failed: number;
}

export interface Effort {
  readonly seed: number;
  readonly inputs: number;
  /** Findings with which it ends. */
  readonly enough?: number;
  /** Inputs that come before all others, and are among them. */
  readonly first?: readonly Buffer[];
}

/** Is told of each input before it is tried, so that one that never ends is known. */
export type Watch = (input: Buffer) => void;

/** An input of some kilobytes takes a millisecond; what takes this long three times is no busy machine. */
const SLOW_MILLISECONDS = 1000;
const MAX_FINDINGS = 5;
const MAX_SHRINKING = 1500;

/** Tries `inputs` inputs, which follow from the seed. Ends early where it has found enough. */
export function campaign(
  target: Target,
  { seed, inputs, enough = MAX_FINDINGS, first = [] }: Effort,
  watch: Watch,
): { readonly counts: Counts; readonly findings: readonly Finding[] } {
  const source = new Inputs(target, new Random(seed));
  const findings = new Map<string, Finding>();
  let accepted = 0;
  let failed = 0;
  let tried = 0;
  while (tried < inputs && findings.size < enough) {
    const input = first[tried] ?? source.next();
    tried += 1;
    watch(input);
    const start = performance.now();
    let isAccepted = false;
    let what: string | null = null;
    const limit = Error.stackTraceLimit;
    // Most inputs are refused, and to note down where takes longer than to refuse them.
    Error.stackTraceLimit = 0;
    try {
      isAccepted = target.attempt(input);
    } catch {
      what = wrongWith(target, input) ?? 'it is wrong only once';
    } finally {
      Error.stackTraceLimit = limit;
    }
    if (performance.now() - start > SLOW_MILLISECONDS) what ??= slowness(target, input);
    if (what !== null) {
      failed += 1;
      if (!findings.has(what)) {
        findings.set(what, {
          target: target.name,
          what,
          input: shrunk(target, input, what, watch),
          after: tried,
        });
      }
    } else if (isAccepted) {
      accepted += 1;
      source.keep(input);
    }
  }
  return {
    counts: { inputs: tried, accepted, refused: tried - accepted - failed, failed },
    findings: [...findings.values()],
  };
}

/** What an input shows, null where all is well. */
export function wrongWith(target: Target, input: Uint8Array): string | null {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  try {
    target.attempt(Buffer.from(input));
    return null;
  } catch (error) {
    return signature(error);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Null where it was the machine that was slow. */
function slowness(target: Target, input: Buffer): string | null {
  for (let time = 0; time < 2; time += 1) {
    const start = performance.now();
    wrongWith(target, input);
    if (performance.now() - start <= SLOW_MILLISECONDS) return null;
  }
  return `it takes more than ${String(SLOW_MILLISECONDS)} ms`;
}

/** Numbers and quotations are left out: they differ from input to input. */
function signature(error: unknown): string {
  if (!(error instanceof Error)) return `no error was thrown but ${typeof error}`;
  const message = error.message
    .slice(0, 160)
    .replaceAll(/"[^"]*"?/g, '"…"')
    .replaceAll(/[0-9]+/g, 'N')
    .replaceAll(/[^\x20-\x7e…]/g, '?');
  const place = /\/(src\/[\w/-]+\.ts):([0-9]+)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name}: ${message}${place === '' ? '' : ` (${place})`}`;
}

/** A shorter input that shows the same. */
function shrunk(target: Target, input: Buffer, what: string, watch: Watch): Uint8Array {
  let smallest = input;
  let left = MAX_SHRINKING;
  for (let size = input.length >> 1; size > 0 && left > 0; size >>= 1) {
    for (let at = 0; at < smallest.length && left > 0; left -= 1) {
      const candidate = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      watch(candidate);
      if (wrongWith(target, candidate) === what) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
