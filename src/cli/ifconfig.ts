import { ifconfigFormats } from '../commands/shared/formats.ts';
import { UsageError } from '../errors.ts';
import { parsePodReferences, typeBefore } from '../model/pod-reference.ts';
import { type Command, oneOf } from './command.ts';
import { connectionOptions, timeout } from './connection.ts';
import { probeOptions } from './probe.ts';
import { commonFlags, containerFlag, groupedConnectionFlags, probeFlags, timeoutFlag } from './flags.ts';

export const ifconfigCommand: Command = {
  name: 'ifconfig',
  words: 'POD [INTERFACE]',
  pods: { most: 1, insteadOf: [] },
  describe: 'Show the interfaces of a Pod in the format of ifconfig, which its image does not need',
  flags: {
    container: containerFlag,
    all: { short: 'a', type: 'boolean', describe: 'include interfaces that are down' },
    ...probeFlags,
    timeout: timeoutFlag,
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      completes: { oneOf: ifconfigFormats },
      default: 'text',
      describe: ifconfigFormats.join(', '),
    },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [
    { command: 'kubectl hostns ifconfig pod-use-hostnetwork', describe: 'the interfaces that are up' },
    { command: 'kubectl hostns ifconfig pod-use-hostnetwork cni0', describe: 'one interface' },
    { command: 'kubectl hostns ifconfig web-1 --probe', describe: 'an image without a shell' },
    {
      command: 'kubectl hostns ifconfig web-1 -c proxy -a -o json',
      describe: 'all interfaces, for a program',
    },
  ],
  read(values, words) {
    const type = typeBefore(words);
    const [pod, name, ...rest] = type === null ? words : words.slice(1);
    if (pod === undefined || rest.length > 0) {
      throw new UsageError(
        'ifconfig takes one Pod and at most one interface. Run: kubectl hostns ifconfig POD [INTERFACE]',
      );
    }
    const [reference] = parsePodReferences(type === null ? [pod] : [type, pod]);
    if (reference === undefined) throw new Error('An argument without a reference.');
    const options = {
      connection: connectionOptions(values),
      pod: reference,
      name: name ?? null,
      container: values.string('container') || null,
      all: values.boolean('all'),
      probe: probeOptions(values),
      timeout: timeout(values),
      output: oneOf('--output', values.string('output') ?? 'text', ifconfigFormats),
    };
    return async (context) => (await import('../commands/ifconfig/ifconfig.ts')).ifconfig(options, context);
  },
};
