import { ExplainedError } from '../errors.ts';
import { PROBE_CONTAINER, PROBE_LABELS, PROBE_PREFIX, type ProbePod } from './probe-pod.ts';
import { type JsonObject, isTrue, objectOf, objectsOf, textOf } from '../wire/json-value.ts';
import { withoutFullStop } from '../wire/wording.ts';
import { readKind } from '../kube/transport/body.ts';
import { withinTimeout } from '../kube/transport/deadline.ts';
import { podPath, podsPath } from '../kube/api/pod-path.ts';
import { probeRefusal } from './probe-refusal.ts';
import { ForbiddenError, readStatus, refusal, rightTo } from '../kube/errors/refusal.ts';
import type { Session } from '../kube/api/session.ts';

/** A probe Pod that exists. */
export interface Probe {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
}

/** A probe Pod that may exist: its UID is unknown after a create request without a response. */
export type MaybeProbe = Omit<Probe, 'uid'> & { readonly uid: string | null };

/** State of a probe Pod. `why` is a clause. */
export type ProbeState =
  | { readonly kind: 'starting'; readonly why: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly why: string; readonly isImage: boolean };

/** A probe Pod as the server returned it. */
export interface CreatedProbe {
  readonly probe: Probe;
  /** With what admission webhooks have made of it. */
  readonly object: JsonObject;
}

/** Reasons of the kubelet why a container will not start. Waiting for a retry would take minutes. */
const HOPELESS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
];

/** Reasons that do not depend on the image. */
const KUBELETS = ['CreateContainerConfigError'];

/** Phases of a Pod that has ended. */
const ENDED = ['Failed', 'Succeeded'];

/** Timeout of the create request. Admission webhooks can take some seconds each. */
const CREATION_TIMEOUT = 15_000;

/**
 * Creates a probe Pod.
 *
 * @param isDryRun makes the server check it without storing it
 * @param session a cleanup session: after Ctrl-C during the request, it would be unknown whether the probe Pod exists
 * @throws ProbeRefusedError if it was not created; after any other error that is unknown
 */
export async function createProbe(pod: ProbePod, isDryRun: boolean, session: Session): Promise<CreatedProbe> {
  const doing = `create the probe Pod on ${pod.spec.nodeName}`;
  const work = async (signal: AbortSignal): Promise<CreatedProbe> => {
    const answer = await session.client.change({
      doing,
      method: 'POST',
      path: podsPath(pod.metadata.namespace),
      query: isDryRun ? { dryRun: 'All' } : {},
      body: pod,
      accept: 'application/json',
      signal,
    });
    if (answer.status !== 201 && answer.status !== 200) throw await probeRefusal(answer, pod, session);
    const object = await readKind(answer, doing, ['Pod']);
    // Under whatever name a webhook has given it.
    const probe = { ...probeOf(object), node: pod.spec.nodeName };
    // By these it is removed; of a dry run nothing is there.
    if (!isDryRun && (probe.namespace === '' || probe.name === '' || probe.uid === '')) {
      throw new ExplainedError(`Cannot ${doing}: the server's answer does not say which Pod it has created.`);
    }
    return { probe, object };
  };
  return withinTimeout(doing, CREATION_TIMEOUT, work, null);
}

/**
 * Returns a clause about the change of an admission webhook that makes the probe Pod useless, or null.
 */
export function alteration(object: JsonObject): string | null {
  const spec = objectOf(object, 'spec');
  const lost = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => !isTrue(spec, field));
  if (lost.length > 0) return `took ${lost.join(' and ')} from it`;
  const container = objectsOf(spec, 'containers').find((one) => textOf(one, 'name') === PROBE_CONTAINER);
  const { add } = objectOf(objectOf(container ?? {}, 'securityContext'), 'capabilities');
  return Array.isArray(add) && add.includes('SYS_PTRACE') ? null : 'took the capability SYS_PTRACE from it';
}

/** @throws ExplainedError if the server does not respond */
export async function probeState(probe: Probe, timeout: number, session: Session): Promise<ProbeState> {
  const doing = `wait for the probe Pod on ${probe.node}`;
  return withinTimeout(doing, timeout, async (signal) => {
    const path = podPath(probe.namespace, probe.name);
    const answer = await session.client.get({ doing, path, accept: 'application/json', signal });
    if (answer.status === 404) return GONE;
    if (answer.status !== 200) {
      const needs = { verb: 'get', resource: 'pods', namespace: probe.namespace };
      throw await refusal(answer, await readStatus(answer), { doing, needs }, session);
    }
    return stateOf(await readKind(answer, doing, ['Pod']), probe);
  });
}

const GONE: ProbeState = { kind: 'failed', why: 'it was deleted', isImage: false };

/** Another user with permission to create Pods could replace it under the same name. */
function stateOf(pod: JsonObject, probe: Probe): ProbeState {
  const metadata = objectOf(pod, 'metadata');
  const status = objectOf(pod, 'status');
  const phase = textOf(status, 'phase');
  if (textOf(metadata, 'uid') !== probe.uid || textOf(metadata, 'deletionTimestamp') !== '') return GONE;
  const container = objectsOf(status, 'containerStatuses').find(
    (one) => textOf(one, 'name') === PROBE_CONTAINER,
  );
  const state = objectOf(container ?? {}, 'state');
  const failed = (reason: string, message: string): ProbeState => ({
    kind: 'failed',
    why: said(reason, message),
    isImage: !KUBELETS.includes(reason) && textOf(status, 'reason') === '',
  });
  if (ENDED.includes(phase)) {
    const [reason, message] = [textOf(status, 'reason'), textOf(status, 'message')];
    const ended = objectOf(state, 'terminated');
    return failed(reason || textOf(ended, 'reason') || phase, message || textOf(ended, 'message'));
  }
  if (state['running'] !== undefined) return { kind: 'running' };
  const waiting = objectOf(state, 'waiting');
  const reason = textOf(waiting, 'reason');
  if (!HOPELESS.includes(reason))
    return { kind: 'starting', why: reason || 'the kubelet has not begun with it' };
  return failed(reason, textOf(waiting, 'message'));
}

function said(reason: string, message: string): string {
  return message === '' ? reason : `${reason}: ${withoutFullStop(message)}`;
}

/** Number of attempts to delete a probe Pod, and the delay between them. */
const REMOVAL_ATTEMPTS = 3;
const REMOVAL_TIMEOUT = 5000;
const REMOVAL_PAUSE = 500;

/**
 * Deletes a probe Pod without a grace period. It is not an error if it is gone already.
 *
 * @param uid null if it is unknown whether it exists, after a create request without a response
 * @throws ExplainedError if it may still exist, with the command that deletes it
 */
export async function removeProbe(
  { namespace, name, uid, node }: MaybeProbe,
  sleep: (milliseconds: number) => Promise<void>,
  session: Session,
): Promise<void> {
  const doing = `remove the probe Pod on ${node}`;
  const byHand = `kubectl delete pod ${name} -n ${namespace}${session.connectionFlags}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const isGone = await deletePod({ namespace, name, uid, node }, doing, session);
      // A creation that has got no answer may be on its way still.
      if (isGone || uid !== null || attempt === REMOVAL_ATTEMPTS) return;
    } catch (error) {
      if (!(error instanceof ExplainedError)) throw error;
      if (attempt === REMOVAL_ATTEMPTS) {
        throw new ExplainedError(
          `${error.message.replace(/\.$/, '')}. The probe Pod ends by its deadline, and the next run with --probe behind that removes it; to do it now: ${byHand}`,
          { cause: error },
        );
      }
    }
    await sleep(REMOVAL_PAUSE);
  }
}

/** Resolves to true if it existed. @throws ExplainedError if it may still exist */
async function deletePod(
  { namespace, name, uid }: MaybeProbe,
  doing: string,
  session: Session,
): Promise<boolean> {
  const work = async (signal: AbortSignal): Promise<boolean> => {
    const answer = await session.client.change({
      doing,
      method: 'DELETE',
      path: podPath(namespace, name),
      // Without grace: nothing waits for a kubelet that may not answer. Its process ends all the same.
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        ...(uid === null ? {} : { preconditions: { uid } }),
      },
      accept: 'application/json',
      signal,
    });
    if (answer.status === 200 || answer.status === 202) {
      // A Status where there is nothing left to show. What is neither has not deleted anything.
      const said = await readKind(answer, doing, ['Pod', 'Status']);
      const isDone =
        textOf(said, 'kind') === 'Pod'
          ? textOf(objectOf(said, 'metadata'), 'name') === name
          : textOf(said, 'status') === 'Success';
      if (isDone) return true;
      throw new ExplainedError(`Cannot ${doing}: the server's answer does not say that it has.`);
    }
    const status = await readStatus(answer);
    // 409: the name is another Pod's by now.
    if (answer.status === 404 || answer.status === 409) return false;
    const needs = { verb: 'delete', resource: 'pods', namespace };
    throw await refusal(answer, status, { doing, needs }, session);
  };
  return withinTimeout(doing, REMOVAL_TIMEOUT, work, null);
}

/** Maximum lifetime of a probe Pod. An older one was left behind. */
export const MAX_DEADLINE_SECONDS = 3600;
const SLACK_SECONDS = 600;

/**
 * Returns the probe Pods that earlier runs left behind: those that have ended, and those that exceed the maximum lifetime.
 *
 * @throws ExplainedError if they cannot be listed
 */
export async function leftProbes(
  namespace: string,
  timeout: number,
  session: Session,
): Promise<readonly Probe[]> {
  const doing = `look for probes that were left in the namespace ${namespace}`;
  return withinTimeout(doing, timeout, async (signal) => {
    const answer = await session.client.get({
      doing,
      path: podsPath(namespace),
      query: {
        labelSelector: Object.entries(PROBE_LABELS)
          .map(([key, value]) => `${key}=${value}`)
          .join(','),
      },
      accept: 'application/json',
      signal,
    });
    if (answer.status !== 200) {
      const needs = { verb: 'list', resource: 'pods', namespace };
      throw await refusal(answer, await readStatus(answer), { doing, needs }, session);
    }
    const pods = objectsOf(await readKind(answer, doing, ['PodList', 'List']), 'items');
    const now = session.client.now() / 1000;
    return pods.flatMap((pod) => (isLeft(pod, now) ? [probeOf(pod)] : []));
  });
}

function isLeft(pod: JsonObject, now: number): boolean {
  const { name, creationTimestamp } = objectOf(pod, 'metadata');
  // Labels can be copied to other Pods. Delete only Pods that are certainly probe Pods.
  if (typeof name !== 'string' || !name.startsWith(PROBE_PREFIX)) return false;
  const phase = textOf(objectOf(pod, 'status'), 'phase');
  if (ENDED.includes(phase)) return true;
  const created = typeof creationTimestamp === 'string' ? Date.parse(creationTimestamp) / 1000 : Number.NaN;
  return now - created > MAX_DEADLINE_SECONDS + SLACK_SECONDS;
}

function probeOf(pod: JsonObject): Probe {
  const metadata = objectOf(pod, 'metadata');
  return {
    namespace: textOf(metadata, 'namespace'),
    name: textOf(metadata, 'name'),
    uid: textOf(metadata, 'uid'),
    node: textOf(objectOf(pod, 'spec'), 'nodeName'),
  };
}

/** Permissions for a probe Pod, except create, which the create request checks. */
const NEEDED = [
  { verb: 'delete', resource: 'pods', why: 'it could not be removed again' },
  { verb: 'get', resource: 'pods/exec', why: 'it could not be asked anything' },
] as const;

/**
 * Checks that a probe Pod can be used and deleted, before it is created.
 *
 * @throws ForbiddenError if a permission is missing
 */
export async function requireRights(namespace: string, timeout: number, session: Session): Promise<void> {
  await Promise.all(
    NEEDED.map(async ({ why, ...needs }) => {
      if (await mayDo({ ...needs, namespace }, timeout, session)) return;
      throw new ForbiddenError(
        `Cannot use a probe Pod: ${why}. ${rightTo({ ...needs, namespace }, session)}`,
      );
    }),
  );
}

/** If the access review itself is rejected, assume yes: the request itself reports the error. */
async function mayDo(
  {
    verb,
    resource,
    namespace,
  }: { readonly verb: string; readonly resource: string; readonly namespace: string },
  timeout: number,
  session: Session,
): Promise<boolean> {
  const doing = 'ask for the rights that a probe Pod needs';
  const [plural = '', subresource = ''] = resource.split('/');
  return withinTimeout(doing, timeout, async (signal) => {
    const answer = await session.client.change({
      doing,
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace, verb, resource: plural, subresource } },
      },
      accept: 'application/json',
      signal,
    });
    if (answer.status !== 201) {
      await readStatus(answer);
      return true;
    }
    const review = await readKind(answer, doing, ['SelfSubjectAccessReview']);
    return isTrue(objectOf(review, 'status'), 'allowed');
  });
}
