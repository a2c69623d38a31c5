import { UsageError } from '../errors.ts';
import { type Command, oneOf } from './command.ts';
import { connectionOptions } from './connection.ts';
import { commonFlags, groupedConnectionFlags } from './flags.ts';

const FORMATS = ['text', 'json'] as const;

export const versionCommand: Command = {
  name: 'version',
  describe: 'Show the version of this plugin and of the cluster',
  flags: {
    client: { type: 'boolean', describe: 'print the version of the plugin only; needs no cluster' },
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      completes: { oneOf: FORMATS },
      default: 'text',
      describe: FORMATS.join(', '),
    },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [{ command: 'kubectl hostns version --client', describe: 'the version of the plugin' }],
  read(values, words) {
    if (words.length > 0) throw new UsageError(`version takes no arguments (got "${words[0] ?? ''}").`);
    const options = {
      connection: connectionOptions(values),
      clientOnly: values.boolean('client'),
      json: oneOf('--output', values.string('output') ?? 'text', FORMATS) === 'json',
    };
    return async (context) => (await import('../commands/version/version.ts')).version(options, context);
  },
};
