import { FUSE } from '../../scripts/release/check-executable.ts';

/** The least that is an executable of each platform, with a blob within where one is given. */

/** What `node --build-sea` puts into an executable, and the fuse, which may be anywhere in the file. */
export function madeBlob({ main = 'the program', hasCodeCache = false, fuse = FUSE } = {}): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32LE(0x0143da20);
  head.writeUInt32LE(hasCodeCache ? 0b11101 : 0b11001, 4);
  const cache = hasCodeCache ? [withLength('a cache')] : [];
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(1n);
  return Buffer.concat([
    head,
    withLength('executable.cjs'),
    withLength(`the loader ${fuse}`),
    ...cache,
    count,
    withLength('main.cjs'),
    withLength(main),
    withLength('[]'),
  ]);
}

function withLength(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text)]);
}

/** A header, one segment and one section of notes, and the note. */
export function madeElf(machine: number, blob?: Buffer, segmentType = 4): Buffer {
  const file = Buffer.alloc(64 + 56 + 64);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(120n, 40);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(blob ? 1 : 0, 56);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(blob ? 1 : 0, 60);
  if (!blob) return file;
  const note = Buffer.alloc(12 + 16);
  note.writeUInt32LE(14, 0);
  note.writeUInt32LE(blob.length, 4);
  note.write('NODE_SEA_BLOB', 12);
  const length = BigInt(note.length + blob.length);
  file.writeUInt32LE(segmentType, 64);
  file.writeBigUInt64LE(BigInt(file.length), 64 + 8);
  file.writeBigUInt64LE(length, 64 + 32);
  file.writeUInt32LE(7, 120 + 4);
  file.writeBigUInt64LE(BigInt(file.length), 120 + 24);
  file.writeBigUInt64LE(length, 120 + 32);
  return Buffer.concat([file, note, blob]);
}

/** A header, the segment NODE_SEA and, where a signature is given, the command that tells of it. */
export function madeMachO(cpu: number, blob?: Buffer, signature?: (code: Buffer) => Buffer): Buffer {
  const segment = Buffer.alloc(72 + 80);
  segment.writeUInt32LE(0x19);
  segment.writeUInt32LE(segment.length, 4);
  segment.write(blob ? 'NODE_SEA' : '__TEXT', 8);
  segment.writeUInt32LE(1, 64);
  segment.write('__NODE_SEA_BLOB', 72);
  const command = Buffer.alloc(signature ? 16 : 0);
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf);
  header.writeUInt32LE(cpu, 4);
  header.writeUInt32LE(signature ? 2 : 1, 16);
  const start = header.length + segment.length + command.length;
  segment.writeBigUInt64LE(BigInt(blob?.length ?? 0), 72 + 40);
  segment.writeUInt32LE(start, 72 + 48);
  const content = blob ?? Buffer.of();
  if (!signature) return Buffer.concat([header, segment, content]);
  command.writeUInt32LE(0x1d);
  command.writeUInt32LE(16, 4);
  command.writeUInt32LE(start + content.length, 8);
  command.writeUInt32LE(signature(Buffer.alloc(start + content.length)).length, 12);
  const code = Buffer.concat([header, segment, command, content]);
  return Buffer.concat([code, signature(code)]);
}

/** A header, one section, and in it the three folders of the one resource. */
export function madePe(machine: number, blob?: Buffer): Buffer {
  const base = 0x200;
  const address = 0x1000;
  const file = Buffer.alloc(base + 0x100);
  file.write('MZ');
  file.writeUInt32LE(0x40, 0x3c);
  file.write('PE\0\0', 0x40);
  file.writeUInt16LE(machine, 0x44);
  file.writeUInt16LE(1, 0x46);
  file.writeUInt16LE(240, 0x54);
  file.writeUInt16LE(0x20b, 0x58);
  if (!blob) return file;
  file.writeUInt32LE(address, 0x58 + 112 + 16);
  const section = 0x58 + 240;
  file.writeUInt32LE(address, section + 12);
  file.writeUInt32LE(0x100 + blob.length, section + 16);
  file.writeUInt32LE(base, section + 20);
  const folder = (at: number, isNamed: boolean, name: number, target: number): void => {
    file.writeUInt16LE(1, base + at + (isNamed ? 12 : 14));
    file.writeUInt32LE(name, base + at + 16);
    file.writeUInt32LE(target, base + at + 20);
  };
  const text = Buffer.from('NODE_SEA_BLOB', 'utf16le');
  folder(0, false, 10, 0x80000000 + 0x20);
  folder(0x20, true, 0x80000000 + 0x80, 0x80000000 + 0x40);
  folder(0x40, false, 0, 0x60);
  file.writeUInt32LE(address + 0x100, base + 0x60);
  file.writeUInt32LE(blob.length, base + 0x64);
  file.writeUInt16LE(text.length / 2, base + 0x80);
  text.copy(file, base + 0x82);
  return Buffer.concat([file, blob]);
}
