import { listFormats, templateFormats } from '../commands/shared/formats.ts';
import { UsageError } from '../errors.ts';
import { namespaceKinds } from '../model/sharing.ts';
import { podOrder, sortPaths } from '../model/sort.ts';
import { refuseListArguments } from './advice.ts';
import { type Command, oneOf, outputFormat } from './command.ts';
import { connectionOptions } from './connection.ts';
import { commaSeparated } from './csv.ts';
import { commonFlags, groupedConnectionFlags } from './flags.ts';
import { manifestFlags, manifestSources } from './manifests.ts';

export const listCommand: Command = {
  name: 'list',
  describe: 'List the running, pending and terminating Pods that share a namespace of their node',
  flags: {
    'all-namespaces': { short: 'A', type: 'boolean', describe: 'list the Pods of all namespaces' },
    selector: {
      short: 'l',
      type: 'string',
      value: 'SELECTOR',
      completes: 'nothing',
      describe: 'only Pods with these labels: app=web,tier!=cache',
    },
    'field-selector': {
      type: 'string',
      value: 'SELECTOR',
      completes: 'nothing',
      describe: 'only Pods with these fields: status.podIP=10.0.0.7',
    },
    node: { type: 'string', value: 'NAME', completes: 'nodes', describe: 'only Pods on this node' },
    shares: {
      type: 'strings',
      value: 'KINDS',
      completes: { someOf: namespaceKinds },
      describe: `only Pods that share at least one of these: ${namespaceKinds.join(',')}`,
    },
    'show-completed': { type: 'boolean', describe: 'include Pods that have ended (Succeeded or Failed)' },
    ...manifestFlags,
    watch: {
      short: 'w',
      type: 'boolean',
      describe: 'after listing the Pods, watch for changes',
    },
    'watch-only': { type: 'boolean', describe: 'watch for changes, without listing the Pods first' },
    'output-watch-events': {
      type: 'boolean',
      describe: 'with --watch: show the type of each event (ADDED, MODIFIED or DELETED)',
    },
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      completes: { oneOf: [...listFormats, ...templateFormats.map((format) => `${format}=`)] },
      default: 'table',
      describe: `${listFormats.join(', ')}, ${templateFormats.map((format) => `${format}=`).join(', ')}`,
    },
    'no-headers': { type: 'boolean', describe: 'do not print the column titles' },
    'label-columns': {
      short: 'L',
      type: 'strings',
      value: 'LABELS',
      completes: 'nothing',
      describe: 'add a column for each of these labels: app,topology.kubernetes.io/zone',
    },
    'show-labels': { type: 'boolean', describe: 'add a column with the labels' },
    'sort-by': {
      type: 'string',
      value: 'PATH',
      completes: { oneOf: sortPaths },
      describe: 'sort by this field, such as .metadata.creationTimestamp',
    },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [
    { command: 'kubectl hostns list', describe: 'the Pods of the current namespace' },
    { command: 'kubectl hostns list -A -o wide', describe: 'all Pods, with owner, addresses and ports' },
    { command: 'kubectl hostns list -A --shares pid,ipc', describe: 'Pods that share PID or IPC' },
    { command: 'kubectl hostns list -A --node kube-node-2', describe: 'Pods on one node' },
    {
      command: 'kubectl hostns list -A -w --output-watch-events',
      describe: 'watch for changes in all namespaces',
    },
    { command: 'kubectl hostns list -f examples/ -R', describe: 'manifests, before you apply them' },
    { command: 'kubectl hostns list -f -', describe: 'the output of kustomize or helm template' },
    { command: 'kubectl hostns list -A -o name', describe: 'names only, for scripts' },
  ],
  read(values, words) {
    const sources = manifestSources(values, words);
    refuseListArguments(words, {
      allNamespaces: values.boolean('all-namespaces'),
      namespace: values.string('namespace') ?? '',
    });
    const sortBy = values.string('sort-by') ?? '';
    const order = sortBy === '' ? null : podOrder(sortBy);
    if (sortBy !== '' && order === null) {
      throw new UsageError(
        `invalid value "${sortBy}" for --sort-by. Use ${sortPaths.join(', ')} or .metadata.labels.NAME.`,
      );
    }
    const kinds = values
      .strings('shares')
      .flatMap((value) => value.split(','))
      .map((kind) => oneOf('--shares', kind.trim().toLowerCase(), namespaceKinds));
    const shown = {
      shares: kinds.length === 0 ? namespaceKinds : kinds,
      output: outputFormat(values.string('output') ?? 'table', listFormats),
      noHeaders: values.boolean('no-headers'),
      labelColumns: values.strings('label-columns').flatMap(labelsOf),
      showLabels: values.boolean('show-labels'),
    };
    if (sources !== null) {
      const manifestOptions = { ...sources, ...shown };
      return async (context) =>
        (await import('../commands/list/list-manifests.ts')).listManifests(manifestOptions, context);
    }
    const options = {
      ...shown,
      connection: connectionOptions(values),
      allNamespaces: values.boolean('all-namespaces'),
      labelSelector: values.string('selector') ?? '',
      fieldSelector: values.string('field-selector') ?? '',
      node: values.string('node') || null,
      showCompleted: values.boolean('show-completed'),
      order,
    };
    const changesOnly = values.boolean('watch-only');
    const withEvents = values.boolean('output-watch-events');
    if (changesOnly || values.boolean('watch')) {
      const watchOptions = { ...options, changesOnly, withEvents };
      return async (context) => (await import('../commands/list/watch.ts')).watch(watchOptions, context);
    }
    if (withEvents) throw new UsageError('The flag --output-watch-events needs --watch or --watch-only.');
    return async (context) => (await import('../commands/list/list.ts')).list(options, context);
  },
};

/** pflag splits the values of -L at their commas. */
function labelsOf(value: string): readonly string[] {
  const labels = commaSeparated(value);
  if (labels !== null) return labels.filter((label) => label !== '');
  throw new UsageError(`invalid value "${value}" for -L: separate the labels with commas, without quotes`);
}
