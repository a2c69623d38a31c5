import { listFormats } from '../commands/formats.ts';
import { UsageError } from '../errors.ts';
import { namespaceKinds } from '../pods/sharing.ts';
import { podOrder, sortPaths } from '../pods/sort.ts';
import { type Command, oneOf } from './command.ts';
import { connectionOptions } from './connection.ts';
import { commonFlags, groupedConnectionFlags } from './flags.ts';

export const listCommand: Command = {
  name: 'list',
  describe: 'List the live Pods that share a namespace of their node',
  flags: {
    'all-namespaces': { short: 'A', type: 'boolean', describe: 'look in all namespaces' },
    selector: {
      short: 'l',
      type: 'string',
      value: 'SELECTOR',
      describe: 'only Pods with these labels: app=web,tier!=cache',
    },
    'field-selector': {
      type: 'string',
      value: 'SELECTOR',
      describe: 'only Pods with these fields: status.podIP=10.0.0.7',
    },
    node: { type: 'string', value: 'NAME', describe: 'only Pods on this node' },
    shares: {
      type: 'strings',
      value: 'KINDS',
      describe: `only Pods that share at least one of these: ${namespaceKinds.join(',')}`,
    },
    'show-completed': { type: 'boolean', describe: 'also Pods that have ended (Succeeded or Failed)' },
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      default: 'table',
      describe: listFormats.join(', '),
    },
    'no-headers': { type: 'boolean', describe: 'leave out the line of titles' },
    'show-labels': { type: 'boolean', describe: 'add a column with the labels' },
    'sort-by': { type: 'string', value: 'PATH', describe: 'a field such as .metadata.creationTimestamp' },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [
    { command: 'kubectl hostns list', describe: 'the Pods of the current namespace' },
    { command: 'kubectl hostns list -A -o wide', describe: 'all Pods, with owner, addresses and ports' },
    { command: 'kubectl hostns list -A --shares pid,ipc', describe: 'those that share PID or IPC' },
    { command: 'kubectl hostns list -A --node kube-node-2', describe: 'those on one node' },
    { command: 'kubectl hostns list -A -o name', describe: 'names only, for scripts' },
  ],
  read(values, words) {
    if (words.length > 0) {
      throw new UsageError(
        `The command list takes no Pod names. To find one Pod: kubectl hostns list --field-selector metadata.name=${words[0] ?? ''}`,
      );
    }
    const sortBy = values.string('sort-by') ?? '';
    const order = sortBy === '' ? null : podOrder(sortBy);
    if (sortBy !== '' && order === null) {
      throw new UsageError(
        `The flag --sort-by does not know the field ${sortBy}. It takes ${sortPaths.join(', ')} and .metadata.labels.NAME.`,
      );
    }
    const kinds = values
      .strings('shares')
      .flatMap((value) => value.split(','))
      .map((kind) => oneOf('--shares', kind.trim().toLowerCase(), namespaceKinds));
    const options = {
      connection: connectionOptions(values),
      allNamespaces: values.boolean('all-namespaces'),
      labelSelector: values.string('selector') ?? '',
      fieldSelector: values.string('field-selector') ?? '',
      node: values.string('node') || null,
      shares: kinds.length === 0 ? namespaceKinds : kinds,
      showCompleted: values.boolean('show-completed'),
      order,
      output: oneOf('--output', values.string('output') ?? 'table', listFormats),
      noHeaders: values.boolean('no-headers'),
      showLabels: values.boolean('show-labels'),
    };
    return async (context) => (await import('../commands/list.ts')).list(options, context);
  },
};
