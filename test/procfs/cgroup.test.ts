import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCgroup } from '../../src/procfs/cgroup.ts';

describe('parseCgroup', () => {
  test('reads no controllers of v2, and a name or several controllers of v1', () => {
    expect(parseCgroup('12:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/\n')).toEqual([
      { hierarchyId: 12, controllers: ['cpu', 'cpuacct'], path: '/a' },
      { hierarchyId: 1, controllers: ['name=systemd'], path: '/b' },
      { hierarchyId: 0, controllers: [], path: '/' },
    ]);
  });

  test.each([
    '/kubepods-pod1.slice:cri-containerd:0123',
    '/../..',
    '/a b ',
    '/gone (deleted)',
    '/\\040',
    '/\u2028',
  ])('returns the path %j unchanged', (path) => {
    expect(parseCgroup(`0::${path}\n`)).toEqual([{ hierarchyId: 0, controllers: [], path }]);
  });

  test('accepts an empty file', () => {
    expect(parseCgroup('')).toEqual([]);
  });

  test.each([
    ['an error message', 'cat: /proc/1/cgroup: Permission denied', 'cgroup, line 1: the hierarchy is "cat"'],
    ['no colon', '0', 'line 1: no two colons in "0"'],
    ['no number', '::/', 'line 1: the hierarchy is ""'],
    ['a number of 2^31', '2147483648::/', 'line 1: the hierarchy 2147483648 is greater than 2147483647'],
    ['a negative number', '-1::/', 'line 1: the hierarchy is "-1"'],
    ['a relative path', '0::a', 'line 1: "a" is not a path'],
    ['no path', '0::', 'line 1: "" is not a path'],
    ['an empty controller', '1:cpu,:/', 'line 1: "" is not a controller'],
    ['a controller with a space', '1:c pu:/', 'line 1: "c pu" is not a controller'],
    ['a duplicate hierarchy', '0::/a\n0::/b', 'line 2: duplicate hierarchy 0'],
    ['a NUL in a path', '0::/\0', 'line 1: a NUL character'],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseCgroup(text)).toThrow(message);
  });

  test('parses any generated file', () => {
    const controller = fc.constantFrom('cpu', 'cpuacct', 'net_cls', 'name=systemd', 'name=A.b-c_1');
    const membership = fc.record({
      hierarchyId: fc.nat(2 ** 31 - 1),
      controllers: fc.uniqueArray(controller),
      path: fc.string({ unit: 'binary' }).map((path) => `/${path.replaceAll(/[\0\n]/g, ':')}`),
    });
    const memberships = fc.uniqueArray(membership, { selector: ({ hierarchyId }) => hierarchyId });
    fc.assert(
      fc.property(memberships, (printed) => {
        const text = printed.map(
          ({ hierarchyId, controllers, path }) => `${String(hierarchyId)}:${controllers.join(',')}:${path}\n`,
        );
        expect(parseCgroup(text.join(''))).toEqual(printed);
      }),
      { numRuns: 30 },
    );
  });
});

test('parseCgroup refuses more hierarchies than a kernel can have', () => {
  const many = Array.from({ length: 200 }, (_, id) => `${String(id)}:c${String(id)}:/\n`).join('');
  expect(() => parseCgroup(many)).toThrow(/more than 128 hierarchies/);
});
