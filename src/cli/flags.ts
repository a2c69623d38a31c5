/** Source of the completions of a value: one of these words, several of them with commas, or names that are read then. */
export type Completes =
  | { readonly oneOf: readonly string[] }
  | { readonly someOf: readonly string[] }
  /** Names in the kubeconfig. */
  | 'contexts'
  | 'clusters'
  | 'users'
  /** Names in the cluster. Containers are those of the Pod on the command line. */
  | 'namespaces'
  | 'nodes'
  | 'containers'
  | 'manifests'
  | 'files'
  /** Cannot be completed. */
  | 'nothing';

/** One flag of the command line, in pflag's terms. */
export interface Flag {
  /** Its one-letter form. */
  readonly short?: string;
  readonly type: 'boolean' | 'string' | 'strings';
  readonly describe: string;
  readonly group?: string;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  /** Completion of the value; set for every flag that takes one. */
  readonly completes?: Completes;
  readonly default?: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The connection flags of kubectl. */
const connectionFlags = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    completes: 'files',
    describe: 'the kubeconfig to use instead of KUBECONFIG and ~/.kube/config',
  },
  context: {
    type: 'string',
    value: 'NAME',
    completes: 'contexts',
    describe: 'the context of the kubeconfig to use',
  },
  cluster: {
    type: 'string',
    value: 'NAME',
    completes: 'clusters',
    describe: 'the cluster of the kubeconfig to use',
  },
  user: { type: 'string', value: 'NAME', completes: 'users', describe: 'the user of the kubeconfig to use' },
  namespace: {
    short: 'n',
    type: 'string',
    value: 'NAME',
    completes: 'namespaces',
    describe: 'the namespace of the Pods',
  },
  server: {
    short: 's',
    type: 'string',
    value: 'URL',
    completes: 'nothing',
    describe: 'the address of the API server',
  },
  token: {
    type: 'string',
    value: 'TOKEN',
    completes: 'nothing',
    describe: 'the bearer token to authenticate with',
  },
  username: {
    type: 'string',
    value: 'NAME',
    completes: 'nothing',
    describe: 'the user name for basic authentication',
  },
  password: {
    type: 'string',
    value: 'PASSWORD',
    completes: 'nothing',
    describe: 'the password for basic authentication',
  },
  as: { type: 'string', value: 'USER', completes: 'nothing', describe: 'the user to impersonate' },
  'as-group': {
    type: 'strings',
    value: 'GROUP',
    completes: 'nothing',
    describe: 'a group to impersonate; may be repeated',
  },
  'as-uid': { type: 'string', value: 'UID', completes: 'nothing', describe: 'the UID to impersonate' },
  'as-user-extra': {
    type: 'strings',
    value: 'KEY=VALUE',
    completes: 'nothing',
    describe: 'an extra field of the user to impersonate; may be repeated',
  },
  'certificate-authority': {
    type: 'string',
    value: 'FILE',
    completes: 'files',
    describe: "the server's certificate authority",
  },
  'client-certificate': {
    type: 'string',
    value: 'FILE',
    completes: 'files',
    describe: 'the client certificate',
  },
  'client-key': { type: 'string', value: 'FILE', completes: 'files', describe: 'its key' },
  'insecure-skip-tls-verify': { type: 'boolean', describe: "do not check the server's certificate" },
  'tls-server-name': {
    type: 'string',
    value: 'NAME',
    completes: 'nothing',
    describe: "the name in the server's certificate",
  },
  'disable-compression': { type: 'boolean', describe: 'request responses without compression' },
  'request-timeout': {
    type: 'string',
    value: 'DURATION',
    completes: 'nothing',
    describe: 'timeout of one request: 10s, 2m; 0 for none',
  },
} as const satisfies Flags;

export const commonFlags = {
  v: {
    type: 'string',
    value: 'LEVEL',
    completes: 'nothing',
    describe: 'log level: 1 adds stack traces to errors, 6 logs each request',
  },
  help: { short: 'h', type: 'boolean', describe: 'show this help' },
} as const satisfies Flags;

/** kubectl's connection flags, as a group of their own in the help. */
export const groupedConnectionFlags: Flags = Object.fromEntries(
  Object.entries<Flag>(connectionFlags).map(([name, flag]) => [
    name,
    { ...flag, group: 'Connection (as in kubectl):' },
  ]),
);

export const containerFlag: Flag = {
  short: 'c',
  type: 'string',
  value: 'NAME',
  completes: 'containers',
  describe: 'the container to inspect (default: the one that kubectl exec uses)',
};

/** Time limit for one Pod. --request-timeout is the limit of each request. */
export const timeoutFlag: Flag = {
  type: 'string',
  value: 'DURATION',
  completes: 'nothing',
  default: '60s',
  describe: 'maximum time for one Pod: 10s, 2m',
};

/** Flags of the probe Pod. */
export const probeFlags: Flags = {
  probe: {
    type: 'boolean',
    describe: 'create a short-lived privileged probe Pod on each node, inspect the namespaces, and delete it',
  },
  'probe-image': {
    type: 'string',
    value: 'IMAGE',
    completes: 'nothing',
    describe:
      'image for the probe Pod; needs sh, sleep, cat, grep, stat, awk and xargs (default: busybox, pinned by digest)',
  },
  'probe-namespace': {
    type: 'string',
    value: 'NAME',
    completes: 'namespaces',
    describe:
      'namespace for the probe Pod; users who can exec there can become root on the node (default: kube-system)',
  },
};
