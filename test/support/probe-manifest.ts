/** What of a probe Pod differs from one to another; a test may give matchers. */
export interface ExpectedProbe {
  readonly name: unknown;
  readonly image: unknown;
  readonly deadline: unknown;
  /** The same, as the command has it. */
  readonly deadlineWord: unknown;
}

/** The whole Pod of a probe Pod on kube-node-2: nothing else may be in it. */
export function expectedProbe({ name, image, deadline, deadlineWord }: ExpectedProbe): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: {
        'app.kubernetes.io/name': 'hostns-probe',
        'app.kubernetes.io/managed-by': 'kubectl-hostns',
        'sidecar.istio.io/inject': 'false',
      },
      annotations: {
        'container.apparmor.security.beta.kubernetes.io/probe': 'unconfined',
        'sidecar.istio.io/inject': 'false',
        'linkerd.io/inject': 'disabled',
        'consul.hashicorp.com/connect-inject': 'false',
        'kuma.io/sidecar-injection': 'disabled',
      },
    },
    spec: {
      nodeName: 'kube-node-2',
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      restartPolicy: 'Never',
      activeDeadlineSeconds: deadline,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'probe',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sleep', deadlineWord],
          securityContext: {
            runAsUser: 0,
            runAsGroup: 0,
            runAsNonRoot: false,
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] },
            seccompProfile: { type: 'RuntimeDefault' },
            appArmorProfile: { type: 'Unconfined' },
          },
          resources: {
            requests: { cpu: '0', memory: '0' },
            limits: { cpu: '1', memory: '128Mi' },
          },
        },
      ],
    },
  };
}
