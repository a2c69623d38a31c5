import { createHash } from 'node:crypto';

export type CodeSignature = 'none' | 'broken' | 'valid';

/** Names of <mach-o/loader.h>. */
const MH_MAGIC_64 = 0xfeedfacf;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const HEADER_BYTES = 32;

/** Constants of Apple's osfmk/kern/cs_blobs.h. A signature is big-endian. */
const CSMAGIC_EMBEDDED_SIGNATURE = 0xfade0cc0;
const CSMAGIC_CODEDIRECTORY = 0xfade0c02;
const CS_HASHTYPE_SHA256 = 2;

/**
 * Checks that the code signature of an executable for macOS matches its bytes: the code directory has a SHA-256 of
 * each page, and must cover all of the file up to the signature. An ad-hoc signature is enough: it does not say who
 * signed.
 *
 * @throws RangeError if the file is truncated
 */
export function checkCodeSignature(file: Buffer): CodeSignature {
  if (file.readUInt32LE(0) !== MH_MAGIC_64) return 'none';
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

/** The code directories with SHA-256, which every macOS that Bun supports accepts. */
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

/**
 * Removes the code signature, which is the end of the file, as `codesign --remove-signature` does.
 *
 * @throws RangeError if the file is truncated
 */
export function withoutCodeSignature(file: Buffer): Buffer {
  const [signature] = [...loadCommands(file)].filter(({ kind }) => kind === LC_CODE_SIGNATURE);
  if (signature === undefined) return file;
  const { at, command } = signature;
  const end = command.readUInt32LE(8);
  const unsigned = Buffer.from(file.subarray(0, end));
  // The commands behind it move up.
  const commandsEnd = HEADER_BYTES + unsigned.readUInt32LE(20);
  unsigned.copyWithin(at, at + command.length, commandsEnd);
  unsigned.fill(0, commandsEnd - command.length, commandsEnd);
  unsigned.writeUInt32LE(unsigned.readUInt32LE(16) - 1, 16);
  unsigned.writeUInt32LE(unsigned.readUInt32LE(20) - command.length, 20);
  for (const { kind, command: segment } of loadCommands(unsigned)) {
    if (kind !== LC_SEGMENT_64 || !segment.toString('latin1', 8, 24).startsWith('__LINKEDIT\0')) continue;
    segment.writeBigUInt64LE(BigInt(end) - segment.readBigUInt64LE(40), 48);
  }
  return unsigned;
}

/** The load commands, each with its offset in the file and its kind. */
function* loadCommands(file: Buffer): Generator<{ at: number; kind: number; command: Buffer }> {
  let at = HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    const command = sliceOf(file, at, file.readUInt32LE(at + 4));
    yield { at, kind: file.readUInt32LE(at), command };
    at += command.length;
  }
}

/** @throws RangeError if the file ends before the part. subarray() would silently return less */
function sliceOf(file: Buffer, from: number, length: number): Buffer {
  if (from + length > file.length) throw new RangeError(`it ends before byte ${String(from + length)}`);
  return file.subarray(from, from + length);
}
