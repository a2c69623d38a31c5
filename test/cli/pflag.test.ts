import { describe, expect, test } from '@jest/globals';
import { readFlags } from '../../src/cli/pflag.ts';
import { UsageError } from '../../src/errors.ts';

const FLAGS = {
  'all-namespaces': { short: 'A', type: 'boolean', describe: '' },
  'no-headers': { type: 'boolean', describe: '' },
  namespace: { short: 'n', type: 'string', describe: '' },
  output: { short: 'o', type: 'string', describe: '' },
  'as-group': { type: 'strings', describe: '' },
  v: { type: 'string', describe: '' },
} as const;

const read = (...argv: readonly string[]) => readFlags(argv, FLAGS);

describe('a command line in the dialect of kubectl', () => {
  test.each([
    [['-n', 'kube-system'], [['namespace', 'kube-system']]],
    [['-nkube-system'], [['namespace', 'kube-system']]],
    [['-n=kube-system'], [['namespace', 'kube-system']]],
    [['--namespace', 'kube-system'], [['namespace', 'kube-system']]],
    [['--namespace=kube-system'], [['namespace', 'kube-system']]],
    [['--namespace='], [['namespace', '']]],
    [['--namespace', '-A'], [['namespace', '-A']]],
    [['--output=a=b'], [['output', 'a=b']]],
    [['-owide'], [['output', 'wide']]],
    [['-A'], [['all-namespaces', 'true']]],
    [
      ['-Aowide'],
      [
        ['all-namespaces', 'true'],
        ['output', 'wide'],
      ],
    ],
    [
      ['-Ao', 'wide'],
      [
        ['all-namespaces', 'true'],
        ['output', 'wide'],
      ],
    ],
    [['-A=false'], [['all-namespaces', 'false']]],
    [['--all-namespaces=f'], [['all-namespaces', 'false']]],
    [['--no-headers'], [['no-headers', 'true']]],
    [['--no-headers=T'], [['no-headers', 'true']]],
    [['-v6'], [['v', '6']]],
    [['--v=6'], [['v', '6']]],
    [
      ['--as-group', 'a', '--as-group=b'],
      [
        ['as-group', 'a'],
        ['as-group', 'b'],
      ],
    ],
  ] as const)('%p is read', (argv, flags) => {
    expect(read(...argv)).toEqual({ flags, words: [] });
  });

  test('has words, which may look like flags behind --', () => {
    expect(read('a', '-A', '-', '--', '-n', 'b')).toEqual({
      flags: [['all-namespaces', 'true']],
      words: ['a', '-', '-n', 'b'],
    });
  });

  test.each([
    [['--namspace', 'x'], 'unknown flag: --namspace. Did you mean --namespace?'],
    [['--all'], 'unknown flag: --all. Did you mean --all-namespaces?'],
    [['--frobnicate'], "unknown flag: --frobnicate. Run 'kubectl hostns --help' for the list of flags."],
    [['--constructor'], "unknown flag: --constructor. Run 'kubectl hostns --help' for the list of flags."],
    [['-z'], "unknown flag: -z. Run 'kubectl hostns --help' for the list of flags."],
    [['-Az'], "unknown flag: -z. Run 'kubectl hostns --help' for the list of flags."],
    [['--namespace'], 'The flag --namespace needs a value.'],
    [['-n'], 'The flag -n needs a value.'],
    [['--no-headers=maybe'], 'invalid value "maybe" for --no-headers. Use true or false.'],
  ])('%p is refused with a sentence', (argv, message) => {
    expect(() => read(...argv)).toThrow(new UsageError(message));
  });
});
