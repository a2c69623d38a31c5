import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkIntegrity, pinOf } from './node-pins.ts';
import type { Platform } from './platforms.ts';
import { ReleaseError } from './release-error.ts';

/**
 * Fetches the npm packages of Node.js for some platforms, by the user's own npm, its settings and its cache.
 *
 * @param folder where the tarballs go
 * @throws ReleaseError where npm fails or a tarball is not the pinned one
 */
export function fetchNode(platforms: readonly Platform[], folder: string): Map<Platform, Buffer> {
  const pins = platforms.map((platform) => ({ platform, pin: pinOf(platform) }));
  const specs = pins.map(({ pin }) => `${pin.package}@${pin.version}`);
  const args = ['pack', ...specs, '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const npm = process.env['npm_execpath'];
  const { status, stderr, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { encoding: 'utf8' })
    : spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
    throw new ReleaseError(`npm could not fetch ${specs.join(', ')}: ${reason}`);
  }
  return new Map(
    pins.map(({ platform, pin }) => {
      const tarball = readFileSync(join(folder, `${pin.package}-${pin.version}.tgz`));
      checkIntegrity(tarball, pin);
      return [platform, tarball];
    }),
  );
}
