import { podAsProtobuf } from '../../api-server/pod-bytes.ts';
import { type PodJson, recordedPods } from '../../api-server/recorded.ts';

/** Fields that no decoder looks at, and that make a Pod long. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'managedFields',
  'env',
  'image',
  'imageID',
  'imagePullPolicy',
  'lastProbeTime',
  'lastState',
  'message',
  'resources',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'tolerations',
  'user',
  'volumes',
  'volumeMounts',
]);

function slim(pod: PodJson): PodJson {
  const text = JSON.stringify(pod, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value));
  return JSON.parse(text) as PodJson;
}

/** What the recorded Pods have not: each field that is read, with something in it. */
const FULL: PodJson = {
  metadata: {
    name: 'full',
    namespace: 'default',
    uid: '00000000-0000-4000-8000-000000000001',
    resourceVersion: '17',
    labels: { app: 'x', 'e.x/y': '' },
    annotations: { 'kubectl.kubernetes.io/default-container': 'c', 'kubernetes.io/config.mirror': 'mirror' },
    creationTimestamp: '2026-01-02T03:04:05Z',
    deletionTimestamp: '2026-01-02T03:04:06Z',
    ownerReferences: [{ kind: 'Job', name: 'j', controller: true }],
  },
  spec: {
    nodeName: 'n',
    hostNetwork: true,
    hostPID: true,
    hostIPC: true,
    shareProcessNamespace: true,
    runtimeClassName: 'kata',
    os: { name: 'linux' },
    nodeSelector: { 'beta.kubernetes.io/os': 'windows', 'kubernetes.io/os': 'linux' },
    initContainers: [{ name: 'i', image: '', restartPolicy: 'Always' }],
    containers: [{ name: 'c', image: '', ports: [{ hostPort: 80, protocol: 'TCP' }] }],
    ephemeralContainers: [{ name: 'e', image: '' }],
  },
  status: {
    phase: 'Running',
    reason: 'r',
    hostIP: '192.0.2.2',
    hostIPs: [{ ip: '192.0.2.2' }, { ip: '2001:db8::2' }],
    podIP: '10.0.0.2',
    startTime: '2026-01-02T03:04:05Z',
    conditions: [{ type: 'Ready', status: 'False', reason: 'x' }],
    initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'w' } } }],
    containerStatuses: [
      {
        name: 'c',
        containerID: 'containerd://1',
        ready: true,
        restartCount: 3,
        started: true,
        state: { running: {} },
      },
    ],
    ephemeralContainerStatuses: [
      { name: 'e', state: { terminated: { exitCode: -1, signal: 9, reason: 'Error' } } },
    ],
  },
};

/** Some Pods, short ones, in both encodings. */
export const seedPods: readonly PodJson[] = [
  FULL,
  ...recordedPods
    .map(({ json }) => slim(json))
    .toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)
    .slice(0, 12),
];

export const seedPodMessages: readonly Buffer[] = seedPods.map((pod) => Buffer.from(podAsProtobuf(pod)));

export const POD_WORDS = [
  '"spec":{',
  '"hostNetwork":true',
  '"labels":{',
  '"metadata":{',
  '"items":[',
  '{',
  '}',
  '[',
  ']',
  ',',
  'null',
  'true',
  '"',
  '\\u001b',
  '\\ud800',
  '\u0012\u0002',
  '\u001a\u0000',
];
