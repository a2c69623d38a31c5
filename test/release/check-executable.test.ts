import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkExecutable, type Expected, FUSE } from '../../scripts/release/check-executable.ts';
import { checkCodeSignature } from '../../scripts/release/code-signature.ts';
import type { Platform } from '../../scripts/release/platforms.ts';
import { madeBlob, madeElf, madeMachO, madePe } from './made-executables.ts';

interface Case {
  name: string;
  platform: Platform;
  make: (blob?: Buffer) => Buffer;
  other: Buffer;
}

const cases: Case[] = [
  {
    name: 'linux-amd64',
    platform: { os: 'linux', arch: 'amd64' },
    make: (blob) => madeElf(62, blob),
    other: madeElf(183),
  },
  {
    name: 'linux-arm64',
    platform: { os: 'linux', arch: 'arm64' },
    make: (blob) => madeElf(183, blob),
    other: madeElf(40),
  },
  {
    name: 'darwin-amd64',
    platform: { os: 'darwin', arch: 'amd64' },
    make: (blob) => madeMachO(0x01000007, blob),
    other: madeMachO(0x0100000c),
  },
  {
    name: 'darwin-arm64',
    platform: { os: 'darwin', arch: 'arm64' },
    make: (blob) => madeMachO(0x0100000c, blob),
    other: madeElf(183),
  },
  {
    name: 'windows-amd64',
    platform: { os: 'windows', arch: 'amd64' },
    make: (blob) => madePe(0x8664, blob),
    other: madePe(0xaa64),
  },
];

const check = (file: Buffer, platform: Platform, more: Partial<Expected> = {}): (() => void) => {
  const program = Buffer.from('the program');
  return () => {
    checkExecutable(file, { platform, program, hasCodeCache: false, isSigned: false, ...more });
  };
};

describe.each(cases)('the executable of $name', ({ name, platform, make, other }) => {
  test('is one for the platform, with the program within', () => {
    expect(check(make(madeBlob()), platform)).not.toThrow();
  });

  test('is not one for another machine or system', () => {
    expect(check(other, platform)).toThrow(/^The executable of \S+ is one of (linux|darwin|windows) on /);
  });

  test('is not Node.js alone', () => {
    expect(check(make(), platform)).toThrow(
      `The executable of ${name} has no NODE_SEA_BLOB: it is Node.js alone.`,
    );
  });

  test('does not run as Node.js alone', () => {
    expect(check(make(madeBlob({ fuse: FUSE.replace(/1$/, '0') })), platform)).toThrow(
      `The executable of ${name} would run as Node.js alone: its fuse is not set.`,
    );
  });

  test('is not one of another program', () => {
    expect(check(make(madeBlob({ main: 'the Program' })), platform)).toThrow(
      `The executable of ${name} holds another program than the one of this repository.`,
    );
  });

  test('has a code cache where it should have one, and only there', () => {
    const cached = make(madeBlob({ hasCodeCache: true }));
    expect(check(cached, platform)).toThrow(
      `The executable of ${name} has a code cache of another platform.`,
    );
    expect(check(cached, platform, { hasCodeCache: true })).not.toThrow();
    expect(check(cached, platform, { hasCodeCache: undefined })).not.toThrow();
    expect(check(make(madeBlob()), platform, { hasCodeCache: true })).toThrow(
      `The executable of ${name} has no code cache.`,
    );
  });

  test('is refused wherever it is cut off', () => {
    const whole = make(madeBlob());
    const needed = whole.length - '[]'.length - 8;
    for (let length = 0; length < needed; length += 1) {
      expect(check(whole.subarray(0, length), platform)).toThrow(
        / is (cut off: .*|no executable of 64 bits)\.$/,
      );
    }
  });
});

test('a blob that no segment of notes covers is not seen by Node.js', () => {
  const platform: Platform = { os: 'linux', arch: 'amd64' };
  expect(check(madeElf(62, madeBlob(), 1), platform)).toThrow(/has no NODE_SEA_BLOB/);
});

describe('the code signature of an executable of macOS', () => {
  const platform: Platform = { os: 'darwin', arch: 'arm64' };
  const signed = (): Buffer => madeMachO(0x0100000c, madeBlob({ main: 'the program' }), sign);

  test('is asked for only where it must be there', () => {
    const unsigned = madeMachO(0x0100000c, madeBlob());
    expect(check(unsigned, platform)).not.toThrow();
    expect(check(unsigned, platform, { isSigned: true })).toThrow(
      'The executable of darwin-arm64 has no code signature.',
    );
  });

  test('is good for the bytes that were signed', () => {
    expect(checkCodeSignature(signed())).toBe('valid');
    expect(check(signed(), platform, { isSigned: true })).not.toThrow();
  });

  test('is broken by any other byte before it', () => {
    const file = signed();
    const end = file.length - sign(Buffer.of()).length - 64;
    for (const at of [5, 200, end - 1]) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([at, checkCodeSignature(changed)]).toEqual([at, 'broken']);
    }
  });

  test('is broken where it is of less than the file', () => {
    const file = madeMachO(0x0100000c, madeBlob(), (code) => {
      return sign(code.subarray(0, 16), sign(code).length);
    });
    expect(check(file, platform, { isSigned: true })).toThrow(
      'The executable of darwin-arm64 has a code signature that is not of these bytes.',
    );
  });

  test('is broken where it says that it is of another length', () => {
    const file = signed();
    const limit = file.indexOf(Buffer.from('fade0c02', 'hex')) + 32;
    file.writeUInt32BE(file.readUInt32BE(limit) - 1, limit);
    expect(checkCodeSignature(file)).toBe('broken');
  });

  test('is broken where it holds no hashes at all', () => {
    expect(checkCodeSignature(madeMachO(0x0100000c, madeBlob(), () => Buffer.alloc(64)))).toBe('broken');
  });
});

/** As `codesign -s -` does, with pages of 256 bytes. */
function sign(code: Buffer, length = 0): Buffer {
  const pages = Math.ceil(code.length / 256);
  const directory = Buffer.alloc(44);
  directory.writeUInt32BE(0xfade0c02);
  directory.writeUInt32BE(44 + pages * 32, 4);
  directory.writeUInt32BE(44, 16);
  directory.writeUInt32BE(pages, 28);
  directory.writeUInt32BE(code.length, 32);
  directory.set([32, 2, 0, 8], 36);
  const hashes = Array.from({ length: pages }, (_, i) =>
    createHash('sha256')
      .update(code.subarray(i * 256, (i + 1) * 256))
      .digest(),
  );
  const head = Buffer.alloc(20);
  head.writeUInt32BE(0xfade0cc0);
  head.writeUInt32BE(head.length + directory.length + pages * 32, 4);
  head.writeUInt32BE(1, 8);
  head.writeUInt32BE(head.length, 16);
  const signature = Buffer.concat([head, directory, ...hashes]);
  return Buffer.concat([signature, Buffer.alloc(Math.max(0, length - signature.length))]);
}
