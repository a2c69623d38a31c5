import yargs from 'yargs';
import type { Command } from './command.ts';
import type { Flag } from './flags.ts';
import { commands } from './parse.ts';

const SUMMARY = "Lists the Pods that share their node's network, PID or IPC namespace, and verifies it.";

/**
 * Returns the help of a command, or of the program, in the layout of yargs. yargs does not parse the command line: it does
 * not accept some spellings of kubectl (`-Aowide`, `-n=NS`).
 *
 * @param columns width of the terminal in characters
 */
export async function help(command: Command | null, columns: number): Promise<string> {
  const parser = yargs([])
    .scriptName('kubectl hostns')
    .locale('en')
    .parserConfiguration({ 'boolean-negation': false })
    .version(false)
    .help(false)
    .exitProcess(false)
    .wrap(Math.min(columns, 110));
  if (command === null) {
    parser.usage(`${SUMMARY}\n\nUsage: kubectl hostns COMMAND [flags]`);
    for (const { name, describe } of commands) parser.command(name, describe);
    parser.epilogue("Run 'kubectl hostns COMMAND --help' for the flags of a command.");
  } else {
    parser.usage(
      `${command.describe}.\n\nUsage: kubectl hostns ${[command.name, ...(command.words === undefined ? [] : [command.words])].join(' ')} [flags]`,
    );
    for (const [name, flag] of Object.entries<Flag>(command.flags)) {
      parser.option(name, {
        ...(flag.short === undefined ? {} : { alias: flag.short }),
        group: flag.group ?? 'Flags:',
        ...(flag.default === undefined ? {} : { default: flag.default }),
        ...(flag.type === 'boolean' ? { type: 'boolean' as const } : { string: true, requiresArg: false }),
        describe: flag.value === undefined ? flag.describe : `${flag.value}: ${flag.describe}`,
      });
    }
    for (const { command: line, describe } of command.examples) parser.example(line, describe);
  }
  return `${await parser.getHelp()}\n`;
}
