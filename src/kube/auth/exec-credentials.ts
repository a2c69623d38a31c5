import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { arch, platform } from 'node:os';
import { ExplainedError, InterruptedError } from '../../errors.ts';
import { isObject, type JsonObject, objectOf, textOf } from '../../wire/json-value.ts';
import { yamlDocument } from '../../yaml/yaml-document.ts';
import { isForeignProgram } from './foreign-program.ts';
import { pairFault } from './client-certificate.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import type { Cluster, ExecPlugin } from '../config/kubeconfig.ts';
import type { Surroundings } from '../config/surroundings.ts';

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** Long enough for a person to log in. client-go has no limit. */
const TIMEOUT_MINUTES = 5;
/** Time between SIGTERM and SIGKILL. */
const GRACE_MILLISECONDS = 2000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A credential is renewed a little before its end, so that it does not expire during a request. */
const EXPIRY_MARGIN_MILLISECONDS = 10_000;

interface Issued {
  readonly credentials: Credentials;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Gets credentials from an exec plugin, like client-go, and keeps them until they expire or are rejected. The plugin inherits
 * standard error unchanged: the user's own kubeconfig names it, and it may have to show a login prompt. Its command is searched in
 * the PATH of its own environment, which `env` can set. client-go uses the PATH of the program.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function execCredentials(
  plugin: ExecPlugin,
  server: { readonly cluster: Cluster; readonly ca: string | undefined },
  surroundings: Surroundings,
): CredentialSource {
  if (plugin.command === '') {
    throw new ExplainedError("The credential plugin of the kubeconfig's user has no command.");
  }
  if (!API_VERSIONS.includes(plugin.apiVersion)) {
    throw new ExplainedError(
      `The credential plugin "${plugin.command}" is configured for ${plugin.apiVersion || 'no API version'}; ` +
        `${API_VERSIONS.join(' and ')} are supported.`,
    );
  }
  /** One run for all who ask meanwhile; of one that fails the next who asks begins another. */
  let issued: { readonly running: Promise<Issued>; readonly result: Issued | null } | null = null;
  const closed = new AbortController();
  const issue = (): Promise<Issued> => {
    if (issued !== null) return issued.running;
    const running = run();
    issued = { running, result: null };
    running.then(
      (result) => (issued = { running, result }),
      () => (issued = null),
    );
    return running;
  };
  const run = async (): Promise<Issued> => {
    const interactive = isInteractive(plugin, surroundings);
    const info = execInfo(plugin, server, interactive);
    const output = await runPlugin(plugin, info, interactive, surroundings, closed.signal);
    return readExecCredential(plugin, output);
  };
  return {
    async current() {
      const result = issued?.result ?? null;
      if (result !== null && Date.now() > result.expiresAt - EXPIRY_MARGIN_MILLISECONDS) issued = null;
      return (await issue()).credentials;
    },
    invalidate(refused) {
      // Of several requests that are refused at once the first has it renewed.
      if (issued?.result?.credentials === refused) issued = null;
      return true;
    },
    async close() {
      closed.abort();
      await issued?.running.catch(() => undefined);
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
    case 'IfAvailable':
      return surroundings.isInteractive;
    default:
      throw new ExplainedError(
        `The credential plugin "${plugin.command}" is configured with ${plugin.interactiveMode === '' ? 'no interactiveMode' : `the interactiveMode "${plugin.interactiveMode}"`}; it is Never, IfAvailable or Always.`,
      );
  }
}

/** Returns the value of KUBERNETES_EXEC_INFO. */
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

/**
 * Runs the plugin and returns its output. If it is stopped, its own child processes may keep running and keep the output open; they
 * are not awaited.
 */
function runPlugin(
  plugin: ExecPlugin,
  info: string,
  interactive: boolean,
  { environment, isSilent = false }: Surroundings,
  signal: AbortSignal,
): Promise<string> {
  const name = `The credential plugin "${plugin.command}" of the kubeconfig's user`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new InterruptedError();
    const child = start(plugin, name, {
      env: {
        ...environment,
        ...Object.fromEntries(plugin.env.map(({ name: key, value }) => [key, value])),
        KUBERNETES_EXEC_INFO: info,
      },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', isSilent ? 'ignore' : 'inherit'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let stopped: Error | null = null;
    let last: NodeJS.Timeout | undefined;
    const settle = (error: Error | null): void => {
      clearTimeout(limit);
      clearTimeout(last);
      signal.removeEventListener('abort', interrupt);
      child.stdout?.destroy();
      if (error === null) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(error);
    };
    const stop = (why: Error): void => {
      if (stopped !== null) return;
      stopped = why;
      // A completion does not wait for the end of the plugin.
      if (!child.kill(isSilent ? 'SIGKILL' : 'SIGTERM')) settle(why);
      else last = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS);
    };
    const interrupt = (): void => {
      stop(new InterruptedError());
    };
    signal.addEventListener('abort', interrupt);
    const limit = setTimeout(() => {
      stop(
        new ExplainedError(
          `${name} has not ended within ${String(TIMEOUT_MINUTES)} minutes and was stopped. Run it by itself to see why.`,
        ),
      );
    }, TIMEOUT_MINUTES * 60_000);
    child.on('error', (error) => {
      settle(stopped ?? cannotStart(plugin, name, error));
    });
    // There is none where there are no file descriptors left, which the child only then tells.
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
      else
        stop(
          new ExplainedError(`${name} printed more than ${String(MAX_OUTPUT_BYTES)} bytes and was stopped.`),
        );
    });
    child.on('exit', () => {
      if (stopped !== null) settle(stopped);
    });
    child.on('close', (code, endedBy) => {
      if (stopped !== null || code === 0) settle(stopped);
      else void failure(plugin, name, { code, endedBy }, environment).then(settle);
    });
  });
}

/** Exit codes of a shell that cannot run its command. */
const NOT_RUN: readonly (number | null)[] = [126, 127];

/** Returns the error for a plugin that has ended without success. */
async function failure(
  plugin: ExecPlugin,
  name: string,
  { code, endedBy }: { readonly code: number | null; readonly endedBy: string | null },
  environment: Surroundings['environment'],
): Promise<ExplainedError> {
  const machine = { platform: platform(), arch: arch(), path: environment['PATH'] };
  if (NOT_RUN.includes(code) && (await isForeignProgram(plugin.command, machine))) {
    return cannotStart(plugin, name, Object.assign(new Error('exec format error'), { code: 'ENOEXEC' }));
  }
  const how =
    code === null ? `was ended by ${endedBy ?? 'a signal'}` : `failed with exit code ${String(code)}`;
  return new ExplainedError(`${name} ${how}. Run it by itself to see why.`);
}

function start(plugin: ExecPlugin, name: string, options: SpawnOptions): ChildProcess {
  try {
    return spawn(plugin.command, plugin.args, options);
  } catch (error) {
    throw cannotStart(plugin, name, error);
  }
}

const START_FAILURES: Readonly<Record<string, string>> = {
  ENOEXEC:
    'it is not a program for this machine (exec format error). Install the one for this operating system and architecture',
  EBADARCH: 'it is a program for another architecture. Install the one for this machine',
  EACCES: 'permission denied. Check that the file is executable',
};

function cannotStart({ installHint }: ExecPlugin, name: string, error: unknown): ExplainedError {
  const { code, message } = error as NodeJS.ErrnoException;
  const missing = code === 'ENOENT';
  const reason = START_FAILURES[code ?? ''] ?? code ?? message;
  const why = missing ? 'is not installed or not on PATH' : `cannot be started: ${reason}`;
  const hint = missing ? installHint.trim() : '';
  // Several lines are commands to copy, or a text with paragraphs.
  return hint.includes('\n')
    ? new ExplainedError(`${name} ${why}.`, { cause: error, hint })
    : new ExplainedError(`${name} ${why}.${hint === '' ? '' : ` ${hint}`}`, { cause: error });
}

/** Parses JSON or, like client-go, YAML. */
function readDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return yamlDocument(text, MAX_OUTPUT_BYTES).value;
  }
}

/** The output of the plugin is never quoted, because it can contain the token. */
function readExecCredential(plugin: ExecPlugin, output: string): Issued {
  const fail = (why: string): ExplainedError =>
    new ExplainedError(`The credential plugin "${plugin.command}" of the kubeconfig's user printed ${why}.`);
  let document: unknown;
  try {
    document = readDocument(output.replace(/^\uFEFF/, ''));
  } catch {
    throw fail('something that is neither JSON nor YAML instead of an ExecCredential');
  }
  const credential: JsonObject = isObject(document) ? document : {};
  if (
    !['', 'ExecCredential'].includes(textOf(credential, 'kind')) ||
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
  const fault = certificate === '' ? null : pairFault({ certificate, key });
  if (fault !== null) throw fail(`a client certificate that cannot be used: ${fault.why}`);
  const expirationTimestamp = status['expirationTimestamp'] ?? null;
  const expiresAt =
    expirationTimestamp === null
      ? Number.POSITIVE_INFINITY
      : Date.parse(textOf(status, 'expirationTimestamp'));
  if (Number.isNaN(expiresAt)) throw fail('an ExecCredential with an invalid expirationTimestamp');
  return {
    credentials: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(certificate === '' ? {} : { certificate: { certificate, key } }),
    },
    expiresAt,
  };
}
