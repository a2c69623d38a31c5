import { afterAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack } from './pack.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hostns-package-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const { tarball, files } = pack(scratch);

/** A file of the package, as it is in the archive. */
function read(path: string): string {
  return execFileSync('tar', ['-xzOf', tarball, `package/${path}`], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

test('the package holds the program and what belongs to it, and nothing else', () => {
  expect(files.map(({ path }) => path).sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin/kubectl-hostns',
    'bin/package.json',
    'dist/THIRD-PARTY-LICENSES',
    'dist/main.cjs',
    'docs/schema/interface-list.schema.json',
    'docs/schema/sharing-manifest-list.schema.json',
    'docs/schema/sharing-pod-list.schema.json',
    'docs/schema/sharing-pod.schema.json',
    'docs/schema/verification-list.schema.json',
    'package.json',
  ]);
});

test('it holds the licences of what is bundled', () => {
  const licences = read('dist/THIRD-PARTY-LICENSES');
  const names = [...licences.matchAll(/^={80}\n(\S+) \S+ \(\S+\)$/gm)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining(['@kubernetes/client-node', 'ws', 'yargs']));
  expect(names).not.toContain('esbuild');
  expect(licences).toContain('Permission is hereby granted, free of charge');
});

test('nothing of it runs when it is installed, and nothing else is installed with it', () => {
  const run = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
  expect(Object.keys(manifest.scripts).filter((name) => run.includes(name))).toEqual([]);
  // Without binding.gyp, npm adds no install script of its own.
  expect(files.map(({ path }) => path)).not.toContain('binding.gyp');
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('optionalDependencies');
  expect(manifest).not.toHaveProperty('peerDependencies');
  expect(manifest).not.toHaveProperty('bundleDependencies');
});

test('publint finds nothing', async () => {
  const bytes = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
});
