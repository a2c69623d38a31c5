import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listCommand } from '../src/cli/list.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

describe('the README', () => {
  test('has the flags of list, as the help has them', () => {
    const rows = Object.entries(listCommand.flags)
      .filter(([name, { group }]) => group === undefined && !['v', 'help'].includes(name))
      .map(([name, { short, value, describe: text }]) => {
        const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
        return `| \`${flag}\` | ${text} |`;
      });
    const [, table] =
      /\| flag \| meaning \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(
        readme.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---'),
      ) ?? [];
    expect(table?.trimEnd().split('\n')).toEqual(rows);
  });

  test('has the two commands, each on a line of its own', () => {
    expect(readme).toMatch(/^npm ci && npm run demo\b/m);
    expect(readme).toMatch(/^npm ci && npm test\b/m);
  });
});
