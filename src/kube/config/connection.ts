import { ExplainedError } from '../../errors.ts';
import { withoutTrailing } from '../../wire/wording.ts';
import { credentialSource } from '../auth/credential-source.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { inClusterConfig } from './in-cluster.ts';
import { type Cluster, type Impersonation, readKubeconfig, type User } from './kubeconfig.ts';
import { readPem } from './pem.ts';
import { proxyFor } from '../transport/proxy.ts';
import type { Surroundings } from './surroundings.ts';

/** Given connection flags of kubectl. The others are absent. */
export interface ConnectionOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  /** KEY=VALUE each; a key may come again. */
  readonly asUserExtra?: readonly string[];
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly disableCompression?: boolean;
  /** Milliseconds for one request; 0 for no limit. */
  readonly requestTimeout: number;
}

/** Settings to access one API server as one user. */
export interface Connection {
  readonly server: URL;
  /** The namespace of the flag, the context, POD_NAMESPACE or the service account, or "default". */
  readonly namespace: string;
  readonly tls: ServerTrust;
  readonly credentials: CredentialSource;
  readonly impersonate: Impersonation;
  /** True if the kubeconfig itself impersonates a user. */
  readonly isImpersonating: boolean;
  /** The proxy's URL, or null for a direct connection. */
  readonly proxy: string | null;
  readonly compression: boolean;
  readonly requestTimeout: number;
}

export interface ServerTrust {
  /** PEM; undefined for the system's own authorities. */
  readonly ca: string | undefined;
  /** The name that the certificate must have, where it is not the server's. */
  readonly serverName: string | undefined;
  readonly verify: boolean;
}

/**
 * Determines the cluster, the user and the namespace like kubectl: from flags, then the kubeconfig, then the service account of the
 * Pod in which this runs (client-go's DeferredLoadingClientConfig, 1.35).
 *
 * @throws ExplainedError if something is missing or contradictory
 */
export async function connect(options: ConnectionOptions, surroundings: Surroundings): Promise<Connection> {
  const { environment, homeDirectory } = surroundings;
  const config = await readKubeconfig(options.kubeconfig, environment, homeDirectory);
  const contextName = options.context ?? config.currentContext;
  const context = config.contexts.get(contextName);
  if (context === undefined && contextName !== '') {
    throw new ExplainedError(
      options.context === undefined
        ? `The kubeconfig's current context "${contextName}" is not in it. ${known('contexts', config.contexts)}`
        : `There is no context "${contextName}" in the kubeconfig. ${known('contexts', config.contexts)}`,
    );
  }
  // As in kubectl, flags may replace what the context names and the kubeconfig does not have.
  const configuredCluster = find(
    'cluster',
    config.clusters,
    options.cluster ?? context?.cluster,
    options.cluster === undefined && options.server !== undefined,
  );
  const hasOwnCredentials =
    options.token !== undefined || options.username !== undefined || options.clientCertificate !== undefined;
  const configuredUser = find(
    'user',
    config.users,
    options.user ?? context?.user,
    options.user === undefined && hasOwnCredentials,
  );
  const cluster = withFlags(configuredCluster, options);

  const ownNamespace = options.namespace ?? context?.namespace ?? '';
  const isComplete = cluster.server !== '' && ownNamespace !== '';
  const inCluster = isComplete ? null : await inClusterConfig(surroundings);
  const namespace = ownNamespace || (inCluster?.namespace ?? 'default');
  if (cluster.server !== '') {
    return assemble(cluster, configuredUser ?? NO_USER, namespace, options, surroundings);
  }
  if (inCluster === null) throw new ExplainedError(noServer(contextName, config.files));
  return assemble(
    { ...cluster, ...inCluster.cluster, ...certificateAuthorityFlag(options) },
    { ...NO_USER, ...inCluster.user },
    namespace,
    options,
    surroundings,
  );
}

function known(what: string, entries: ReadonlyMap<string, unknown>): string {
  const names = [...entries.keys()];
  return names.length === 0
    ? `It has no ${what}.`
    : `It has the ${what} ${names.map((name) => `"${name}"`).join(', ')}.`;
}

function find<T>(
  what: string,
  entries: ReadonlyMap<string, T>,
  name: string | undefined,
  mayBeMissing: boolean,
): T | undefined {
  if (name === undefined || name === '') return undefined;
  const entry = entries.get(name);
  if (entry === undefined && !mayBeMissing) {
    throw new ExplainedError(
      `There is no ${what} "${name}" in the kubeconfig. ${known(`${what}s`, entries)}`,
    );
  }
  return entry;
}

function noServer(contextName: string, files: readonly string[]): string {
  const looked = files.join(', ');
  return contextName === ''
    ? `No cluster to ask: ${looked === '' ? 'KUBECONFIG names no file' : `no context is chosen in ${looked}`}, and this is not a Pod with a service account. ` +
        'Set KUBECONFIG, or name one with --kubeconfig, --context or --server.'
    : `The context "${contextName}" in ${looked} names no server. Name one with --server.`;
}

const NO_CLUSTER: Cluster = {
  server: '',
  tlsServerName: '',
  insecureSkipTlsVerify: false,
  certificateAuthority: '',
  certificateAuthorityData: '',
  proxyUrl: '',
  disableCompression: false,
  execConfig: null,
};

/** Flags win. A CA flag, or skipping the check, replaces both forms of the CA. --server replaces the TLS name. */
function withFlags(cluster: Cluster | undefined, options: ConnectionOptions): Cluster {
  const merged = { ...NO_CLUSTER, ...cluster };
  return {
    ...merged,
    server: options.server ?? merged.server,
    tlsServerName:
      options.tlsServerName === undefined && options.server === undefined
        ? merged.tlsServerName
        : (options.tlsServerName ?? ''),
    ...certificateAuthorityFlag(options),
    disableCompression: options.disableCompression ?? merged.disableCompression,
  };
}

function certificateAuthorityFlag(options: ConnectionOptions): Partial<Cluster> {
  if (options.certificateAuthority === undefined && options.insecureSkipTlsVerify !== true) return {};
  return {
    insecureSkipTlsVerify: options.insecureSkipTlsVerify ?? false,
    certificateAuthority: options.certificateAuthority ?? '',
    certificateAuthorityData: '',
  };
}

const NO_USER: User = {
  token: '',
  tokenFile: '',
  clientCertificate: '',
  clientCertificateData: '',
  clientKey: '',
  clientKeyData: '',
  username: '',
  password: '',
  impersonate: { user: '', uid: '', groups: [], extra: new Map() },
  exec: null,
  authProvider: null,
};

function withUserFlags(user: User, options: ConnectionOptions): User {
  const isBasic = options.username !== undefined || options.password !== undefined;
  if (isBasic && [options.token, user.token, user.tokenFile].some((token) => (token ?? '') !== '')) {
    throw new ExplainedError(
      'A user name or password is given besides a token: remove --username and --password, or the token.',
    );
  }
  return {
    ...user,
    username: options.username ?? user.username,
    password: options.password ?? user.password,
    ...(options.token === undefined ? {} : { token: options.token, tokenFile: '' }),
    ...(options.clientCertificate === undefined
      ? {}
      : { clientCertificate: options.clientCertificate, clientCertificateData: '' }),
    ...(options.clientKey === undefined ? {} : { clientKey: options.clientKey, clientKeyData: '' }),
    impersonate: {
      user: options.as ?? user.impersonate.user,
      uid: options.asUid ?? user.impersonate.uid,
      groups: options.asGroup ?? user.impersonate.groups,
      extra: new Map([...user.impersonate.extra, ...extraOf(options.asUserExtra ?? [])]),
    },
  };
}

/** Like kubectl, replaces all values of a key that the kubeconfig has. */
function extraOf(entries: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const key = entry.slice(0, at);
    extra.set(key, [...(extra.get(key) ?? []), entry.slice(at + 1)]);
  }
  return extra;
}

async function assemble(
  cluster: Cluster,
  configuredUser: User,
  namespace: string,
  options: ConnectionOptions,
  surroundings: Surroundings,
): Promise<Connection> {
  const user = withUserFlags(configuredUser, options);
  const saysTls =
    cluster.insecureSkipTlsVerify ||
    [
      cluster.certificateAuthority,
      cluster.certificateAuthorityData,
      user.clientCertificate,
      user.clientCertificateData,
    ].some((value) => value !== '');
  const { server, userinfo } = serverUrl(cluster.server, saysTls);
  if (
    server.protocol === 'https:' &&
    cluster.insecureSkipTlsVerify &&
    (cluster.certificateAuthority !== '' || cluster.certificateAuthorityData !== '')
  ) {
    throw new ExplainedError(
      'A certificate authority and insecure-skip-tls-verify cannot both be set: choose one of them.',
    );
  }
  // As client-go checks it, wherever it stands (IsValidPathSegmentName in k8s.io/apimachinery).
  if (/^\.\.?$|[/%]/.test(namespace) || !namespace.isWellFormed()) {
    throw new ExplainedError(
      `invalid namespace "${namespace}": it must not be "." or ".." or contain "/" or "%"`,
    );
  }
  const { user: impersonated, uid, groups, extra } = user.impersonate;
  if (impersonated === '' && (uid !== '' || groups.length > 0 || extra.size > 0)) {
    throw new ExplainedError(
      'A group, uid or extra field is impersonated without a user: name one with --as.',
    );
  }
  const ca = await readPem(
    'certificate authority',
    cluster.certificateAuthority,
    cluster.certificateAuthorityData,
  );
  return {
    server,
    namespace,
    tls: {
      ca,
      serverName: cluster.tlsServerName === '' ? undefined : cluster.tlsServerName,
      verify: !cluster.insecureSkipTlsVerify,
    },
    // As in client-go: what goes in clear text carries no credentials but those of the URL.
    credentials: await credentialSource(
      { ...(server.protocol === 'https:' ? user : NO_USER), ...userinfo },
      { cluster, ca },
      surroundings,
    ),
    impersonate: user.impersonate,
    isImpersonating: configuredUser.impersonate.user !== '',
    proxy: proxyFor(server, cluster.proxyUrl, surroundings.environment),
    compression: !cluster.disableCompression && !isLoopback(server),
    requestTimeout: options.requestTimeout,
  };
}

/** On the same machine, gzip takes more time than it saves. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Returns the given server without user name and password, even if the URL is invalid. */
export function withoutUserinfo(server: string): string {
  const [scheme = ''] = /^[a-z][\w+.-]*:\/\//i.exec(server) ?? [];
  const url = URL.parse(scheme === '' ? `https://${server}` : server);
  if (url === null) return scheme + server.slice(scheme.length).replace(/^.*@/s, '');
  if (url.username === '' && url.password === '') return server;
  return scheme + url.host + withoutTrailing(url.pathname, /\//);
}

interface Server {
  readonly server: URL;
  /** The user and the password of the URL, which replace all but a client certificate, as in Go. */
  readonly userinfo: Partial<User>;
}

/** Parses `host`, `host:port` or a URL. Like client-go, the default scheme is https if any TLS setting is given. */
function serverUrl(text: string, saysTls: boolean): Server {
  const [, scheme = '', rest = ''] = /^(?:([a-z][\w+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const isHttp = ['', 'http', 'https'].includes(scheme.toLowerCase());
  // URL.parse would read "http:/host" and "http:\\host" as a host.
  const isHost = /^[^/\\]+(?:\/|$)/.test(rest) && !/^https?:(?!\d+(?:\/|$))/i.test(rest);
  const url =
    isHttp && isHost ? URL.parse(scheme === '' ? `${saysTls ? 'https' : 'http'}://${text}` : text) : null;
  const userinfo = url === null ? null : userinfoOf(url);
  if (url === null || userinfo === null) {
    throw new ExplainedError(`The server "${withoutUserinfo(text)}" is not a URL such as https://host:6443.`);
  }
  url.username = '';
  url.password = '';
  url.pathname = withoutTrailing(url.pathname, /\//);
  url.search = '';
  url.hash = '';
  return { server: url, userinfo };
}

/** Returns null if it is not a valid URL. */
function userinfoOf({ username, password }: URL): Partial<User> | null {
  if (username === '' && password === '') return {};
  try {
    return {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
      token: '',
      tokenFile: '',
      exec: null,
      authProvider: null,
    };
  } catch {
    return null;
  }
}
