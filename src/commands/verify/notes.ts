import type { Pod } from '../../model/pod.ts';
import type { ContainerReport, Observations, Seen } from '../../verdict/verification.ts';
import { runningContainers } from './container-reports.ts';
import type { InspectionOptions } from './inspection-options.ts';
import type { ProbeReport } from './node-facts.ts';

interface Noted extends Observations {
  /** Null without --probe. */
  readonly probeReport: Seen<ProbeReport> | null;
  /** Null if no verdict needed the nodes. */
  readonly someNodes: Seen<unknown> | null;
}

/** Returns sentences about what could not be seen or is odd. Equal sentences about many Pods are printed once. */
export function notes(
  { pod, containers, kubelet, probeReport, nodes, someNodes }: Noted,
  { container: chosen, exec }: Pick<InspectionOptions, 'container' | 'exec'>,
): readonly string[] {
  const { nodeName } = pod.spec;
  const sentences: string[] = [];
  if (probeReport?.kind === 'unseen' && probeReport.error !== undefined)
    sentences.push(probeReport.error.message);
  if (kubelet.kind === 'unseen' && kubelet.error !== undefined) {
    const { message } = kubelet.error;
    sentences.push(
      probeReport?.kind === 'seen'
        ? message
        : `Without the kubelet of ${nodeName} every verdict rests on what the containers report of themselves. ${message}`,
    );
  }
  if (probeReport?.kind === 'seen' && !probeReport.what.view.isComplete) {
    sentences.push(`The report of the probe Pod on ${nodeName} was cut off; what had come is used.`);
  }
  if (someNodes?.kind === 'unseen') {
    sentences.push(
      `Without the nodes no namespace can be compared with theirs. ${someNodes.error?.message ?? ''}`,
    );
  }
  if (chosen !== null && exec !== 'never' && containers.length > 0) {
    const others = runningContainers(pod).filter((name) => name !== chosen);
    if (others.length > 0) {
      sentences.push(`Of the Pod ${pod.name}, these containers were not asked (-c): ${others.join(', ')}.`);
    }
  }
  const bootID = nodes.get(nodeName)?.bootID ?? '';
  return [...sentences, ...containers.flatMap((report) => notesOfContainer(report, pod, bootID))];
}

/** @param bootID of the node; empty if it is unknown */
function notesOfContainer({ name, seen }: ContainerReport, pod: Pod, bootID: string): readonly string[] {
  if (seen.kind === 'unseen') return seen.error === undefined ? [] : [seen.error.message];
  const { isComplete, garbled, interfaces, bootId } = seen.what;
  const of = `the container ${name} of the Pod ${pod.name}`;
  const isOtherKernel = bootId !== null && bootID !== '' && bootId !== bootID;
  return [
    ...(isOtherKernel
      ? [
          `By its boot ID ${of} runs in another kernel than its node: what the kubelet sees is the sandbox on the node, and not the network of a virtual machine in it.`,
        ]
      : []),
    ...(isComplete ? [] : [`The report of ${of} was cut off; what had come is used.`]),
    ...garbled.map((what) => `The report of ${of} has what no kernel prints: ${what}.`),
    ...(interfaces?.warnings ?? []).map((warning) => `In ${of} ${warning}.`),
  ];
}
