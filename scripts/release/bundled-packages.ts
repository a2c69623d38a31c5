import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { permissive, type BundledPackage } from './licences.ts';
import { ReleaseError } from './release-error.ts';

const isLicence = /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i;

/** Licences of packages without one, from the repository of the package. */
const committedTexts = join(import.meta.dirname, 'licence-texts');

/**
 * Returns the npm packages whose code is in the program, sorted by name and version, each once.
 *
 * @param root directory that the paths of the metafile are relative to
 * @throws ReleaseError if one has no licence text, or no permissive licence
 */
export function readBundledPackages(metafile: Metafile, root: string): BundledPackage[] {
  const packages = new Map<string, BundledPackage>();
  for (const folder of foldersOf(metafile)) {
    const found = readPackage(join(root, folder));
    packages.set(`${found.name}@${found.version}`, found);
  }
  return [...packages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** Returns the directories of the packages with at least one byte in the output. */
function foldersOf(metafile: Metafile): Set<string> {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return new Set(folders);
}

function readPackage(folder: string): BundledPackage {
  const { name, version, licence } = readManifest(folder);
  if (licence === undefined || !permissive.includes(licence)) {
    throw new ReleaseError(
      `${name} ${version} is bundled, and its licence (${licence ?? 'none is named'}) is none of ${permissive.join(', ')}.`,
    );
  }
  const texts = readTexts(folder, name);
  if (texts.length === 0) {
    throw new ReleaseError(
      `${name} ${version} is bundled without a licence text: put it in scripts/release/licence-texts/${fileNameOf(name)}.`,
    );
  }
  return { name, version, licence, texts };
}

function readManifest(folder: string): { name: string; version: string; licence: string | undefined } {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifest as Record<string, unknown>; // Each is checked below.
  return {
    name: typeof name === 'string' ? name : basename(folder),
    version: typeof version === 'string' ? version : 'without a version',
    licence: typeof license === 'string' ? license : undefined,
  };
}

/** A notice alone is not a licence. */
function readTexts(folder: string, name: string): string[] {
  const files = readdirSync(folder).filter((file) => isLicence.test(file));
  const committed = join(committedTexts, fileNameOf(name));
  const paths = files.sort().map((file) => join(folder, file));
  if (files.every((file) => /^notice/i.test(file)) && existsSync(committed)) paths.unshift(committed);
  if (paths.every((path) => /^notice/i.test(basename(path)))) return [];
  return paths.map((path) => readFileSync(path, 'utf8'));
}

const fileNameOf = (name: string): string => `${name.replace('/', '__')}.txt`;
