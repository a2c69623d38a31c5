import type { CommandContext } from '../commands/shared/context.ts';
import { type TemplateFormat, templateFormats } from '../commands/shared/formats.ts';
import { type ExitCode, UsageError } from '../errors.ts';
import type { Flags } from './flags.ts';
import { nearest } from './nearest.ts';

/** One command of the command line, as data: the parser, the help and the tests read it. */
export interface Command {
  readonly name: string;
  /** What stands behind the name, where there is more than flags: `POD [INTERFACE]`. */
  readonly words?: string;
  /** The Pods among these words; missing where there are none. */
  readonly pods?: NamedPods;
  /** One line. */
  readonly describe: string;
  readonly flags: Flags;
  readonly examples: readonly Example[];
  /**
   * Makes typed options of a command line.
   *
   * @throws UsageError where the line asks for something that cannot be
   */
  readonly read: (values: Values, words: readonly string[]) => Run;
}

export interface NamedPods {
  /** How many may be named. */
  readonly most: number;
  /** The flags that find Pods instead. */
  readonly insteadOf: readonly string[];
}

export interface Example {
  readonly command: string;
  readonly describe: string;
}

/** A command with its options, ready to run. */
export type Run = (context: CommandContext) => Promise<ExitCode>;

/** The values of the flags that were given; of one that is given twice the last counts, as in kubectl. */
export class Values {
  readonly #values = new Map<string, string[]>();

  constructor(flags: readonly (readonly [name: string, value: string])[]) {
    for (const [name, value] of flags) this.#values.set(name, [...this.strings(name), value]);
  }

  string(name: string): string | undefined {
    return this.strings(name).at(-1);
  }

  strings(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  boolean(name: string): boolean {
    return this.string(name) === 'true';
  }
}

/**
 * One of the values that a flag takes.
 *
 * @throws UsageError for any other, with the one that was probably meant
 */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const meant = nearest(value, allowed);
  throw new UsageError(
    `The flag ${flag} takes ${allowed.join(', ')}, not "${value}".${meant === null ? '' : ` Did you mean ${meant}?`}`,
  );
}

/**
 * A whole number that a flag takes.
 *
 * @throws UsageError for anything else, and outside of the limits
 */
export function wholeNumber(flag: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `The flag ${flag} takes a whole number from ${String(least)} to ${String(most)}, not "${value}".`,
  );
}

/**
 * The value of --output: one of the formats, or a template such as `jsonpath={.items[*].name}`.
 *
 * @throws UsageError for any other
 */
export function outputFormat<T extends string>(value: string, formats: readonly T[]): T | TemplateFormat {
  const at = value.indexOf('=');
  const kind = templateFormats.find((format) => format === (at === -1 ? value : value.slice(0, at)));
  if (kind === undefined) return oneOf('--output', value, formats);
  const template = at === -1 ? '' : value.slice(at + 1);
  if (template !== '') return { kind, value: template };
  const what = kind.endsWith('-file') ? 'FILE' : kind === 'custom-columns' ? 'TITLE:PATH,…' : 'TEMPLATE';
  throw new UsageError(`-o ${kind} needs a template: -o ${kind}=${what}`);
}
