import { UsageError } from '../errors.ts';
import { type Command, type Run, Values } from './command.ts';
import { commonFlags, type Flags, groupedConnectionFlags } from './flags.ts';
import { ifconfigCommand } from './ifconfig.ts';
import { listCommand } from './list.ts';
import { nearest } from './nearest.ts';
import { readFlags } from './pflag.ts';
import { verifyCommand } from './verify.ts';
import { versionCommand } from './version.ts';

/** Every command; a new one is a file beside these and a line here. */
export const commands: readonly Command[] = [listCommand, verifyCommand, ifconfigCommand, versionCommand];

export interface Invocation {
  /** kubectl's -v. */
  readonly verbosity: number;
  /** Null where the help was asked for. */
  readonly run: Run | null;
  /** The command whose help it is, or null for the program's. */
  readonly command: Command | null;
}

/**
 * @param argv the arguments behind the program's name
 * @throws UsageError where they ask for something that cannot be
 */
export function parse(argv: readonly string[]): Invocation {
  const { command, rest, wantsHelp } = findCommand(argv);
  const { flags, words } = readFlags(rest, command?.flags ?? { ...commonFlags, ...groupedConnectionFlags });
  const values = new Values(flags);
  const help = wantsHelp || values.boolean('help') || command === null;
  return {
    verbosity: level(values.string('v') ?? '0'),
    run: help ? null : command.read(values, words),
    command,
  };
}

/** The first word that is not the value of a flag names the command; `help` before it asks for its help. */
function findCommand(argv: readonly string[]): {
  readonly command: Command | null;
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
} {
  const at = commandPosition(argv);
  const word = argv[at];
  if (word === undefined) return { command: null, rest: argv, wantsHelp: true };
  const rest = argv.toSpliced(at, 1);
  if (word === 'help') return { ...findCommand(rest), wantsHelp: true };
  const command = commands.find(({ name }) => name === word);
  if (command !== undefined) return { command, rest, wantsHelp: false };
  const names = commands.map(({ name }) => name);
  const meant = nearest(word, names);
  throw new UsageError(
    `There is no command "${word}". ${meant === null ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`}`,
  );
}

function commandPosition(argv: readonly string[]): number {
  const everyFlag: Flags = Object.assign({}, ...commands.map(({ flags }) => flags)) as Flags;
  const takesValue = (argument: string): boolean => {
    if (!argument.startsWith('-') || argument.includes('=')) return false;
    const name = argument.startsWith('--') ? argument.slice(2) : null;
    const flag =
      name === null
        ? Object.entries(everyFlag).find(
            ([long, { short }]) => argument.length === 2 && (short ?? long) === argument.slice(1),
          )?.[1]
        : everyFlag[name];
    return flag !== undefined && flag.type !== 'boolean';
  };
  let at = 0;
  while (at < argv.length && argv[at]?.startsWith('-') === true) at += takesValue(argv[at] ?? '') ? 2 : 1;
  return at;
}

function level(value: string): number {
  if (!/^\d{1,2}$/.test(value))
    throw new UsageError(`The flag -v takes a number from 0 to 10, not "${value}".`);
  return Number(value);
}
