import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Runs npm in the repository; its standard output. What it says besides is in the error where it fails. */
export function npm(...args: readonly string[]): string {
  return execFileSync('npm', [...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
