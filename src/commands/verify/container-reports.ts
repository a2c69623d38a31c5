import type { ReportPart } from '../../inspection/script.ts';
import type { Session } from '../../kube/api/session.ts';
import { allContainers, notRunningReason } from '../../model/containers.ts';
import type { Pod } from '../../model/pod.ts';
import type { ContainerReport } from '../../verdict/verification.ts';
import { inspectContainer } from '../shared/inspect-container.ts';
import type { NodeFacts } from './node-facts.ts';

export interface ContainerReportOptions {
  /** The container whose sockets are wanted; the only one to exec into if `isChosen`. */
  readonly container: string;
  readonly isChosen: boolean;
  readonly wantsInterfaces: boolean;
  readonly wantsSockets: boolean;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/** Execs into every running container of a Pod, or into the chosen one, and returns what each reports about itself. */
export function containerReports(
  pod: Pod,
  options: ContainerReportOptions,
  facts: NodeFacts,
  session: Session,
): Promise<readonly ContainerReport[]> {
  const { container, isChosen, wantsInterfaces, wantsSockets, deadline } = options;
  const running = runningContainers(pod);
  const names = isChosen || running.length === 0 ? [container] : running;
  return Promise.all(
    names.map(async (name) => {
      const parts: readonly ReportPart[] = [
        'namespaces',
        ...(wantsInterfaces ? (['interfaces'] as const) : []),
        ...(wantsInterfaces && wantsSockets && name === container ? (['sockets'] as const) : []),
      ];
      return { name, seen: await containerReport(pod, name, parts, deadline, facts, session) };
    }),
  );
}

/** Returns the names of the containers that run, in kubectl's order. */
export function runningContainers(pod: Pod): readonly string[] {
  return allContainers(pod)
    .map(({ name }) => name)
    .filter((name) => notRunningReason(pod, name) === null);
}

async function containerReport(
  pod: Pod,
  container: string,
  parts: readonly ReportPart[],
  deadline: number,
  facts: NodeFacts,
  session: Session,
): Promise<ContainerReport['seen']> {
  const reason = notRunningReason(pod, container);
  if (reason !== null) return { kind: 'unseen', why: `it is not running (${reason})` };
  const timeout = remaining(deadline);
  if (timeout === 0) return { kind: 'unseen', why: 'no time was left to ask it (--timeout)' };
  const pending = facts.beginSampling(pod.spec.nodeName);
  return inspectContainer(pod, container, { parts, timeout, pending }, session);
}

/** Returns the milliseconds until a deadline on the clock of `performance.now()`; at least 0. */
export function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}
