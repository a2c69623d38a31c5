import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKubeconfig } from '../../src/kube/config/kubeconfig.ts';
import { writeOwnExecutable } from '../executable.ts';
import {
  type Figures,
  kubeconfig,
  kubectl,
  kubectlWith,
  load,
  measure,
  middle,
  ours,
  print,
  root,
  scratchFile,
  seconds,
  state,
  type Subject,
} from './measure.ts';

const QUIET_TIMEOUT_MILLISECONDS = 300_000;
const PAGE_SIZES = [500, 1000, 2000, 5000, 10_000, 100_000] as const;
/** Exit code of verify if nothing of a Pod could be inspected, as on nodes that do not exist. */
const UNSEEN = 1;
const SHARING = 'select(.spec.hostNetwork or .spec.hostPID or .spec.hostIPC)';

/** Creates Pods, waits until the control plane is idle again, runs the work, and deletes the Pods in any case. */
export async function withPods(
  pods: number,
  signal: AbortSignal,
  act: () => Promise<void> | void,
): Promise<void> {
  // What a run has left that was killed.
  empty();
  execFileSync(load, ['--pods', String(pods)], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await quiet(signal);
    await act();
  } finally {
    empty();
  }
}

function empty(): void {
  execFileSync(load, ['--delete'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Compares lists of many Pods with curl, kubectl, and kubectl with jq.
 *
 * @param withJson true to run kubectl with jq, which takes minutes and 10 GiB for 100,000 Pods
 */
export function lists(pods: number, runs: number, withJson: boolean): void {
  const curl = curlOfTheList();
  console.log(`GET /api/v1/pods with ${pods.toLocaleString('en')} Pods: ${curl.answer}\n`);
  const json: Subject = {
    name: 'kubectl get pods -A -o json | jq …',
    command: ['bash', '-c', `set -o pipefail; '${kubectl}' get pods -A -o json | jq '.items[] | ${SHARING}'`],
  };
  const list = ours('list', '-A');
  const verify: Subject = { ...ours('verify', '--all', '-A', '--no-exec'), code: UNSEEN };
  const once = [kubectlWith('get', 'pods', '-A'), ...(withJson ? [json] : []), verify];
  // In turns, so that a machine that slows down slows all of them.
  const inTurns = [curl.subject, list, ours('list', '-A', '-o', 'json')];
  const rounds = Array.from({ length: runs }, () => inTurns.map(measure));
  const figures = new Map<Subject, Figures>([
    ...inTurns.map(
      (subject, index) => [subject, middle(rounds.flatMap((round) => round[index] ?? []))] as const,
    ),
    ...once.map((subject) => [subject, measure(subject)] as const),
  ]);
  const reference = figures.get(curl.subject)?.wall ?? NaN;
  const listed = figures.get(list)?.wall ?? NaN;
  print(
    ['COMMAND', 'RUNS', 'WALL', 'OF CURL', 'OF LIST -A', 'CPU', 'PEAK MEMORY'],
    [...figures].map(([subject, { wall, cpu, mebibytes }]) => [
      subject.name,
      String(inTurns.includes(subject) ? runs : 1),
      seconds(wall),
      (wall / reference).toFixed(2),
      (wall / listed).toFixed(2),
      seconds(cpu),
      `${mebibytes.toFixed(0)} MiB`,
    ]),
  );
  if (pods === 100_000) {
    console.log('bars for list -A: 0.8 of curl, 2 s of CPU, 100 MiB; a twentieth of the JSON way\n');
  }
}

/** Measures the same list with several page sizes: the client, and the API server's memory. */
export function pageSizes(runs: number): void {
  const program = readFileSync(join(root, 'dist', 'main.cjs'), 'latin1');
  const [current, ...others] = [...program.matchAll(/\bPOD_PAGE_SIZE=[\de]+\b/g)].map(([text]) => text);
  if (current === undefined || others.length > 0) throw new Error('The program has no POD_PAGE_SIZE.');
  const subjects = PAGE_SIZES.map((size): Subject => {
    const file = scratchFile(`pages-${String(size)}`);
    writeFileSync(`${file}.cjs`, program.replace(current, `POD_PAGE_SIZE=${String(size)}`), 'latin1');
    writeOwnExecutable(`${file}.cjs`, file);
    return { name: size.toLocaleString('en'), command: [file, 'list', '-A', '-o', 'name'] };
  });
  const server = apiServer();
  const rounds = Array.from({ length: runs }, () =>
    subjects.map((subject) => {
      const before = server.resetPeak();
      return { ...measure(subject), server: server.peak() - before };
    }),
  );
  print(
    ['PAGE', 'WALL', 'CPU', 'PEAK MEMORY', "API SERVER'S GROWTH"],
    subjects.map((subject, index) => {
      const own = rounds.flatMap((round) => round[index] ?? []);
      const { wall, cpu, mebibytes } = middle(own);
      const growth = Math.max(...own.map((run) => run.server));
      return [
        subject.name,
        seconds(wall),
        seconds(cpu),
        `${mebibytes.toFixed(0)} MiB`,
        `${growth.toFixed(0)} MiB`,
      ];
    }),
  );
}

/** Returns the peak of the API server's memory in MiB since the last reset through clear_refs. */
function apiServer(): { readonly resetPeak: () => number; readonly peak: () => number } {
  const program = `^${join(state, 'bin', 'kube')} kube-apiserver `;
  const pid = execFileSync('pgrep', ['--full', program], { encoding: 'utf8' }).trim();
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) /
    1024;
  return {
    resetPeak() {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
      return field('VmRSS');
    },
    peak: () => field('VmHWM'),
  };
}

/** Waits until the machine has been half idle for 5 s. */
async function quiet(signal: AbortSignal): Promise<void> {
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
    await sleep(5000, undefined, { signal });
    const [idleNow, allNow] = idle();
    share = (idleNow - idleThen) / (allNow - allThen);
  }
  console.log(`waited ${seconds((performance.now() - begun) / 1000)} for the control plane to come to rest`);
}

/** curl of the whole list as protobuf, at a consistent version, to /dev/null: the lower bound for any client. */
function curlOfTheList(): { readonly subject: Subject; readonly answer: string } {
  const config = parseKubeconfig(readFileSync(kubeconfig, 'utf8'), kubeconfig);
  const context = config.contexts.get(config.currentContext);
  const cluster = config.clusters.get(context?.cluster ?? '');
  const user = config.users.get(context?.user ?? '');
  const file = (name: string, path: string, data: string): string => {
    if (data === '') return path;
    writeFileSync(scratchFile(name), Buffer.from(data, 'base64'), { mode: 0o600 });
    return scratchFile(name);
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
