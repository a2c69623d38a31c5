/**
 * What a value that is still being typed can become: one of these words, or some of them with commas between;
 * or names that are looked up at that moment.
 */
export type Completes =
  | { readonly oneOf: readonly string[] }
  | { readonly someOf: readonly string[] }
  /** Of the kubeconfig. */
  | 'contexts'
  | 'clusters'
  | 'users'
  /** Of the cluster; containers of the Pod that is named on the line. */
  | 'namespaces'
  | 'nodes'
  | 'containers'
  | 'manifests'
  | 'files'
  /** Only who types knows it. */
  | 'nothing';

/** One flag of the command line, in pflag's terms. */
export interface Flag {
  /** Its one-letter form. */
  readonly short?: string;
  readonly type: 'boolean' | 'string' | 'strings';
  readonly describe: string;
  readonly group?: string;
  /** What the value is called in the help. */
  readonly value?: string;
  /** How the value is completed; every flag that takes one says it. */
  readonly completes?: Completes;
  readonly default?: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** kubectl's own, under kubectl's names. */
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
    describe: 'the namespace to look in',
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
  'disable-compression': { type: 'boolean', describe: 'ask for answers without gzip' },
  'request-timeout': {
    type: 'string',
    value: 'DURATION',
    completes: 'nothing',
    describe: 'how long one request may take: 10s, 2m; 0 for ever',
  },
} as const satisfies Flags;

export const commonFlags = {
  v: {
    type: 'string',
    value: 'LEVEL',
    completes: 'nothing',
    describe: 'what to tell on standard error: 1 stack traces, 6 requests',
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
  describe: 'the container to look into; by default the one that kubectl exec takes',
};

/** Time limit for one Pod. --request-timeout is the limit of each request. */
export const timeoutFlag: Flag = {
  type: 'string',
  value: 'DURATION',
  completes: 'nothing',
  default: '60s',
  describe: 'maximum time for one Pod: 10s, 2m',
};

/** The probe Pod of ours, by which a node is looked at from outside of its Pods. */
export const probeFlags: Flags = {
  probe: {
    type: 'boolean',
    describe:
      'look from outside by a short-lived privileged Pod of ours on each node, which is always removed',
  },
  'probe-image': {
    type: 'string',
    value: 'IMAGE',
    completes: 'nothing',
    describe: 'its image, with the programs of busybox; by default busybox, pinned by its digest',
  },
  'probe-namespace': {
    type: 'string',
    value: 'NAME',
    completes: 'namespaces',
    describe: 'the namespace to create it in, whose users could become root by it (kube-system)',
  },
};
