import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ifconfigCommand } from '../src/cli/ifconfig.ts';
import { listCommand } from '../src/cli/list.ts';
import { verifyCommand } from '../src/cli/verify.ts';

const root = join(import.meta.dirname, '..');

describe('docs/COMMAND.md', () => {
  test.each([listCommand, verifyCommand, ifconfigCommand])(
    'has the flags of $name with the text of the help',
    ({ name: command, flags }) => {
      const rows = Object.entries(flags)
        .filter(([name, { group }]) => group === undefined && !['v', 'help'].includes(name))
        .map(([name, { short, value, default: byDefault, describe: text }]) => {
          const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
          const shown = byDefault === undefined || name === 'output' ? text : `${text} (${byDefault})`;
          return `| \`${flag}\` | ${shown} |`;
        });
      const [, section = ''] = readFileSync(join(root, `docs/${command}.md`), 'utf8').split('## Flags\n');
      const [, table] =
        /\| flag \| meaning \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(
          section.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---'),
        ) ?? [];
      expect(table?.trimEnd().split('\n')).toEqual(rows);
    },
  );
});

describe('README.md', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');

  test('has the two commands, each on a line of its own', () => {
    expect(readme).toMatch(/^npm ci && npm run demo\b/m);
    expect(readme).toMatch(/^npm ci && npm test\b/m);
  });

  test('has at most 1,200 words', () => {
    expect(readme.split(/\s+/).length).toBeLessThanOrEqual(1200);
  });
});
