import { describe, expect, test } from '@jest/globals';
import { testCluster } from './cluster.ts';
import { run } from './run.ts';

const cluster = testCluster();

describe('wrong usage is explained, in one line, and the cluster is not asked', () => {
  test.each([
    [['lst'], 'unknown command "lst". Did you mean \'kubectl hostns list\'?'],
    [['frobnicate'], 'unknown command "frobnicate". Run \'kubectl hostns --help\' for the list of commands.'],
    [['list', '--all-namespace'], 'unknown flag: --all-namespace. Did you mean --all-namespaces?'],
    [['list', '--xyzzy'], "unknown flag: --xyzzy. Run 'kubectl hostns list --help' for the list of flags."],
    [['list', '-Z'], "unknown flag: -Z. Run 'kubectl hostns list --help' for the list of flags."],
    [['list', '-AZ'], "unknown flag: -Z. Run 'kubectl hostns list --help' for the list of flags."],
    [
      ['list', '-o', 'jsn'],
      'invalid value "jsn" for --output. Use table, wide, json, yaml, name. Did you mean json?',
    ],
    [['list', '-o'], 'The flag -o needs a value.'],
    [
      ['list', '--shares', 'network,ipx'],
      'invalid value "ipx" for --shares. Use network, pid, ipc. Did you mean ipc?',
    ],
    [['list', '--no-headers=maybe'], 'invalid value "maybe" for --no-headers. Use true or false.'],
    [
      ['list', 'pod-1'],
      `list takes no arguments (got "pod-1"). Run 'kubectl hostns verify pod-1' to check this Pod, or 'kubectl hostns list --field-selector metadata.name=pod-1'.`,
    ],
    [
      ['list', '--request-timeout', 'soon'],
      'invalid value "soon" for --request-timeout. Use a duration such as 10s, 2m or 1h30m.',
    ],
    [['list', '-n', '..'], 'invalid namespace "..": it must not be "." or ".." or contain "/" or "%"'],
    [['list', '-n', 'a/b'], 'invalid namespace "a/b": it must not be "." or ".." or contain "/" or "%"'],
    [['list', '-n', 'a%2fb'], 'invalid namespace "a%2fb": it must not be "." or ".." or contain "/" or "%"'],
    [['list', '-v', 'loud'], 'invalid value "loud" for -v. Use a number from 0 to 10.'],
    [['get'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [
      ['get', 'pods', '-Aowide', '-l', 'a in (b)'],
      'unknown command "get". Did you mean \'kubectl hostns list pods -Aowide -l "a in (b)"\'?',
    ],
    [['get', 'svc'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['get', '--token', 'secret'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['get', '--password=secret'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['get', '-s', 'https://me:secret@h'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['-nshop', 'pods'], 'unknown command "pods". Did you mean \'kubectl hostns -nshop list\'?'],
    [['ps', '-A'], 'unknown command "ps". Did you mean \'kubectl hostns list -A\'?'],
    [['lst', '-A'], 'unknown command "lst". Did you mean \'kubectl hostns list -A\'?'],
    [['ip', 'a'], 'unknown command "ip". Did you mean \'kubectl hostns ifconfig POD\'?'],
    [['describe'], 'unknown command "describe". Did you mean \'kubectl hostns verify POD\'?'],
    [
      ['describe', 'pod', 'web'],
      'unknown command "describe". Did you mean \'kubectl hostns verify pod web\'?',
    ],
    [
      ['list', '-v'],
      "The flag -v needs a value. Use -v=6 to see each request, or run 'kubectl hostns version' for the version.",
    ],
    [
      ['constructor'],
      'unknown command "constructor". Run \'kubectl hostns --help\' for the list of commands.',
    ],
    [['--version'], "unknown flag: --version. Run 'kubectl hostns version'."],
    [['verify', '-f', 'a.yaml'], "unknown flag: -f. Run 'kubectl hostns list -f FILE'."],
    [['verify', '-fa.yaml'], "unknown flag: -fa.yaml. Run 'kubectl hostns list -f FILE'."],
    [
      ['list', 'pod/web', '-A'],
      `list takes no arguments (got "pod/web"). Run 'kubectl hostns list -A --field-selector metadata.name=web' to find this Pod.`,
    ],
    [
      ['list', 'pod/web', '-n', 'shop'],
      `list takes no arguments (got "pod/web"). Run 'kubectl hostns verify web -n shop' to check this Pod, or 'kubectl hostns list -n shop --field-selector metadata.name=web'.`,
    ],
    [
      ['list', 'web', 'api'],
      `list takes no arguments (got "web api"). Run 'kubectl hostns verify web api' to check these Pods.`,
    ],
    [
      ['list', '-A', 'ds/web'],
      `list takes no arguments (got "ds/web"). Run 'kubectl hostns verify ds/web -n NAMESPACE' to check these Pods.`,
    ],
    [
      ['list', 'deployments', '-A'],
      `list takes no arguments (got "deployments"). Run 'kubectl hostns list -A -o wide' for the Pods and their owners.`,
    ],
    ...['pods,svc', 'svc/web', '-- -x', 'a/b/c', 'pod/', '..'].map(
      (word) =>
        [
          ['list', ...word.split(' ')],
          `list takes no arguments (got "${word.replace('-- ', '')}"). Run 'kubectl hostns list --help' for its flags.`,
        ] as const,
    ),
    [
      ['list', 'pods', 'web'],
      `list takes no arguments (got "pods web"). Run 'kubectl hostns verify web' to check this Pod, or 'kubectl hostns list --field-selector metadata.name=web'.`,
    ],
    [
      ['list', 'ds', 'web'],
      `list takes no arguments (got "ds web"). Run 'kubectl hostns verify ds/web' to check these Pods.`,
    ],
    [
      ['verify', 'pods'],
      `"pods" is a type, and no Pod is named. Run 'kubectl hostns verify --all' for every Pod, or 'kubectl hostns verify pod/pods' for a Pod of this name.`,
    ],
    [
      ['verify', 'po', '-A', '--node', 'n'],
      `"po" is a type, and no Pod is named. Run 'kubectl hostns verify --all -A --node n' for every Pod, or 'kubectl hostns verify pod/po' for a Pod of this name.`,
    ],
    [
      ['verify', 'pod', '-n', 'shop'],
      `"pod" is a type, and no Pod is named. Run 'kubectl hostns verify --all -n shop' for every Pod, or 'kubectl hostns verify pod/pod' for a Pod of this name.`,
    ],
    [['verify', 'pod', 'ds/web'], 'Give either TYPE NAME or TYPE/NAME: "pod" stands before "ds/web".'],
    [['version', 'now'], 'version takes no arguments (got "now").'],
  ])('%j', async (argv, message) => {
    expect(await cluster.run(argv)).toEqual({ code: 4, stdout: '', stderr: `error: ${message}\n` });
    expect(cluster.server.requests).toEqual([]);
  });

  test('a field that cannot be sorted by', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '--sort-by', '.spec.containers']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(
      /^error: invalid value "\.spec\.containers" for --sort-by\. Use \.metadata\.name, .* or \.metadata\.labels\.NAME\.\n$/,
    );
  });
});

describe('a program without arguments', () => {
  test('shows its commands', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: kubectl hostns COMMAND [flags]');
  });
});
