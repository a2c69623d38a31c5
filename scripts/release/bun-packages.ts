import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractFile } from './extract-file.ts';
import type { Platform } from './platforms.ts';
import { ReleaseError } from './release-error.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Pin {
  readonly name: string;
  readonly version: string;
  /** Integrity in the format of npm: `sha512-` and base64. */
  readonly integrity: string;
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/**
 * Returns the pinned package of Bun's executable for a platform. package-lock.json has the version and the SHA-512 of all of
 * them, since each is an optional dependency of the package `bun`.
 *
 * @throws ReleaseError if the lock file does not pin it
 */
export function pinOf({ bun }: Platform, lockFile = readLockFile()): Pin {
  const { version, integrity } = lockFile.packages[`node_modules/${bun}`] ?? {};
  if (version === undefined || integrity?.startsWith('sha512-') !== true) {
    throw new ReleaseError(`package-lock.json does not pin ${bun} by version and SHA-512.`);
  }
  return { name: bun, version, integrity };
}

function readLockFile(): LockFile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile; // npm wrote it.
}

/** Returns the name of Bun's executable in its package. */
const bunFileOf = ({ os }: Platform): string => `bin/bun${os === 'windows' ? '.exe' : ''}`;

/**
 * Returns the installed Bun of this platform, which npm has checked against package-lock.json.
 *
 * @throws ReleaseError if it is not installed
 */
export function installedBun(platform: Platform): string {
  const path = join(root, 'node_modules', platform.bun, bunFileOf(platform));
  if (!existsSync(path)) throw new ReleaseError(`${platform.bun} is not installed. Run npm ci.`);
  return path;
}

/**
 * Fetches Bun's executables for some platforms with the user's own npm, its settings and its cache.
 *
 * @param directory for the tarballs
 * @throws ReleaseError if npm fails or a tarball is not the pinned one
 */
export async function fetchBun(
  wanted: readonly Platform[],
  directory: string,
): Promise<ReadonlyMap<Platform, Buffer>> {
  const pins = wanted.map((platform) => ({ platform, pin: pinOf(platform) }));
  const specs = pins.map(({ pin }) => `${pin.name}@${pin.version}`);
  const args = ['pack', ...specs, '--ignore-scripts', '--loglevel=error', '--pack-destination', directory];
  const npm = process.env['npm_execpath'];
  const { status, stderr, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { encoding: 'utf8' })
    : spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
    throw new ReleaseError(`npm could not fetch ${specs.join(', ')}: ${reason}`);
  }
  const executables = new Map<Platform, Buffer>();
  for (const { platform, pin } of pins) {
    const name = `${pin.name.replace('@', '').replace('/', '-')}-${pin.version}.tgz`;
    const tarball = readFileSync(join(directory, name));
    checkIntegrity(tarball, pin);
    executables.set(platform, await extractFile(tarball, `package/${bunFileOf(platform)}`));
  }
  return executables;
}

/** @throws ReleaseError if the tarball is not the pinned one */
export function checkIntegrity(tarball: Uint8Array, { name, version, integrity }: Pin): void {
  const found = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (found !== integrity) {
    throw new ReleaseError(
      `The tarball of ${name}@${version} is not the one that package-lock.json pins: it has ${found} instead of ${integrity}.`,
    );
  }
}
