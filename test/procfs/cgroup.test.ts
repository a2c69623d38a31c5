import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCgroup } from '../../src/procfs/cgroup.ts';

describe('cgroup', () => {
  test('has no controllers in v2, and a name or several of them in v1', () => {
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
  ])('has the path %j as it is', (path) => {
    expect(parseCgroup(`0::${path}\n`)).toEqual([{ hierarchyId: 0, controllers: [], path }]);
  });

  test('may be empty', () => {
    expect(parseCgroup('')).toEqual([]);
  });

  test.each([
    ['an error message', 'cat: /proc/1/cgroup: Permission denied', 'cgroup, line 1: the hierarchy is "cat"'],
    ['no colon', '0', 'line 1: no two colons in "0"'],
    ['no number', '::/', 'line 1: the hierarchy is ""'],
    ['a number of 2^31', '2147483648::/', 'line 1: the hierarchy 2147483648 is more than 2147483647'],
    ['a negative number', '-1::/', 'line 1: the hierarchy is "-1"'],
    ['a relative path', '0::a', 'line 1: "a" is no path'],
    ['no path', '0::', 'line 1: "" is no path'],
    ['an empty controller', '1:cpu,:/', 'line 1: "" is no controller'],
    ['a controller with a space', '1:c pu:/', 'line 1: "c pu" is no controller'],
    ['a hierarchy twice', '0::/a\n0::/b', 'line 2: the hierarchy 0 stands twice'],
    ['a NUL in a path', '0::/\0', 'line 1: a NUL character'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parseCgroup(text)).toThrow(message);
  });

  test('comes back as it was printed', () => {
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

test('more hierarchies than a kernel can have are refused', () => {
  const many = Array.from({ length: 200 }, (_, id) => `${String(id)}:c${String(id)}:/\n`).join('');
  expect(() => parseCgroup(many)).toThrow(/more than 128 hierarchies/);
});
