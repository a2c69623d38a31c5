import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Machines of an ELF header (e_machine in elf.h), by the architecture of Node.js. */
const ELF_MACHINES: Readonly<Record<string, number>> = {
  arm: 40,
  arm64: 183,
  ia32: 3,
  loong64: 258,
  ppc64: 21,
  riscv64: 243,
  s390x: 22,
  x64: 62,
};
const MACH_O = [0xfe_ed_fa_ce, 0xfe_ed_fa_cf, 0xce_fa_ed_fe, 0xcf_fa_ed_fe, 0xca_fe_ba_be];
const HEADER_BYTES = 20;

/** The machine on which the program failed. */
export interface Machine {
  /** Values of process.platform and process.arch. */
  readonly platform: string;
  readonly arch: string;
  readonly path: string | undefined;
}

/**
 * Reports whether a command is a program for another machine. Node.js runs such a program as a shell script, and its
 * exit code 127 hides the "exec format error". Call this only after the command has failed: the kernel may know an
 * emulator for the program (binfmt_misc).
 */
export async function isForeignProgram(command: string, machine: Machine): Promise<boolean> {
  const directories = /[/\\]/.test(command) ? [''] : (machine.path ?? '').split(delimiter);
  for (const directory of directories) {
    const header = await readHeader(directory === '' ? command : join(directory, command));
    if (header !== null) return isForeignHeader(header, machine);
  }
  return false;
}

function isForeignHeader(header: Buffer, { platform, arch }: Machine): boolean {
  if (header.length < HEADER_BYTES) return false;
  const magic = header.readUInt32BE(0);
  if (magic === 0x7f_45_4c_46) {
    const isLittleEndian = header.readUInt8(5) === 1;
    const elfMachine = isLittleEndian ? header.readUInt16LE(18) : header.readUInt16BE(18);
    return platform !== 'linux' || elfMachine !== ELF_MACHINES[arch];
  }
  if (MACH_O.includes(magic)) return platform !== 'darwin';
  return header.toString('latin1', 0, 2) === 'MZ' && platform !== 'win32';
}

/** Returns null if the file cannot be read. */
async function readHeader(path: string): Promise<Buffer | null> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
