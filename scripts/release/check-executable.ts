import { checkCodeSignature } from './code-signature.ts';
import { readElf } from './elf.ts';
import { readMachO } from './mach-o.ts';
import { readPe } from './pe.ts';
import { folderOf, type Platform } from './platforms.ts';
import { ReleaseError, reasonOf } from './release-error.ts';
import { readSeaBlob } from './sea-blob.ts';

/** What tells Node.js that there is a blob to run (src/node_sea.cc); without a blob it ends with 0. */
export const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1';

export interface Expected {
  readonly platform: Platform;
  /** The program that must be within. */
  readonly program: Buffer;
  /** Whether it has a code cache; undefined where who built it is unknown. */
  readonly hasCodeCache: boolean | undefined;
  readonly isSigned: boolean;
}

/** @throws ReleaseError where a file is not the executable that it should be */
export function checkExecutable(file: Buffer, expected: Expected): void {
  const name = `The executable of ${folderOf(expected.platform)}`;
  try {
    checkFormat(file, name, expected);
  } catch (error) {
    // Not by instanceof: under jest the RangeError of Buffer is another one.
    if (!String(error).startsWith('RangeError')) throw error;
    throw new ReleaseError(`${name} is cut off: ${reasonOf(error)}.`, { cause: error });
  }
}

function checkFormat(
  file: Buffer,
  name: string,
  { platform, program, hasCodeCache, isSigned }: Expected,
): void {
  const found = readElf(file) ?? readMachO(file) ?? readPe(file);
  if (!found) throw new ReleaseError(`${name} is no executable of 64 bits.`);
  if (found.os !== platform.os || found.arch !== platform.arch) {
    throw new ReleaseError(`${name} is one of ${found.os} on ${found.arch ?? 'an unknown machine'}.`);
  }
  if (!found.blob) throw new ReleaseError(`${name} has no NODE_SEA_BLOB: it is Node.js alone.`);
  if (!file.includes(FUSE))
    throw new ReleaseError(`${name} would run as Node.js alone: its fuse is not set.`);
  const blob = readSeaBlob(found.blob);
  if (blob.program?.equals(program) !== true)
    throw new ReleaseError(`${name} holds another program than the one of this repository.`);
  if (hasCodeCache !== undefined && blob.hasCodeCache !== hasCodeCache) {
    throw new ReleaseError(
      `${name} ${hasCodeCache ? 'has no code cache' : 'has a code cache of another platform'}.`,
    );
  }
  if (!isSigned) return;
  const signature = checkCodeSignature(file);
  if (signature === 'none') throw new ReleaseError(`${name} has no code signature.`);
  if (signature === 'broken')
    throw new ReleaseError(`${name} has a code signature that is not of these bytes.`);
}
