/**
 * `npm run bench`: whole commands against kubectl and curl on the real test cluster, as ratios within one
 * run. Nothing here fails because a machine is slow; the bars are printed beside what was measured.
 *
 *   npm run bench -- [--pods 100000] [--runs 5] [--json] [--start-up]
 *
 * --start-up measures start-up and small lists alone.
 * --json also runs `kubectl get pods -A -o json`, which takes minutes and 10 GiB for 100,000 Pods.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeExecutable } from './executable.ts';
import { parseKubeconfig } from '../src/kube/kubeconfig.ts';
import { table } from '../src/output/table.ts';
import { safeLine } from '../src/output/safe-text.ts';

const root = join(import.meta.dirname, '..');
const state = process.env['HOSTNS_CLUSTER_STATE'] ?? '/var/lib/hostns-cluster';
const hostns = join(root, 'dist', 'kubectl-hostns');
const kubectl = join(state, 'bin', 'kubectl');
const kubeconfig = join(state, 'admin.conf');
const TIME = '/usr/bin/time';
/** Of test/cluster/pods.yaml; a Pod of which every verdict is a match, so that the exit code is 0. */
const TUTORIAL_POD = 'pod-use-hostnetwork';
/** As many as a kubelet takes beside those that are there. */
const CROWD = 100;
const QUIET_TIMEOUT_MILLISECONDS = 300_000;

interface Figures {
  readonly wall: number;
  readonly cpu: number;
  readonly mebibytes: number;
}

interface Subject {
  readonly name: string;
  readonly command: readonly string[];
}

const { values: options } = parseArgs({
  options: {
    pods: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    'start-up': { type: 'boolean', default: false },
  },
});

for (const [path, hint] of [
  [hostns, 'npm run build'],
  [kubectl, 'npm run cluster:up'],
  [kubeconfig, 'npm run cluster:up'],
  [TIME, 'apt-get install time'],
] as const) {
  if (existsSync(path)) continue;
  console.error(`${path} is missing: ${hint}`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'hostns-bench-'));
const nowhere = openSync('/dev/null', 'w');
try {
  console.log(
    `${String(cpus().length)} CPUs, ${String(Math.round(totalmem() / 2 ** 30))} GiB, ${process.platform} ${release()} ${arch()}\n`,
  );
  smallCluster(Number(options.runs));
  if (!options['start-up']) {
    crowd(Math.min(3, Number(options.runs)));
    await manyPods(Number(options.pods));
  }
} finally {
  rmSync(scratch, { recursive: true });
}

/** Start-up and small lists. */
function smallCluster(runs: number): void {
  const program = join(scratch, 'empty.cjs');
  const empty = join(scratch, 'empty');
  writeFileSync(program, '');
  writeExecutable({ program, caches: new Map(), node: process.execPath, output: empty });
  const nothing: Subject = { name: 'an executable that does nothing', command: [empty] };
  const pairs: readonly (readonly [ours: Subject, theirs: Subject, bar: number | null])[] = [
    [nothing, kubectlWith('version', '--client'), null],
    [ours('version', '--client'), kubectlWith('version', '--client'), 0.9],
    [ours('--help'), kubectlWith('version', '--client'), 1],
    [ours('list'), kubectlWith('get', 'pods'), 1],
    [ours('list', '-A', '-o', 'json'), kubectlWith('get', 'pods', '-A', '-o', 'json'), 1],
    [ours('verify', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), 1.2],
    [ours('ifconfig', TUTORIAL_POD), kubectlWith('exec', TUTORIAL_POD, '--', 'ifconfig'), 1.2],
  ];
  compare(
    runs,
    pairs.map(([mine, other, bar]) => [mine, other, bar === null ? '-' : `<= ${String(bar)}`]),
  );
}

/** Each pair in turns, so that a machine that slows down slows both. */
function compare(
  runs: number,
  pairs: readonly (readonly [ours: Subject, theirs: Subject, bar: string])[],
): void {
  const rows = pairs.map(([mine, other, bar]) => {
    const figures = Array.from({ length: runs + 1 }, () => [measure(mine), measure(other)] as const).slice(1);
    const ratio = median(figures.map(([a, b]) => a.wall / b.wall));
    return [
      mine.name,
      seconds(median(figures.map(([a]) => a.wall))),
      other.name,
      seconds(median(figures.map(([, b]) => b.wall))),
      ratio.toFixed(2),
      bar,
    ];
  });
  print(['THIS', 'WALL', 'AGAINST', 'WALL', 'RATIO', 'BAR'], rows);
}

/** A hundred Pods in the network of one node: what one request to its kubelet is worth, and eight execs at a time. */
function crowd(runs: number): void {
  const namespace = 'hostns-bench';
  const names = Array.from({ length: CROWD }, (_, index) => `sharing-${String(index)}`);
  const cluster = (...args: readonly string[]): void => {
    execFileSync(kubectl, args, { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: 'ignore' });
  };
  const manifest = join(scratch, 'crowd.json');
  const pods = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName: 'kube-node-2',
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' }],
    },
  }));
  writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
  cluster('create', 'namespace', namespace);
  try {
    cluster('wait', '--for=create', 'serviceaccount/default', '-n', namespace, '--timeout=60s');
    cluster('create', '-f', manifest);
    cluster('wait', '--for=condition=Ready', 'pods', '--all', '-n', namespace, '--timeout=300s');
    const scope = ['--all', '-n', namespace];
    untilSampled(names.length, namespace);
    const summary = kubectlWith('get', '--raw', '/api/v1/nodes/kube-node-2/proxy/stats/summary');
    const loop = `for name in ${names.join(' ')}; do '${kubectl}' exec -n ${namespace} "$name" -- ifconfig; done`;
    const oneByOne: Subject = { name: '100 kubectl exec, one by one', command: ['bash', '-ec', loop] };
    compare(runs, [
      [ours('verify', ...scope, '--no-exec'), summary, '<= 2'],
      [ours('verify', ...scope), oneByOne, '<= 0.25'],
      [ours('verify', ...scope, '--probe', '--probe-image', 'e2e.local/busybox:1'), oneByOne, '<= 0.25'],
      // What the kubelet cannot tell is asked of each of them.
      [ours('verify', ...scope, '--expect', 'pid=own'), oneByOne, '-'],
    ]);
  } finally {
    cluster('delete', 'pods', '--all', '-n', namespace, '--force', '--grace-period=0');
    cluster('delete', 'namespace', namespace);
  }
}

/** The kubelet takes a first sample of a Pod 10 s to 20 s after its start. */
function untilSampled(count: number, namespace: string): void {
  const verify = [hostns, 'verify', '--all', '-n', namespace, '--no-exec'];
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const [program = '', ...args] = verify;
    const { stdout } = spawnSync(program, args, {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      encoding: 'utf8',
    });
    if (stdout.includes(`${String(count)} Pods: ${String(count)} match`)) return;
    execFileSync('sleep', ['1']);
  }
  throw new Error('The kubelet does not tell of every Pod.');
}

async function manyPods(pods: number): Promise<void> {
  const load = join(state, 'bin', 'load');
  execFileSync(load, ['--pods', String(pods)], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await quiet();
    const curl = curlOfTheList();
    console.log(`GET /api/v1/pods with ${pods.toLocaleString('en')} Pods: ${curl.answer}\n`);
    const reference = median3(() => measure(curl.subject));
    const subjects = [
      ours('list', '-A', '-o', 'name'),
      ours('list', '-A'),
      kubectlWith('get', 'pods', '-A'),
      ...(options.json ? [kubectlWith('get', 'pods', '-A', '-o', 'json')] : []),
    ];
    const rows = [
      { name: curl.subject.name, figures: reference },
      ...subjects.map((subject) => ({
        name: subject.name,
        figures: subject.command[0] === hostns ? median3(() => measure(subject)) : measure(subject),
      })),
    ].map(({ name, figures }) => [
      name,
      seconds(figures.wall),
      (figures.wall / reference.wall).toFixed(2),
      seconds(figures.cpu),
      `${figures.mebibytes.toFixed(0)} MiB`,
    ]);
    print(['COMMAND', 'WALL', 'OF CURL', 'CPU', 'PEAK MEMORY'], rows);
    console.log('bars for list -A: at most 0.8 of curl, 2 s of CPU, 100 MiB');
  } finally {
    execFileSync(load, ['--delete'], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** Waits until the control plane has taken in the new Pods: until the machine has been half idle for 5 s. */
async function quiet(): Promise<void> {
  const idle = (): readonly [idle: number, all: number] => {
    const fields = (readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '')
      .trim()
      .split(/ +/)
      .slice(1)
      .map(Number);
    return [(fields[3] ?? 0) + (fields[4] ?? 0), fields.reduce((sum, field) => sum + field, 0)];
  };
  const begun = performance.now();
  for (let share = 0; share < 0.5 && performance.now() - begun < QUIET_TIMEOUT_MILLISECONDS;) {
    const [idleThen, allThen] = idle();
    await sleep(5000);
    const [idleNow, allNow] = idle();
    share = (idleNow - idleThen) / (allNow - allThen);
  }
  console.log(`waited ${seconds((performance.now() - begun) / 1000)} for the control plane to come to rest`);
}

function ours(...args: readonly string[]): Subject {
  return { name: `kubectl-hostns ${args.join(' ')}`, command: [hostns, ...args] };
}

function kubectlWith(...args: readonly string[]): Subject {
  return { name: `kubectl ${args.join(' ')}`, command: [kubectl, ...args] };
}

/** curl of the whole list as protobuf, at a consistent version, to nowhere: what no client can be faster than. */
function curlOfTheList(): { readonly subject: Subject; readonly answer: string } {
  const config = parseKubeconfig(readFileSync(kubeconfig, 'utf8'), kubeconfig);
  const context = config.contexts.get(config.currentContext);
  const cluster = config.clusters.get(context?.cluster ?? '');
  const user = config.users.get(context?.user ?? '');
  const file = (name: string, path: string, data: string): string => {
    if (data === '') return path;
    writeFileSync(join(scratch, name), Buffer.from(data, 'base64'), { mode: 0o600 });
    return join(scratch, name);
  };
  const command = [
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--cacert',
    file('ca.crt', cluster?.certificateAuthority ?? '', cluster?.certificateAuthorityData ?? ''),
    '--cert',
    file('client.crt', user?.clientCertificate ?? '', user?.clientCertificateData ?? ''),
    '--key',
    file('client.key', user?.clientKey ?? '', user?.clientKeyData ?? ''),
    '--header',
    'Accept: application/vnd.kubernetes.protobuf',
    '--output',
    '/dev/null',
    `${cluster?.server ?? ''}/api/v1/pods`,
  ];
  const [program = '', ...args] = command;
  const answer = execFileSync(program, ['--write-out', '%{content_type}, %{size_download} bytes', ...args], {
    encoding: 'utf8',
  });
  return { subject: { name: 'curl of the protobuf list to /dev/null', command }, answer };
}

/** One run of a command, its output thrown away; the figures are the operating system's own. */
function measure({ name, command }: Subject): Figures {
  const report = join(scratch, 'time');
  const begun = performance.now();
  const run = spawnSync(TIME, ['--format', '%U %S %M', '--output', report, ...command], {
    stdio: ['ignore', nowhere, 'pipe'],
    env: { ...process.env, KUBECONFIG: kubeconfig },
    encoding: 'utf8',
  });
  const wall = (performance.now() - begun) / 1000;
  if (run.status !== 0) throw new Error(`${name} failed: ${run.stderr}`);
  const [user = 0, system = 0, kibibytes = 0] = readFileSync(report, 'utf8').trim().split(/\s+/).map(Number);
  return { wall, cpu: user + system, mebibytes: kibibytes / 1024 };
}

function median3(run: () => Figures): Figures {
  const figures = [run(), run(), run()];
  return {
    wall: median(figures.map(({ wall }) => wall)),
    cpu: median(figures.map(({ cpu }) => cpu)),
    mebibytes: Math.max(...figures.map(({ mebibytes }) => mebibytes)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
}

function print(header: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(
    table(
      header.map(safeLine),
      rows.map((row) => row.map(safeLine)),
    ),
  );
}
