import { afterAll, describe } from '@jest/globals';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** The image of the probe Pod, for the cluster reaches no registry. */
export const PROBE = ['--probe', '--probe-image', 'e2e.local/busybox:1'] as const;

/** The folder that the single executable is in, and nothing of Node.js beside it. */
export const executableFolder = join(root, 'dist');
export const stateFolder = process.env['HOSTNS_CLUSTER_STATE'] ?? '/var/lib/hostns-cluster';

/** The context of a cluster that the user already has (kind, minikube), or undefined for our own. */
const context = process.env['HOSTNS_TEST_CONTEXT'];
const isOwnCluster = context === undefined;

const scratch = mkdtempSync(join(tmpdir(), 'hostns-cluster-test-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

export const kubectlPath = isOwnCluster ? join(stateFolder, 'bin/kubectl') : whereIs('kubectl');
export const adminKubeconfig =
  context === undefined ? join(stateFolder, 'admin.conf') : contextAsFile(context);

for (const [path, hint] of [
  [join(executableFolder, 'kubectl-hostns'), 'npm run build'],
  [kubectlPath, 'npm run cluster:up'],
  [adminKubeconfig, 'npm run cluster:up'],
] as const) {
  if (!existsSync(path)) throw new Error(`${path} is missing; make it with: ${hint}`);
}

/** `describe` where the cluster is our own; elsewhere the tests are skipped, and why is said. */
export function describeOnOwnCluster(why: string): typeof describe | typeof describe.skip {
  if (isOwnCluster) return describe;
  process.stderr.write(`Skipped: ${why}\n`);
  return describe.skip;
}

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kubectl` where PATH holds it and the plugin and nothing else: neither Node.js nor a shell. */
export function kubectl(args: readonly string[], kubeconfig = adminKubeconfig, input = ''): Result {
  const { status, stdout, stderr, error } = spawnSync(kubectlPath, args, {
    env: environment(kubeconfig),
    encoding: 'utf8',
    input,
    maxBuffer: 2 ** 30,
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

/**
 * Runs a command line of the docs with bash, in the root of the repository, with kubectl and the plugin on PATH.
 *
 * @returns what a terminal shows: stdout and stderr in the order of writing, without the line break at the end
 */
export function runInShell(line: string): string {
  const { PATH = '', ...variables } = environment(adminKubeconfig);
  const { stdout, error } = spawnSync('bash', ['-c', `exec 2>&1\n${line}`], {
    env: { ...variables, PATH: [PATH, '/usr/bin', '/bin'].join(delimiter) },
    cwd: root,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return stdout.trimEnd();
}

function environment(kubeconfig: string): NodeJS.ProcessEnv {
  return {
    HOME: scratch,
    KUBECONFIG: kubeconfig,
    PATH: [executableFolder, dirname(kubectlPath)].join(delimiter),
  };
}

/** A command that goes on while the test does something else. */
export interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** What came of it, once it has ended. */
  readonly ended: Promise<Result>;
  /** Sends it a signal, and waits for its end. */
  readonly end: (signal: NodeJS.Signals) => Promise<Result>;
}

/** `kubectl hostns …` in the background. */
export function startHostns(...args: readonly string[]): Running {
  return startKubectl(['hostns', ...args]);
}

/**
 * `kubectl` in the background. It gives its place to a plugin, which so gets the signal.
 *
 * @param timeout milliseconds, after which it is killed; 0 for never
 */
export function startKubectl(args: readonly string[], kubeconfig = adminKubeconfig, timeout = 0): Running {
  const child = spawn(kubectlPath, args, {
    env: environment(kubeconfig),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** kubectl that must succeed; its standard output. */
export function ask(...args: readonly string[]): string {
  const { code, stdout, stderr } = kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

export function apply(...manifests: readonly object[]): void {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  const { code, stderr } = kubectl(['create', '-f', '-'], adminKubeconfig, JSON.stringify(list));
  if (code !== 0) throw new Error(`kubectl create: ${stderr}`);
}

/** `kubectl hostns …`, as a user types it. */
export function hostns(...args: readonly string[]): Result {
  return kubectl(['hostns', ...args]);
}

/** The probe Pods that are there, in all namespaces; there should be none. */
export function probes(...flags: readonly string[]): readonly string[] {
  const words = [
    'get',
    'pods',
    '-A',
    '-l',
    'app.kubernetes.io/managed-by=kubectl-hostns',
    '-o',
    'name',
    ...flags,
  ];
  return lines(ask(...words));
}

export function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** A name that no other run has. */
export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** A namespace of a test's own, in which Pods can be made at once. */
export async function createNamespace(name: string): Promise<void> {
  apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const account = ['get', 'serviceaccount', 'default', '-n', name];
  await eventually('the service account', () => kubectl(account).code === 0);
}

/** Removes it with all that is in it, and the cluster-wide objects that a test has made under its name. */
export async function removeNamespace(name: string): Promise<void> {
  kubectl(['delete', 'runtimeclass', '-l', `test=${name}`]);
  kubectl(['delete', 'clusterrolebinding,clusterrole', name, '--ignore-not-found']);
  // Of some Pods no kubelet says that they have ended.
  kubectl(['delete', 'pods', '--all', '-n', name, '--force', '--grace-period=0']);
  kubectl(['delete', 'namespace', name, '--wait=false']);
  await eventually('the namespace is gone', () => kubectl(['get', 'namespace', name]).code !== 0);
}

/**
 * Waits until `holds` returns true.
 *
 * @throws Error after `seconds`, with the state of the cluster
 */
export async function eventually(what: string, holds: () => boolean, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) {
      throw new Error(`it did not come true in ${String(seconds)} s: ${what}\n${clusterState()}`);
    }
    await sleep(500);
  }
}

/** Returns the nodes, the workloads, the Pods and the latest events, as kubectl prints them. */
function clusterState(): string {
  const objects = kubectl(['get', 'nodes,daemonsets,deployments,pods', '-A', '-o', 'wide']);
  const events = kubectl(['get', 'events', '-A', '--sort-by=.metadata.creationTimestamp']).stdout;
  return [objects.stdout, objects.stderr, ...events.split('\n').slice(-30)].join('\n');
}

/** Restarts the API server of the test cluster. @param flags --compact, for a compaction of etcd */
export function restartApiServer(...flags: readonly string[]): void {
  execFileSync(join(import.meta.dirname, 'restart-apiserver'), flags, {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function whereIs(program: string): string {
  const folder = (process.env['PATH'] ?? '').split(delimiter).find((path) => existsSync(join(path, program)));
  if (folder === undefined) throw new Error(`${program} is not on PATH.`);
  return join(folder, program);
}

function contextAsFile(name: string): string {
  const path = join(scratch, 'kubeconfig');
  const config = execFileSync(kubectlPath, [
    'config',
    'view',
    '--raw',
    '--minify',
    '--flatten',
    '--context',
    name,
  ]);
  writeFileSync(path, config, { mode: 0o600 });
  return path;
}
