import { initialInodes } from '../../src/procfs/namespace.ts';
import type { ExecAnswer, ExecCall } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import {
  type NetworkJson,
  type NodeJson,
  type PodJson,
  type RecordedPod,
  recordedNodes,
  recordedPods,
  type SummaryJson,
} from '../api-server/recorded.ts';

/** What the tests of verify and ifconfig make of the recorded cluster. */

/**
 * A screen without what each recording has anew: inodes, link-local addresses, how many veths there are, and
 * whether something came over the wire between the kubelet's samples of the node and of a Pod, by which the
 * columns of the interfaces are as wide as they are.
 */
export function lasting(screen: string): string {
  return screen
    .replaceAll(/(?<=\n)INTERFACE .*?\n(?=\n|$)/gs, (table) =>
      table.replaceAll(', same counters', '').replaceAll(/ {3,}/g, '   '),
    )
    .replaceAll(/ +$/gm, '')
    .replaceAll(/\[\d{10}\]/g, '[INODE]')
    .replaceAll(/fe80::[\da-f:]+/g, 'fe80::X')
    .replaceAll(/^veth\* \(\d+\)/gm, 'veth* (N)');
}

/** The recorded Pod of this workload, or of this name, on kube-node-2, or on no node if it is on none. */
export function recordedPod(name: string, node = 'kube-node-2'): PodJson {
  const found = recordedPods.find(
    ({ json: { metadata, spec } }) =>
      (metadata.name === name || metadata.name.startsWith(`${name}-`)) && (spec.nodeName ?? '') === node,
  );
  if (found === undefined) throw new Error(`The recording has no ${name} on ${node}.`);
  return found.json;
}

/** The recorded Pods, some of them changed; null takes one out. */
export function podsWith(change: (pod: PodJson) => PodJson | null): readonly RecordedPod[] {
  return recordedPods.flatMap(({ json, protobuf }) => {
    const changed = change(json);
    return changed === null ? [] : [{ json: changed, protobuf }];
  });
}

/** The recorded nodes, as if each were a machine of its own: the real ones share a kernel. */
export const separateNodes: readonly NodeJson[] = recordedNodes.map((node) => ({
  ...node,
  status: {
    nodeInfo: {
      ...node.status.nodeInfo,
      ...(node.metadata.name === 'kube-node-2' ? {} : { bootID: '00000000-0000-4000-8000-000000000001' }),
    },
  },
}));

/** What was recorded of the container, with another report. */
export function reporting(call: ExecCall, change: (report: string, marker: string) => string): ExecAnswer {
  const answer = recordedExec(call);
  return { ...answer, stdout: change(String(answer.stdout ?? ''), call.command[4] ?? '') };
}

/** What was recorded of the container, as if its node were a machine and not itself a container. */
export function execOnMachine(call: ExecCall): ExecAnswer {
  if (call.madeOn !== undefined) return recordedExec(call);
  return reporting(call, (report, marker) =>
    report.replace(
      new RegExp(`(${marker} begin inode uts\\n[^]*?ino:\\t)\\d+`),
      `$1${String(initialInodes.uts)}`,
    ),
  );
}

/** The report with another text in one of its sections. */
export function withSection(report: string, marker: string, name: string, text: string): string {
  const begin = `${marker} begin ${name}\n`;
  const from = report.indexOf(begin) + begin.length;
  const to = report.indexOf(`\n${marker} end `, from);
  if (from < begin.length || to === -1) throw new Error(`The report has no section ${name}.`);
  return report.slice(0, from) + text + report.slice(to);
}

/** A sample: seconds since noon, and the bytes received and sent by each interface. */
export function sample(
  seconds: number,
  interfaces: Readonly<Record<string, readonly [rx: number, tx: number]>>,
): NetworkJson {
  return {
    time: new Date(Date.parse('2026-11-22T12:00:00Z') + seconds * 1000).toISOString().replace('.000', ''),
    interfaces: Object.entries(interfaces).map(([name, [rxBytes, txBytes]]) => ({ name, rxBytes, txBytes })),
  };
}

/** What a kubelet says of its node and of some Pods. */
export function summary(
  network: NetworkJson | undefined,
  pods: readonly (readonly [pod: PodJson, network: NetworkJson | undefined])[],
): SummaryJson {
  return {
    node: { nodeName: 'kube-node-2', network },
    pods: pods.map(
      ([
        {
          metadata: { name, namespace, uid },
        },
        own,
      ]) => ({
        podRef: { name, namespace, uid },
        network: own,
      }),
    ),
  };
}
