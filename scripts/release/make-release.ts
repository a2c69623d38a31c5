import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };
import { bundle } from '../bundle.ts';
import { recordCodeCaches } from '../code-cache.ts';
import { asFunction, writeExecutable } from '../executable.ts';
import { packTarGz, packZip, type ArchiveFile } from './archive.ts';
import { readBundledPackages } from './bundled-packages.ts';
import { checkExecutable } from './check-executable.ts';
import { extractFile } from './extract-file.ts';
import { fetchNode } from './fetch-node.ts';
import { writeKrewManifest } from './krew-manifest.ts';
import { writeLicences } from './licences.ts';
import { checkNodeVersion } from './node-pins.ts';
import type { Options } from './options.ts';
import {
  archiveNameOf,
  executableNameOf,
  folderOf,
  isThisPlatform,
  platforms,
  type Platform,
} from './platforms.ts';
import { ReleaseError } from './release-error.ts';

const root = join(import.meta.dirname, '..', '..');
const output = join(root, 'dist', 'release');
const work = join(output, 'work');

/** Whose package gives Node.js' licence: it is the same in every package, but the one for Windows has none. */
const linux = platforms[0];

/** What each executable is made of, or checked against. */
interface Program {
  /** The bundle's file. */
  readonly main: string;
  readonly metafile: Metafile;
}

/**
 * Makes all of a release in dist/release, and writes krew-manifest.yaml.
 *
 * @param print takes a line for each archive
 * @throws ReleaseError where something is not as a release needs it
 */
export async function makeRelease(options: Options, print: (line: string) => void): Promise<void> {
  checkNodeVersion(packageJson.devDependencies.node, process.versions.node);
  const given = options.executables === undefined ? undefined : resolve(options.executables);
  const executables = given ?? join(output, 'executables');
  removeOldRelease(given === undefined);
  mkdirSync(work, { recursive: true });
  try {
    const main = join(work, 'main.cjs');
    const program = { main, metafile: await bundle(main) };
    if (given === undefined) await buildExecutables(program, executables);
    checkExecutables(program, executables, options);
    const licences = await licenceFiles(program);
    const archives = await writeArchives(executables, licences);
    for (const { line } of archives) print(line);
    writeManifest(archives);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** All that an earlier run left, but the executables where they may be the very ones that were asked for. */
function removeOldRelease(isBuilt: boolean): void {
  const names = platforms.map((platform) => archiveNameOf(platform, packageJson.version));
  const old = isBuilt ? [output] : ['work', 'SHA256SUMS', ...names].map((name) => join(output, name));
  for (const path of old) rmSync(path, { recursive: true, force: true });
}

async function buildExecutables({ main }: Program, executables: string): Promise<void> {
  for (const [platform, tarball] of fetchNode(platforms, work)) {
    const folder = join(executables, folderOf(platform));
    mkdirSync(folder, { recursive: true });
    const node = join(work, 'node');
    const name = platform.os === 'windows' ? 'node.exe' : 'node';
    writeFileSync(node, await extractFile(tarball, `package/bin/${name}`), { mode: 0o755 });
    writeExecutable({
      program: main,
      caches: isThis(platform) ? await recordCodeCaches(main) : new Map(),
      node,
      output: join(folder, executableNameOf(platform)),
    });
  }
}

function checkExecutables({ main }: Program, executables: string, options: Options): void {
  for (const platform of platforms) {
    checkExecutable(readExecutable(executables, platform), {
      platform,
      program: Buffer.from(asFunction(main), 'latin1'),
      hasCodeCache: options.executables === undefined ? isThis(platform) : undefined,
      isSigned: options.requireSignatures && platform.os === 'darwin',
    });
  }
}

async function licenceFiles({ metafile }: Program): Promise<ArchiveFile[]> {
  const [tarball = Buffer.of()] = fetchNode([linux], work).values();
  const licence = await extractFile(tarball, 'package/LICENSE');
  const node = { version: process.versions.node, licence: licence.toString('utf8') };
  const others = writeLicences(readBundledPackages(metafile, root), node);
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

async function writeArchives(executables: string, licences: readonly ArchiveFile[]): Promise<Archive[]> {
  const archives = await Promise.all(
    platforms.map(async (platform): Promise<Archive & { name: string }> => {
      const content = readExecutable(executables, platform);
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
  writeFileSync(file, writeKrewManifest(readFileSync(file, 'utf8'), { version, homepage, archives }));
}

function readExecutable(executables: string, platform: Platform): Buffer {
  const path = join(executables, folderOf(platform), executableNameOf(platform));
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ReleaseError(`There is no executable ${path} to pack.`, { cause: error });
  }
}

const isThis = (platform: Platform): boolean => isThisPlatform(platform, process.platform, process.arch);
