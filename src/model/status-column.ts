import type { ContainerState, ContainerStatus, Pod } from './pod.ts';

/**
 * Returns the STATUS column of `kubectl get pods`.
 *
 * The API server computes that column (printPod in pkg/printers/internalversion/printers.go, 1.35) and
 * sends it only in Tables, which have no spec. So it is computed here from the same fields.
 */
export function statusColumn(pod: Pod): string {
  const { status } = pod;
  if (pod.deletionTimestamp !== null) {
    if (status.reason === 'NodeLost') return 'Unknown';
    if (status.phase !== 'Succeeded' && status.phase !== 'Failed') return 'Terminating';
  }
  const initializing = initializingReason(pod);
  if (initializing !== null && !hasCondition(pod, 'Initialized')) return initializing;
  return containersReason(pod, initializing ?? podReason(pod));
}

function podReason({ status }: Pod): string {
  const gated = status.conditions.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return status.reason === '' ? status.phase : status.reason;
}

/** Returns the state of the first init container that still blocks the Pod, or null. */
function initializingReason(pod: Pod): string | null {
  const { initContainers } = pod.spec;
  const sidecars = new Set(
    initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const isDone = ({ name, state, started }: ContainerStatus): boolean =>
    state.terminated?.exitCode === 0 || (sidecars.has(name) && started);
  const blocking = pod.status.initContainerStatuses.findIndex((container) => !isDone(container));
  const state = pod.status.initContainerStatuses[blocking]?.state;
  if (state === undefined) return null;
  if (state.terminated) return `Init:${terminatedReason(state.terminated)}`;
  const waiting = state.waiting?.reason ?? '';
  if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`;
  return `Init:${String(blocking)}/${String(initContainers.length)}`;
}

/** Returns the reason of the first container that has one. The loop runs backwards so that the first one wins. */
function containersReason(pod: Pod, initial: string): string {
  let reason = initial;
  let errorReason = '';
  let hasRunning = false;
  for (const { state, ready } of pod.status.containerStatuses.toReversed()) {
    if (state.waiting !== undefined && state.waiting.reason !== '') {
      reason = state.waiting.reason;
    } else if (state.terminated) {
      reason = terminatedReason(state.terminated);
      if (state.terminated.exitCode !== 0) errorReason = reason;
    } else if (ready && state.running) {
      hasRunning = true;
    }
  }
  if (reason !== 'Completed') return reason;
  if (hasRunning && hasCondition(pod, 'Ready')) return 'Running';
  if (errorReason !== '') return errorReason;
  return hasRunning ? 'NotReady' : reason;
}

function terminatedReason(terminated: NonNullable<ContainerState['terminated']>): string {
  const { reason, signal, exitCode } = terminated;
  if (reason !== '') return reason;
  return signal === 0 ? `ExitCode:${String(exitCode)}` : `Signal:${String(signal)}`;
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status.conditions.find((condition) => condition.type === type)?.status === 'True';
}
