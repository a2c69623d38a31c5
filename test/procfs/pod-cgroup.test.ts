import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { podOfCgroup, podsBase } from '../../src/procfs/pod-cgroup.ts';

const UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const UNDERSCORED = UID.replaceAll('-', '_');
const OTHER_UID = '00000000-0000-4000-8000-00000000000f';
const OTHER_UNDERSCORED = OTHER_UID.replaceAll('-', '_');
/** Of a static Pod: the hash of its manifest, in hexadecimal. */
const STATIC_UID = '0f2c1e4b7a9d3856c4e1b2a39f8d7c60';
const ID = '4f1e'.repeat(16);
const OTHER_ID = '9d3c'.repeat(16);

const IN_CONTAINER = { podUid: UID, container: ID };
const IN_POD = { podUid: UID, container: null };

/** Where the Pods of a node lie: base, path, and whose it is. */
const CASES: readonly (readonly [
  says: string,
  base: string,
  path: string,
  whose: ReturnType<typeof podOfCgroup>,
])[] = [
  ['cgroupfs, Guaranteed', '/kubepods', `/kubepods/pod${UID}/${ID}`, IN_CONTAINER],
  ['cgroupfs, Burstable', '/kubepods', `/kubepods/burstable/pod${UID}/${ID}`, IN_CONTAINER],
  ['cgroupfs, BestEffort', '/kubepods', `/kubepods/besteffort/pod${UID}/${ID}`, IN_CONTAINER],
  [
    'systemd, Guaranteed, containerd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'systemd, Burstable, containerd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'systemd, BestEffort, containerd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'systemd, CRI-O',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/crio-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'systemd, CRI-O with crun, which gives the container a group of its own',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-${ID}.scope/container`,
    IN_CONTAINER,
  ],
  [
    'systemd, CRI-O: conmon is the runtime’s, and in no container',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/crio-conmon-${ID}.scope`,
    IN_POD,
  ],
  ['cgroupfs, CRI-O', '/kubepods', `/kubepods/pod${UID}/crio-${ID}`, IN_CONTAINER],
  ['cgroupfs, CRI-O: conmon', '/kubepods', `/kubepods/pod${UID}/crio-conmon-${ID}`, IN_POD],
  [
    'systemd, cri-dockerd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/docker-${ID}.scope`,
    IN_CONTAINER,
  ],
  ['cgroupfs, cri-dockerd', '/kubepods', `/kubepods/besteffort/pod${UID}/${ID}`, IN_CONTAINER],
  [
    'the kubelet by systemd, containerd by cgroupfs, v1',
    '/system.slice/containerd.service',
    `/system.slice/containerd.service/kubepods-besteffort-pod${UNDERSCORED}.slice:cri-containerd:${ID}`,
    IN_CONTAINER,
  ],
  [
    'the kubelet by systemd, containerd by cgroupfs, relative to a private cgroup namespace',
    '',
    `/../kubepods-besteffort-pod${UNDERSCORED}.slice:cri-containerd:${ID}`,
    IN_CONTAINER,
  ],
  [
    'the kubelet by systemd, CRI-O by cgroupfs',
    '',
    `/kubepods-pod${UNDERSCORED}.slice:crio:${ID}`,
    IN_CONTAINER,
  ],
  [
    'a static Pod, cgroupfs',
    '/kubepods',
    `/kubepods/burstable/pod${STATIC_UID}/${ID}`,
    { podUid: STATIC_UID, container: ID },
  ],
  [
    'a static Pod, systemd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_UID}.slice/cri-containerd-${ID}.scope`,
    { podUid: STATIC_UID, container: ID },
  ],
  ['the Pod’s own group', '/kubepods', `/kubepods/besteffort/pod${UID}`, IN_POD],
  [
    'a group in a Pod that is no container’s: a virtual machine’s monitor',
    '/kubepods',
    `/kubepods/pod${UID}/kata_${ID}`,
    IN_POD,
  ],
  ['a container’s group that is gone', '/kubepods', `/kubepods/pod${UID}/${ID} (deleted)`, IN_POD],
  ['an ID that is too short', '/kubepods', `/kubepods/pod${UID}/${ID.slice(1)}`, IN_POD],
  ['an ID that is too long', '/kubepods', `/kubepods/pod${UID}/${ID}0`, IN_POD],
  ['an ID in capitals', '/kubepods', `/kubepods/pod${UID}/${ID.toUpperCase()}`, IN_POD],
  [
    'kind, systemd',
    '/kubelet.slice/kubelet-kubepods.slice',
    `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'kind, cgroupfs',
    `/docker/${OTHER_ID}/kubelet/kubepods`,
    `/docker/${OTHER_ID}/kubelet/kubepods/besteffort/pod${UID}/${ID}`,
    IN_CONTAINER,
  ],
  [
    'relative to a private cgroup namespace, from another class, systemd',
    '',
    `/../../../kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'relative to a private cgroup namespace, from the same class, systemd',
    '',
    `/../../kubepods-burstable-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'relative to a private cgroup namespace, cgroupfs',
    '',
    `/../../../besteffort/pod${UID}/${ID}`,
    IN_CONTAINER,
  ],
  ['relative, in the reader’s own Pod, which it does not name', '', `/../${ID}`, null],
  ['the reader’s own', '', '/', null],
  ['nothing but ups', '', '/../../..', null],
  [
    'a cluster in a Pod: what is in front of its base is the outer cluster’s',
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods`,
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods/besteffort/pod${UID}/${ID}`,
    IN_CONTAINER,
  ],
  [
    'a cluster in a Pod: its kubelet and runtime are no Pod’s of it',
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods`,
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/system.slice/containerd.service`,
    null,
  ],
  [
    'a cluster in a Pod, by the outer cluster’s probe: all of it is that Pod',
    '/kubepods',
    `/kubepods/besteffort/pod${UID}/${ID}/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}`,
    IN_CONTAINER,
  ],
  [
    'Docker in a container, cgroupfs',
    '/kubepods',
    `/kubepods/besteffort/pod${UID}/${ID}/docker/${OTHER_ID}`,
    IN_CONTAINER,
  ],
  [
    'Docker in a container, systemd',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope/system.slice/docker-${OTHER_ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'a container that names its own groups as another Pod’s',
    '/kubepods',
    `/kubepods/pod${UID}/${ID}/kubepods/pod${OTHER_UID}/${OTHER_ID}`,
    IN_CONTAINER,
  ],
  [
    'the same by the systemd driver',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-${ID}.scope/kubepods-pod${OTHER_UNDERSCORED}.slice/crio-${OTHER_ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'a container that names its own group `...`, for `..` no group can be named',
    '/kubepods',
    `/kubepods/pod${UID}/${ID}/.../...`,
    IN_CONTAINER,
  ],
  ['a Pod’s group with a name of many colons', '/kubepods', `/kubepods/pod${UID}/a:b:${ID}`, IN_POD],
  ['a service of the node', '/kubepods.slice', '/system.slice/kubelet.service', null],
  [
    'a name that begins as a Pod’s does has a UID that no Pod has',
    '',
    '/system.slice/podman.service/libpod-payload-1',
    { podUid: 'man.service', container: null },
  ],
  ['the group of all Pods', '/kubepods', '/kubepods', null],
  ['the group of a class', '/kubepods', '/kubepods/besteffort', null],
  ['a group whose name only begins as the base does', '/kube', `/kubepods/pod${UID}/${ID}`, null],
  ['a group without a UID', '/kubepods', '/kubepods/pod', null],
  ['a slice without a UID', '/kubepods.slice', '/kubepods.slice/kubepods-pod.slice', null],
];

describe('the Pod of a control group', () => {
  test.each(CASES)('%s', (_says, base, path, whose) => {
    expect(podOfCgroup(path, base)).toEqual(whose);
  });

  test('is told by the line of either version', () => {
    for (const line of [`0::/kubepods/pod${UID}/${ID}`, `9:name=systemd:/kubepods/pod${UID}/${ID}`]) {
      const [membership] = parseCgroup(line);
      expect(podOfCgroup(membership?.path ?? '', '/kubepods')).toEqual(IN_CONTAINER);
    }
  });
});

describe('what the paths of all Pods have in common', () => {
  test.each([
    ...CASES.filter(([says, base]) => base !== '' && says.includes(', '))
      .filter(([, , , whose]) => whose?.container !== undefined && whose.podUid === UID)
      .map(([says, base, path]) => [says, base, path] as const),
    ['a relative path, which names no Pod', '', '/'] as const,
    ['a relative path of another', '', `/../../kubepods-burstable-pod${OTHER_UNDERSCORED}.slice`] as const,
    ['no path at all', '', ''] as const,
    ['the root itself', '', `/pod${UID}/${ID}`] as const,
    ['a root of classes', '', `/besteffort/pod${UID}/${ID}`] as const,
  ])('%s: %j', (_says, base, path) => {
    expect(podsBase(path, UID)).toBe(base);
  });
});

interface Layout {
  readonly says: string;
  readonly path: (uid: string, serviceClass: ServiceClass, id: string) => string;
}
type ServiceClass = '' | 'burstable' | 'besteffort';

const slices = (prefix: string, uid: string, serviceClass: ServiceClass): string => {
  const parent = serviceClass === '' ? '' : `/${prefix}-${serviceClass}.slice`;
  const name = serviceClass === '' ? prefix : `${prefix}-${serviceClass}`;
  return `/${prefix}.slice${parent}/${name}-pod${uid.replaceAll('-', '_')}.slice`;
};
const folders = (uid: string, serviceClass: ServiceClass): string =>
  `/kubepods${serviceClass === '' ? '' : `/${serviceClass}`}/pod${uid}`;

const LAYOUTS: readonly Layout[] = [
  { says: 'cgroupfs', path: (uid, of, id) => `${folders(uid, of)}/${id}` },
  { says: 'cgroupfs, CRI-O', path: (uid, of, id) => `${folders(uid, of)}/crio-${id}` },
  { says: 'containerd', path: (uid, of, id) => `${slices('kubepods', uid, of)}/cri-containerd-${id}.scope` },
  { says: 'CRI-O', path: (uid, of, id) => `${slices('kubepods', uid, of)}/crio-${id}.scope` },
  { says: 'cri-dockerd', path: (uid, of, id) => `${slices('kubepods', uid, of)}/docker-${id}.scope` },
  {
    says: 'kind',
    path: (uid, of, id) => `/kubelet.slice${slices('kubelet-kubepods', uid, of)}/cri-containerd-${id}.scope`,
  },
  {
    says: 'two drivers',
    path: (uid, of, id) =>
      `/system.slice/containerd.service/${slices('kubepods', uid, of).split('/').at(-1) ?? ''}:cri-containerd:${id}`,
  },
  { says: 'old kind', path: (uid, of, id) => `/docker/${OTHER_ID}/kubelet${folders(uid, of)}/${id}` },
  {
    says: 'a cluster in a Pod',
    path: (uid, of, id) => `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}${folders(uid, of)}/${id}`,
  },
  {
    says: 'a cluster in a Pod, systemd',
    path: (uid, of, id) =>
      `${slices('kubepods', OTHER_UID, 'besteffort')}/cri-containerd-${OTHER_ID}.scope${slices('kubepods', uid, of)}/cri-containerd-${id}.scope`,
  },
];

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.nat(15).map((digit) => digit.toString(16)), minLength: length, maxLength: length });
/** Of an ordinary Pod, or of a static one. */
const podUid = fc.oneof(fc.uuid(), hex(32)).filter((uid) => uid !== OTHER_UID);
const serviceClass = fc.constantFrom<ServiceClass>('', 'burstable', 'besteffort');
/** What cgroup_mkdir takes: nothing with a slash or a line feed, and neither `.` nor `..` can be made. */
const hostileName = fc.oneof(
  fc.constantFrom(
    `pod${OTHER_UID}`,
    `kubepods-pod${OTHER_UNDERSCORED}.slice`,
    `kubepods-besteffort-pod${OTHER_UNDERSCORED}.slice`,
    'kubepods',
    'kubepods.slice',
    'besteffort',
    OTHER_ID,
    `cri-containerd-${OTHER_ID}.scope`,
    `kubepods-pod${OTHER_UNDERSCORED}.slice:cri-containerd:${OTHER_ID}`,
    '...',
    ' (deleted)',
  ),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .map((name) => name.replaceAll(/[/\n\0]/g, ':'))
    .filter((name) => name !== '.' && name !== '..'),
);

describe.each(LAYOUTS)('by the layout of $says', ({ path }) => {
  test('every Pod is found below the base that the path of any other tells', () => {
    fc.assert(
      fc.property(
        podUid,
        serviceClass,
        podUid,
        serviceClass,
        hex(64),
        (probe, ofProbe, pod, ofPod, container) => {
          const base = podsBase(path(probe, ofProbe, OTHER_ID), probe);
          expect(podOfCgroup(path(pod, ofPod, container), base)).toEqual({ podUid: pod, container });
          expect(podOfCgroup(path(probe, ofProbe, container), base)).toEqual({ podUid: probe, container });
        },
      ),
    );
  });

  test('whatever a container names its groups, they are its own', () => {
    fc.assert(
      fc.property(
        podUid,
        serviceClass,
        hex(64),
        fc.array(hostileName, { maxLength: 5 }),
        (pod, ofPod, container, names) => {
          const own = path(pod, ofPod, container);
          const base = podsBase(own, pod);
          expect(podOfCgroup([own, ...names].join('/'), base)).toEqual({ podUid: pod, container });
          // Nor can it shift the base, where it is the probe that has been taken over.
          expect(podsBase([own, ...names].join('/'), pod)).toBe(base);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('whatever a container names its groups, they are its own by relative paths, too', () => {
    fc.assert(
      fc.property(
        podUid,
        serviceClass,
        hex(64),
        fc.array(hostileName, { maxLength: 5 }),
        fc.integer({ min: 1, max: 8 }),
        (pod, ofPod, container, names, ups) => {
          const own = path(pod, ofPod, container);
          const fromPod = own.slice(own.lastIndexOf('/', own.lastIndexOf('pod')));
          const relative = [`${'/..'.repeat(ups)}${fromPod}`, ...names].join('/');
          expect(podOfCgroup(relative, '')).toEqual({ podUid: pod, container });
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('no path and no base throws, and what is found is in the path', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(hostileName, fc.constantFrom('..', '', `pod${UID}`)))
      .map((names) => `/${names.join('/')}`),
  );
  fc.assert(
    fc.property(anything, fc.oneof(fc.constant(''), anything), (path, base) => {
      const found = podOfCgroup(path, base);
      if (found !== null) {
        expect(found.podUid).not.toBe('');
        if (found.container !== null) expect(path).toContain(found.container);
      }
      const own = podsBase(path, UID);
      if (own !== '') expect(podOfCgroup(path, own)?.podUid).toBe(UID);
    }),
    { numRuns: 1000 },
  );
});

test('the longest paths that the kernel prints, of thirty thousand processes, are no burden', () => {
  // NAME_MAX and PATH_MAX of include/uapi/linux/limits.h.
  const name = '-pod'.repeat(64).slice(0, 255);
  const below = `/${name}`.repeat(16).slice(0, 3900);
  const start = performance.now();
  let found = 0;
  for (let process = 0; process < 30_000; process += 1) {
    if (podOfCgroup(`/kubepods/pod${UID}/${ID}${below}`, '/kubepods')?.container === ID) found += 1;
    podOfCgroup(`/system.slice/${name}.slice`, '');
  }
  expect(found).toBe(30_000);
  expect(performance.now() - start).toBeLessThan(60_000);
});
