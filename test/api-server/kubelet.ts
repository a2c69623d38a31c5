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
  if (probe !== undefined) return probeAnswer(probe, command);
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
  return reportAnswer(recorded, parts.map((part) => recorded.parts[part] ?? '').join(''), marker);
}

/** The answer of a Pod that a client has made to a question of probe-script.ts. */
function probeAnswer(recorded: RecordedContainer, command: readonly string[]): ExecAnswer {
  const [, , , , marker = '', question = '', ...rest] = command;
  if (recorded.kind === 'no-shell') throw new Error('The recorded probe Pod has no shell.');
  const whole = recorded.parts[question] ?? '';
  switch (question) {
    case 'node': {
      const [uid = '', networks] = rest;
      // Of a node all is recorded together, and what is of its networks stands last.
      const [ofProcesses = ''] = whole.split(`${recorded.marker} begin sysfs\n`);
      return reportAnswer(recorded, asOf(uid, networks === 'networks' ? whole : ofProcesses), marker);
    }
    case 'hold': {
      const [uid = '', pods = '', rounds = ''] = rest;
      return reportAnswer(recorded, asOf(uid, inRounds(whole, pods, rounds.split(' ').length)), marker);
    }
    default:
      return reportAnswer(recorded, whole, marker);
  }
}

function reportAnswer(
  { marker: own }: { readonly marker: string },
  report: string,
  marker: string,
): ExecAnswer {
  return { stdout: `${report.replaceAll(own, marker)}\n${marker} done\n` };
}

/**
 * A recorded report as that of another Pod on the node, which shows its own UID.
 *
 * @param pattern the UID as the script's argument has it
 */
function asOf(pattern: string, report: string): string {
  const [, recorded = ''] = / begin self\n\d+\n.*\/pod([\da-f-]{36})\//.exec(report) ?? [];
  if (recorded === '') throw new Error('The recorded report does not show whose it is.');
  return report.replaceAll(recorded, pattern.replaceAll('.', '-'));
}

/**
 * As many rounds as the script was asked for, each as the recorded one, of the Pods that it was asked for.
 *
 * @param pods a regular expression of grep
 */
function inRounds(report: string, pods: string, count: number): string {
  const [before = '', text = ''] = report.split(/^round\n/m);
  const [round = '', end = ''] = text.split(/(?=\n\S+ end 0\n$)/);
  const lines = round.split(/(?<=\n)/);
  const pattern = new RegExp(`/cgroup:.*${pods.replaceAll(/\\([(|)])/g, '$1')}`);
  const asked = new Set(lines.filter((line) => pattern.test(line)).map(processOf));
  const shown = `round\n${lines.filter((line) => asked.has(processOf(line))).join('')}`;
  return before + shown.repeat(count) + end;
}

/** The process that a line of a report is labelled with. */
function processOf(line: string): string {
  return /^\/proc\/(\d+)\//.exec(line)?.[1] ?? '';
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
