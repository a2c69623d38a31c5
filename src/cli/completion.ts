import { UsageError } from '../errors.ts';
import type { Command } from './command.ts';
import { commonFlags } from './flags.ts';

export const completionCommand: Command = {
  name: 'completion',
  describe: "Print the helper script that lets kubectl's completion complete this plugin",
  flags: commonFlags,
  examples: [
    {
      command: 'kubectl hostns completion',
      describe: 'the helper script, with its installation in the comments',
    },
  ],
  read(_values, words) {
    if (words.length > 0) {
      throw new UsageError(
        `completion takes no arguments (got "${words[0] ?? ''}"): the helper is the same for every shell.`,
      );
    }
    return async (context) => (await import('../commands/completion/completion.ts')).completion(context);
  },
};
