import type { Command } from './command.ts';
import type { Flags } from './flags.ts';

/**
 * Returns the index of the command's name: the first argument that is neither a flag nor the value of a flag. If there is
 * none, it is the length.
 */
export function commandPosition(argv: readonly string[], commands: readonly Command[]): number {
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
