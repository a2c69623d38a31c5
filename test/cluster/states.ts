/** Pods of every kind and in every state that a list must get right, each with the STATUS it settles in. */
export interface Subject {
  readonly manifest: object;
  /** What its Pods' names begin with. */
  readonly name: string;
  /** What STATUS comes to, as a regular expression; some go again. */
  readonly status: string;
  /** How many Pods it becomes. */
  readonly pods: number;
}

const BUSYBOX = 'e2e.local/busybox:1';
const SLEEP = ['sleep', '86400'];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly command: readonly string[];
  readonly restartPolicy?: string;
  readonly ports?: readonly object[];
}

const container = (name: string, command: readonly string[], more: Partial<Container> = {}): Container => ({
  name,
  image: BUSYBOX,
  imagePullPolicy: 'Never',
  command,
  ...more,
});

const exit = (code: number): readonly string[] => ['sh', '-c', `exit ${String(code)}`];

/** @param nodes two nodes that run Linux */
export function subjects(namespace: string, nodes: readonly [string, string]): readonly Subject[] {
  const [first, second] = nodes;
  const pod = (name: string, status: string, spec: object, metadata: object = {}): Subject => ({
    manifest: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { app: name, 'app.kubernetes.io/part-of': 'states' },
        ...metadata,
      },
      spec: {
        terminationGracePeriodSeconds: 0,
        nodeName: first,
        containers: [container('main', SLEEP)],
        ...spec,
      },
    },
    name,
    status,
    pods: 1,
  });
  const owned = (
    kind: string,
    apiVersion: string,
    name: string,
    status: string,
    pods: number,
    spec: object,
    podSpec: object,
  ): Subject => ({
    manifest: {
      apiVersion,
      kind,
      metadata: { name, namespace },
      spec: {
        ...spec,
        ...(kind === 'Job' ? {} : { selector: { matchLabels: { app: name } } }),
        template: {
          metadata: { labels: { app: name } },
          spec: { terminationGracePeriodSeconds: 0, containers: [container('main', SLEEP)], ...podSpec },
        },
      },
    },
    name,
    status,
    pods,
  });
  return [
    pod('network', 'Running', {
      hostNetwork: true,
      containers: [
        container('main', SLEEP, {
          ports: [{ containerPort: 18080 }, { containerPort: 18053, protocol: 'UDP' }],
        }),
      ],
    }),
    pod('pid', 'Running', { hostPID: true, nodeName: second }),
    pod('ipc', 'Running', { hostIPC: true }),
    pod('all', 'Running', { hostNetwork: true, hostPID: true, hostIPC: true, nodeName: second }),
    pod('host-port', 'Running', {
      hostIPC: true,
      containers: [container('main', SLEEP, { ports: [{ containerPort: 80, hostPort: 18081 }] })],
    }),
    pod('runtime-class', 'Running', { hostNetwork: true, runtimeClassName: 'stubborn' }),
    pod('two-containers', 'Running', {
      hostPID: true,
      containers: [container('a', SLEEP), container('b', SLEEP)],
    }),
    pod('half-done', 'NotReady', {
      hostPID: true,
      restartPolicy: 'Never',
      containers: [container('a', SLEEP), container('b', exit(0))],
    }),
    pod('half-failed', 'Error', {
      hostPID: true,
      restartPolicy: 'Never',
      containers: [container('a', exit(0)), container('b', exit(3)), container('c', SLEEP)],
    }),
    pod('ephemeral', 'Running', { hostNetwork: true, nodeName: second }),
    pod('init-done', 'Running', {
      hostIPC: true,
      initContainers: [container('first', exit(0)), container('second', exit(0))],
    }),
    pod('init-0-of-2', 'Init:0/2', {
      hostNetwork: true,
      initContainers: [container('first', SLEEP), container('second', exit(0))],
    }),
    pod('init-1-of-2', 'Init:1/2', {
      hostNetwork: true,
      initContainers: [container('first', exit(0)), container('second', SLEEP)],
    }),
    pod('init-error', 'Init:Error', {
      hostNetwork: true,
      restartPolicy: 'Never',
      initContainers: [container('first', exit(1))],
    }),
    pod('init-crash', 'Init:CrashLoopBackOff', {
      hostPID: true,
      initContainers: [container('first', exit(1))],
    }),
    pod('init-image', 'Init:ErrImageNeverPull', {
      hostPID: true,
      initContainers: [container('first', SLEEP, { image: 'e2e.local/none:1' })],
    }),
    pod('sidecar', 'Running', {
      hostNetwork: true,
      initContainers: [
        container('proxy', SLEEP, { restartPolicy: 'Always', ports: [{ containerPort: 15001 }] }),
      ],
    }),
    pod('sidecar-then-init', 'Init:1/2', {
      hostIPC: true,
      initContainers: [container('proxy', SLEEP, { restartPolicy: 'Always' }), container('wait', SLEEP)],
    }),
    pod('crash', 'CrashLoopBackOff', { hostNetwork: true, containers: [container('main', exit(7))] }),
    pod('crash-beside-running', 'CrashLoopBackOff', {
      hostPID: true,
      containers: [container('a', SLEEP), container('b', exit(7))],
    }),
    pod('no-image', 'ErrImageNeverPull', {
      hostIPC: true,
      containers: [container('main', SLEEP, { image: 'e2e.local/none:1' })],
    }),
    pod('bad-config', 'CreateContainerConfigError', {
      hostIPC: true,
      containers: [{ ...container('main', SLEEP), envFrom: [{ configMapRef: { name: 'none' } }] }],
    }),
    pod('bad-command', 'RunContainerError|CrashLoopBackOff', {
      hostIPC: true,
      containers: [container('main', ['/no/such/program'])],
    }),
    pod('completed', 'Completed', {
      hostPID: true,
      restartPolicy: 'Never',
      containers: [container('main', exit(0))],
    }),
    pod('failed', 'Error', {
      hostNetwork: true,
      restartPolicy: 'Never',
      containers: [container('main', exit(1))],
    }),
    pod('deadline', 'Error|DeadlineExceeded', {
      hostNetwork: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 1,
    }),
    pod('killed', 'Error', {
      hostNetwork: true,
      restartPolicy: 'Never',
      containers: [container('main', ['sh', '-c', 'kill -9 $$'])],
    }),
    pod('pending', 'Pending', {
      hostNetwork: true,
      nodeName: undefined,
      nodeSelector: { 'no-node': 'has-this' },
    }),
    pod('gated', 'SchedulingGated', {
      hostPID: true,
      nodeName: undefined,
      schedulingGates: [{ name: 'hostns.test/gate' }],
    }),
    pod('terminating', 'Terminating', { hostIPC: true, terminationGracePeriodSeconds: 600 }),
    pod(
      'terminating-pending',
      'Terminating',
      { hostIPC: true, nodeName: undefined, nodeSelector: { 'no-node': 'has-this' } },
      { finalizers: ['hostns.test/stay'] },
    ),
    pod('host-process', 'Pending', {
      nodeName: undefined,
      os: { name: 'windows' },
      nodeSelector: { 'kubernetes.io/os': 'windows' },
      hostNetwork: true,
      terminationGracePeriodSeconds: 30,
      securityContext: { windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' } },
    }),
    owned(
      'DaemonSet',
      'apps/v1',
      'agent',
      'Running',
      2,
      {},
      {
        hostNetwork: true,
        hostPID: true,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ operator: 'Exists' }],
      },
    ),
    owned('Deployment', 'apps/v1', 'web', 'Running', 2, { replicas: 2 }, { hostIPC: true }),
    owned(
      'StatefulSet',
      'apps/v1',
      'db',
      'Running',
      1,
      { replicas: 1, serviceName: 'db' },
      { hostPID: true },
    ),
    owned(
      'Job',
      'batch/v1',
      'batch',
      'Completed',
      1,
      {},
      { hostNetwork: true, restartPolicy: 'Never', containers: [container('main', exit(0))] },
    ),
    owned(
      'Job',
      'batch/v1',
      'running-batch',
      'Running',
      1,
      {},
      { hostNetwork: true, restartPolicy: 'Never' },
    ),
  ];
}

/** Pods that share nothing, whatever they may look like: none of them may ever be listed. */
export function strangers(namespace: string): readonly object[] {
  const pod = (name: string, spec: object): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [container('main', SLEEP)], ...spec },
  });
  return [
    pod('plain', {}),
    pod('says-false', { hostNetwork: false, hostPID: false, hostIPC: false }),
    pod('shares-its-own-pid', { shareProcessNamespace: true }),
    pod('leaky', { runtimeClassName: 'leaky' }),
    pod('windows-by-os', { os: { name: 'windows' }, hostNetwork: true }),
    pod('windows-by-selector', { nodeSelector: { 'kubernetes.io/os': 'windows' }, hostNetwork: true }),
  ];
}
