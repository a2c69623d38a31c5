import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };
import { bundle } from '../bundle.ts';
import { writeExecutable } from '../executable.ts';
import { packTarGz, packZip, type ArchiveFile } from './archive.ts';
import { readBundledPackages } from './bundled-packages.ts';
import { fetchBun } from './bun-packages.ts';
import { checkExecutable } from './check-executable.ts';
import { writeKrewManifest } from './krew-manifest.ts';
import { writeLicences } from './licences.ts';
import { archiveNameOf, directoryOf, executableNameOf, platforms, type Platform } from './platforms.ts';

const root = join(import.meta.dirname, '..', '..');
const output = join(root, 'dist', 'release');
const work = join(output, 'work');

/** Licence of Bun, from its repository, because its npm packages have none. */
const bunLicence = join(import.meta.dirname, 'licence-texts', 'bun.txt');

/**
 * Writes a release to dist/release, and updates krew-manifest.yaml.
 *
 * @param print prints a line for each archive
 * @throws ReleaseError if a part of the release is invalid
 */
export async function makeRelease(print: (line: string) => void): Promise<void> {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const program = join(work, 'main.cjs');
    const metafile = await bundle(program);
    const executables = await buildExecutables(program);
    const archives = await writeArchives(executables, licenceFiles(metafile));
    for (const { line } of archives) print(line);
    writeManifest(archives);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function buildExecutables(program: string): Promise<ReadonlyMap<Platform, Buffer>> {
  const executables = new Map<Platform, Buffer>();
  for (const [platform, bun] of await fetchBun(platforms, work)) {
    const directory = join(output, 'executables', directoryOf(platform));
    mkdirSync(directory, { recursive: true });
    const path = join(directory, executableNameOf(platform));
    writeExecutable({ program, platform, bun, output: path });
    const content = readFileSync(path);
    checkExecutable(content, platform);
    executables.set(platform, content);
  }
  return executables;
}

function licenceFiles(metafile: Metafile): readonly ArchiveFile[] {
  const bun = { version: packageJson.devDependencies.bun, licence: readFileSync(bunLicence, 'utf8') };
  const others = writeLicences(readBundledPackages(metafile, root), bun);
  return [
    { name: 'LICENSE', mode: 0o644, content: readFileSync(join(root, 'LICENSE')) },
    { name: 'THIRD-PARTY-LICENSES', mode: 0o644, content: Buffer.from(others) },
  ];
}

interface Archive {
  readonly platform: Platform;
  readonly sha256: string;
  readonly line: string;
}

async function writeArchives(
  executables: ReadonlyMap<Platform, Buffer>,
  licences: readonly ArchiveFile[],
): Promise<readonly Archive[]> {
  const archives = await Promise.all(
    [...executables].map(async ([platform, content]): Promise<Archive & { name: string }> => {
      const files = [{ name: executableNameOf(platform), mode: 0o755, content } as const, ...licences];
      const archive = platform.os === 'windows' ? await packZip(files) : await packTarGz(files);
      const name = archiveNameOf(platform, packageJson.version);
      writeFileSync(join(output, name), archive);
      const sha256 = createHash('sha256').update(archive).digest('hex');
      return {
        platform,
        name,
        sha256,
        line: `${name} ${(archive.length / 2 ** 20).toFixed(1)} MiB ${sha256}`,
      };
    }),
  );
  const sums = archives.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  writeFileSync(join(output, 'SHA256SUMS'), sums.join(''));
  return archives;
}

function writeManifest(archives: readonly Archive[]): void {
  const file = join(root, 'krew-manifest.yaml');
  const { version, homepage } = packageJson;
  const known = archives.filter(({ platform }) => platform.isInKrew);
  const manifest = writeKrewManifest(readFileSync(file, 'utf8'), { version, homepage, archives: known });
  writeFileSync(file, manifest);
}
