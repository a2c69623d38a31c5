import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadAll } from 'js-yaml';

/** A right in RBAC's words, but for the names of its scope. */
export interface Right {
  readonly verb: string;
  /** With its subresource and its group: `pods/exec`, `deployments.apps`. */
  readonly resource: string;
  readonly scope: Scope;
}

/** Where it is needed: where the Pods are that are asked about, in the cluster, or where the probe Pod is created. */
export type Scope = 'Pods' | 'cluster' | 'probe';

/** A ClusterRole as docs/rbac has it. */
export interface ClusterRole {
  readonly apiVersion: string;
  readonly kind: 'ClusterRole';
  readonly metadata: { readonly name: string };
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

export const rbacFolder = join(import.meta.dirname, '../../docs/rbac');

/** The ClusterRoles that docs/rbac has, by the name of their file. */
export const documentedRoles: ReadonlyMap<string, readonly ClusterRole[]> = new Map(
  readdirSync(rbacFolder).map((file) => [
    basename(file, '.yaml'),
    loadAll(readFileSync(join(rbacFolder, file), 'utf8')) as ClusterRole[],
  ]),
);

/** What a role that is bound there gives. */
export function rightsOfRole({ rules }: ClusterRole, scope: Scope): readonly Right[] {
  return rules.flatMap(({ apiGroups = [], resources = [], nonResourceURLs = [], verbs }) => {
    const grouped = apiGroups.flatMap((group) =>
      resources.map((resource) => (group === '' ? resource : `${resource}.${group}`)),
    );
    return [...grouped, ...nonResourceURLs].flatMap((resource) =>
      verbs.map((verb) => ({ verb, resource, scope })),
    );
  });
}

/** The rule that gives one right alone. */
export function ruleOf({ verb, resource }: Right): Rule {
  const [plural = '', ...group] = resource.split('.');
  return { apiGroups: [group.join('.')], resources: [plural], verbs: [verb] };
}

/** `get pods/exec, where the Pods are` */
export function nameOf({ verb, resource, scope }: Right): string {
  const where = { Pods: 'where the Pods are', cluster: 'in the cluster', probe: 'where the probe Pod is' }[
    scope
  ];
  return `\`${verb} ${resource}\` ${where}`;
}

/**
 * The rights that a request takes.
 *
 * @param url with the query
 * @param probeNamespace where probes are created
 */
export function rightsOfRequest(method: string, url: string, probeNamespace: string): readonly Right[] {
  const { pathname, searchParams } = new URL(url, 'https://server');
  const [, group = '', namespace, rest = ''] =
    /^\/(?:api|apis\/([^/]+))\/v1\/(?:namespaces\/([^/]+)\/)?(.+)$/.exec(pathname) ?? [];
  const [plural = '', name, subresource] = rest.split('/');
  if (plural === '') return [{ verb: method.toLowerCase(), resource: pathname, scope: 'cluster' }];
  const resource =
    plural + (subresource === undefined ? '' : `/${subresource}`) + (group === '' ? '' : `.${group}`);
  const ofCluster = ['nodes', 'namespaces', 'selfsubjectaccessreviews'].includes(plural);
  const scope = ofCluster ? 'cluster' : namespace === probeNamespace ? 'probe' : 'Pods';
  const right = (verb: string): Right => ({ verb, resource, scope });
  switch (method) {
    case 'POST':
      return [right('create')];
    case 'DELETE':
      return [right('delete')];
    case 'GET':
      if (name === undefined) return [right(searchParams.get('watch') === 'true' ? 'watch' : 'list')];
      // A WebSocket begins as a GET; from Kubernetes 1.35 on it takes what the POST of SPDY takes as well
      // (AuthorizePodWebsocketUpgradeCreatePermission).
      return subresource === 'exec' ? [right('get'), right('create')] : [right('get')];
    default:
      return [right(method.toLowerCase())];
  }
}
