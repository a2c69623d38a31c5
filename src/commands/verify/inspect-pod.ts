import { ExplainedError } from '../../errors.ts';
import { PodGoneError, requireSamePod } from '../../kube/api/find-pods.ts';
import type { Session } from '../../kube/api/session.ts';
import { containerToLookInto } from '../../model/containers.ts';
import type { Pod } from '../../model/pod.ts';
import { runsOnWindows } from '../../model/sharing.ts';
import { interfacesOfPod } from '../../verdict/pod-parts.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import { type PodNetwork, sideBySide } from '../../verdict/side-by-side.ts';
import {
  requiredKinds,
  type ContainerReport,
  type KubeletSamples,
  type Observations,
  type Seen,
  type Verification,
  verifyPod,
} from '../../verdict/verification.ts';
import { containerReports, remaining } from './container-reports.ts';
import { refuseWindows, requireOnNode, requireStillRunning } from './eligibility.ts';
import type { InspectionOptions } from './inspection-options.ts';
import { NO_NODES, type NodeFacts, type ProbeReport } from './node-facts.ts';
import { notes } from './notes.ts';

/** The check that the Pod is still the same has at least this long, even after the deadline. */
const MIN_CHECK_MILLISECONDS = 2000;

/** Evidence about a Pod that does not come from its containers. */
interface Outside extends Pick<Observations, 'pod' | 'kubelet' | 'probe'> {
  readonly probeReport: Seen<ProbeReport> | null;
}

/**
 * Inspects a Pod that the user selected: each evidence source is used, and each that fails is a doubt about the Pod.
 *
 * @throws InterruptedError on Ctrl-C; any other error is part of the result
 */
export function inspectSelected(
  asked: Pod,
  options: InspectionOptions,
  facts: NodeFacts,
  session: Session,
): Promise<PodVerification> {
  return orFailed(asked, async () => {
    const { begin, container, deadline } = prepare(asked, options, facts, session);
    const early = options.exec === 'always' ? begin(asked, true) : null;
    early?.catch(() => undefined);
    const outside = await observeOutside(asked, deadline, options, facts);
    const containers =
      (await early) ?? (await askIfUndecided(outside, container, { ...options, isAll: false }, begin));
    const nodes = await facts.nodesAround(outside.pod.spec.nodeName);
    refuseWindows(outside.pod, nodes.get(outside.pod.spec.nodeName)?.operatingSystem === 'windows');
    // An exec has checked that already, but a probe Pod may have read later.
    if (options.exec === 'never' || containers.length === 0 || outside.probe !== null) {
      await requireSamePod(asked, Math.max(MIN_CHECK_MILLISECONDS, remaining(deadline)), session);
    }
    requireEvidence(outside, containers);
    const observations = { ...outside, nodes, containers };
    const verification = verifyPod(observations, { ...options, isAll: false });
    return verified({ observations, outside, container, verification }, options, facts);
  });
}

/**
 * Inspects one of the Pods of --all: containers are asked only if other evidence leaves a namespace undecided, a failed
 * probe Pod counts as no probe Pod, and a Pod that ends meanwhile is reported as gone.
 *
 * @throws InterruptedError on Ctrl-C; any other error is part of the result
 */
export function inspectOneOfAll(
  asked: Pod,
  options: InspectionOptions,
  facts: NodeFacts,
  session: Session,
): Promise<PodVerification> {
  return orFailed(asked, async () => {
    const { begin, container, deadline } = prepare(asked, options, facts, session);
    const all = { ...options, isAll: true };
    const observed = await observeOutside(asked, deadline, options, facts);
    const outside = observed.probe?.kind === 'seen' ? observed : { ...observed, probe: null };
    if (outside.reread !== undefined) requireStillRunning(asked, outside.reread);
    const containers = await askIfUndecided(outside, container, all, begin);
    const isInside = containers.length > 0;
    const nodes = isInside ? await facts.nodesAround(outside.pod.spec.nodeName) : NO_NODES;
    refuseWindows(outside.pod, nodes.get(outside.pod.spec.nodeName)?.operatingSystem === 'windows');
    requireEvidence(outside, containers);
    const observations = { ...outside, nodes, containers };
    const verification = verifyPod(observations, all);
    if (verification.verdict === 'inconclusive' && !isInside) {
      requireStillRunning(asked, await facts.reread(asked));
    }
    return verified({ observations, outside, container, verification }, options, facts);
  });
}

interface Prepared {
  /** The container whose interfaces and sockets are shown. */
  readonly container: string;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Asks the containers. */
  readonly begin: (pod: Pod, wantsInterfaces: boolean) => Promise<readonly ContainerReport[]>;
}

function prepare(
  asked: Pod,
  { container: chosen, timeout, wantsSockets }: InspectionOptions,
  facts: NodeFacts,
  session: Session,
): Prepared {
  const deadline = performance.now() + timeout;
  const container = containerToLookInto(asked, chosen);
  requireOnNode(asked);
  refuseWindows(asked, runsOnWindows(asked) === true);
  const isChosen = chosen !== null;
  return {
    container,
    deadline,
    begin: (pod, wantsInterfaces) =>
      containerReports(pod, { container, isChosen, wantsInterfaces, wantsSockets, deadline }, facts, session),
  };
}

/** Reads what the kubelet and the probe Pod report. `reread` is the Pod after repeated readings; null if it was gone. */
async function observeOutside(
  asked: Pod,
  deadline: number,
  { maxSampleWait }: InspectionOptions,
  facts: NodeFacts,
): Promise<Outside & { readonly reread: Pod | null | undefined }> {
  const { nodeName } = asked.spec;
  const [probeReport] = await Promise.all([facts.probeReportOf(nodeName), facts.beginSampling(nodeName)]);
  // A probe Pod has decided the network without newer samples.
  const maxWait = probeReport?.kind === 'seen' ? 0 : Math.min(maxSampleWait, remaining(deadline));
  const kubelet = await facts.samplesOf(asked, maxWait);
  if (probeReport?.kind !== 'seen')
    return { pod: asked, kubelet, probe: probeReport, probeReport, reread: undefined };
  const held = probeReport.what.held.get(asked.uid);
  const probe = { view: probeReport.what.view, held: held?.view ?? null };
  return {
    pod: held?.pod ?? asked,
    kubelet,
    probe: { kind: 'seen', what: probe },
    probeReport,
    reread: held?.pod,
  };
}

/** Asks the containers if the evidence from outside leaves a namespace undecided. */
async function askIfUndecided(
  outside: Outside,
  container: string,
  options: InspectionOptions & { readonly isAll: boolean },
  begin: Prepared['begin'],
): Promise<readonly ContainerReport[]> {
  const { pod, probe } = outside;
  if (options.exec === 'never') {
    if (options.isAll || probe !== null) return [];
    return [{ name: container, seen: { kind: 'unseen', why: 'it was not asked (--no-exec)' } }];
  }
  const { namespaces } = verifyPod({ ...outside, nodes: NO_NODES, containers: [] }, options);
  const isUndecided = requiredKinds(outside, options).some((kind) =>
    ['inconclusive', 'unchecked'].includes(namespaces[kind].verdict),
  );
  if (!isUndecided) return [];
  // A container whose network is decided already is asked only for its namespaces.
  const isNetworkDecided = ['match', 'mismatch'].includes(namespaces.network.verdict);
  return begin(pod, !isNetworkDecided || options.wantsInterfaces);
}

/** @throws ExplainedError if no evidence source has seen anything of the Pod */
function requireEvidence(
  { pod, kubelet, probeReport }: Outside & { readonly kubelet: Seen<KubeletSamples> },
  containers: readonly ContainerReport[],
): void {
  const isSeen = (source: Seen<unknown> | null): boolean => source?.kind === 'seen';
  if ([kubelet, probeReport, ...containers.map(({ seen }) => seen)].some(isSeen)) return;
  const sources = [
    ['By the kubelet', kubelet],
    ['by a probe Pod', probeReport],
    ['from inside', containers[0]?.seen ?? null],
  ] as const;
  const reasons = sources.flatMap(([name, source]) =>
    source?.kind === 'unseen' ? [`${name}: ${source.error?.message ?? `${source.why}.`}`] : [],
  );
  // The last reason ends the sentence; it may end with a command, after which a full stop would be wrong.
  const all = reasons.map((reason, index) =>
    index < reasons.length - 1 ? reason.replace(/\.$/, '') : reason,
  );
  throw new ExplainedError(`Nothing of the Pod ${pod.name} could be seen. ${all.join('; ')}`);
}

interface Verified {
  readonly observations: Observations;
  readonly outside: Outside;
  readonly container: string;
  readonly verification: Verification;
}

async function verified(
  { observations, outside, container, verification }: Verified,
  options: InspectionOptions,
  facts: NodeFacts,
): Promise<PodVerification> {
  const { pod, kubelet, containers } = observations;
  const own = networkOfPod(observations, container);
  const shown = containers.find(({ name }) => name === container)?.seen;
  const isInside = containers.length > 0 && options.exec !== 'never';
  return {
    kind: 'verified',
    pod,
    container,
    verification,
    interfaces: sideBySide(kubelet.kind === 'seen' ? kubelet.what : null, own),
    podInterfaces: own === null ? null : { source: own.source, unattributed: own.interfaces.unattributed },
    listening: shown?.kind === 'seen' ? shown.what.listening : null,
    reach: null,
    notes: notes(
      {
        ...observations,
        probeReport: outside.probeReport,
        someNodes: isInside ? await facts.nodes() : null,
      },
      options,
    ),
  };
}

/** Returns the interfaces of the Pod's own network from the best evidence source that has them. */
function networkOfPod({ pod, probe, containers }: Observations, name: string): PodNetwork | null {
  const seen = probe?.kind === 'seen' ? interfacesOfPod(pod, probe.what.view, name) : null;
  if (seen !== null) return { source: 'probe', interfaces: seen };
  const report = containers.find((one) => one.name === name)?.seen;
  const own = report?.kind === 'seen' ? report.what.interfaces : null;
  return own === null ? null : { source: 'container', interfaces: own };
}

async function orFailed(pod: Pod, inspect: () => Promise<PodVerification>): Promise<PodVerification> {
  try {
    return await inspect();
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    const isGone = error instanceof PodGoneError;
    return { kind: 'failed', namespace: pod.namespace, name: pod.name, pod, error: error.message, isGone };
  }
}
