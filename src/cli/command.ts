import type { CommandContext } from '../commands/shared/context.ts';
import { type TemplateFormat, templateFormats } from '../commands/shared/formats.ts';
import { type ExitCode, UsageError } from '../errors.ts';
import type { Flags } from './flags.ts';
import { nearest } from './nearest.ts';

/** One command, as data. The parser, the help, the completion and the tests read it. */
export interface Command {
  readonly name: string;
  /** Arguments for the usage line: `POD [INTERFACE]`. Absent if there are only flags. */
  readonly words?: string;
  /** The Pods among the arguments. Absent if no argument is a Pod. */
  readonly pods?: NamedPods;
  /** One line. */
  readonly describe: string;
  readonly flags: Flags;
  readonly examples: readonly Example[];
  /**
   * Returns the command with its typed options.
   *
   * @throws UsageError for an invalid value, argument or combination
   */
  readonly read: (values: Values, words: readonly string[]) => Run;
}

export interface NamedPods {
  /** Maximum number of Pods on the command line. */
  readonly most: number;
  /** Flags that select Pods in place of arguments. */
  readonly insteadOf: readonly string[];
}

export interface Example {
  readonly command: string;
  readonly describe: string;
}

/** A command with its options, ready to run. */
export type Run = (context: CommandContext) => Promise<ExitCode>;

/** Values of the given flags. As in kubectl, the last one counts. */
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
 * Returns the value if the flag accepts it.
 *
 * @throws UsageError for any other value, with the nearest one
 */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const meant = nearest(value, allowed);
  throw new UsageError(
    `invalid value "${value}" for ${flag}. Use ${allowed.join(', ')}.${meant === null ? '' : ` Did you mean ${meant}?`}`,
  );
}

/**
 * Parses the integer value of a flag.
 *
 * @throws UsageError if it is not an integer, or outside of the limits
 */
export function wholeNumber(flag: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `invalid value "${value}" for ${flag}. Use a number from ${String(least)} to ${String(most)}.`,
  );
}

/**
 * Parses the value of --output: one of the formats, or a template such as `jsonpath={.items[*].name}`.
 *
 * @throws UsageError for any other value
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
