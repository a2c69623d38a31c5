import { UsageError } from '../errors.ts';
import { unknownCommand } from './advice.ts';
import { type Command, type Run, Values } from './command.ts';
import { commandPosition } from './command-position.ts';
import { completionOf } from './complete.ts';
import { completionCommand } from './completion.ts';
import { commonFlags, groupedConnectionFlags } from './flags.ts';
import { ifconfigCommand } from './ifconfig.ts';
import { listCommand } from './list.ts';
import { readFlags } from './pflag.ts';
import { verifyCommand } from './verify.ts';
import { versionCommand } from './version.ts';

/** All commands. A new command is a file in this directory and a line here. */
export const commands: readonly Command[] = [
  listCommand,
  verifyCommand,
  ifconfigCommand,
  versionCommand,
  completionCommand,
];

/** Hidden command of cobra: kubectl's completion runs it to get the candidates. */
const COMPLETE = '__complete';

export interface Invocation {
  /** Log level (-v). */
  readonly verbosity: number;
  /** Null if help was requested. */
  readonly run: Run | null;
  /** The command whose help was requested, or null for the program's. */
  readonly command: Command | null;
}

/**
 * Parses the command line.
 *
 * @param argv the arguments after the program's name
 * @throws UsageError if they are invalid
 */
export function parse(argv: readonly string[]): Invocation {
  if (argv[0] === COMPLETE) return { verbosity: 0, run: completing(argv.slice(1)), command: null };
  const { command, rest, wantsHelp } = findCommand(argv);
  const { flags, words } = readFlags(
    rest,
    command?.flags ?? { ...commonFlags, ...groupedConnectionFlags },
    command?.name ?? '',
  );
  const values = new Values(flags);
  // `list help`, but not `verify help`: a Pod can have the name help.
  const isHelpWord = command?.pods === undefined && words.length === 1 && words[0] === 'help';
  const help = wantsHelp || isHelpWord || values.boolean('help') || command === null;
  return {
    verbosity: level(values.string('v') ?? '0'),
    run: help ? null : command.read(values, words),
    command,
  };
}

/** Completes an unfinished command line, which is never an error. */
function completing(line: readonly string[]): Run {
  const completion = completionOf(line, commands);
  return async (context) =>
    (await import('../commands/completion/complete.ts')).complete(completion, context);
}

/** Finds the command. `help` before its name requests its help. */
function findCommand(argv: readonly string[]): {
  readonly command: Command | null;
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
} {
  const at = commandPosition(argv, commands);
  const word = argv[at];
  if (word === undefined) return { command: null, rest: argv, wantsHelp: true };
  const rest = argv.toSpliced(at, 1);
  if (word === 'help') return { ...findCommand(rest), wantsHelp: true };
  const command = commands.find(({ name }) => name === word);
  if (command !== undefined) return { command, rest, wantsHelp: false };
  throw unknownCommand(
    argv,
    at,
    commands.map(({ name }) => name),
    isCommandLine,
  );
}

function isCommandLine(argv: readonly string[]): boolean {
  try {
    parse(argv);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function level(value: string): number {
  if (!/^\d{1,2}$/.test(value))
    throw new UsageError(`invalid value "${value}" for -v. Use a number from 0 to 10.`);
  return Number(value);
}
