/** Settings of a probe Pod. */
export interface ProbeSpec {
  /** Begins with PROBE_PREFIX. */
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly image: string;
  /** Seconds from its start, after which the kubelet ends it, whatever has become of us. */
  readonly deadline: number;
}

/** busybox:1.36.1 for all platforms, pinned by digest, so that the registry cannot replace it. */
export const PROBE_IMAGE =
  'docker.io/library/busybox:1.36.1@sha256:73aaf090f3d85aa34ee199857f03fa3a95c8ede2ffd4cc2cdb5b94e566b11662';
/**
 * Users who can exec into a probe Pod are root on its node. In kube-system only cluster administrators can exec, unlike in a
 * namespace of tenants.
 */
export const PROBE_NAMESPACE = 'kube-system';
export const PROBE_CONTAINER = 'probe';
export const PROBE_PREFIX = 'hostns-probe-';
/** Labels of probe Pods: a later run finds those that an earlier one left behind. */
export const PROBE_LABELS = {
  'app.kubernetes.io/name': 'hostns-probe',
  'app.kubernetes.io/managed-by': 'kubectl-hostns',
} as const;

/**
 * Returns the manifest of a probe Pod. It is in the node's namespaces and has SYS_PTRACE, which reading the namespaces of other
 * processes needs. It has no token, no volume and no service mesh. It still makes users who can exec into it root on the node. It
 * only waits, and ends by itself.
 */
export function probePod(spec: ProbeSpec): ProbePod {
  return manifestOf(spec);
}

function manifestOf({ name, namespace, node, image, deadline }: ProbeSpec) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: {
        ...PROBE_LABELS,
        'sidecar.istio.io/inject': 'false',
      },
      annotations: {
        // What the field is called before Kubernetes 1.30, which leaves out the field.
        [`container.apparmor.security.beta.kubernetes.io/${PROBE_CONTAINER}`]: 'unconfined',
        'sidecar.istio.io/inject': 'false',
        'linkerd.io/inject': 'disabled',
        'consul.hashicorp.com/connect-inject': 'false',
        'kuma.io/sidecar-injection': 'disabled',
      },
    },
    spec: {
      nodeName: node,
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: deadline,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // The probe Pod also runs on nodes that are tainted, full or cordoned.
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: PROBE_CONTAINER,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sleep', String(deadline)],
          securityContext: {
            runAsUser: 0,
            runAsGroup: 0,
            runAsNonRoot: false,
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] },
            seccompProfile: { type: 'RuntimeDefault' },
            // The default profile of some nodes forbids to read other processes' namespaces.
            appArmorProfile: { type: 'Unconfined' },
          },
          resources: {
            // Nothing, so that a node that is fully booked takes it.
            requests: { cpu: '0', memory: '0' },
            limits: { cpu: '1', memory: '128Mi' },
          },
        },
      ],
    },
  } as const;
}

export type ProbePod = ReturnType<typeof manifestOf>;
