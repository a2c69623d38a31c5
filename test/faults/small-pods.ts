import { podAsProtobuf } from '../api-server/pod-bytes.ts';
import type { PodJson, RecordedPod } from '../api-server/recorded.ts';

/** A Pod of the namespace default with few fields, of which each is a place where an answer can break. */
export function smallPod(
  name: string,
  spec: Partial<PodJson['spec']>,
  labels: Readonly<Record<string, string>> = { app: name },
): PodJson {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`,
      labels,
      creationTimestamp: '2026-11-01T12:00:00Z',
    },
    spec: { nodeName: 'kube-node-2', containers: [{ name: 'c', image: 'busybox' }], ...spec },
    status: { phase: 'Running', podIP: '10.244.3.7' },
  };
}

/** Three of them, of which the second shares nothing. */
export const smallPods: readonly RecordedPod[] = [
  smallPod('a', { hostNetwork: true }),
  smallPod('b', {}),
  smallPod('c', { hostPID: true, hostIPC: true }),
].map((json) => ({ json, protobuf: podAsProtobuf(json) }));
