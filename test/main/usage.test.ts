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
      'The flag --output takes table, wide, json, yaml, name, not "jsn". Did you mean json?',
    ],
    [['list', '-o'], 'The flag -o needs a value.'],
    [
      ['list', '--shares', 'network,ipx'],
      'The flag --shares takes network, pid, ipc, not "ipx". Did you mean ipc?',
    ],
    [['list', '--no-headers=maybe'], 'The flag --no-headers is either true or false, not "maybe".'],
    [
      ['list', 'pod-1'],
      `list takes no arguments (got "pod-1"). Run 'kubectl hostns verify pod-1' to check this Pod, or 'kubectl hostns list --field-selector metadata.name=pod-1'.`,
    ],
    [
      ['list', '--request-timeout', 'soon'],
      'The flag --request-timeout takes a duration such as 10s, 2m or 1h30m, not "soon".',
    ],
    [['list', '-n', '..'], 'The namespace ".." is no name: it may neither be . or .. nor contain / or %.'],
    [['list', '-n', 'a/b'], 'The namespace "a/b" is no name: it may neither be . or .. nor contain / or %.'],
    [
      ['list', '-n', 'a%2fb'],
      'The namespace "a%2fb" is no name: it may neither be . or .. nor contain / or %.',
    ],
    [['list', '-v', 'loud'], 'The flag -v takes a number from 0 to 10, not "loud".'],
    [['get'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['get', 'pods', '-A'], 'unknown command "get". Did you mean \'kubectl hostns list\'?'],
    [['describe', 'web'], 'unknown command "describe". Did you mean \'kubectl hostns verify POD\'?'],
    [
      ['constructor'],
      'unknown command "constructor". Run \'kubectl hostns --help\' for the list of commands.',
    ],
    [['--version'], "unknown flag: --version. Run 'kubectl hostns version'."],
    [['verify', '-f', 'a.yaml'], "unknown flag: -f. Run 'kubectl hostns list -f FILE'."],
    [['verify', '-fa.yaml'], "unknown flag: -fa.yaml. Run 'kubectl hostns list -f FILE'."],
    [
      ['list', 'help'],
      'list takes no arguments (got "help"). Run \'kubectl hostns list --help\' for its help.',
    ],
    [
      ['list', 'pod/web', '-A'],
      `list takes no arguments (got "pod/web"). Run 'kubectl hostns verify web' to check this Pod, or 'kubectl hostns list -A --field-selector metadata.name=web'.`,
    ],
    [
      ['list', 'pods', 'web'],
      `list takes no arguments (got "pods web"). Run 'kubectl hostns verify web' to check this Pod, or 'kubectl hostns list --field-selector metadata.name=web'.`,
    ],
    [
      ['list', 'ds', 'web'],
      `list takes no arguments (got "ds web"). Run 'kubectl hostns verify ds/web' to check the Pods of a workload.`,
    ],
    [['verify', 'pods'], '"pods" is a type: name a Pod, or use --all for every Pod.'],
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
      /^error: The flag --sort-by does not know the field \.spec\.containers\. It takes \.metadata\.name, .* and \.metadata\.labels\.NAME\.\n$/,
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
