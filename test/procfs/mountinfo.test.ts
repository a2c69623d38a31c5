import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMountinfo } from '../../src/procfs/mountinfo.ts';

const SHM = '871 854 0:77 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k';

describe('parseMountinfo', () => {
  test('accepts an empty file', () => {
    expect(parseMountinfo('')).toEqual([]);
  });

  test('ignores any number of optional fields', () => {
    const expected = {
      mountId: 871,
      parentId: 854,
      device: '0:77',
      root: '/',
      mountPoint: '/dev/shm',
      options: ['rw', 'nosuid'],
      fileSystemType: 'tmpfs',
      source: 'shm',
      superOptions: ['rw', 'size=65536k'],
    };
    expect(parseMountinfo(SHM)).toEqual([expected]);
    for (const optional of [
      'shared:84',
      'shared:1 master:2 propagate_from:3',
      'unbindable',
      'new_in_2040:a',
    ]) {
      expect(parseMountinfo(SHM.replace(' - ', ` ${optional} - `))).toEqual([expected]);
    }
  });

  test.each([
    [String.raw`/a\040b`, '/a b'],
    [String.raw`/a\011b\012c`, '/a\tb\nc'],
    [String.raw`/a\134040b`, String.raw`/a\040b`],
    [String.raw`/\043`, '/#'],
    [String.raw`/\000\777\303\8 \04`.replace(' ', ''), String.raw`/\000\777\303\8\04`],
  ])('reads %s as %j', (escaped, mountPoint) => {
    expect(parseMountinfo(SHM.replace('/dev/shm', escaped))[0]?.mountPoint).toBe(mountPoint);
  });

  test('splits options at commas before it unescapes them', () => {
    const line = SHM.replace('size=65536k', String.raw`lowerdir=/a\054b,x\075y`);
    expect(parseMountinfo(line)[0]?.superOptions).toEqual(['rw', 'lowerdir=/a,b', 'x=y']);
  });

  test('accepts an empty source, and spaces in the options of the file system', () => {
    expect(parseMountinfo(SHM.replace(' shm ', '  '))[0]).toMatchObject({
      source: '',
      superOptions: ['rw', 'size=65536k'],
    });
    const drvfs = SHM.replace('tmpfs shm rw,size=65536k', 'drvfs C: rw,aname=C:\\Program Files,x');
    expect(parseMountinfo(drvfs)[0]?.superOptions).toEqual(['rw', 'aname=C:\\Program Files', 'x']);
  });

  test.each([
    ['an error message', 'cat: can’t open /proc/1/mountinfo', 'mountinfo, line 1: no " - " in'],
    ['no separator', SHM.replace(' - ', ' '), 'line 1: no " - " in'],
    ['a separator too early', SHM.replace(' rw,nosuid', ''), 'line 1: no " - " in'],
    ['a mount ID that is not a number', SHM.replace('871', 'x'), 'line 1: the mount is "x"'],
    ['a mount of 2^31', SHM.replace('871', '2147483648'), 'line 1: the mount 2147483648 is greater'],
    ['a negative parent', SHM.replace('854', '-1'), 'line 1: the parent is "-1"'],
    ['a device without a colon', SHM.replace('0:77', '77'), 'line 1: the device is "77"'],
    ['no root', SHM.replace(' / ', '  '), 'line 1: no root'],
    ['a relative mount point', SHM.replace('/dev', 'dev'), 'line 1: the mount point is "dev/shm"'],
    ['no options', SHM.replace('rw,nosuid', ''), 'line 1: no options'],
    ['no type', SHM.replace(' tmpfs ', '  '), 'line 1: no file system type'],
    ['no super options', SHM.replace(' rw,size=65536k', ''), 'line 1: no source or no super options'],
    ['a duplicate mount', `${SHM}\n${SHM}`, 'line 2: duplicate mount 871'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseMountinfo(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const text = fc.string({ minLength: 1 }).map((value) => value.replaceAll('\0', 'x'));
    const path = text.map((value) => `/${value}`);
    const options = fc.array(text, { minLength: 1, maxLength: 4 });
    const id = fc.nat(2 ** 31 - 1);
    const mount = fc.record({
      mountId: id,
      parentId: id,
      device: fc
        .tuple(fc.nat(4095), fc.nat(2 ** 20))
        .map(([major, minor]) => `${String(major)}:${String(minor)}`),
      root: path,
      mountPoint: path,
      options,
      fileSystemType: text,
      source: fc.oneof(text, fc.constant('')),
      superOptions: options,
    });
    const mounts = fc.uniqueArray(mount, { selector: ({ mountId }) => mountId, maxLength: 5 });
    const escape = (value: string): string =>
      value.replaceAll(
        /[ \t\n\\#,]/g,
        (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
      );
    fc.assert(
      fc.property(
        mounts,
        fc.constantFrom('', ' shared:7', ' master:1 propagate_from:2'),
        (printed, optional) => {
          const lines = printed.map(
            (each) =>
              `${String(each.mountId)} ${String(each.parentId)} ${each.device} ${escape(each.root)} ${escape(each.mountPoint)} ${each.options.map(escape).join(',')}` +
              `${optional} - ${escape(each.fileSystemType)} ${escape(each.source)} ${each.superOptions.map(escape).join(',')}\n`,
          );
          expect(parseMountinfo(lines.join(''))).toEqual(printed);
        },
      ),
    );
  });
});
