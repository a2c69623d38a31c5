import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { ExplainedError } from '../../errors.ts';
import { fileReason } from '../../file-reason.ts';
import { isObject, type JsonObject } from '../../wire/json-value.ts';
import { yamlDocument } from '../../yaml/yaml-document.ts';
import { YamlError } from '../../yaml/yaml-error.ts';
import { decodeText } from '../../yaml/decode-text.ts';
import { readBytes } from './read-text.ts';
import { mebibytes, quoted } from '../../wire/wording.ts';

/** Kubeconfig (k8s.io/client-go/tools/clientcmd/api/v1), without extensions and preferences. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, Context>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly users: ReadonlyMap<string, User>;
  /** Paths of the kubeconfig files, including missing ones. */
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
  /** The cluster's extension `client.authentication.k8s.io/exec`, for exec plugins. */
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
  /** Never, IfAvailable, Always, or an invalid value. */
  readonly interactiveMode: string;
}

export interface AuthProvider {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the kubeconfig like kubectl: from `--kubeconfig`, which must exist, or all files of KUBECONFIG, or ~/.kube/config. For each
 * context, cluster, user and the current context, the first file that has it wins. Relative paths are relative to the directory of
 * their file.
 *
 * @throws ExplainedError if a file cannot be read or is not a kubeconfig
 */
export async function readKubeconfig(
  explicitPath: string | undefined,
  environment: Environment,
  homeDirectory: string,
): Promise<Kubeconfig> {
  // A list of empty entries names nothing, and not the file that is read where there is no list.
  const candidates =
    explicitPath !== undefined
      ? [explicitPath]
      : environment['KUBECONFIG']
        ? environment['KUBECONFIG'].split(delimiter).filter((path) => path !== '')
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
    content = decodeText(await readBytes(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeMissing) return null;
    throw new ExplainedError(`The kubeconfig ${path} cannot be read: ${fileReason(error)}.`, {
      cause: error,
    });
  }
  return parseKubeconfig(content, path);
}

/** Maximum number of characters: enough for thousands of clusters. kubectl has no limit. */
const LONGEST = 16 << 20;

/**
 * Parses a kubeconfig. Like kubectl, it rejects values of a wrong type, because they could select another cluster or user than the
 * author meant, and the last one of a duplicate key counts. Unlike kubectl, it accepts a token together with a password.
 *
 * @param path of the file; relative paths are relative to its directory
 */
export function parseKubeconfig(content: string, path: string): Omit<Kubeconfig, 'files'> {
  const folder = dirname(path);
  try {
    if (content.length > LONGEST) throw new KubeconfigError(`it has more than ${mebibytes(LONGEST)}`);
    const config: unknown = yamlDocument(content, LONGEST).value ?? {};
    if (!isObject(config)) throw new KubeconfigError('it is not a mapping');
    const [kind, apiVersion] = [textOf(config, 'kind'), textOf(config, 'apiVersion')];
    if (!['', 'Config'].includes(kind) || !['', 'v1'].includes(apiVersion)) {
      throw new KubeconfigError(
        `it is a ${quoted(kind) || 'Config'} of ${quoted(apiVersion) || 'v1'}, and not a Config of v1`,
      );
    }
    return {
      currentContext: textOf(config, 'current-context'),
      contexts: namedMap(config, 'contexts', 'context', readContext),
      clusters: namedMap(config, 'clusters', 'cluster', (cluster) => readCluster(cluster, folder)),
      users: namedMap(config, 'users', 'user', (user) => readUser(user, folder)),
    };
  } catch (error) {
    if (error instanceof YamlError) {
      const line = content.slice(0, error.offset).split('\n').length;
      throw new ExplainedError(
        `The kubeconfig ${path} cannot be read, line ${String(line)}: ${reasonOf(error)}.`,
        { cause: error },
      );
    }
    if (!(error instanceof KubeconfigError)) throw error;
    throw new ExplainedError(`The kubeconfig ${path} is not a kubeconfig: ${error.message}.`, {
      cause: error,
    });
  }
}

/** Does not pass on what the YAML error quotes: an unquoted secret can look like an alias, a tag or a key. */
function reasonOf({ message }: YamlError): string {
  const isOwn = /^(?:it is nested deeper|with its aliases written out it has more) than \d+(?: MiB)?$/;
  return isOwn.test(message) ? message : 'it is not valid YAML';
}

/** An error in the contents of a kubeconfig. It can quote a kind, a version or a name, but never a credential. */
class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** Converts `[{name, VALUE}]` to a map. */
function namedMap<T>(
  config: JsonObject,
  list: string,
  value: string,
  read: (object: JsonObject) => T,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const entry of objectsOf(config, list)) {
    const name = textOf(entry, 'name');
    if (map.has(name)) throw new KubeconfigError(`two of its ${list} have the name "${quoted(name)}"`);
    map.set(name, read(objectOf(entry, value)));
  }
  return map;
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
    certificateAuthorityData: base64Of(cluster, 'certificate-authority-data'),
    proxyUrl: textOf(cluster, 'proxy-url'),
    disableCompression: isTrue(cluster, 'disable-compression'),
    execConfig: extension?.['extension'] ?? null,
  };
}

function readUser(user: JsonObject, folder: string): User {
  const extra = objectOf(user, 'as-user-extra');
  const [exec, authProvider] = [user['exec'] ?? null, user['auth-provider'] ?? null];
  return {
    token: textOf(user, 'token'),
    tokenFile: absolute(textOf(user, 'tokenFile'), folder),
    clientCertificate: absolute(textOf(user, 'client-certificate'), folder),
    clientCertificateData: base64Of(user, 'client-certificate-data'),
    clientKey: absolute(textOf(user, 'client-key'), folder),
    clientKeyData: base64Of(user, 'client-key-data'),
    username: textOf(user, 'username'),
    password: textOf(user, 'password'),
    impersonate: {
      user: textOf(user, 'as'),
      uid: textOf(user, 'as-uid'),
      groups: textsOf(user, 'as-groups'),
      extra: new Map(Object.keys(extra).map((key) => [key, textsOf(extra, key)])),
    },
    exec: exec === null ? null : readExecPlugin(objectOf(user, 'exec'), folder),
    authProvider: authProvider === null ? null : readAuthProvider(objectOf(user, 'auth-provider')),
  };
}

function readExecPlugin(exec: JsonObject, folder: string): ExecPlugin {
  const command = textOf(exec, 'command');
  return {
    apiVersion: textOf(exec, 'apiVersion'),
    // A bare name is looked up in PATH; only one with a slash is a path (client-go, ResolveLocalPaths).
    command: command.includes('/') || command.includes(sep) ? absolute(command, folder) : command,
    args: textsOf(exec, 'args'),
    env: objectsOf(exec, 'env').map((entry) => ({
      name: textOf(entry, 'name'),
      value: textOf(entry, 'value'),
    })),
    installHint: textOf(exec, 'installHint'),
    provideClusterInfo: isTrue(exec, 'provideClusterInfo'),
    // Only from v1 on it must be there.
    interactiveMode:
      textOf(exec, 'interactiveMode') ||
      (textOf(exec, 'apiVersion') === 'client.authentication.k8s.io/v1beta1' ? 'IfAvailable' : ''),
  };
}

function readAuthProvider(provider: JsonObject): AuthProvider {
  const config = objectOf(provider, 'config');
  return {
    name: textOf(provider, 'name'),
    config: Object.fromEntries(Object.keys(config).map((key) => [key, textOf(config, key)])),
  };
}

function absolute(path: string, folder: string): string {
  return path === '' ? '' : resolve(folder, path);
}

/*
 * As Go reads JSON into its types: what is null or missing is the empty value, and any other type is an error.
 */

function textOf(parent: JsonObject, key: string): string {
  return textAt(parent[key], key);
}

function textAt(value: unknown, key: string): string {
  return typeof value === 'string' ? value : absent(value, key, 'text', '');
}

/** Buffer.from silently drops invalid base64, so validate first. Go allows line breaks. */
function base64Of(parent: JsonObject, key: string): string {
  const text = textOf(parent, key).replaceAll(/[\r\n]/g, '');
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text;
  throw new KubeconfigError(`its "${key}" is not base64`);
}

function isTrue(parent: JsonObject, key: string): boolean {
  const value = parent[key];
  return typeof value === 'boolean' ? value : absent(value, key, 'true or false', false);
}

function objectOf(parent: JsonObject, key: string): JsonObject {
  return objectAt(parent[key], key);
}

function objectAt(value: unknown, key: string): JsonObject {
  return isObject(value) ? value : absent(value, key, 'a mapping', {});
}

function listOf<T>(parent: JsonObject, key: string, item: (value: unknown, key: string) => T): readonly T[] {
  const value = parent[key];
  const list: readonly unknown[] = Array.isArray(value) ? value : absent(value, key, 'a list', []);
  return list.map((each) => item(each, key));
}

function textsOf(parent: JsonObject, key: string): readonly string[] {
  return listOf(parent, key, textAt);
}

function objectsOf(parent: JsonObject, key: string): readonly JsonObject[] {
  return listOf(parent, key, objectAt);
}

function absent<T>(value: unknown, key: string, type: string, empty: T): T {
  if (value === undefined || value === null) return empty;
  throw new KubeconfigError(`its "${key}" is not ${type}`);
}
