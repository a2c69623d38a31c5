import { sliceOf } from './slice-of.ts';

/** What an executable says of itself. */
export interface ExecutableFile {
  readonly os: 'linux' | 'darwin' | 'windows';
  /** Undefined where it is for a machine that no release is for. */
  readonly arch: 'amd64' | 'arm64' | undefined;
  /** The blob of the single executable application, where Node.js looks for it. */
  readonly blob: Buffer | undefined;
}

const archOfMachine: Readonly<Record<number, 'amd64' | 'arm64'>> = { 62: 'amd64', 183: 'arm64' };
const sectionOfNotes = 7;
const segmentOfNotes = 4;

/**
 * Reads an executable of Linux: elf(5), 64 bit and little-endian.
 *
 * @returns undefined where the file is none
 * @throws RangeError where it is cut off
 */
export function readElf(file: Buffer): ExecutableFile | undefined {
  if (file.subarray(0, 6).toString('latin1') !== '\x7fELF\x02\x01') return undefined;
  return { os: 'linux', arch: archOfMachine[file.readUInt16LE(18)], blob: readBlob(file) };
}

/** Node.js looks through the segments of notes, a tool through the sections: the blob must be in both. */
function readBlob(file: Buffer): Buffer | undefined {
  const segments = headers(file, { at: 32, size: 54 })
    .filter((header) => header.readUInt32LE(0) === segmentOfNotes)
    .map((header) => ({ from: uint64(header, 8), to: uint64(header, 8) + uint64(header, 32) }));
  const notes = headers(file, { at: 40, size: 58 })
    .filter((header) => header.readUInt32LE(4) === sectionOfNotes)
    .map((header) => ({ from: uint64(header, 24), to: uint64(header, 24) + uint64(header, 32) }))
    .filter((note) => segments.some((segment) => note.from >= segment.from && note.to <= segment.to));
  for (const { from, to } of notes) {
    const note = sliceOf(file, from, to - from);
    const nameLength = note.readUInt32LE(0);
    if (sliceOf(note, 12, nameLength).toString('latin1') !== 'NODE_SEA_BLOB\0') continue;
    return sliceOf(note, 12 + Math.ceil(nameLength / 4) * 4, note.readUInt32LE(4));
  }
  return undefined;
}

/** The headers of a table whose offset, size of a header and count stand in the file's own header. */
function headers(file: Buffer, { at, size }: { at: number; size: number }): Buffer[] {
  const offset = uint64(file, at);
  const each = file.readUInt16LE(size);
  return Array.from({ length: file.readUInt16LE(size + 2) }, (_, i) =>
    sliceOf(file, offset + i * each, each),
  );
}

const uint64 = (buffer: Buffer, offset: number): number => Number(buffer.readBigUInt64LE(offset));
