import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../src/main.ts';
import type { ExecAnswer, ExecCall } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { type PodJson, recordedProbes } from '../api-server/recorded.ts';
import type { ApiServer, RecordedRequest } from '../api-server/server.ts';
import { reporting } from './verifying.ts';

/** What the tests of --probe make of the recorded cluster and its server. */

export const PROBE_NAME = /^hostns-probe-[\da-f]{10}$/;

/** Does not wait as long as a person would; each wait is still cut off by Ctrl-C. */
export const hasty: Pick<System, 'sleep'> = {
  sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, 5), undefined, { signal }),
};

/** A request in short, with one name for all probes: `DELETE /api/v1/namespaces/kube-system/pods/PROBE`. */
export function inShort({ method, path }: RecordedRequest): string {
  return `${method} ${path.replace(/hostns-probe-[\da-f]{10}/, 'PROBE')}`;
}

export function requestsOf(server: ApiServer): readonly string[] {
  return server.requests.map(inShort);
}

/** Whether the request is the one that makes a Pod, or would but for a dry run. */
export function makesPod({ method, path }: RecordedRequest): boolean {
  return method === 'POST' && path.endsWith('/pods');
}

/** The Pods that the client wanted to be made, as it sent them. */
export function wantedPods(server: ApiServer): readonly PodJson[] {
  return server.requests.filter(makesPod).map(({ body }) => JSON.parse(body) as PodJson);
}

/** NAMESPACE/NAME of each Pod in which something was to be run, with one name for all probes. */
export function execsOf(server: ApiServer): readonly string[] {
  return server.requests.flatMap((request) => {
    const [, namespace = '', name = ''] =
      /\/namespaces\/(.+)\/pods\/(.+)\/exec$/.exec(inShort(request)) ?? [];
    return name === '' ? [] : [`${namespace}/${name}`];
  });
}

/** What was recorded; of the probe Pod, with another report. Its reports are numbered from 0 on. */
export function probeReporting(
  change: (report: string, marker: string, index: number) => string,
): (call: ExecCall) => ExecAnswer {
  let index = 0;
  return (call) => {
    if (call.madeOn === undefined) return recordedExec(call);
    const own = index;
    index += 1;
    return reporting(call, (report, marker) => change(report, marker, own));
  };
}

/** The runtime's own, without its name. */
export function containerIdOf({ status }: PodJson): string {
  const [first] = (status.containerStatuses ?? []) as readonly { readonly containerID?: string }[];
  return first?.containerID?.replace(/^.*:\/\//, '') ?? '';
}

type Kind = 'net' | 'pid' | 'ipc';

/** The report, as if all processes of a Pod were in these namespaces of the node. */
export function movedToNode(report: string, { metadata }: PodJson, kinds: readonly Kind[]): string {
  const pids = pidsBelow(report, `pod${metadata.uid}/`);
  return kinds.reduce(
    (changed, kind) =>
      changed.replaceAll(
        new RegExp(`^(/proc/(?:${pids.join('|')})/ns/${kind}) \\d+$`, 'gm'),
        `$1 ${inodeOfNode(kind)}`,
      ),
    report,
  );
}

/** The report, as if there were another process in a container, in the namespaces of the node. */
export function withTwin(report: string, containerId: string): string {
  const [pid = ''] = pidsBelow(report, containerId);
  return report
    .replaceAll(new RegExp(`^/proc/${pid}(/cgroup:.*\n)`, 'gm'), `$&/proc/999999$1`)
    .replaceAll(
      new RegExp(`^/proc/${pid}/ns/(net|pid|ipc) \\d+\n`, 'gm'),
      (line, kind: Kind) => `${line}/proc/999999/ns/${kind} ${inodeOfNode(kind)}\n`,
    );
}

/** The report, as if a thread of a container's process, which itself stays, were in a namespace of the node. */
export function withThread(report: string, containerId: string, kind: Kind): string {
  const [pid = ''] = pidsBelow(report, containerId);
  const section = new RegExp(`(?<= begin (?:threads-${kind}|rounds)\n)[^]*?(?=\n\\S+ end )`);
  return report.replace(section, (threads) =>
    threads.replaceAll(
      new RegExp(`^/proc/${pid}/ns/${kind} \\d+$`, 'gm'),
      `$&\n/proc/${pid}/ns/${kind} ${inodeOfNode(kind)}`,
    ),
  );
}

/** The processes in whose group this stands. */
function pidsBelow(report: string, group: string): readonly string[] {
  const found = [...report.matchAll(new RegExp(`^/proc/(\\d+)/cgroup:.*/${group}`, 'gm'))];
  if (found.length === 0) throw new Error(`The report has no process of ${group}.`);
  return [...new Set(found.map(([, pid = '']) => pid))];
}

/** The namespace of the process that has started the script, which is the node's. */
function inodeOfNode(kind: Kind): string {
  const probe = recordedProbes['kube-node-2'];
  const report = probe?.kind === 'report' ? (probe.parts['node'] ?? '') : '';
  const shim = /^PPid:\s*(\d+)$/m.exec(report)?.[1] ?? '';
  const [, inode] = new RegExp(`^/proc/${shim}/ns/${kind} (\\d+)$`, 'm').exec(report) ?? [];
  if (inode === undefined) throw new Error(`The recorded report does not show the node's ${kind} namespace.`);
  return inode;
}
