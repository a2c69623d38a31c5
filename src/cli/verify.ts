import { dryRuns, templateFormats, verifyFormats } from '../commands/shared/formats.ts';
import { UsageError } from '../errors.ts';
import type { Expectations, Side } from '../model/declared.ts';
import { parsePodReferences, typeNamed, workloadTypes } from '../model/pod-reference.ts';
import { type NamespaceKind, namespaceKinds } from '../model/sharing.ts';
import { typeAlone } from './advice.ts';
import { type Command, oneOf, outputFormat, wholeNumber } from './command.ts';
import { connectionOptions, timeout } from './connection.ts';
import { commonFlags, containerFlag, groupedConnectionFlags, probeFlags, timeoutFlag } from './flags.ts';
import { probeOptions } from './probe.ts';

const SIDES = ['host', 'own'] as const;

export const verifyCommand: Command = {
  name: 'verify',
  words: '(POD... | TYPE/NAME... | -l SELECTOR | --all)',
  pods: { most: Number.POSITIVE_INFINITY, insteadOf: ['all', 'all-namespaces', 'node'] },
  describe: 'Check whether Pods share the namespaces of their node as they declare',
  flags: {
    all: { type: 'boolean', describe: 'check every running Pod, and print one line for each' },
    declared: { type: 'boolean', describe: 'with --all: only Pods that declare to share a namespace' },
    'all-namespaces': {
      short: 'A',
      type: 'boolean',
      describe: 'with --all or -l: check the Pods of all namespaces',
    },
    node: {
      type: 'string',
      value: 'NAME',
      completes: 'nodes',
      describe: 'with --all or -l: only Pods on this node',
    },
    selector: {
      short: 'l',
      type: 'string',
      value: 'SELECTOR',
      completes: 'nothing',
      describe: 'check the Pods with these labels: app=web,tier!=cache',
    },
    container: {
      ...containerFlag,
      describe: 'the only container to exec into (default: every running one)',
    },
    'no-exec': { type: 'boolean', describe: 'run no command in the Pods' },
    ...probeFlags,
    'dry-run': {
      type: 'string',
      value: 'WHERE',
      completes: { oneOf: ['none', ...dryRuns] },
      describe: `with --probe: print the probe Pod and do not create it: ${dryRuns.join(', ')}`,
    },
    reach: {
      type: 'boolean',
      describe:
        "send an HTTP request to the Pod's ports on its node, and print the first line of the response",
    },
    expect: {
      type: 'strings',
      value: 'SIDES',
      completes: { someOf: namespaceKinds.flatMap((kind) => SIDES.map((side) => `${kind}=${side}`)) },
      describe: 'expected namespaces, instead of those that the spec declares: network=host,pid=own',
    },
    'require-trusted': {
      type: 'boolean',
      describe:
        'ignore self-reported evidence and evidence of the sandbox alone (PID and IPC then need --probe)',
    },
    parallel: {
      type: 'string',
      value: 'NUMBER',
      completes: 'nothing',
      default: '8',
      describe: 'maximum number of Pods or nodes to check in parallel',
    },
    timeout: timeoutFlag,
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      completes: { oneOf: [...verifyFormats, ...templateFormats.map((format) => `${format}=`)] },
      default: 'table',
      describe: `${verifyFormats.join(', ')}, ${templateFormats.map((format) => `${format}=`).join(', ')}`,
    },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [
    { command: 'kubectl hostns verify pod-use-hostnetwork', describe: 'one Pod' },
    {
      command: 'kubectl hostns verify pod-use-hostnetwork --reach',
      describe: 'one Pod, and what responds on the ports of its node',
    },
    {
      command: 'kubectl hostns verify web-1 --probe',
      describe: 'trusted evidence about all three namespaces',
    },
    { command: 'kubectl hostns verify ds/kube-proxy -n kube-system', describe: 'every Pod of a DaemonSet' },
    {
      command: 'kubectl hostns verify --all -A --no-exec',
      describe: 'the network of every Pod in the cluster',
    },
    {
      command: 'kubectl hostns verify --all --node kube-node-2 --probe',
      describe: 'every Pod of a node, with trusted evidence',
    },
    {
      command: 'kubectl hostns verify -l app=web --expect network=own,pid=own -o json',
      describe: 'all evidence, for a pipeline',
    },
  ],
  read(values, given) {
    const all = values.boolean('all');
    const allNamespaces = values.boolean('all-namespaces');
    const labelSelector = values.string('selector') ?? '';
    const isSelected = all || labelSelector !== '';
    const isType = given.length === 1 && typeNamed(given[0] ?? '') === 'pod';
    const node = values.string('node') || null;
    const namespace = values.string('namespace') || null;
    if (isType && !isSelected) {
      const scope = allNamespaces ? ['-A'] : namespace === null ? [] : ['-n', namespace];
      throw typeAlone(given[0] ?? '', node === null ? scope : [...scope, '--node', node]);
    }
    // `verify pods -l app=web`
    const words = isType ? [] : given;
    const isNamed = words.length > 0;
    if (!isNamed && !isSelected) {
      throw new UsageError(
        `verify needs Pods. Use POD, TYPE/NAME (${workloadTypes.join(', ')}), -l SELECTOR or --all.`,
      );
    }
    if (isNamed && (all || allNamespaces || node !== null)) {
      const flag = all ? '--all' : allNamespaces ? '-A' : '--node';
      throw new UsageError(`${flag} cannot be combined with Pods (got ${words.join(' ')}).`);
    }
    if (values.boolean('declared') && !all) throw new UsageError('The flag --declared needs --all.');
    const probe = probeOptions(values);
    const dryRun = oneOf('--dry-run', values.string('dry-run') ?? 'none', ['none', ...dryRuns] as const);
    if (dryRun !== 'none' && probe === null) throw new UsageError('The flag --dry-run needs --probe.');
    if (all && values.boolean('reach')) {
      throw new UsageError(
        'The flag --reach cannot be combined with --all. Name the Pods, or select them with -l.',
      );
    }
    const output = outputFormat(values.string('output') ?? 'table', verifyFormats);
    if (dryRun !== 'none' && typeof output === 'object') {
      throw new UsageError(
        `The flag --dry-run cannot be combined with -o ${output.kind}. Use -o ${verifyFormats.join(', ')}.`,
      );
    }
    const options = {
      connection: connectionOptions(values),
      pods: parsePodReferences(words),
      labelSelector,
      all,
      allNamespaces,
      node,
      declaredOnly: values.boolean('declared'),
      container: values.string('container') || null,
      exec: !values.boolean('no-exec'),
      probe,
      dryRun: dryRun === 'none' ? null : dryRun,
      reach: values.boolean('reach'),
      expect: expectations(values.strings('expect')),
      requireTrusted: values.boolean('require-trusted'),
      parallel: wholeNumber('--parallel', values.string('parallel') ?? '8', 1, 256),
      timeout: timeout(values),
      output,
    };
    return async (context) => (await import('../commands/verify/verify.ts')).verify(options, context);
  },
};

/** Parses `network=host,pid=own`. The last value of a namespace counts. */
function expectations(given: readonly string[]): Expectations {
  const expect: Partial<Record<NamespaceKind, Side>> = {};
  for (const word of given.flatMap((value) => value.split(','))) {
    const [kind = '', side, ...rest] = word.trim().toLowerCase().split('=');
    if (side === undefined || rest.length > 0) {
      throw new UsageError(
        `invalid value "${word}" for --expect. Use KIND=SIDE, such as network=host,pid=own.`,
      );
    }
    expect[oneOf('--expect', kind, namespaceKinds)] = oneOf('--expect', side, SIDES);
  }
  return expect;
}
