import { verifyFormats } from '../commands/formats.ts';
import { UsageError } from '../errors.ts';
import { parsePodReference, workloadTypes } from '../pods/pod-reference.ts';
import { type Command, oneOf, wholeNumber } from './command.ts';
import { connectionOptions, timeout } from './connection.ts';
import { commonFlags, containerFlag, groupedConnectionFlags, timeoutFlag } from './flags.ts';

export const verifyCommand: Command = {
  name: 'verify',
  words: '(POD... | TYPE/NAME... | -l SELECTOR)',
  describe: 'Prove whether Pods share the namespaces of their node as they declare',
  flags: {
    selector: {
      short: 'l',
      type: 'string',
      value: 'SELECTOR',
      describe: 'the live Pods with these labels: app=web,tier!=cache',
    },
    container: containerFlag,
    'no-exec': { type: 'boolean', describe: 'look from outside only: run nothing in the Pods' },
    'require-trusted': {
      type: 'boolean',
      describe: 'decide nothing by what a container reports of itself: then PID and IPC are inconclusive',
    },
    parallel: {
      type: 'string',
      value: 'NUMBER',
      default: '8',
      describe: 'how many Pods to look at at a time',
    },
    timeout: timeoutFlag,
    output: {
      short: 'o',
      type: 'string',
      value: 'FORMAT',
      default: 'table',
      describe: verifyFormats.join(', '),
    },
    ...commonFlags,
    ...groupedConnectionFlags,
  },
  examples: [
    { command: 'kubectl hostns verify pod-use-hostnetwork', describe: 'one Pod, from outside and inside' },
    { command: 'kubectl hostns verify ds/kube-proxy -n kube-system', describe: 'every Pod of a DaemonSet' },
    { command: 'kubectl hostns verify -l app=web --no-exec', describe: 'the network alone, from outside' },
    { command: 'kubectl hostns verify web-1 -o json', describe: 'for a pipeline: with all evidence' },
  ],
  read(values, words) {
    const labelSelector = values.string('selector') ?? '';
    if (words.length === 0 && labelSelector === '') {
      throw new UsageError(
        `The command verify needs Pods: kubectl hostns verify POD, TYPE/NAME (${workloadTypes.join(', ')}) or -l SELECTOR.`,
      );
    }
    const options = {
      connection: connectionOptions(values),
      pods: words.map(parsePodReference),
      labelSelector,
      container: values.string('container') || null,
      exec: !values.boolean('no-exec'),
      requireTrusted: values.boolean('require-trusted'),
      parallel: wholeNumber('--parallel', values.string('parallel') ?? '8', 1, 256),
      timeout: timeout(values),
      output: oneOf('--output', values.string('output') ?? 'table', verifyFormats),
    };
    return async (context) => (await import('../commands/verify.ts')).verify(options, context);
  },
};
