import { describe, expect, test } from '@jest/globals';
import { NO_SECURITY, type Pod } from '../../src/model/pod.ts';
import { decodePodJson, sharesByJson } from '../../src/wire/pod-json.ts';
import { asksForNodeNamespace, decodePod, readResourceVersion } from '../../src/wire/pod-protobuf.ts';
import { ProtobufReader } from '../../src/wire/protobuf-reader.ts';
import { laterMessage, message } from '../support/protobuf.ts';

const reader = (bytes: Uint8Array): ProtobufReader => new ProtobufReader(Buffer.from(bytes));

/** With all that is read of a Pod, each text another one. */
const JSON_POD = {
  metadata: {
    name: 'the-name',
    namespace: 'the-namespace',
    uid: 'the-uid',
    resourceVersion: '4711',
    creationTimestamp: '2026-11-22T20:00:00Z',
    deletionTimestamp: '2026-11-22T20:00:30.75Z',
    labels: { app: 'web', empty: '' },
    annotations: {
      'kubernetes.io/config.mirror': 'the-static-uid',
      'kubectl.kubernetes.io/default-container': 'debug',
      another: 'one',
    },
    ownerReferences: [
      { kind: 'Node', name: 'an-owner' },
      { kind: 'ReplicaSet', name: 'the-controller', controller: true },
      { kind: 'Another', name: 'no-controller', controller: false },
    ],
  },
  spec: {
    nodeName: 'the-node',
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    shareProcessNamespace: true,
    runtimeClassName: 'gvisor',
    os: { name: 'linux' },
    nodeSelector: { disk: 'ssd', 'kubernetes.io/os': 'windows', zone: 'a' },
    securityContext: { windowsOptions: { hostProcess: true }, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [{ name: 'prepare', restartPolicy: 'Always', securityContext: { privileged: true } }],
    containers: [
      {
        name: 'app',
        ports: [
          { containerPort: 80, hostPort: 8080, protocol: 'TCP' },
          { containerPort: 53, protocol: 'UDP' },
        ],
        securityContext: {
          capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'SYS_ADMIN'] },
          seccompProfile: { type: 'Unconfined' },
        },
      },
      { name: 'log' },
    ],
    ephemeralContainers: [{ name: 'debug', restartPolicy: 'Never' }],
  },
  status: {
    phase: 'Running',
    reason: 'NodeLost',
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
    podIP: '192.0.2.7',
    startTime: '2026-11-22T20:00:01Z',
    conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed' }],
    initContainerStatuses: [
      { name: 'prepare', state: { terminated: { exitCode: -1, signal: 9, reason: 'OOMKilled' } } },
    ],
    containerStatuses: [
      {
        name: 'app',
        containerID: 'containerd://1',
        ready: true,
        restartCount: 300,
        started: true,
        state: { running: {} },
      },
      { name: 'log', ready: false, started: false, state: { waiting: { reason: 'ErrImagePull' } } },
      { name: 'new', state: {} },
    ],
    ephemeralContainerStatuses: [{ name: 'debug', state: { running: {} } }],
  },
};

/** The same, by the field numbers of generated.proto. */
const PROTOBUF_POD = laterMessage(
  [
    1,
    laterMessage(
      [1, 'the-name'],
      [3, 'the-namespace'],
      [5, 'the-uid'],
      [6, '4711'],
      [8, laterMessage([1, 1_795_377_600])],
      [9, laterMessage([1, 1_795_377_630], [2, 750_000_000])],
      [11, laterMessage([1, 'app'], [2, 'web'])],
      [11, message([1, 'empty'])],
      [12, laterMessage([1, 'kubernetes.io/config.mirror'], [2, 'the-static-uid'])],
      [12, laterMessage([1, 'kubectl.kubernetes.io/default-container'], [2, 'debug'])],
      [12, laterMessage([1, 'another'], [2, 'one'])],
      [13, laterMessage([1, 'Node'], [3, 'an-owner'])],
      [13, laterMessage([1, 'ReplicaSet'], [3, 'the-controller'], [6, true])],
      [13, laterMessage([1, 'Another'], [3, 'no-controller'], [6, false])],
    ),
  ],
  [
    2,
    laterMessage(
      [
        2,
        laterMessage(
          [1, 'app'],
          [6, laterMessage([2, 8080], [3, 80], [4, 'TCP'])],
          [6, message([3, 53], [4, 'UDP'])],
          [
            15,
            laterMessage(
              [1, laterMessage([1, 'NET_ADMIN'], [1, 'SYS_ADMIN'], [2, 'ALL'])],
              [11, laterMessage([1, 'Unconfined'])],
            ),
          ],
        ),
      ],
      [2, message([1, 'log'])],
      [7, laterMessage([1, 'disk'], [2, 'ssd'])],
      [7, laterMessage([1, 'kubernetes.io/os'], [2, 'windows'])],
      [7, laterMessage([1, 'zone'], [2, 'a'])],
      [10, 'the-node'],
      [11, true],
      [12, true],
      [13, true],
      [14, laterMessage([8, laterMessage([4, true])], [10, laterMessage([1, 'RuntimeDefault'])])],
      [20, laterMessage([1, 'prepare'], [15, laterMessage([2, true])], [24, 'Always'])],
      [27, true],
      [29, 'gvisor'],
      [34, laterMessage([1, laterMessage([1, 'debug'], [24, 'Never'])], [2, 'app'])],
      [36, laterMessage([1, 'linux'])],
    ),
  ],
  [
    3,
    laterMessage(
      [1, 'Running'],
      [2, laterMessage([1, 'Ready'], [2, 'False'], [5, 'PodFailed'])],
      [4, 'NodeLost'],
      [5, '192.0.2.1'],
      [6, '192.0.2.7'],
      [7, laterMessage([1, 1_795_377_601])],
      [
        8,
        laterMessage(
          [1, 'app'],
          [2, laterMessage([2, laterMessage([1, laterMessage([1, 7])])])],
          [4, true],
          [5, 300],
          [8, 'containerd://1'],
          [9, true],
        ),
      ],
      [
        8,
        laterMessage(
          [1, 'log'],
          [2, laterMessage([1, laterMessage([1, 'ErrImagePull'])])],
          [4, false],
          [9, false],
        ),
      ],
      [8, laterMessage([1, 'new'], [2, laterMessage()])],
      [
        10,
        laterMessage([1, 'prepare'], [2, laterMessage([3, laterMessage([1, -1], [2, 9], [3, 'OOMKilled'])])]),
      ],
      [13, laterMessage([1, 'debug'], [2, laterMessage([2, message()])])],
      [16, laterMessage([1, '192.0.2.1'])],
      [16, laterMessage([1, '2001:db8::1'])],
    ),
  ],
);

const idle = { containerID: '', ready: false, restartCount: 0, started: false };

const POD: Pod = {
  name: 'the-name',
  namespace: 'the-namespace',
  uid: 'the-uid',
  kubeletUid: 'the-static-uid',
  resourceVersion: '4711',
  labels: new Map([
    ['app', 'web'],
    ['empty', ''],
  ]),
  defaultContainer: 'debug',
  creationTimestamp: 1_795_377_600,
  deletionTimestamp: 1_795_377_630,
  controller: { kind: 'ReplicaSet', name: 'the-controller' },
  spec: {
    nodeName: 'the-node',
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    shareProcessNamespace: true,
    runtimeClassName: 'gvisor',
    osName: 'linux',
    nodeSelectorOS: 'windows',
    hostProcess: true,
    seccompProfile: 'RuntimeDefault',
    initContainers: [
      {
        name: 'prepare',
        restartPolicy: 'Always',
        ports: [],
        security: { ...NO_SECURITY, privileged: true },
      },
    ],
    containers: [
      {
        name: 'app',
        restartPolicy: '',
        ports: [
          { hostPort: 8080, protocol: 'TCP' },
          { hostPort: 0, protocol: 'UDP' },
        ],
        security: {
          privileged: false,
          addedCapabilities: ['NET_ADMIN', 'SYS_ADMIN'],
          seccompProfile: 'Unconfined',
        },
      },
      { name: 'log', restartPolicy: '', ports: [], security: NO_SECURITY },
    ],
    ephemeralContainers: [{ name: 'debug', restartPolicy: 'Never', ports: [], security: NO_SECURITY }],
  },
  status: {
    phase: 'Running',
    reason: 'NodeLost',
    hostIP: '192.0.2.1',
    hostIPs: ['192.0.2.1', '2001:db8::1'],
    podIP: '192.0.2.7',
    startTime: 1_795_377_601,
    conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed' }],
    initContainerStatuses: [
      { name: 'prepare', ...idle, state: { terminated: { exitCode: -1, signal: 9, reason: 'OOMKilled' } } },
    ],
    containerStatuses: [
      {
        name: 'app',
        containerID: 'containerd://1',
        ready: true,
        restartCount: 300,
        started: true,
        state: { running: true },
      },
      { name: 'log', ...idle, state: { waiting: { reason: 'ErrImagePull' } } },
      { name: 'new', ...idle, state: {} },
    ],
    ephemeralContainerStatuses: [{ name: 'debug', ...idle, state: { running: true } }],
  },
};

const NOTHING: Pod = {
  name: '',
  namespace: '',
  uid: '',
  kubeletUid: '',
  resourceVersion: '',
  labels: new Map(),
  defaultContainer: '',
  creationTimestamp: null,
  deletionTimestamp: null,
  controller: null,
  spec: {
    nodeName: '',
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    shareProcessNamespace: false,
    runtimeClassName: '',
    osName: '',
    nodeSelectorOS: '',
    hostProcess: false,
    seccompProfile: '',
    initContainers: [],
    containers: [],
    ephemeralContainers: [],
  },
  status: {
    phase: '',
    reason: '',
    hostIP: '',
    hostIPs: [],
    podIP: '',
    startTime: null,
    conditions: [],
    initContainerStatuses: [],
    containerStatuses: [],
    ephemeralContainerStatuses: [],
  },
};

const NO_CONTAINER = { name: '', restartPolicy: '', ports: [], security: NO_SECURITY };
const NO_STATUS = { name: '', ...idle, state: {} };

/** A Pod whose parts are there and have nothing in them. */
const HOLLOW: Pod = {
  ...NOTHING,
  labels: new Map([['', '']]),
  spec: {
    ...NOTHING.spec,
    containers: [{ ...NO_CONTAINER, ports: [{ hostPort: 0, protocol: '' }] }],
    initContainers: [NO_CONTAINER],
    ephemeralContainers: [NO_CONTAINER],
  },
  status: {
    ...NOTHING.status,
    conditions: [{ type: '', status: '', reason: '' }],
    containerStatuses: [
      NO_STATUS,
      { ...NO_STATUS, state: { waiting: { reason: '' } } },
      { ...NO_STATUS, state: { terminated: { exitCode: 0, signal: 0, reason: '' } } },
    ],
    initContainerStatuses: [NO_STATUS],
    ephemeralContainerStatuses: [NO_STATUS],
    hostIPs: [''],
  },
};

describe('a Pod', () => {
  test('is read from JSON', () => {
    expect(decodePodJson(JSON_POD)).toEqual(POD);
  });

  test('is read from protobuf', () => {
    expect(decodePod(reader(PROTOBUF_POD))).toEqual(POD);
  });

  test('of which nothing is there has nothing', () => {
    expect(decodePodJson({})).toEqual(NOTHING);
    expect(decodePod(reader(message()))).toEqual(NOTHING);
    expect(decodePod(reader(message([1, message()], [2, message()], [3, message()])))).toEqual(NOTHING);
  });

  test('may have parts that have nothing in them', () => {
    const json = {
      metadata: { labels: { '': '' }, annotations: {}, ownerReferences: [{}], creationTimestamp: null },
      spec: {
        containers: [{ ports: [{}] }],
        initContainers: [{}],
        ephemeralContainers: [{}],
        securityContext: { windowsOptions: {} },
        os: {},
      },
      status: {
        conditions: [{}],
        containerStatuses: [{}, { state: { waiting: {} } }, { state: { terminated: {} } }],
        initContainerStatuses: [{ state: {} }],
        ephemeralContainerStatuses: [{}],
        hostIPs: [{}],
      },
    };
    expect(decodePodJson(json)).toEqual(HOLLOW);
    const empty = message();
    const protobuf = message(
      [1, message([8, empty], [9, empty], [11, empty], [12, empty], [13, empty])],
      [
        2,
        message(
          [2, message([6, empty], [15, message([10, empty])])],
          [7, empty],
          [14, message([8, empty])],
          [20, message([15, empty])],
          [34, empty],
          [36, empty],
        ),
      ],
      [
        3,
        message(
          [2, empty],
          [7, empty],
          [8, empty],
          [8, message([2, message([1, empty])])],
          [8, message([2, message([3, empty])])],
          [10, message([2, empty])],
          [13, empty],
          [16, empty],
        ),
      ],
    );
    expect(decodePod(reader(protobuf))).toEqual(HOLLOW);
  });

  test('is known to the kubelet by its own UID, where it is no mirror', () => {
    expect(decodePodJson({ metadata: { uid: 'u' } })).toMatchObject({ uid: 'u', kubeletUid: 'u' });
    const protobuf = message([1, message([5, 'u'])]);
    expect(decodePod(reader(protobuf))).toMatchObject({ uid: 'u', kubeletUid: 'u' });
  });

  test('of a time that is none has none', () => {
    const metadata = { creationTimestamp: 'yesterday', deletionTimestamp: 7 };
    expect(decodePodJson({ metadata, status: { startTime: '' } })).toEqual(NOTHING);
  });

  test.each([
    [8.64e12, 8.64e12],
    [-8.64e12, -8.64e12],
    [8.64e12 + 1, null],
    [-8.64e12 - 1, null],
  ])('of a time %d seconds after 1970, which a Date can say or not, has the time %p', (seconds, time) => {
    const bytes = message([1, BigInt.asUintN(64, BigInt(seconds))]);
    expect(decodePod(reader(message([1, message([8, bytes])]))).creationTimestamp).toBe(time);
  });

  test('may have a controller without a kind and a name', () => {
    const controller = { kind: '', name: '' };
    const json = { metadata: { ownerReferences: [{ controller: true }] } };
    expect(decodePodJson(json)).toMatchObject({ controller });
    expect(decodePod(reader(message([1, message([13, message([6, true])])])))).toMatchObject({ controller });
  });

  test('has the values of its labels as text, whatever they are', () => {
    const { labels } = decodePodJson({ metadata: { labels: { a: true, b: 1, c: 'x' } } });
    expect([...labels]).toEqual([
      ['a', 'true'],
      ['b', '1'],
      ['c', 'x'],
    ]);
  });
});

const windows = (hostProcess: boolean) => ({ securityContext: { windowsOptions: { hostProcess } } });
const windowsOf = (hostProcess: boolean, options = 10) => message([options, message([4, hostProcess])]);

test.each([
  ['the Pod says so', windows(true), message([14, windowsOf(true, 8)]), true],
  ['the Pod says that it is none', windows(false), message([14, windowsOf(false, 8)]), false],
  [
    'a container says so, whatever the others say',
    { containers: [windows(false), windows(true), windows(false), {}] },
    message(
      [2, message([15, windowsOf(false)])],
      [2, message([15, windowsOf(true)])],
      [2, message([15, windowsOf(false)])],
      [2, message()],
    ),
    true,
  ],
  [
    'a container says so and the Pod says otherwise',
    { ...windows(false), containers: [windows(true)] },
    message([2, message([15, windowsOf(true)])], [14, windowsOf(false, 8)]),
    true,
  ],
  [
    'an init container says so',
    { initContainers: [windows(true)], containers: [{}] },
    message([20, message([15, windowsOf(true)])], [2, message()]),
    true,
  ],
  [
    'they say something else of Windows',
    {
      securityContext: { runAsUser: 1, windowsOptions: { runAsUserName: 'x' } },
      containers: [{ securityContext: { privileged: true } }],
    },
    message([14, message([2, 1], [8, message([3, 'x'])])], [2, message([15, message([2, true])])]),
    false,
  ],
] as const)('a Pod is a HostProcess Pod by what is said: %s', (_says, spec, protobuf, expected) => {
  expect(decodePodJson({ spec }).spec.hostProcess).toBe(expected);
  expect(decodePod(reader(message([2, protobuf]))).spec.hostProcess).toBe(expected);
});

test.each([
  ['network', { hostNetwork: true }, laterMessage([11, true]), true],
  ['PID', { hostPID: true }, laterMessage([12, true]), true],
  ['IPC', { hostIPC: true }, laterMessage([13, true]), true],
  [
    'the last of three',
    { hostNetwork: false, hostPID: false, hostIPC: true },
    message([11, false], [12, false], [13, true]),
    true,
  ],
  [
    'the first of three',
    { hostNetwork: true, hostPID: false, hostIPC: false },
    message([11, true], [12, false], [13, false]),
    true,
  ],
  [
    'none of three',
    { hostNetwork: false, hostPID: false, hostIPC: false },
    message([11, false], [12, false], [13, false]),
    false,
  ],
  [
    'none, but another setting',
    { shareProcessNamespace: true, hostUsers: true },
    message([27, true], [37, true]),
    false,
  ],
  ['nothing at all', {}, message(), false],
] as const)('a Pod that asks for %s', (_says, spec, protobuf, expected) => {
  expect(sharesByJson({ spec })).toBe(expected);
  const whole = laterMessage([1, message([1, 'a'])], [2, protobuf], [3, message([1, 'Running'])]);
  expect(asksForNodeNamespace(reader(whole))).toBe(expected);
});

test('a Pod without a spec asks for nothing', () => {
  expect(sharesByJson({})).toBe(false);
  expect(asksForNodeNamespace(reader(message()))).toBe(false);
  expect(asksForNodeNamespace(reader(laterMessage([1, message([1, 'a'])])))).toBe(false);
});

test('the version of a Pod is read without the rest', () => {
  expect(readResourceVersion(reader(PROTOBUF_POD))).toBe('4711');
  expect(readResourceVersion(reader(message([2, message([6, '1'])])))).toBe('');
  expect(readResourceVersion(reader(message([1, message([1, 'a'])])))).toBe('');
  expect(readResourceVersion(reader(message()))).toBe('');
});

test.each([
  [{ 'beta.kubernetes.io/os': 'windows' }, 'windows'],
  [{ 'beta.kubernetes.io/os': 'windows', 'kubernetes.io/os': 'linux' }, 'linux'],
  [{ 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'windows' }, 'linux'],
  [{ 'kubernetes.io/os': '', 'beta.kubernetes.io/os': 'windows' }, 'windows'],
])('the operating system of the node selector %j is %s', (nodeSelector, expected) => {
  const entries = Object.entries(nodeSelector).map(([label, value]): [number, Uint8Array] => [
    7,
    laterMessage([1, label], [2, value]),
  ]);
  const protobuf = decodePod(reader(message([2, message(...entries)])));
  const json = decodePodJson({ spec: { nodeSelector } });
  expect([protobuf.spec.nodeSelectorOS, json.spec.nodeSelectorOS]).toEqual([expected, expected]);
});
