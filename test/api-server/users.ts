import { StatusError } from './status.ts';

export interface Rule {
  /** `*` for all. */
  readonly verb: string;
  readonly resource: string;
  /** The only namespace in which it may; the whole cluster where it is missing. */
  readonly namespace?: string;
}

/** What each user may do; nobody may do what does not stand here. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  admin: [{ verb: '*', resource: '*' }],
  /** Has what was enough for an exec before Kubernetes 1.35. */
  veteran: [
    { verb: 'get', resource: 'pods' },
    { verb: 'get', resource: 'pods/exec' },
    { verb: 'list', resource: 'nodes' },
    { verb: 'get', resource: 'nodes/proxy' },
  ],
  /** May look into Pods, and ask no kubelet. */
  insider: [
    { verb: 'get', resource: 'pods' },
    { verb: 'get', resource: 'pods/exec' },
    { verb: 'create', resource: 'pods/exec' },
    { verb: 'list', resource: 'nodes' },
  ],
  /** May ask kubelets, and look into no Pod. */
  outsider: [
    { verb: 'get', resource: 'pods' },
    { verb: 'list', resource: 'nodes' },
    { verb: 'get', resource: 'nodes/proxy' },
  ],
  /** May look at Pods in every way, and see no node. */
  stranger: [
    { verb: 'get', resource: 'pods' },
    { verb: 'get', resource: 'pods/exec' },
    { verb: 'create', resource: 'pods/exec' },
    { verb: 'get', resource: 'nodes/proxy' },
  ],
  /** May neither look into Pods nor ask kubelets. */
  reader: [
    { verb: 'get', resource: 'pods' },
    { verb: 'list', resource: 'nodes' },
  ],
  /** May list Pods but knows nothing of nodes. */
  developer: [{ verb: 'list', resource: 'pods' }],
  /** May read Pods, but is not told what changes. */
  lister: ['get', 'list'].map((verb) => ({ verb, resource: 'pods' })),
  /** May read Pods and is told what changes, and knows nothing of nodes. */
  watcher: ['get', 'list', 'watch'].map((verb) => ({ verb, resource: 'pods' })),
  /** May list the Pods of one namespace. */
  shopkeeper: [{ verb: 'list', resource: 'pods', namespace: 'shop' }],
  /** May do everything but create Pods. */
  abstainer: [
    ...['get', 'list', 'watch', 'update', 'patch', 'delete'].map((verb) => ({ verb, resource: '*' })),
    { verb: 'create', resource: 'pods/exec' },
  ],
  /** May create Pods, and delete none. */
  litterer: ['get', 'list', 'watch', 'create'].map((verb) => ({ verb, resource: '*' })),
  /** May do everything with Pods, but look only into those of one namespace. */
  keyholder: [
    ...['get', 'list', 'create', 'delete'].map((verb) => ({ verb, resource: 'pods' })),
    ...['get', 'create'].map((verb) => ({ verb, resource: 'pods/exec', namespace: 'default' })),
    { verb: 'list', resource: 'nodes' },
    { verb: 'get', resource: 'nodes' },
    { verb: 'get', resource: 'nodes/proxy' },
  ],
  viewer: [],
};

/** The bearer token of a user of the stand-in. */
export function tokenOf(user: string): string {
  return `token-of-${user}`;
}

/**
 * @param authorization the header
 * @param certifiedUser the common name of a valid client certificate
 * @param otherTokens tokens that are taken besides those of `tokenOf`, and whose each is
 * @throws StatusError 401
 */
export function authenticate(
  authorization: string | undefined,
  certifiedUser: string | undefined,
  otherTokens: ReadonlyMap<string, string>,
): string {
  const user =
    authorization === undefined
      ? certifiedUser
      : (otherTokens.get(authorization.replace('Bearer ', '')) ??
        Object.keys(RULES).find((name) => authorization === `Bearer ${tokenOf(name)}`));
  if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  return user;
}

/**
 * @param resource with its group where it has one: `deployments.apps`
 * @param namespace null for the whole cluster
 */
export function isAllowed(user: string, verb: string, resource: string, namespace: string | null): boolean {
  return (RULES[user] ?? []).some(
    (rule) =>
      ['*', verb].includes(rule.verb) &&
      ['*', resource].includes(rule.resource) &&
      (rule.namespace === undefined || rule.namespace === namespace),
  );
}

/**
 * @param resource with its group where it has one: `deployments.apps`
 * @throws StatusError 403, in the words of RBAC
 */
export function authorize(
  user: string,
  verb: string,
  resource: string,
  namespace: string | null,
  name = '',
): void {
  if (isAllowed(user, verb, resource, namespace)) return;
  const scope = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const [kind = ''] = resource.split('/');
  const [plural = '', group = ''] = resource.split('.');
  throw new StatusError(
    403,
    'Forbidden',
    `${kind}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${plural}" in API group "${group}" ${scope}`,
  );
}
