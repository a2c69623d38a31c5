import { createHash } from 'node:crypto';
import pinned from './node-executables.json' with { type: 'json' };
import type { Platform } from './platforms.ts';
import { ReleaseError } from './release-error.ts';

export interface NodePin {
  /** The npm package that holds the executable of Node.js for one platform. */
  readonly package: string;
  readonly version: string;
  /** As npm writes it: `sha512-` and base64. */
  readonly integrity: string;
}

/** @throws ReleaseError where no executable of Node.js is pinned for the platform */
export function pinOf({ os, arch }: Platform): NodePin {
  const found = pinned.executables.find((each) => each.os === os && each.arch === arch);
  if (!found)
    throw new ReleaseError(`scripts/release/node-executables.json has no Node.js for ${os} on ${arch}.`);
  return { package: found.package, version: pinned.version, integrity: found.integrity };
}

/**
 * The version that runs, the one of package.json and the pinned one must be one, for the blob that a Node.js
 * writes is good for that version alone.
 *
 * @param wanted the devDependency `node` of package.json, with its caret
 * @param running the version of the Node.js that runs this
 */
export function checkNodeVersion(wanted: string | undefined, running: string, pin = pinned.version): void {
  if (wanted?.replace(/^[\^~]/, '') !== pin) {
    throw new ReleaseError(
      `scripts/release/node-executables.json pins Node.js ${pin}, but package.json wants ${wanted ?? 'none'}.`,
    );
  }
  if (running !== pin) {
    throw new ReleaseError(
      `scripts/release/node-executables.json pins Node.js ${pin}, but ${running} runs: npm ci installs the right one.`,
    );
  }
}

/** @throws ReleaseError where the tarball is not the pinned one */
export function checkIntegrity(tarball: Uint8Array, pin: NodePin): void {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (integrity !== pin.integrity) {
    throw new ReleaseError(
      `The tarball of ${pin.package}@${pin.version} is not the one that scripts/release/node-executables.json pins: ` +
        `it has ${integrity} instead of ${pin.integrity}.`,
    );
  }
}
