import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { readBundledPackages } from '../../scripts/release/bundled-packages.ts';
import { writeLicences } from '../../scripts/release/licences.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostns-licences-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function install(folder: string, manifest: object, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    mkdirSync(dirname(join(root, folder, name)), { recursive: true });
    writeFileSync(join(root, folder, name), text);
  }
}

/** What esbuild says of a bundle that has so many bytes of each file. */
function metafile(bytes: Readonly<Record<string, number>>): Metafile {
  const inputs = Object.fromEntries(
    Object.entries(bytes).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
  );
  return { inputs: {}, outputs: { 'main.cjs': { bytes: 0, inputs, imports: [], exports: [] } } };
}

const mit = { license: 'MIT', version: '1.0.0' };

describe('the packages that the program holds code of', () => {
  test('are those with a byte in it, nested and scoped ones too, each once, in order', () => {
    install('node_modules/b', { ...mit, name: 'b' }, { LICENSE: 'of b' });
    install('node_modules/unused', { name: 'unused' }, {});
    install(
      'node_modules/b/node_modules/@x/a',
      { ...mit, name: '@x/a' },
      { 'license.md': 'of a', NOTICE: 'seen' },
    );
    install('node_modules/@x/a', { ...mit, name: '@x/a' }, { 'license.md': 'of a', NOTICE: 'seen' });
    const found = readBundledPackages(
      metafile({
        'node_modules/b/lib/index.js': 5,
        'node_modules/unused/index.js': 0,
        'node_modules/b/node_modules/@x/a/index.js': 1,
        'node_modules/@x/a/index.js': 1,
        'src/index.ts': 10,
      }),
      root,
    );
    expect(found).toEqual([
      { name: '@x/a', version: '1.0.0', licence: 'MIT', texts: ['seen', 'of a'] },
      { name: 'b', version: '1.0.0', licence: 'MIT', texts: ['of b'] },
    ]);
  });

  test('must have a permissive licence', () => {
    install('node_modules/c', { name: 'c', version: '2.0.0', license: 'GPL-3.0-only' }, { LICENSE: 'of c' });
    expect(() => readBundledPackages(metafile({ 'node_modules/c/index.js': 1 }), root)).toThrow(
      /^c 2\.0\.0 is bundled, and its licence \(GPL-3\.0-only\) is none of 0BSD, /,
    );
  });

  test('must name a licence', () => {
    install('node_modules/c', { name: 'c', version: '2.0.0' }, { LICENSE: 'of c' });
    expect(() => readBundledPackages(metafile({ 'node_modules/c/index.js': 1 }), root)).toThrow(
      '(none is named)',
    );
  });

  test.each([{ files: {} }, { files: { NOTICE: 'a notice is no licence' } }])(
    'must have a licence text: $files',
    ({ files }) => {
      install('node_modules/@x/c', { ...mit, name: '@x/c' }, files);
      expect(() => readBundledPackages(metafile({ 'node_modules/@x/c/index.js': 1 }), root)).toThrow(
        '@x/c 1.0.0 is bundled without a licence text: put it in scripts/release/licence-texts/@x__c.txt.',
      );
    },
  );

  test('may have it in this repository', () => {
    install('node_modules/proxy-agent-negotiate', { ...mit, name: 'proxy-agent-negotiate' }, {});
    const [found] = readBundledPackages(metafile({ 'node_modules/proxy-agent-negotiate/index.js': 1 }), root);
    expect(found?.texts[0]).toMatch(/^\(The MIT License\)\n\nCopyright \(c\) 2013 Nathan Rajlich/);
  });
});

test('THIRD-PARTY-LICENSES names each package before its texts, and Bun at the end', () => {
  const packages = [
    { name: 'b', version: '1.0.0', licence: 'MIT', texts: ['of b\r\nsecond line\n\n', 'a notice'] },
  ];
  expect(writeLicences(packages, { version: '1.4.5', licence: 'of Bun\n' })).toBe(
    [
      'kubectl-hostns is one executable: Bun, and a program that holds code of the packages below.',
      'Their licences follow; that of Bun, with those of its libraries, is the last.',
      '',
      '='.repeat(80),
      'b 1.0.0 (MIT)',
      '='.repeat(80),
      '',
      'of b',
      'second line',
      '',
      'a notice',
      '',
      '='.repeat(80),
      'Bun 1.4.5',
      '='.repeat(80),
      '',
      'of Bun',
      '',
    ].join('\n'),
  );
});
