/** The part of `npm run record` about the kubelet of one node: its stats/summary, and the reports of its containers. */
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHeldView } from '../src/inspection/held-view.ts';
import { readNodeView } from '../src/inspection/node-view.ts';
import { probeCommand, type ProbeQuestion } from '../src/probe/probe-script.ts';
import { type ReportPart, inspectionCommand, reportParts } from '../src/inspection/script.ts';
import { exec } from '../src/kube/api/exec.ts';
import { readObject } from '../src/kube/transport/body.ts';
import type { Session } from '../src/kube/api/session.ts';
import { PROBE_CONTAINER } from '../src/probe/probe-pod.ts';
import { compareNetworks } from '../src/verdict/compare-networks.ts';
import { decodeSummaryJson } from '../src/wire/node-json.ts';
import type { RecordedContainer, SummaryJson } from '../test/api-server/recorded.ts';

/** Replaces the name of the machine. */
export const BOOT_ID = '5a1e7c0d-93b4-4f26-8c1d-b27f0e64a9d8';
const MACHINE_BOOT_ID = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const MARKER = '0123456789abcdef0123456789abcdef';
const END = `\n${MARKER} done\n`;
const SHELLS = ['/bin/sh', 'sh'];
const TIMEOUT_MILLISECONDS = 20_000;
/** The kubelet samples a Pod every 10 s to 20 s. */
const PATIENCE_MILLISECONDS = 120_000;
/** Private and documentation addresses (RFC 1918, RFC 5737). Other addresses must not be recorded. */
const HARMLESS_ADDRESS =
  /^(?:10\.|127\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/;
/** Netmasks, and the inner nodes of a fib_trie. */
const NO_HOST = /^(?:\d+\.0\.0\.0|255\.[\d.]+)$/;

export function isHarmlessAddress(address: string): boolean {
  return HARMLESS_ADDRESS.test(address) || NO_HOST.test(address);
}

/**
 * Returns the node's summary of some Pods, when it decides for each running Pod whether its network is the node's.
 *
 * @param pods by UID, true if they run: the kubelet may have no sample of the others
 */
export async function recordSummary(
  node: string,
  pods: ReadonlyMap<string, boolean>,
  session: Session,
): Promise<SummaryJson> {
  const path = `/api/v1/nodes/${node}/proxy/stats/summary`;
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const answer = await session.client.get({ doing: path, path, accept: 'application/json' });
    const document = await readObject(answer, path);
    const summary = decodeSummaryJson(document);
    const shown = document as unknown as SummaryJson;
    const waiting = [...pods].filter(([uid, runs]) => {
      const sample = summary.pods.get(uid);
      if (!runs) return false;
      // A network that has only lo has a time and no interface.
      if (sample === undefined)
        return !shown.pods.some(({ podRef, network }) => podRef.uid === uid && network);
      if (summary.node === null) return true;
      return compareNetworks([summary.node], [sample]).observed === 'unclear';
    });
    if (waiting.length === 0) return trimmed(shown, pods);
    if (Date.now() > deadline)
      throw new Error(`the kubelet of ${node} does not tell of ${waiting.map(([uid]) => uid).join()}`);
    await sleep(2000);
  }
}

/** Keeps names and networks. The rest is about the machine. */
function trimmed({ node, pods }: SummaryJson, wanted: ReadonlyMap<string, boolean>): SummaryJson {
  const summary = {
    node: { nodeName: node.nodeName, network: node.network },
    pods: pods
      .filter(({ podRef }) => wanted.has(podRef.uid))
      .map(({ podRef, network }) => ({ podRef, network })),
  };
  refuseMachine(`the summary of ${node.nodeName}`, JSON.stringify(summary));
  return summary;
}

/** Records the report of a container about itself, or the runtime's error if the image has no shell. */
export async function recordContainer(
  of: { readonly namespace: string; readonly pod: string; readonly container: string },
  session: Session,
): Promise<RecordedContainer> {
  const limits = { maxStdoutBytes: 1e6, maxStderrBytes: 1e6, timeout: TIMEOUT_MILLISECONDS };
  const run = (shell: string, part: ReportPart) =>
    exec({ ...of, ...limits, command: inspectionCommand(shell, MARKER, [part]) }, session);
  const parts: Record<string, string> = {};
  for (const part of reportParts) {
    const result = await run('/bin/sh', part);
    if (result.kind === 'not-started') {
      const refusals = await Promise.all(
        SHELLS.map(async (shell) => [shell, wordsOf(await run(shell, part))] as const),
      );
      return { kind: 'no-shell', refusals: Object.fromEntries(refusals) };
    }
    const text = withoutMachine(result.stdout.toString('utf8'));
    const name = `${of.namespace}/${of.pod}/${of.container}`;
    refuseMachine(name, text);
    if (!text.endsWith(END)) throw new Error(`${name} has not reported to the end.`);
    parts[part] = text.slice(0, -END.length);
  }
  return { kind: 'report', marker: MARKER, parts };
}

/**
 * Records the answers of a running probe Pod: its node, one round of its Pods' processes, and the devices of one Pod.
 *
 * @param plain a Pod with a network of its own, by its UID
 * @param pods the UIDs of all recorded Pods on the node
 */
export async function recordProbe(
  probe: { readonly namespace: string; readonly name: string; readonly uid: string },
  plain: string,
  pods: readonly string[],
  session: Session,
): Promise<RecordedContainer> {
  const ask = async (question: ProbeQuestion): Promise<string> => {
    const result = await exec(
      {
        namespace: probe.namespace,
        pod: probe.name,
        container: PROBE_CONTAINER,
        command: probeCommand(MARKER, question),
        maxStdoutBytes: 1e7,
        maxStderrBytes: 1e6,
        timeout: TIMEOUT_MILLISECONDS,
      },
      session,
    );
    const text = withoutMachine(result.stdout.toString('utf8'));
    refuseMachine('the probe Pod', text);
    if (!text.endsWith(END)) throw new Error('The probe Pod has not reported to the end.');
    return text.slice(0, -END.length);
  };
  const whole = await ask({ kind: 'node', probeUid: probe.uid, networks: true });
  const node = ofPods(whole, new Set([probe.uid, ...pods]), probe.uid);
  const view = readNodeView(node + END, MARKER, probe.uid);
  const process = view.processes.find(({ podUid }) => podUid === plain);
  if (process === undefined) throw new Error('The probe Pod does not see the Pod.');
  const hold = await ask({ kind: 'hold', probeUid: probe.uid, podUids: pods });
  const devices = await ask({ kind: 'devices', pid: process.pid });
  return { kind: 'report', marker: MARKER, parts: { node, hold: firstRound(hold, probe.uid), devices } };
}

/** A report without the processes of other Pods, unless a network is read by one. The cluster may be in use. */
function ofPods(report: string, pods: ReadonlySet<string>, probeUid: string): string {
  const { processes } = readNodeView(report + END, MARKER, probeUid);
  const others = new Set(processes.filter(({ podUid }) => !pods.has(podUid)).map(({ pid }) => String(pid)));
  const numbers = [...report.matchAll(/^\/proc\/(\d+)\/ns\/net (\d+)$/gm)];
  const nets = new Map(numbers.map(([, pid = '', net = '']) => [pid, net]));
  const kept = new Set([...nets].flatMap(([pid, net]) => (others.has(pid) ? [] : [net])));
  const readers = new Set([...report.matchAll(/^\/proc\/(\d+)\/net\//gm)].map(([, pid = '']) => pid));
  return report
    .split(/(?<=\n)/)
    .filter((line) => {
      const [, pid = '', file] = /^\/proc\/(\d+)\/(ns\/net |net\/)?/.exec(line) ?? [];
      if (!others.has(pid)) return true;
      return file !== undefined && readers.has(pid) && kept.has(nets.get(pid) ?? '');
    })
    .join('');
}

/** A node at rest has the same processes in each round, so that one round is recorded. */
function firstRound(hold: string, probeUid: string): string {
  const { rounds } = readHeldView(hold + END, MARKER, probeUid);
  const [self = '', first = '', ...others] = hold.split(/^round\n/m);
  if (rounds !== others.length + 1) throw new Error('The probe Pod has not reported in rounds.');
  const [, end = ''] = (others.at(-1) ?? '').split(/(?=\n\S+ end 0\n$)/);
  return `${self}round\n${first}${end}`;
}

/** Returns the message of the kubelet, without the text that the API server adds before it. */
function wordsOf(result: Awaited<ReturnType<typeof exec>>): string {
  if (result.kind !== 'not-started') throw new Error('There is a shell after all.');
  return result.message.replace(/^Internal error occurred: /, '');
}

/** Replaces the kernel's boot ID, and the name of the disk with the kubelet's files. */
function withoutMachine(report: string): string {
  return report
    .replaceAll(MACHINE_BOOT_ID, BOOT_ID)
    .replaceAll(/^(\d+ \d+) \d+:\d+ (\S+ \/etc\/hosts .*) - \S+ \S+ \S+$/gm, '$1 8:1 $2 - ext4 /dev/sda1 rw');
}

/** @throws Error if the text contains data about the machine of the cluster */
function refuseMachine(what: string, text: string): void {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter(({ internal }) => !internal)
    .flatMap(({ address, mac }) => [address, mac]);
  const secrets = [MACHINE_BOOT_ID, release(), hostname(), ...own];
  const words = new Set(text.split(/[^\w.:-]+/));
  const found = [
    ...secrets.filter((secret) => words.has(secret)),
    ...(text.match(/\/dev\/(?:[vsh]d|xvd|nvme|mapper|md)[\w/]*/g) ?? []).filter(
      (disk) => disk !== '/dev/sda1',
    ),
    ...(text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? []).filter((address) => !isHarmlessAddress(address)),
  ];
  if (found.length > 0) throw new Error(`${what} tells of this machine: ${found.join(', ')}`);
}
