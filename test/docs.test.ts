import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeBlocksOf } from './support/console-blocks.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'docs/generated', '.github', '.github/ISSUE_TEMPLATE', 'test/cluster']
    .filter((directory) => existsSync(join(root, directory)))
    .flatMap((directory) =>
      readdirSync(join(root, directory))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `${directory}/${name}`),
    ),
];

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  test('links only to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !isThere(page, link))).toEqual([]);
  });

  test('names only source files that exist', () => {
    const paths = [...text.matchAll(/`((?:src|test|scripts|docs|examples)\/[\w./-]*\w\/?)`/g)]
      .map(([, path = '']) => path)
      // test/fuzz/cases/TARGET has a part that the reader fills in.
      .filter((path) => !/[A-Z]{4}/.test(path));
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('the tutorial', () => {
  const [english, chinese] = ['tutorial.md', 'tutorial.zh-CN.md'].map((page) =>
    codeBlocksOf(readFileSync(join(root, 'docs', page), 'utf8')),
  );

  test('has the same code blocks in English and in Chinese', () => {
    expect(chinese).toEqual(english);
  });

  test('has commands only in console blocks, which test/cluster/tutorial.test.ts runs', () => {
    expect(new Set(english?.map(({ language }) => language))).toEqual(new Set(['text', 'console']));
  });
});

test('.nvmrc names the Node.js that npm run uses', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: { readonly node: string };
  };
  expect(devDependencies.node).toMatch(
    new RegExp(`^\\^${readFileSync(join(root, '.nvmrc'), 'utf8').trim()}\\.`),
  );
});

function isThere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const file = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(file)) return false;
  return heading === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(heading);
}

/** Returns the anchors of the headings, as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}
