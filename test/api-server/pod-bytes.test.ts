import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../src/model/pod.ts';
import { decodePodJson } from '../../src/wire/pod-json.ts';
import { decodePod } from '../../src/wire/pod-protobuf.ts';
import { ProtobufReader } from '../../src/wire/protobuf-reader.ts';
import { podAsProtobuf, withResourceVersion } from './pod-bytes.ts';
import { type PodJson, recordedPods } from './recorded.ts';

function decoded(protobuf: Uint8Array): Pod {
  return decodePod(new ProtobufReader(Buffer.from(protobuf)));
}

const [{ json: recorded }] = recordedPods as [(typeof recordedPods)[0]];

/** With what no recorded Pod has. */
const RARE: PodJson = {
  ...recorded,
  metadata: {
    ...recorded.metadata,
    labels: { app: 'größe', empty: '' },
    annotations: {
      'kubectl.kubernetes.io/default-container': 'debug',
      'kubernetes.io/config.mirror': '0123456789abcdef',
    },
    deletionTimestamp: '2026-11-22T20:00:00.75Z',
  },
  spec: {
    ...recorded.spec,
    shareProcessNamespace: true,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    ephemeralContainers: [{ name: 'debug', image: 'busybox', restartPolicy: 'Never' }],
  },
  status: {
    ...recorded.status,
    reason: 'Evicted',
    hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
    conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed' }],
    containerStatuses: [
      { name: 'a', state: { waiting: { reason: 'ErrImagePull' } } },
      { name: 'b', state: { running: {} }, started: true },
      { name: 'c', state: { terminated: { exitCode: -1, signal: 9, reason: 'OOMKilled' } } },
      { name: 'd', state: {} },
    ],
    ephemeralContainerStatuses: [{ name: 'debug', containerID: 'containerd://1', ready: true, state: {} }],
  },
};

describe('a Pod of the stand-in as protobuf', () => {
  test.each(recordedPods.map((pod) => [pod.json.metadata.name, pod] as const))(
    'is to src/ what the API server has recorded: %s',
    (_, { json, protobuf }) => {
      const ours = decoded(podAsProtobuf(json));
      expect(ours).toEqual(decoded(protobuf));
      expect(ours).toEqual(decodePodJson({ ...json }));
    },
  );

  test('has what no recorded one has', () => {
    expect(decoded(podAsProtobuf(RARE))).toEqual(decodePodJson({ ...RARE }));
  });

  test('cannot be made of what has the wrong type', () => {
    const wrong = { ...recorded, metadata: { ...recorded.metadata, labels: { app: 7 } } };
    expect(() => podAsProtobuf(wrong as unknown as PodJson)).toThrow(
      'Pod.metadata.labels.value cannot be 7.',
    );
  });

  test('is the same with another version', () => {
    for (const { json, protobuf } of recordedPods) {
      const changed = withResourceVersion(protobuf, '123456789');
      expect(decoded(changed)).toEqual({ ...decoded(protobuf), resourceVersion: '123456789' });
      const back = withResourceVersion(changed, json.metadata.resourceVersion ?? '');
      expect(Buffer.from(back).equals(protobuf)).toBe(true);
    }
    expect(decoded(withResourceVersion(new Uint8Array(), '7')).resourceVersion).toBe('7');
  });
});
