import type { ExecAnswer, ExecCall } from './exec.ts';
import {
  type RecordedContainer,
  recordedContainers,
  recordedPods,
  recordedProbes,
  recordedSummaries,
  type SummaryJson,
} from './recorded.ts';
import { StatusError } from './status.ts';

/**
 * The kubelet of kube-node-2 says what was recorded there. Those of all other nodes are down, for kube-node-1
 * is played by a machine about which nothing is recorded, and kube-node-3 by nobody.
 *
 * @throws StatusError where the kubelet does not answer
 */
export function recordedSummary(node: string): SummaryJson {
  const summary = recordedSummaries[node];
  if (summary !== undefined) return summary;
  throw new StatusError(
    503,
    'ServiceUnavailable',
    `error trying to reach service: ${connectionRefused(node)}`,
  );
}

/**
 * What was recorded of the script in a container, with the marker of this call. In a Pod that a client has
 * made, it is what was recorded in such a Pod on its node.
 */
export function recordedExec({ namespace, pod, container, command, madeOn }: ExecCall): ExecAnswer {
  const probe = madeOn === undefined ? undefined : recordedProbes[madeOn];
  if (probe !== undefined) return containerAnswer(probe, command);
  const node = madeOn ?? nodeOf(namespace, pod);
  if (recordedSummaries[node] === undefined) {
    const query = new URLSearchParams([
      ...command.map((word) => ['command', word] as [string, string]),
      ['error', '1'],
      ['output', '1'],
    ]);
    const url = `https://${addressOf(node)}/exec/${namespace}/${pod}/${container}?${query.toString()}`;
    return { exit: `error sending request: Post "${url}": ${connectionRefused(node)}` };
  }
  const recorded = recordedContainers[`${namespace}/${pod}/${container}`];
  if (recorded === undefined) throw new Error(`Nothing is recorded of ${namespace}/${pod}/${container}.`);
  return containerAnswer(recorded, command);
}

function containerAnswer(recorded: RecordedContainer, command: readonly string[]): ExecAnswer {
  const [shell = '', , , , marker = '', ...parts] = command;
  if (recorded.kind === 'no-shell') return { exit: recorded.refusals[shell] ?? 127 };
  const whole = parts.map((part) => recorded.parts[part] ?? '').join('');
  // Of a node all is recorded together, and what is of its networks stands last.
  const [ofProcesses = ''] = whole.split(`${recorded.marker} begin sysfs\n`);
  const report = parts.join(' ') === 'node' ? ofProcesses : whole;
  return { stdout: `${report.replaceAll(recorded.marker, marker)}\n${marker} done\n` };
}

function nodeOf(namespace: string, pod: string): string {
  const found = recordedPods.find(
    ({ json: { metadata } }) => metadata.namespace === namespace && metadata.name === pod,
  );
  return found?.json.spec.nodeName ?? '';
}

function connectionRefused(node: string): string {
  return `dial tcp ${addressOf(node)}: connect: connection refused`;
}

function addressOf(node: string): string {
  const pods = recordedPods.map(({ json }) => json);
  return `${pods.find(({ spec }) => spec.nodeName === node)?.status.hostIP ?? ''}:10250`;
}
