import { describe, expect, test } from '@jest/globals';
import { duration } from '../../src/cli/connection.ts';
import { nearest } from '../../src/cli/nearest.ts';
import { commands, parse } from '../../src/cli/parse.ts';
import { UsageError } from '../../src/errors.ts';

describe('the command', () => {
  test.each([
    ['list', ['list']],
    ['list', ['-n', 'list', 'list']],
    ['list', ['-nfoo', 'list']],
    ['list', ['--namespace=foo', '-A', 'list']],
    ['version', ['--context', 'list', 'version', '--client']],
  ])('%s is found in %p', (name, argv) => {
    const { command, run } = parse(argv);
    expect([command?.name, typeof run]).toEqual([name, 'function']);
  });

  test.each([
    [null, []],
    [null, ['help']],
    [null, ['--help']],
    ['list', ['help', 'list']],
    ['list', ['list', '-h']],
    ['list', ['list', '--help', 'whatever']],
    ['list', ['list', 'help']],
    ['version', ['version', 'help']],
    ['completion', ['completion', 'help']],
  ])('%s has its help shown for %p', (name, argv) => {
    const { command, run } = parse(argv);
    expect([command?.name ?? null, run]).toEqual([name, null]);
  });

  test.each([
    [['lst'], 'unknown command "lst". Did you mean \'kubectl hostns list\'?'],
    [['frobnicate'], 'unknown command "frobnicate". Run \'kubectl hostns --help\' for the list of commands.'],
    [
      ['list', '--output', 'jsn'],
      'invalid value "jsn" for --output. Use table, wide, json, yaml, name. Did you mean json?',
    ],
    [['list', '--shares', 'network,uts'], 'invalid value "uts" for --shares. Use network, pid, ipc.'],
    [
      ['list', '--shares', 'Pids'],
      'invalid value "pids" for --shares. Use network, pid, ipc. Did you mean pid?',
    ],
    [['list', '--client'], 'unknown flag: --client. Did you mean --client-certificate?'],
    [
      ['list', 'web'],
      `list takes no arguments (got "web"). Run 'kubectl hostns verify web' to check this Pod, or 'kubectl hostns list --field-selector metadata.name=web'.`,
    ],
    [['list', '--sort-by', 'AGE'], /^invalid value "AGE" for --sort-by\. Use \.metadata\.name, /],
    [['list', '-v', 'high'], 'invalid value "high" for -v. Use a number from 0 to 10.'],
    [
      ['list', '--request-timeout', 'soon'],
      'invalid value "soon" for --request-timeout. Use a duration such as 10s, 2m or 1h30m.',
    ],
    [['version', 'now'], 'version takes no arguments (got "now").'],
  ])('%p is refused with a sentence', (argv, message) => {
    expect(() => parse(argv)).toThrow(UsageError);
    expect(() => parse(argv)).toThrow(message);
  });
});

test('no flag has the letter of another, and every example is a command line that is understood', () => {
  for (const command of commands) {
    const letters = Object.values(command.flags).flatMap(({ short }) => (short === undefined ? [] : [short]));
    expect(new Set(letters).size).toBe(letters.length);
    for (const { command: line } of command.examples) {
      const [kubectl, hostns, ...argv] = line.split(' ');
      expect([kubectl, hostns, parse(argv).command?.name]).toEqual(['kubectl', 'hostns', command.name]);
    }
  }
});

test.each([
  ['0', 0],
  ['5', 5000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1h30m', 5_400_000],
  ['500us', 1],
  ['1.005s', 1005],
  ['600h', 2 ** 31 - 1],
  ['9999999', 2 ** 31 - 1],
])('the duration %s is %p milliseconds', (value, milliseconds) => {
  expect(duration('--request-timeout', value)).toBe(milliseconds);
});

test.each([
  ['lst', 'list'],
  ['vers', 'version'],
  ['xyz', null],
  ['', null],
])('what was probably meant by %p is %p', (word, meant) => {
  expect(nearest(word, ['list', 'version'])).toBe(meant);
});
