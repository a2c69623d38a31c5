import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packTarGz, packZip, type ArchiveFile } from '../../scripts/release/archive.ts';
import { readTarGz, readZip } from './read-archive.ts';

const files: ArchiveFile[] = [
  { name: 'kubectl-hostns', mode: 0o755, content: Buffer.from('the executable'.repeat(10_000)) },
  { name: 'LICENSE', mode: 0o644, content: Buffer.from('the licence') },
];

describe.each([
  { kind: 'tar.gz', make: packTarGz, read: readTarGz, stamp: '0 0   1980-01-01T00:00:00.000Z' },
  { kind: 'zip', make: packZip, read: readZip, stamp: '33 0' },
])('a $kind', ({ make, read, stamp }) => {
  test('is the same bytes in another time zone, with another umask, at another time', async () => {
    const script =
      `process.umask(0o077); const { packTarGz, packZip } = await import(${JSON.stringify(archiveModule)});` +
      `const archive = await ${make.name}([{ name: 'LICENSE', mode: 0o644, content: Buffer.from('the licence') }]);` +
      `process.stdout.write(archive.toString('hex'));`;
    const elsewhere = (TZ: string): string =>
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...process.env, TZ },
        encoding: 'utf8',
      });
    const here = (await make(files.slice(1))).toString('hex');
    expect(elsewhere('Pacific/Kiritimati')).toBe(here);
    expect(elsewhere('America/Los_Angeles')).toBe(here);
  });

  test('gives back the files, in their order, with their modes', async () => {
    const entries = await read(await make(files));
    expect(entries.map(({ name, mode, kind }) => ({ name, mode, kind }))).toEqual([
      { name: 'kubectl-hostns', mode: 0o755, kind: 'file' },
      { name: 'LICENSE', mode: 0o644, kind: 'file' },
    ]);
    expect(entries.map(({ content }) => content.toString())).toEqual(
      files.map(({ content }) => content.toString()),
    );
  });

  test('is of nobody and of no day', async () => {
    for (const entry of await read(await make(files))) expect(entry.stamp).toBe(stamp);
  });
});

const archiveModule = join(import.meta.dirname, '../../scripts/release/archive.ts');

test('the gzip has neither a name nor a time', async () => {
  const archive = await packTarGz(files);
  expect([archive[3], archive.readUInt32LE(4)]).toEqual([0, 0]);
});
