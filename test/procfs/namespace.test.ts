import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialInodes, inodeOfFdinfo, parseNamespaceLink } from '../../src/procfs/namespace.ts';

describe('parseNamespaceLink', () => {
  test('returns kind and inode', () => {
    expect(parseNamespaceLink('net:[4026531833]\n')).toEqual({ kind: 'net', inode: initialInodes.net });
  });

  test.each([
    ['nothing', '', 'ns: no namespace'],
    ['another link', '/proc/1/ns/net', 'ns, line 1: "/proc/1/ns/net" is not a namespace'],
    ['no inode', 'net:[]', 'is not a namespace'],
    ['an inode of 2^32', 'net:[4294967296]', 'line 1: the inode 4294967296 is greater than 4294967295'],
    ['leading zeros', 'net:[04026531833]', 'line 1: the inode is "04026531833"'],
    ['text after it', 'net:[1] x', 'is not a namespace'],
    ['a kind in upper case', 'NET:[1]', 'is not a namespace'],
    ['a second one', 'net:[1]\nnet:[2]', 'line 2: a second namespace'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseNamespaceLink(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const kind = fc.constantFrom('cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts');
    fc.assert(
      fc.property(fc.record({ kind, inode: fc.nat(0xffffffff) }), (namespace) => {
        expect(parseNamespaceLink(`${namespace.kind}:[${String(namespace.inode)}]\n`)).toEqual(namespace);
      }),
    );
  });
});

test('initialInodes has the values of include/uapi/linux/nsfs.h', () => {
  expect(initialInodes).toEqual({
    ipc: 0xefffffff,
    uts: 0xeffffffe,
    user: 0xeffffffd,
    pid: 0xeffffffc,
    cgroup: 0xeffffffb,
    time: 0xeffffffa,
    net: 0xeffffff9,
    mnt: 0xeffffff8,
  });
});

describe('inodeOfFdinfo', () => {
  const before514 = 'pos:\t0\nflags:\t0100000\nmnt_id:\t3\n';

  test('returns the inode since Linux 5.14, and null before', () => {
    expect(inodeOfFdinfo(`${before514}ino:\t4026532751\n`)).toBe(4026532751);
    expect(inodeOfFdinfo(before514)).toBeNull();
    expect(inodeOfFdinfo('')).toBeNull();
  });

  test('accepts ino: only at the start of a line', () => {
    expect(inodeOfFdinfo(`${before514}inotify wd:1 ino:9e7e sdev:800013\n`)).toBeNull();
  });

  test.each([
    ['no number', 'ino:\n', 'fdinfo, line 1: the inode is ""'],
    ['a hexadecimal number', 'ino:\t0xf\n', 'line 1: the inode is "0xf"'],
    [
      'a number that is too large for JavaScript',
      'ino:\t9007199254740992\n',
      'line 1: the inode 9007199254740992 is greater than',
    ],
    ['a second inode', 'ino:\t1\nino:\t2\n', 'line 2: a second inode'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => inodeOfFdinfo(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (inode) => {
        expect(inodeOfFdinfo(`${before514}ino:\t${String(inode)}\n`)).toBe(inode);
      }),
    );
  });
});
