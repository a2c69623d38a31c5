import { checkCodeSignature } from './code-signature.ts';
import { directoryOf, type Platform } from './platforms.ts';
import { ReleaseError } from './release-error.ts';

/** Machine numbers of the file formats: elf(5), <mach/machine.h>, Microsoft's PE specification. */
const MACHINES = {
  linux: { amd64: 62, arm64: 183 },
  darwin: { amd64: 0x01000007, arm64: 0x0100000c },
  windows: { amd64: 0x8664, arm64: 0xaa64 },
} as const;

/** Path of the dynamic linker, which differs between musl and glibc. It is on the first page of an ELF file. */
const MUSL_LINKER = '/lib/ld-musl-';
const PAGE_BYTES = 4096;
/** Text of the program that Bun does not have. */
const PROGRAM = 'kubectl hostns list';

/**
 * Checks that a file is an executable for a platform, contains the program, and is signed if macOS requires it.
 *
 * @throws ReleaseError if it is not
 */
export function checkExecutable(file: Buffer, platform: Platform): void {
  const name = `The executable of ${directoryOf(platform)}`;
  if (machineOf(file, platform.os) !== MACHINES[platform.os][platform.arch]) {
    throw new ReleaseError(`${name} is for another platform.`);
  }
  if (
    platform.os === 'linux' &&
    file.subarray(0, PAGE_BYTES).includes(MUSL_LINKER) !== (platform.libc === 'musl')
  ) {
    throw new ReleaseError(`${name} is for another C library.`);
  }
  if (!file.includes(PROGRAM)) throw new ReleaseError(`${name} does not hold the program.`);
  if (platform.os !== 'darwin') return;
  const signature = checkCodeSignature(file);
  // Apple silicon runs nothing without a signature, Intel does.
  if (signature === 'none' && platform.arch === 'arm64') {
    throw new ReleaseError(`${name} has no code signature.`);
  }
  if (signature === 'broken') throw new ReleaseError(`${name} has a code signature of other bytes.`);
}

/** @returns undefined if the file has another format */
function machineOf(file: Buffer, os: Platform['os']): number | undefined {
  if (file.length < PAGE_BYTES) return undefined;
  switch (os) {
    case 'linux':
      return file.toString('latin1', 0, 6) === '\x7fELF\x02\x01' ? file.readUInt16LE(18) : undefined;
    case 'darwin':
      return file.readUInt32LE(0) === 0xfeedfacf ? file.readUInt32LE(4) : undefined;
    case 'windows': {
      if (file.toString('latin1', 0, 2) !== 'MZ') return undefined;
      const header = file.readUInt32LE(0x3c);
      const isPe = file.toString('latin1', header, header + 4) === 'PE\0\0';
      return isPe ? file.readUInt16LE(header + 4) : undefined;
    }
  }
}
