import { StatusError } from './status.ts';

export interface Rule {
  readonly verb: string;
  readonly resource: string;
  /** The only namespace in which it may; the whole cluster where it is missing. */
  readonly namespace?: string;
}

/** What each user may do; nobody may do what does not stand here. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  admin: [
    { verb: 'list', resource: 'pods' },
    { verb: 'list', resource: 'nodes' },
    { verb: 'get', resource: 'nodes' },
    { verb: 'get', resource: 'pods/exec' },
    { verb: 'create', resource: 'pods/exec' },
  ],
  /** Has what was enough for an exec before Kubernetes 1.35. */
  veteran: [{ verb: 'get', resource: 'pods/exec' }],
  /** May list Pods but knows nothing of nodes. */
  developer: [{ verb: 'list', resource: 'pods' }],
  /** May list the Pods of one namespace. */
  shopkeeper: [{ verb: 'list', resource: 'pods', namespace: 'shop' }],
  viewer: [],
};

/** The bearer token of a user of the stand-in. */
export function tokenOf(user: string): string {
  return `token-of-${user}`;
}

/**
 * @param authorization the header
 * @param certifiedUser the common name of a valid client certificate
 * @throws StatusError 401
 */
export function authenticate(authorization: string | undefined, certifiedUser: string | undefined): string {
  const user =
    authorization === undefined
      ? certifiedUser
      : Object.keys(RULES).find((name) => authorization === `Bearer ${tokenOf(name)}`);
  if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  return user;
}

/** @throws StatusError 403, in the words of RBAC */
export function authorize(
  user: string,
  verb: string,
  resource: string,
  namespace: string | null,
  name = '',
): void {
  const isAllowed = (RULES[user] ?? []).some(
    (rule) =>
      rule.verb === verb &&
      rule.resource === resource &&
      (rule.namespace === undefined || rule.namespace === namespace),
  );
  if (isAllowed) return;
  const scope = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const [kind = ''] = resource.split('/');
  throw new StatusError(
    403,
    'Forbidden',
    `${kind}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "" ${scope}`,
  );
}
