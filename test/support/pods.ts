import {
  type Container,
  type ContainerState,
  type ContainerStatus,
  NO_SECURITY,
  type Pod,
  type PodSpec,
  type PodStatus,
} from '../../src/model/pod.ts';

/** A running Pod of one container that shares nothing, but for what the test says. */
export function pod(
  overrides: Partial<Omit<Pod, 'spec' | 'status'>> & {
    readonly spec?: Partial<PodSpec>;
    readonly status?: Partial<PodStatus>;
  } = {},
): Pod {
  return {
    name: 'web-1',
    namespace: 'default',
    uid: '00000000-0000-4000-8000-000000000001',
    kubeletUid: '00000000-0000-4000-8000-000000000001',
    resourceVersion: '1000',
    labels: new Map(),
    defaultContainer: '',
    creationTimestamp: 1_790_000_000,
    deletionTimestamp: null,
    controller: null,
    ...overrides,
    spec: {
      nodeName: 'kube-node-1',
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
      containers: [container('c')],
      ephemeralContainers: [],
      ...overrides.spec,
    },
    status: {
      phase: 'Running',
      reason: '',
      hostIP: '192.0.2.2',
      hostIPs: ['192.0.2.2'],
      podIP: '10.244.1.7',
      startTime: 1_790_000_001,
      conditions: [],
      initContainerStatuses: [],
      containerStatuses: [containerStatus('c', { running: true })],
      ephemeralContainerStatuses: [],
      ...overrides.status,
    },
  };
}

/** A container that asks for no port and no privilege, but for what the test says. */
export function container(name: string, more: Partial<Container> = {}): Container {
  return { name, restartPolicy: '', ports: [], security: NO_SECURITY, ...more };
}

export function containerStatus(
  name: string,
  state: ContainerState,
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  return {
    name,
    containerID: '',
    state,
    ready: state.running === true,
    restartCount: 0,
    started: state.running === true,
    ...more,
  };
}
