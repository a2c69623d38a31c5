import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkExecutable } from '../../scripts/release/check-executable.ts';
import { checkCodeSignature, withoutCodeSignature } from '../../scripts/release/code-signature.ts';
import { directoryOf, type Platform, platforms } from '../../scripts/release/platforms.ts';
import { madeElf, madeMachO, madePe } from './made-executables.ts';

const GLIBC = '/lib64/ld-linux-x86-64.so.2';
const MUSL = '/lib/ld-musl-x86_64.so.1';
const [AMD64, ARM64] = [0x01000007, 0x0100000c];

/** An executable of each platform, by its directory. */
const made: Readonly<Record<string, (text?: string) => Buffer>> = {
  'linux-amd64': (text) => madeElf(62, GLIBC, text),
  'linux-arm64': (text) => madeElf(183, GLIBC, text),
  'darwin-amd64': (text) => madeMachO(AMD64, undefined, text),
  'darwin-arm64': (text) => madeMachO(ARM64, sign, text),
  'windows-amd64': (text) => madePe(0x8664, text),
  'linux-amd64-musl': (text) => madeElf(62, MUSL, text),
  'linux-arm64-musl': (text) => madeElf(183, MUSL, text),
  'windows-arm64': (text) => madePe(0xaa64, text),
};

describe.each(platforms.map((platform) => ({ name: directoryOf(platform), platform })))(
  'the executable of $name',
  ({ name, platform }) => {
    test('is accepted, and that of no other platform is', () => {
      const accepted = Object.entries(made).filter(([, make]) => refusalOf(make(), platform) === null);
      expect(accepted.map(([other]) => other)).toEqual([name]);
    });

    test('must hold the program', () => {
      expect(refusalOf(made[name]?.('bun') ?? Buffer.of(), platform)).toBe(
        `The executable of ${name} does not hold the program.`,
      );
    });

    test('is refused where it is cut off', () => {
      const file = made[name]?.() ?? Buffer.of();
      for (const length of [0, 3, 40, 200, 4095]) {
        expect(refusalOf(file.subarray(0, length), platform)).toBe(
          `The executable of ${name} is for another platform.`,
        );
      }
    });
  },
);

function refusalOf(file: Buffer, platform: Platform): string | null {
  try {
    checkExecutable(file, platform);
    return null;
  } catch (error) {
    return (error as Error).message; // checkExecutable() throws nothing else.
  }
}

describe('the code signature of an executable for macOS', () => {
  const apple = platforms.find(({ os, arch }) => os === 'darwin' && arch === 'arm64');
  if (apple === undefined) throw new Error('There is a platform of Apple silicon.');

  test('must be there on Apple silicon', () => {
    expect(refusalOf(madeMachO(ARM64), apple)).toBe('The executable of darwin-arm64 has no code signature.');
  });

  test('is valid for the bytes that were signed', () => {
    expect(checkCodeSignature(madeMachO(ARM64, sign))).toBe('valid');
  });

  test('is broken by a change of any other byte', () => {
    const file = madeMachO(ARM64, sign);
    for (const at of [5, 200, 8191]) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([at, checkCodeSignature(changed)]).toEqual([at, 'broken']);
    }
    expect(refusalOf(Buffer.from(file).fill(1, 300, 301), apple)).toBe(
      'The executable of darwin-arm64 has a code signature of other bytes.',
    );
  });

  test('is broken where it covers less than the file, or has no hashes', () => {
    const short = madeMachO(ARM64, (code) => sign(code.subarray(0, 4096)));
    expect(checkCodeSignature(short)).toBe('broken');
    expect(checkCodeSignature(madeMachO(ARM64, () => Buffer.alloc(64)))).toBe('broken');
  });

  test('can be removed: the file is as it would be without one', () => {
    const unsigned = withoutCodeSignature(madeMachO(AMD64, sign));
    expect(checkCodeSignature(unsigned)).toBe('none');
    expect(unsigned.equals(madeMachO(AMD64))).toBe(true);
    expect(withoutCodeSignature(unsigned)).toBe(unsigned);
  });
});

/** An ad-hoc signature: a code directory with the SHA-256 of each 256 bytes. */
function sign(code: Buffer): Buffer {
  const pages = Math.ceil(code.length / 256);
  const directory = Buffer.alloc(44);
  directory.writeUInt32BE(0xfade0c02);
  directory.writeUInt32BE(44 + pages * 32, 4);
  directory.writeUInt32BE(44, 16);
  directory.writeUInt32BE(pages, 28);
  directory.writeUInt32BE(code.length, 32);
  directory.set([32, 2, 0, 8], 36);
  const hashes = Array.from({ length: pages }, (_, page) =>
    createHash('sha256')
      .update(code.subarray(page * 256, (page + 1) * 256))
      .digest(),
  );
  const head = Buffer.alloc(20);
  head.writeUInt32BE(0xfade0cc0);
  head.writeUInt32BE(head.length + directory.length + pages * 32, 4);
  head.writeUInt32BE(1, 8);
  head.writeUInt32BE(head.length, 16);
  return Buffer.concat([head, directory, ...hashes]);
}
