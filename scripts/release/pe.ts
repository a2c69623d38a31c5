import type { ExecutableFile } from './elf.ts';
import { sliceOf } from './slice-of.ts';

/** The format's own names, of Microsoft's PE specification. */
const IMAGE_FILE_MACHINE_AMD64 = 0x8664;
const IMAGE_FILE_MACHINE_ARM64 = 0xaa64;
const PE32_PLUS = 0x20b;
const RT_RCDATA = 10;
const archOfMachine: Readonly<Record<number, 'amd64' | 'arm64'>> = {
  [IMAGE_FILE_MACHINE_AMD64]: 'amd64',
  [IMAGE_FILE_MACHINE_ARM64]: 'arm64',
};

/**
 * Reads an executable of Windows, 64 bit.
 *
 * @returns undefined where the file is none
 * @throws RangeError where it is cut off
 */
export function readPe(file: Buffer): ExecutableFile | undefined {
  if (file.subarray(0, 2).toString('latin1') !== 'MZ') return undefined;
  const header = file.readUInt32LE(0x3c);
  if (sliceOf(file, header, 4).toString('latin1') !== 'PE\0\0') return undefined;
  if (file.readUInt16LE(header + 24) !== PE32_PLUS) return undefined;
  return { os: 'windows', arch: archOfMachine[file.readUInt16LE(header + 4)], blob: readBlob(file, header) };
}

function readBlob(file: Buffer, header: number): Buffer | undefined {
  const resources = file.readUInt32LE(header + 24 + 112 + 2 * 8);
  if (resources === 0) return undefined;
  const base = fileOffset(file, header, resources);
  const type = entries(file, base, base).find(({ name }) => name === RT_RCDATA);
  const blob = type && entries(file, base, type.target).find(({ name }) => name === 'NODE_SEA_BLOB');
  const language = blob && entries(file, base, blob.target)[0];
  if (!language) return undefined;
  const address = file.readUInt32LE(language.target);
  return sliceOf(file, fileOffset(file, header, address), file.readUInt32LE(language.target + 4));
}

/** Where in the file what the program sees at an address is. */
function fileOffset(file: Buffer, header: number, address: number): number {
  const table = header + 24 + file.readUInt16LE(header + 20);
  for (let section = table, left = file.readUInt16LE(header + 6); left > 0; section += 40, left -= 1) {
    const start = file.readUInt32LE(section + 12);
    const size = file.readUInt32LE(section + 16);
    if (address >= start && address < start + size) return address - start + file.readUInt32LE(section + 20);
  }
  throw new RangeError(`no section holds address ${String(address)}`);
}

/** One folder of the tree of resources; a name is a text or a number. */
function entries(file: Buffer, base: number, folder: number): { name: string | number; target: number }[] {
  const count = file.readUInt16LE(folder + 12) + file.readUInt16LE(folder + 14);
  return Array.from({ length: count }, (_, i) => {
    const entry = folder + 16 + i * 8;
    const name = file.readUInt32LE(entry);
    return {
      name: isOffset(name) ? textAt(file, base + offsetOf(name)) : name,
      target: base + offsetOf(file.readUInt32LE(entry + 4)),
    };
  });
}

/** The highest bit tells an offset of a text or a folder. */
const isOffset = (word: number): boolean => word >= 0x80000000;
const offsetOf = (word: number): number => word % 0x80000000;

const textAt = (file: Buffer, at: number): string =>
  sliceOf(file, at + 2, file.readUInt16LE(at) * 2).toString('utf16le');
