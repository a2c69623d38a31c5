import { describe, expect, test } from '@jest/globals';
import { testCluster } from './cluster.ts';
import { run } from './run.ts';

const cluster = testCluster();

describe('wrong usage is explained, in one line, and the cluster is not asked', () => {
  test.each([
    [['lst'], 'There is no command "lst". Did you mean list?'],
    [
      ['frobnicate'],
      'There is no command "frobnicate". There are list, verify, ifconfig, version, completion.',
    ],
    [['list', '--all-namespace'], 'There is no flag --all-namespace. Did you mean --all-namespaces?'],
    [['list', '--xyzzy'], 'There is no flag --xyzzy. --help shows those that there are.'],
    [['list', '-Z'], 'There is no flag -Z. --help shows those that there are.'],
    [['list', '-AZ'], 'There is no flag -Z. --help shows those that there are.'],
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
      'The command list takes no Pod names. To find one Pod: kubectl hostns list --field-selector metadata.name=pod-1',
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
    [['version', 'now'], 'The command version takes no arguments, and "now" is one.'],
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
