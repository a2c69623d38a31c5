import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { completionOf } from '../../src/cli/complete.ts';
import { type Flag, groupedConnectionFlags } from '../../src/cli/flags.ts';
import { commands, parse } from '../../src/cli/parse.ts';
import type { Completion } from '../../src/commands/completion/complete.ts';

const complete = (...argv: readonly string[]): Completion => completionOf(argv, commands);

/** The words that are offered, or `null` where the candidates are not known before the cluster is asked. */
function words(...argv: readonly string[]): readonly string[] | null {
  const completion = complete(...argv);
  return completion.kind === 'words' ? completion.candidates.map(({ value }) => value) : null;
}

describe('a command', () => {
  test.each([
    [[''], ['list', 'verify', 'ifconfig', 'version', 'completion', 'help']],
    [['v'], ['verify', 'version']],
    [['-n', 'shop', 'l'], ['list']],
    [['-A', 'l'], ['list']],
    [
      ['help', ''],
      ['list', 'verify', 'ifconfig', 'version', 'completion'],
    ],
    [['help', 'list', ''], []],
    [['nonsense', ''], []],
    [['nonsense', '-'], []],
    [['__complete', ''], []],
    [['x'], []],
    [[], ['list', 'verify', 'ifconfig', 'version', 'completion', 'help']],
  ])('is offered for %j', (argv, expected) => {
    expect(words(...argv)).toEqual(expected);
  });

  test('has what it does beside it', () => {
    expect(complete('lis')).toEqual({
      kind: 'words',
      candidates: [
        {
          value: 'list',
          describe: 'List the running, pending and terminating Pods that share a namespace of their node',
        },
      ],
    });
  });
});

describe('a flag', () => {
  test.each([
    [
      ['list', '--no'],
      ['--node', '--no-headers'],
    ],
    [['list', '--all'], ['--all-namespaces']],
    [['list', '-A', '--all'], []],
    [['list', '-A', '-A'], []],
    [['list', '-Aowide', '--all'], []],
    [['list', '-Aowide', '--out'], ['--output-watch-events']],
    [['list', '-A'], ['-A']],
    [['list', '-v'], ['-v']],
    [['list', '--v'], []],
    [['list', '--as-group', 'a', '--as-g'], ['--as-group']],
    [['list', '--shares', 'pid', '--sha'], ['--shares']],
    [['list', '--frobnicate', '--sor'], ['--sort-by']],
    [['list', '--', '-'], []],
    [
      ['version', '--cl'],
      ['--client', '--cluster', '--client-certificate', '--client-key'],
    ],
    [
      ['completion', '-'],
      ['-v', '--help', '-h'],
    ],
    [['--conte'], ['--context']],
    [
      ['help', 'version', '--clien'],
      ['--client', '--client-certificate', '--client-key'],
    ],
  ])('is offered for %j', (argv, expected) => {
    expect(words(...argv)).toEqual(expected);
  });

  test('is offered in both of its forms, with what it means', () => {
    const completion = complete('verify', '-');
    expect(completion).toMatchObject({
      candidates: expect.arrayContaining([
        {
          value: '--container',
          describe: 'the only container to exec into (default: every running one)',
        },
        { value: '-c', describe: 'the only container to exec into (default: every running one)' },
      ]) as unknown,
    });
  });

  test.each(
    commands.flatMap(({ name, flags }) =>
      Object.entries<Flag>(flags)
        .filter(([, { type }]) => type !== 'boolean')
        .map(([flag, { completes }]) => [name, flag, completes] as const),
    ),
  )('of %s that takes a value says how it is completed: --%s', (_name, _flag, completes) => {
    expect(completes).toBeDefined();
  });

  test.each(commands)('of $name that takes no value has none to complete', ({ flags }) => {
    const booleans = Object.values<Flag>(flags).filter(({ type }) => type === 'boolean');
    expect(booleans.filter(({ completes }) => completes !== undefined)).toEqual([]);
  });
});

describe('the value of a flag', () => {
  test.each([
    [
      ['list', '-o', ''],
      [
        ...['table', 'wide', 'json', 'yaml', 'name', 'jsonpath=', 'jsonpath-as-json=', 'jsonpath-file='],
        ...['custom-columns=', 'custom-columns-file='],
      ],
    ],
    [['list', '--output', 'ya'], ['yaml']],
    // The shells take what is behind the = for the word.
    [['list', '--output=ya'], ['yaml']],
    [['list', '-o=ya'], ['yaml']],
    [['list', '-oya'], ['-oyaml']],
    [['list', '-Aoya'], ['-Aoyaml']],
    [['list', '-Ao'], []],
    [['list', '-Ao', 'ya'], ['yaml']],
    [['list', '-A', '--no-headers', '-o', 'ya'], ['yaml']],
    [['list', '-o', '-'], []],
    [['verify', 'web', '-o', 'n'], []],
    [['ifconfig', 'web', '-o', 't'], ['text']],
    [
      ['version', '-o', ''],
      ['text', 'json'],
    ],
    [
      ['list', '--sort-by', '.metadata.n'],
      ['.metadata.name', '.metadata.namespace'],
    ],
    [
      ['verify', '--dry-run='],
      ['none', 'client', 'server'],
    ],
    [
      ['list', '--shares', ''],
      ['network', 'pid', 'ipc'],
    ],
    [['list', '--shares', 'network,pi'], ['network,pid']],
    [
      ['list', '--shares=network,'],
      ['network,pid', 'network,ipc'],
    ],
    [['list', '--shares', 'network,pid,ipc,'], []],
    [
      ['verify', '--expect', 'n'],
      ['network=host', 'network=own'],
    ],
    [['verify', '--expect=network=h'], ['network=host']],
    [
      ['verify', '--expect', 'network=host,pid=own,'],
      ['network=host,pid=own,ipc=host', 'network=host,pid=own,ipc=own'],
    ],
    // Which the shells could not take.
    [['verify', '--expect', 'network=host,pid=o'], []],
    [['list', '-l', 'app='], []],
    [['list', '--field-selector', ''], []],
    [['list', '--token', ''], []],
    [['list', '--request-timeout', ''], []],
    [['list', '--nonsense', ''], []],
    [['list', '--nonsense=a'], []],
    [['list', '--constructor=a'], []],
    [['list', '--no-headers='], []],
    [['list', '-A='], []],
    [['verify', '-c', ''], []],
    [['verify', 'a/b/c', '-c', ''], []],
    [['list', '-n', '..', '--node', ''], []],
    [['list', '--request-timeout', 'soon', '-n', ''], []],
  ])('is offered for %j', (argv, expected) => {
    expect(words(...argv)).toEqual(expected);
  });

  test.each(['--kubeconfig', '--certificate-authority', '--client-certificate', '--client-key'])(
    'of %s is a file',
    (flag) => {
      expect(complete('list', flag, '')).toEqual({ kind: 'files', extensions: [] });
      expect(complete('list', `${flag}=/e`)).toEqual({ kind: 'files', extensions: [] });
    },
  );

  test('of a flag for manifests is a file as kubectl offers it for its own -f', () => {
    const filename = { short: 'f', type: 'strings', completes: 'manifests', describe: '' } as const;
    const withFiles = commands.map((command) => ({ ...command, flags: { ...command.flags, filename } }));
    const manifests = { kind: 'files', extensions: ['json', 'yaml', 'yml'] };
    expect(completionOf(['list', '-f', 'a', '-f', ''], withFiles)).toEqual(manifests);
    expect(completionOf(['list', '--filename=./a'], withFiles)).toEqual(manifests);
    // The shells look for files by the whole word.
    expect(completionOf(['list', '-f./a'], withFiles)).toEqual({ kind: 'words', candidates: [] });
  });

  test.each([
    [['list', '-n', 'ku'], { wanted: { kind: 'namespaces' }, before: '', begin: 'ku' }],
    [['list', '-nku'], { wanted: { kind: 'namespaces' }, before: '-n', begin: 'ku' }],
    [['list', '-n=ku'], { wanted: { kind: 'namespaces' }, before: '', begin: 'ku' }],
    [['-n', ''], { wanted: { kind: 'namespaces' }, before: '', begin: '' }],
    [['verify', '--probe-namespace', ''], { wanted: { kind: 'namespaces' } }],
    [['list', '--node', 'kube-'], { wanted: { kind: 'nodes' }, begin: 'kube-' }],
    [['verify', '--all', '--node=kube-'], { wanted: { kind: 'nodes' }, begin: 'kube-' }],
    [['list', '--context', ''], { wanted: { kind: 'contexts' } }],
    [['list', '--cluster', ''], { wanted: { kind: 'clusters' } }],
    [['list', '--user', ''], { wanted: { kind: 'users' } }],
    [['verify', 'a', 'b', '-c', ''], { wanted: { kind: 'containers', pod: { kind: 'pod', name: 'a' } } }],
    [
      ['ifconfig', 'ds', 'proxy', '-c', ''],
      { wanted: { kind: 'containers', pod: { kind: 'workload', name: 'proxy' } } },
    ],
    [
      ['verify', '-c', 'x', 'deploy/web', '--container='],
      { wanted: { kind: 'containers', pod: { kind: 'workload', name: 'web' } } },
    ],
  ])('is asked for: %j', (argv, expected) => {
    expect(complete(...argv)).toMatchObject({ kind: 'live', except: [], unfinished: [], ...expected });
  });

  test('is asked for where the line says, as the user that the line says', () => {
    const flags = ['--context', 'prod', '--as=jane', '-nshop', '--kubeconfig', '/k', '--request-timeout=9s'];
    expect(complete(...flags, 'verify', '--node', '')).toMatchObject({
      connection: { context: 'prod', as: 'jane', namespace: 'shop', kubeconfig: '/k', requestTimeout: 9000 },
    });
  });
});

describe('a Pod', () => {
  const TYPES = [
    'pod/',
    'deployment/',
    'daemonset/',
    'statefulset/',
    'replicaset/',
    'replicationcontroller/',
    'job/',
  ];

  test.each([
    [['verify', ''], { wanted: { kind: 'pods' }, before: '', begin: '', except: [], unfinished: TYPES }],
    [['verify', 'd'], { begin: 'd', unfinished: ['deployment/', 'daemonset/'] }],
    [
      ['verify', 'web-1', 'po/web-2', 'ds/x', 'w'],
      { begin: 'w', except: ['web-1', 'web-2'], unfinished: [] },
    ],
    [['verify', 'a', 'pods/'], { wanted: { kind: 'pods' }, before: 'pods/', begin: '', except: ['a'] }],
    [
      ['verify', 'ds/x', 'deploy/x', 'x', 'ds/'],
      { wanted: { kind: 'workloads', workload: { resource: 'daemonsets' } }, before: 'ds/', except: ['x'] },
    ],
    [
      ['verify', 'Deployments.apps/w'],
      {
        wanted: { kind: 'workloads', workload: { resource: 'deployments' } },
        before: 'Deployments.apps/',
        begin: 'w',
      },
    ],
    [['verify', '--', '-'], { wanted: { kind: 'pods' }, begin: '-' }],
    [['verify', '-l', 'app=web', ''], { wanted: { kind: 'pods' } }],
    [['verify', '--all=false', '--node=', ''], { wanted: { kind: 'pods' } }],
    [['ifconfig', 'pod-'], { wanted: { kind: 'pods' }, begin: 'pod-', unfinished: [] }],
    // kubectl's TYPE NAME
    [
      ['verify', 'deployment', 'web', 'w'],
      {
        wanted: { kind: 'workloads', workload: { resource: 'deployments' } },
        before: '',
        begin: 'w',
        except: ['web'],
        unfinished: [],
      },
    ],
    [['verify', 'pods', ''], { wanted: { kind: 'pods' }, before: '', begin: '', except: [], unfinished: [] }],
    [['ifconfig', 'pod', 'w'], { wanted: { kind: 'pods' }, begin: 'w', unfinished: [] }],
  ])('is asked for: %j', (argv, expected) => {
    expect(complete(...argv)).toMatchObject({ kind: 'live', ...expected });
  });

  test.each([
    [['verify', '-A', '']],
    [['verify', '--all', '']],
    [['verify', '--node', 'kube-node-1', '']],
    [['verify', 'service/w']],
    [['verify', '-n', 'a/b', '']],
    [['ifconfig', 'web', '']],
    [['ifconfig', 'web', 'eth0', '']],
    [['ifconfig', 'pod', 'web', '']],
    [['list', '']],
    [['version', '']],
    [['completion', '']],
  ])('is none for %j', (argv) => {
    expect(complete(...argv)).toEqual({ kind: 'words', candidates: [] });
  });
});

test('__complete never refuses a line', () => {
  const pieces = [
    ...commands.map(({ name }) => name),
    ...Object.entries(groupedConnectionFlags).flatMap(([name, { short }]) => [
      `--${name}`,
      `-${short ?? 'x'}`,
    ]),
    ...[
      '',
      '-',
      '--',
      '=',
      '-=',
      '--=',
      '-o=',
      '--output=',
      '-A',
      '-Ao',
      ',',
      '/',
      'ds/',
      '..',
      'help',
      '\n',
      '\t',
    ],
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary' }))), (argv) => {
      expect(parse(['__complete', ...argv])).toMatchObject({ command: null, verbosity: 0 });
    }),
  );
});

test('__complete is shown nowhere', () => {
  expect(commands.map(({ name }) => name)).not.toContain('__complete');
  expect(() => parse(['list', '__complete'])).toThrow();
});
