import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { isForeignProgram } from '../../../src/kube/auth/foreign-program.ts';

const directory = mkdtempSync(join(tmpdir(), 'hostns-program-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** The beginning of an ELF file for a machine. */
function elf(machine: number, isLittleEndian = true): Buffer {
  const header = Buffer.alloc(64);
  header.write('\u007fELF', 'latin1');
  header.writeUInt8(2, 4);
  header.writeUInt8(isLittleEndian ? 1 : 2, 5);
  if (isLittleEndian) header.writeUInt16LE(machine, 18);
  else header.writeUInt16BE(machine, 18);
  return header;
}

const MACH_O = Buffer.from('cffaedfe0c00000100000000020000001000000000000000', 'hex');
const PE = Buffer.from(`MZ${'\0'.repeat(62)}`);

test.each([
  ['an amd64 program on amd64', elf(62), 'linux', 'x64', false],
  ['an arm64 program on amd64', elf(183), 'linux', 'x64', true],
  ['an amd64 program on arm64', elf(62), 'linux', 'arm64', true],
  ['an s390x program on s390x', elf(22, false), 'linux', 's390x', false],
  ['a Linux program on macOS', elf(183), 'darwin', 'arm64', true],
  ['a macOS program on Linux', MACH_O, 'linux', 'x64', true],
  ['a macOS program on macOS', MACH_O, 'darwin', 'arm64', false],
  ['a Windows program on Linux', PE, 'linux', 'x64', true],
  ['a shell script', Buffer.from('#!/bin/sh\nexit 127\n# and more'), 'linux', 'x64', false],
  ['an empty file', Buffer.alloc(0), 'linux', 'x64', false],
  ['half a header', elf(183).subarray(0, 12), 'linux', 'x64', false],
] as const)('%s', async (_, content, platform, arch, isForeign) => {
  const path = join(directory, 'program');
  writeFileSync(path, content);
  expect(await isForeignProgram(path, { platform, arch, path: '' })).toBe(isForeign);
  // The first of this name on PATH.
  const onPath = `/nowhere:${directory}`;
  expect(await isForeignProgram('program', { platform, arch, path: onPath })).toBe(isForeign);
});

test('a command that is not on PATH is not a foreign program', async () => {
  expect(await isForeignProgram('no-such-program', { platform: 'linux', arch: 'x64', path: directory })).toBe(
    false,
  );
});
