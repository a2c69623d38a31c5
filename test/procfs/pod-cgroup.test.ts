import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { podOfCgroup, podsBase } from '../../src/procfs/pod-cgroup.ts';

const UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const UNDERSCORED = UID.replaceAll('-', '_');
const OTHER_UID = '00000000-0000-4000-8000-00000000000f';
const OTHER_UNDERSCORED = OTHER_UID.replaceAll('-', '_');
/** UID of a static Pod: the hexadecimal hash of its manifest. */
const STATIC_UID = '0f2c1e4b7a9d3856c4e1b2a39f8d7c60';
const ID = '4f1e'.repeat(16);
const OTHER_ID = '9d3c'.repeat(16);

const IN_CONTAINER = { podUid: UID, container: ID };
const IN_POD = { podUid: UID, container: null };

/** Title, base of all Pods, path of a control group, and its owner. */
const CASES: readonly (readonly [
  title: string,
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
    'systemd, CRI-O with crun, which adds a group below the container’s',
    '/kubepods.slice',
    `/kubepods.slice/kubepods-pod${UNDERSCORED}.slice/crio-${ID}.scope/container`,
    IN_CONTAINER,
  ],
  [
    'systemd, CRI-O: conmon is outside all containers',
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
    'kubelet with systemd, containerd with cgroupfs, relative to a private cgroup namespace',
    '',
    `/../kubepods-besteffort-pod${UNDERSCORED}.slice:cri-containerd:${ID}`,
    IN_CONTAINER,
  ],
  [
    'kubelet with systemd, CRI-O with cgroupfs',
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
    'the monitor of a virtual machine, outside all containers of a Pod',
    '/kubepods',
    `/kubepods/pod${UID}/kata_${ID}`,
    IN_POD,
  ],
  ['a deleted group of a container', '/kubepods', `/kubepods/pod${UID}/${ID} (deleted)`, IN_POD],
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
    'relative to a private cgroup namespace, from another QoS class, systemd',
    '',
    `/../../../kubepods-besteffort.slice/kubepods-besteffort-pod${UNDERSCORED}.slice/cri-containerd-${ID}.scope`,
    IN_CONTAINER,
  ],
  [
    'relative to a private cgroup namespace, from the same QoS class, systemd',
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
  ['relative, in the reader’s own Pod, which the path does not name', '', `/../${ID}`, null],
  ['the reader’s own group', '', '/', null],
  ['only parent directories', '', '/../../..', null],
  [
    'a cluster in a Pod: the outer Pod in the base is ignored',
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods`,
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods/besteffort/pod${UID}/${ID}`,
    IN_CONTAINER,
  ],
  [
    'a cluster in a Pod: the kubelet is outside its Pods',
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/kubepods`,
    `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}/system.slice/containerd.service`,
    null,
  ],
  [
    'a cluster in a Pod: for the outer cluster all of it belongs to that Pod',
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
    'a container that names its own groups like another Pod, cgroupfs',
    '/kubepods',
    `/kubepods/pod${UID}/${ID}/kubepods/pod${OTHER_UID}/${OTHER_ID}`,
    IN_CONTAINER,
  ],
  [
    'a container that names its own groups like another Pod, systemd',
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
    'a group named like a Pod, with an unknown UID',
    '',
    '/system.slice/podman.service/libpod-payload-1',
    { podUid: 'man.service', container: null },
  ],
  ['the group of all Pods', '/kubepods', '/kubepods', null],
  ['the group of a QoS class', '/kubepods', '/kubepods/besteffort', null],
  ['a group whose name starts with the base', '/kube', `/kubepods/pod${UID}/${ID}`, null],
  ['a group without a UID', '/kubepods', '/kubepods/pod', null],
  ['a slice without a UID', '/kubepods.slice', '/kubepods.slice/kubepods-pod.slice', null],
];

describe('podOfCgroup', () => {
  test.each(CASES)('%s', (_title, base, path, whose) => {
    expect(podOfCgroup(path, base)).toEqual(whose);
  });

  test('accepts the path of cgroup v1 and v2', () => {
    for (const line of [`0::/kubepods/pod${UID}/${ID}`, `9:name=systemd:/kubepods/pod${UID}/${ID}`]) {
      const [membership] = parseCgroup(line);
      expect(podOfCgroup(membership?.path ?? '', '/kubepods')).toEqual(IN_CONTAINER);
    }
  });
});

describe('podsBase', () => {
  test.each([
    ...CASES.filter(([says, base]) => base !== '' && says.includes(', '))
      .filter(([, , , whose]) => whose?.container !== undefined && whose.podUid === UID)
      .map(([says, base, path]) => [says, base, path] as const),
    ['a relative path without a Pod', '', '/'] as const,
    [
      'a relative path of another Pod',
      '',
      `/../../kubepods-burstable-pod${OTHER_UNDERSCORED}.slice`,
    ] as const,
    ['an empty path', '', ''] as const,
    ['a Pod below the root', '', `/pod${UID}/${ID}`] as const,
    ['a QoS class below the root', '', `/besteffort/pod${UID}/${ID}`] as const,
  ])('%s: %j', (_title, base, path) => {
    expect(podsBase(path, UID)).toBe(base);
  });
});

interface Layout {
  readonly title: string;
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
  { title: 'cgroupfs', path: (uid, of, id) => `${folders(uid, of)}/${id}` },
  { title: 'cgroupfs, CRI-O', path: (uid, of, id) => `${folders(uid, of)}/crio-${id}` },
  { title: 'containerd', path: (uid, of, id) => `${slices('kubepods', uid, of)}/cri-containerd-${id}.scope` },
  { title: 'CRI-O', path: (uid, of, id) => `${slices('kubepods', uid, of)}/crio-${id}.scope` },
  { title: 'cri-dockerd', path: (uid, of, id) => `${slices('kubepods', uid, of)}/docker-${id}.scope` },
  {
    title: 'kind',
    path: (uid, of, id) => `/kubelet.slice${slices('kubelet-kubepods', uid, of)}/cri-containerd-${id}.scope`,
  },
  {
    title: 'two drivers',
    path: (uid, of, id) =>
      `/system.slice/containerd.service/${slices('kubepods', uid, of).split('/').at(-1) ?? ''}:cri-containerd:${id}`,
  },
  { title: 'old kind', path: (uid, of, id) => `/docker/${OTHER_ID}/kubelet${folders(uid, of)}/${id}` },
  {
    title: 'a cluster in a Pod',
    path: (uid, of, id) => `/kubepods/besteffort/pod${OTHER_UID}/${OTHER_ID}${folders(uid, of)}/${id}`,
  },
  {
    title: 'a cluster in a Pod, systemd',
    path: (uid, of, id) =>
      `${slices('kubepods', OTHER_UID, 'besteffort')}/cri-containerd-${OTHER_ID}.scope${slices('kubepods', uid, of)}/cri-containerd-${id}.scope`,
  },
];

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.nat(15).map((digit) => digit.toString(16)), minLength: length, maxLength: length });
/** UID of an ordinary or a static Pod. */
const podUid = fc.oneof(fc.uuid(), hex(32)).filter((uid) => uid !== OTHER_UID);
const serviceClass = fc.constantFrom<ServiceClass>('', 'burstable', 'besteffort');
/** Names that cgroup_mkdir accepts: without slash and line feed, and neither `.` nor `..`. */
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

describe.each(LAYOUTS)('podOfCgroup in the layout of $title', ({ path }) => {
  test('finds every Pod below the base from the path of any other Pod', () => {
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

  test('assigns all groups that a container creates to that container', () => {
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
          // A container cannot change the base either, even if it took over the probe Pod.
          expect(podsBase([own, ...names].join('/'), pod)).toBe(base);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('assigns all groups that a container creates to that container, with relative paths', () => {
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

test('podOfCgroup accepts any path and base, and returns only parts of the path', () => {
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

test('podOfCgroup reads thirty thousand paths of maximum length within a minute', () => {
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
