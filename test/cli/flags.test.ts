import { describe, expect, test } from '@jest/globals';
import { Values } from '../../src/cli/command.ts';
import { help } from '../../src/cli/help.ts';
import { commands } from '../../src/cli/parse.ts';
import { UsageError } from '../../src/errors.ts';

/** Notes which flags a command asks for. */
class Watched extends Values {
  readonly asked = new Set<string>();

  override strings(name: string): readonly string[] {
    // The constructor of Values asks before there is anything to note it in.
    (this.asked as Set<string> | undefined)?.add(name);
    return super.strings(name);
  }
}

/** Flags that the parser reads for every command. */
const COMMON = ['v', 'help'];

/** Command lines that between them reach every flag of a command. */
const LINES: Readonly<Record<string, readonly (readonly (readonly [string, string])[])[]>> = {
  list: [[], [['filename', 'pods.yaml']]],
  verify: [
    [['all', 'true']],
    [
      ['all', 'true'],
      ['probe', 'true'],
    ],
  ],
  ifconfig: [[]],
  version: [[]],
  completion: [[]],
};

describe.each(commands)('the flags of $name', ({ name, flags, words, read }) => {
  test('are those that it reads: the help neither promises nor hides one', () => {
    const asked = new Set<string>();
    for (const line of LINES[name] ?? []) {
      const values = new Watched(line);
      try {
        read(values, words?.startsWith('POD') === true ? ['web-1'] : []);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
      }
      for (const flag of values.asked) asked.add(flag);
    }
    expect([...asked].sort()).toEqual(
      Object.keys(flags)
        .filter((flag) => !COMMON.includes(flag))
        .sort(),
    );
  });

  test('are all in its help, with what they take', async () => {
    const shown = await help(commands.find((command) => command.name === name) ?? null, 110);
    for (const [flag, { short, value }] of Object.entries(flags)) {
      const named = `${short === undefined ? '' : `-${short}, `}${flag.length === 1 ? '-' : '--'}${flag}`;
      expect(shown).toMatch(new RegExp(`^ +${named} +${value === undefined ? '' : `${value}: `}\\S`, 'm'));
    }
  });
});

test('the help of the program names every command', async () => {
  const shown = await help(null, 110);
  for (const { name, describe: text } of commands) {
    expect(shown).toContain(`kubectl hostns ${name}`);
    expect(shown.replace(/\s+/g, ' ')).toContain(text);
  }
});
