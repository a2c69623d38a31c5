import { delimiter, dirname, join, resolve } from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { ExplainedError } from '../errors.ts';
import { fileReason } from '../file-reason.ts';
import {
  arrayOf,
  isObject,
  isTrue,
  type JsonObject,
  objectOf,
  objectsOf,
  textOf,
} from '../wire/json-value.ts';
import { readText } from './read-text.ts';

/** Kubeconfig (k8s.io/client-go/tools/clientcmd/api/v1), as far as it tells how to reach a cluster. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, Context>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly users: ReadonlyMap<string, User>;
  /** The files that were looked for, whether or not they were there. */
  readonly files: readonly string[];
}

export interface Context {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

export interface Cluster {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: string;
  /** PEM, in base64. */
  readonly certificateAuthorityData: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  /** What the cluster's `client.authentication.k8s.io/exec` extension holds, for exec plugins. */
  readonly execConfig: unknown;
}

export interface User {
  readonly token: string;
  readonly tokenFile: string;
  readonly clientCertificate: string;
  readonly clientCertificateData: string;
  readonly clientKey: string;
  readonly clientKeyData: string;
  readonly username: string;
  readonly password: string;
  readonly impersonate: Impersonation;
  readonly exec: ExecPlugin | null;
  readonly authProvider: AuthProvider | null;
}

export interface Impersonation {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  /** Never, IfAvailable or Always; empty means IfAvailable. */
  readonly interactiveMode: string;
}

export interface AuthProvider {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the kubeconfig as kubectl does: `--kubeconfig` alone, which must exist; else every file of
 * KUBECONFIG, else ~/.kube/config, which need not. Of several files the first to name a context, a
 * cluster, a user or a current context wins, and relative paths start at the folder of their file.
 *
 * @throws ExplainedError where a file cannot be read or is no kubeconfig
 */
export async function readKubeconfig(
  explicitPath: string | undefined,
  environment: Environment,
  homeDirectory: string,
): Promise<Kubeconfig> {
  const fromEnvironment = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const candidates =
    explicitPath !== undefined
      ? [explicitPath]
      : fromEnvironment.length > 0
        ? fromEnvironment
        : [join(homeDirectory, '.kube', 'config')];
  const files = [...new Set(candidates.map((path) => resolve(path)))];
  const found = (await Promise.all(files.map((path) => readOne(path, explicitPath === undefined)))).filter(
    (config) => config !== null,
  );
  return {
    currentContext: found.map((config) => config.currentContext).find((name) => name !== '') ?? '',
    contexts: mergeFirstWins(found.map((config) => config.contexts)),
    clusters: mergeFirstWins(found.map((config) => config.clusters)),
    users: mergeFirstWins(found.map((config) => config.users)),
    files,
  };
}

function mergeFirstWins<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}

async function readOne(path: string, mayBeMissing: boolean): Promise<Omit<Kubeconfig, 'files'> | null> {
  let content: string;
  try {
    content = await readText(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeMissing) return null;
    throw new ExplainedError(`The kubeconfig ${path} cannot be read: ${fileReason(error)}.`, {
      cause: error,
    });
  }
  return parseKubeconfig(content, path);
}

/** @param path where the text was read; its folder is where relative paths start */
export function parseKubeconfig(content: string, path: string): Omit<Kubeconfig, 'files'> {
  let document: unknown;
  try {
    document = content.trim() === '' ? {} : load(content);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? '' : `, line ${String(error.mark.line + 1)}`;
    throw new ExplainedError(`The kubeconfig ${path} is not valid YAML${line}: ${error.reason}.`, {
      cause: error,
    });
  }
  if (!isObject(document ?? {}))
    throw new ExplainedError(`The kubeconfig ${path} is not a kubeconfig: it is no mapping.`);
  const config = objectOf({ document }, 'document');
  const folder = dirname(path);
  return {
    currentContext: textOf(config, 'current-context'),
    contexts: namedMap(config, 'contexts', 'context', readContext),
    clusters: namedMap(config, 'clusters', 'cluster', (cluster) => readCluster(cluster, folder)),
    users: namedMap(config, 'users', 'user', (user) => readUser(user, folder)),
  };
}

/** `[{name, VALUE}]` as a map; within one file the last of a name wins, as in client-go's conversion. */
function namedMap<T>(
  config: JsonObject,
  list: string,
  value: string,
  read: (object: JsonObject) => T,
): ReadonlyMap<string, T> {
  return new Map(
    objectsOf(config, list).map((entry) => [textOf(entry, 'name'), read(objectOf(entry, value))]),
  );
}

function readContext(context: JsonObject): Context {
  return {
    cluster: textOf(context, 'cluster'),
    user: textOf(context, 'user'),
    namespace: textOf(context, 'namespace'),
  };
}

function readCluster(cluster: JsonObject, folder: string): Cluster {
  const extension = objectsOf(cluster, 'extensions').find(
    (entry) => textOf(entry, 'name') === 'client.authentication.k8s.io/exec',
  );
  return {
    server: textOf(cluster, 'server'),
    tlsServerName: textOf(cluster, 'tls-server-name'),
    insecureSkipTlsVerify: isTrue(cluster, 'insecure-skip-tls-verify'),
    certificateAuthority: absolute(textOf(cluster, 'certificate-authority'), folder),
    certificateAuthorityData: textOf(cluster, 'certificate-authority-data'),
    proxyUrl: textOf(cluster, 'proxy-url'),
    disableCompression: isTrue(cluster, 'disable-compression'),
    execConfig: extension?.['extension'] ?? null,
  };
}

function readUser(user: JsonObject, folder: string): User {
  const extra = objectOf(user, 'as-user-extra');
  return {
    token: textOf(user, 'token'),
    tokenFile: absolute(textOf(user, 'tokenFile'), folder),
    clientCertificate: absolute(textOf(user, 'client-certificate'), folder),
    clientCertificateData: textOf(user, 'client-certificate-data'),
    clientKey: absolute(textOf(user, 'client-key'), folder),
    clientKeyData: textOf(user, 'client-key-data'),
    username: textOf(user, 'username'),
    password: textOf(user, 'password'),
    impersonate: {
      user: textOf(user, 'as'),
      uid: textOf(user, 'as-uid'),
      groups: textsOf(user, 'as-groups'),
      extra: new Map(Object.keys(extra).map((key) => [key, textsOf(extra, key)])),
    },
    exec: isObject(user['exec']) ? readExecPlugin(user['exec'], folder) : null,
    authProvider: isObject(user['auth-provider']) ? readAuthProvider(user['auth-provider']) : null,
  };
}

function readExecPlugin(exec: JsonObject, folder: string): ExecPlugin {
  const command = textOf(exec, 'command');
  return {
    apiVersion: textOf(exec, 'apiVersion'),
    // A bare name is looked up in PATH; only one with a slash is a path (client-go, ResolveLocalPaths).
    command: /[/\\]/.test(command) ? absolute(command, folder) : command,
    args: textsOf(exec, 'args'),
    env: objectsOf(exec, 'env').map((entry) => ({
      name: textOf(entry, 'name'),
      value: textOf(entry, 'value'),
    })),
    installHint: textOf(exec, 'installHint'),
    provideClusterInfo: isTrue(exec, 'provideClusterInfo'),
    interactiveMode: textOf(exec, 'interactiveMode'),
  };
}

function readAuthProvider(provider: JsonObject): AuthProvider {
  const config = objectOf(provider, 'config');
  return {
    name: textOf(provider, 'name'),
    config: Object.fromEntries(Object.keys(config).map((key) => [key, textOf(config, key)])),
  };
}

function textsOf(parent: JsonObject, key: string): readonly string[] {
  return arrayOf(parent, key).filter((item) => typeof item === 'string');
}

function absolute(path: string, folder: string): string {
  return path === '' ? '' : resolve(folder, path);
}
