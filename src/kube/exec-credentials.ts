import { spawn } from 'node:child_process';
import { ExplainedError, InterruptedError } from '../errors.ts';
import { isObject, type JsonObject, objectOf, textOf } from '../wire/json-value.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import type { Cluster, ExecPlugin } from './kubeconfig.ts';
import type { Surroundings } from './surroundings.ts';

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** A person may have to log in meanwhile. */
const TIMEOUT_MILLISECONDS = 5 * 60 * 1000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A credential is renewed a little before its end, so that it does not expire on its way. */
const EXPIRY_MARGIN_MILLISECONDS = 10_000;

interface Issued {
  readonly credentials: Credentials;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Credentials from an exec plugin, run as client-go runs it and kept until they expire.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function execCredentials(
  plugin: ExecPlugin,
  fallback: Credentials,
  server: { readonly cluster: Cluster; readonly ca: string | undefined },
  surroundings: Surroundings,
): CredentialSource {
  if (!API_VERSIONS.includes(plugin.apiVersion)) {
    throw new ExplainedError(
      `The credential plugin "${plugin.command}" is configured for ${plugin.apiVersion || 'no API version'}; ` +
        `${API_VERSIONS.join(' and ')} are supported.`,
    );
  }
  let issued: Promise<Issued> | undefined;
  /** One run for all who ask meanwhile; of one that fails the next who asks begins another. */
  const issue = (): Promise<Issued> => {
    const running = run();
    running.catch(() => {
      if (issued === running) issued = undefined;
    });
    return (issued = running);
  };
  const run = async (): Promise<Issued> => {
    const interactive = isInteractive(plugin, surroundings);
    const info = execInfo(plugin, server, interactive);
    const output = await runPlugin(plugin, info, interactive, surroundings);
    const { credentials, expiresAt } = readExecCredential(plugin, output);
    return { credentials: { ...fallback, ...credentials }, expiresAt };
  };
  return {
    async current() {
      let known = await (issued ?? issue());
      if (Date.now() > known.expiresAt - EXPIRY_MARGIN_MILLISECONDS) known = await issue();
      return known.credentials;
    },
    invalidate() {
      issued = undefined;
      return true;
    },
  };
}

function isInteractive(plugin: ExecPlugin, surroundings: Surroundings): boolean {
  switch (plugin.interactiveMode) {
    case 'Never':
      return false;
    case 'Always':
      if (surroundings.isInteractive) return true;
      throw new ExplainedError(
        `The credential plugin "${plugin.command}" must ask on a terminal, and standard input is none.`,
      );
    case '':
    case 'IfAvailable':
      return surroundings.isInteractive;
    default:
      throw new ExplainedError(
        `The credential plugin "${plugin.command}" has the interactiveMode "${plugin.interactiveMode}", not Never, IfAvailable or Always.`,
      );
  }
}

/** The value of KUBERNETES_EXEC_INFO. */
function execInfo(
  plugin: ExecPlugin,
  { cluster, ca }: { readonly cluster: Cluster; readonly ca: string | undefined },
  interactive: boolean,
): string {
  const clusterInfo = {
    server: cluster.server,
    ...(cluster.tlsServerName === '' ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(cluster.proxyUrl === '' ? {} : { 'proxy-url': cluster.proxyUrl }),
    ...(cluster.disableCompression ? { 'disable-compression': true } : {}),
    config: cluster.execConfig,
  };
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: plugin.apiVersion,
    spec: { interactive, ...(plugin.provideClusterInfo ? { cluster: clusterInfo } : {}) },
  });
}

/** Its standard error is the user's terminal: that is where a plugin says what to do. */
function runPlugin(
  plugin: ExecPlugin,
  info: string,
  interactive: boolean,
  { environment, signal, isSilent = false }: Surroundings,
): Promise<string> {
  const name = `The credential plugin "${plugin.command}" of the kubeconfig's user`;
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env: {
        ...environment,
        ...Object.fromEntries(plugin.env.map(({ name: key, value }) => [key, value])),
        KUBERNETES_EXEC_INFO: info,
      },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', isSilent ? 'ignore' : 'inherit'],
      timeout: TIMEOUT_MILLISECONDS,
      signal,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
      else child.kill();
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) {
        reject(new InterruptedError('Interrupted.', { cause: error }));
        return;
      }
      const missing = error.code === 'ENOENT';
      const why = missing
        ? 'is not installed or not on PATH'
        : `cannot be started: ${error.code ?? error.message}`;
      const hint = missing && plugin.installHint !== '' ? ` ${plugin.installHint.trim()}` : '';
      reject(new ExplainedError(`${name} ${why}.${hint}`, { cause: error }));
    });
    child.on('close', (code, endedBy) => {
      if (signal.aborted) {
        reject(new InterruptedError('Interrupted.'));
      } else if (code === 0) {
        resolve(Buffer.concat(chunks).toString('utf8'));
      } else if (size > MAX_OUTPUT_BYTES) {
        reject(
          new ExplainedError(`${name} printed more than ${String(MAX_OUTPUT_BYTES)} bytes and was stopped.`),
        );
      } else {
        const how =
          code === null ? `was ended by ${endedBy ?? 'a signal'}` : `failed with exit code ${String(code)}`;
        reject(new ExplainedError(`${name} ${how}. Run it by itself to see why.`));
      }
    });
  });
}

/** What the plugin printed is never quoted: it may hold the token. */
function readExecCredential(plugin: ExecPlugin, output: string): Issued {
  const fail = (why: string): ExplainedError =>
    new ExplainedError(`The credential plugin "${plugin.command}" of the kubeconfig's user printed ${why}.`);
  let document: unknown;
  try {
    document = JSON.parse(output);
  } catch {
    throw fail('something that is not JSON instead of an ExecCredential');
  }
  const credential: JsonObject = isObject(document) ? document : {};
  if (
    textOf(credential, 'kind') !== 'ExecCredential' ||
    textOf(credential, 'apiVersion') !== plugin.apiVersion
  ) {
    throw fail(`no ExecCredential of ${plugin.apiVersion}, which the kubeconfig asks for`);
  }
  const status = objectOf(credential, 'status');
  const token = textOf(status, 'token');
  const certificate = textOf(status, 'clientCertificateData');
  const key = textOf(status, 'clientKeyData');
  if ((certificate === '') !== (key === ''))
    throw fail('a client certificate without its key, or a key alone');
  if (token === '' && certificate === '') throw fail('an ExecCredential without a token or a certificate');
  const expiry = Date.parse(textOf(status, 'expirationTimestamp'));
  return {
    credentials: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(certificate === '' ? {} : { certificate: { certificate, key } }),
    },
    expiresAt: Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry,
  };
}
