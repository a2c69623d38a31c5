import { createHash } from 'node:crypto';
import { LC_CODE_SIGNATURE, isMachO, loadCommands } from './mach-o.ts';
import { sliceOf } from './slice-of.ts';

export type CodeSignature = 'none' | 'broken' | 'valid';

/** The constants of Apple's osfmk/kern/cs_blobs.h; all of a signature is big-endian. */
const CSMAGIC_EMBEDDED_SIGNATURE = 0xfade0cc0;
const CSMAGIC_CODEDIRECTORY = 0xfade0c02;
const CS_HASHTYPE_SHA256 = 2;

/**
 * Whether an executable of macOS has a code signature that is of these very bytes: its code directory holds a
 * SHA-256 of each page, and all of the file up to the signature must be covered. An ad-hoc signature will do,
 * so whose it is is not asked.
 *
 * @throws RangeError where the file is cut off
 */
export function checkCodeSignature(file: Buffer): CodeSignature {
  if (!isMachO(file)) return 'none';
  for (const { kind, command } of loadCommands(file)) {
    if (kind !== LC_CODE_SIGNATURE) continue;
    const offset = command.readUInt32LE(8);
    const signature = sliceOf(file, offset, command.readUInt32LE(12));
    const directories = codeDirectories(signature);
    const areOfTheFile = directories.every((directory) => isOf(directory, file.subarray(0, offset)));
    return directories.length > 0 && areOfTheFile ? 'valid' : 'broken';
  }
  return 'none';
}

/** Those by SHA-256, which every macOS that Node.js runs on takes. */
function codeDirectories(signature: Buffer): Buffer[] {
  if (signature.readUInt32BE(0) !== CSMAGIC_EMBEDDED_SIGNATURE) return [];
  return Array.from({ length: signature.readUInt32BE(8) }, (_, i) => {
    const offset = signature.readUInt32BE(12 + i * 8 + 4);
    return sliceOf(signature, offset, signature.readUInt32BE(offset + 4));
  }).filter((blob) => blob.readUInt32BE(0) === CSMAGIC_CODEDIRECTORY && blob[37] === CS_HASHTYPE_SHA256);
}

function isOf(directory: Buffer, code: Buffer): boolean {
  const hashes = directory.readUInt32BE(16);
  const count = directory.readUInt32BE(28);
  const size = 2 ** directory.readUInt8(39);
  if (directory.readUInt32BE(32) !== code.length || count !== Math.ceil(code.length / size)) return false;
  for (let i = 0; i < count; i += 1) {
    const hash = createHash('sha256')
      .update(code.subarray(i * size, (i + 1) * size))
      .digest();
    if (!hash.equals(sliceOf(directory, hashes + i * 32, 32))) return false;
  }
  return true;
}
