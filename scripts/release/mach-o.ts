import type { ExecutableFile } from './elf.ts';
import { sliceOf } from './slice-of.ts';

/** Mach-O's own names, of <mach-o/loader.h>. */
const MH_MAGIC_64 = 0xfeedfacf;
const LC_SEGMENT_64 = 0x19;
export const LC_CODE_SIGNATURE = 0x1d;
const archOfCpu: Readonly<Record<number, 'amd64' | 'arm64'>> = { 0x01000007: 'amd64', 0x0100000c: 'arm64' };

/**
 * Reads an executable of macOS, 64 bit and for one kind of CPU.
 *
 * @returns undefined where the file is none
 * @throws RangeError where it is cut off
 */
export function readMachO(file: Buffer): ExecutableFile | undefined {
  if (!isMachO(file)) return undefined;
  return { os: 'darwin', arch: archOfCpu[file.readUInt32LE(4)], blob: readBlob(file) };
}

/** The load commands, each with the two words that it begins with. */
export function* loadCommands(file: Buffer): Generator<{ kind: number; command: Buffer }> {
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    const command = sliceOf(file, at, file.readUInt32LE(at + 4));
    yield { kind: file.readUInt32LE(at), command };
    at += command.length;
  }
}

export const isMachO = (file: Buffer): boolean => file.length >= 4 && file.readUInt32LE(0) === MH_MAGIC_64;

function readBlob(file: Buffer): Buffer | undefined {
  for (const { kind, command } of loadCommands(file)) {
    if (kind !== LC_SEGMENT_64 || nameAt(command, 8) !== 'NODE_SEA') continue;
    for (let section = 72, left = command.readUInt32LE(64); left > 0; section += 80, left -= 1) {
      if (nameAt(command, section) !== '__NODE_SEA_BLOB') continue;
      return sliceOf(file, command.readUInt32LE(section + 48), Number(command.readBigUInt64LE(section + 40)));
    }
  }
  return undefined;
}

const nameAt = (command: Buffer, at: number): string =>
  sliceOf(command, at, 16).toString('latin1').replace(/\0+$/, '');
