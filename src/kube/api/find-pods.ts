import { ExplainedError } from '../../errors.ts';
import type { Pod } from '../../model/pod.ts';
import type { Workload } from '../../model/pod-reference.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '../../wire/json-value.ts';
import { decodePodJson } from '../../wire/pod-json.ts';
import { readKind } from '../transport/body.ts';
import { withinTimeout } from '../transport/deadline.ts';
import { type ListContext, listPods } from './list-pods.ts';
import { podPath, podsPath, workloadsPath } from './pod-path.ts';
import { readStatus, refusal } from '../errors/refusal.ts';
import type { Session } from './session.ts';

/** The Pod does not exist, or not any more. */
export class PodGoneError extends ExplainedError {
  override readonly name = 'PodGoneError';
}

/**
 * Returns the Pod of this name.
 *
 * @throws ExplainedError if it does not exist, or the user has no permission to get it
 */
export async function getPod(name: string, namespace: string, session: Session): Promise<Pod> {
  return decodePodJson(
    await getObject(
      { path: podsPath(namespace), resource: 'pods', shown: 'Pod', kind: 'Pod' },
      name,
      namespace,
      session,
    ),
  );
}

/**
 * Checks that the Pod of this name is still the same one.
 *
 * @throws PodGoneError if it is gone, or another Pod has its name
 */
export async function requireSamePod(pod: Pod, timeout: number, session: Session): Promise<void> {
  const doing = `get the Pod ${pod.name} again`;
  const uid = await withinTimeout(doing, timeout, (signal) => currentUid(pod, doing, signal, session));
  if (uid === pod.uid) return;
  throw new PodGoneError(
    uid === null
      ? `The Pod ${pod.name} was deleted during the inspection.`
      : `The Pod ${pod.name} was replaced by another Pod of the same name during the inspection. Try again.`,
  );
}

/** Returns the UID of the Pod of this name, or null if there is none. */
async function currentUid(
  { name, namespace }: Pod,
  doing: string,
  signal: AbortSignal,
  session: Session,
): Promise<string | null> {
  const answer = await session.client.get({
    doing,
    path: podPath(namespace, name),
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json',
    signal,
  });
  if (answer.status === 200) {
    const pod = await readKind(answer, doing, ['Pod', 'PartialObjectMetadata']);
    return textOf(objectOf(pod, 'metadata'), 'uid');
  }
  const status = await readStatus(answer);
  if (answer.status === 404) return null;
  throw await refusal(
    answer,
    status,
    { doing, needs: { verb: 'get', resource: 'pods', namespace } },
    session,
  );
}

/**
 * Returns the non-terminated Pods of a workload, by its selector and their owner.
 *
 * @throws ExplainedError if it does not exist, has no non-terminated Pod, or the user has no permission to read it
 */
export async function podsOfWorkload(
  workload: Workload,
  name: string,
  namespace: string,
  context: ListContext,
): Promise<readonly [Pod, ...Pod[]]> {
  const { resource, podOwner } = workload;
  const path = workloadsPath(workload, namespace);
  const shown = workload.names[0] ?? resource;
  const kind = resource === 'deployments' ? 'Deployment' : podOwner;
  const object = await getObject({ path, resource, shown, kind }, name, namespace, context);
  const labelSelector = selectorOf(objectOf(object, 'spec'));
  if (labelSelector === '')
    throw new ExplainedError(`The ${shown} ${name} selects no Pods: its selector is empty.`);
  const listing = await listPods(
    { namespace, labelSelector, fieldSelector: '', node: null, liveOnly: true, wanted: 'every' },
    context,
  );
  const isOwned = ({ controller }: Pod): boolean =>
    controller?.kind === podOwner &&
    (resource === 'deployments' ? controller.name.startsWith(`${name}-`) : controller.name === name);
  const [first, ...others] = listing.pods.filter(isOwned);
  if (first === undefined) {
    throw new ExplainedError(`The ${shown} ${name} in the namespace ${namespace} has no live Pod.`);
  }
  return [first, ...others];
}

async function getObject(
  of: { readonly path: string; readonly resource: string; readonly shown: string; readonly kind: string },
  name: string,
  namespace: string,
  session: Session,
): Promise<JsonObject> {
  const { path, resource, shown, kind } = of;
  const doing = `get the ${shown} ${name}`;
  const answer = await session.client.get({
    doing,
    path: `${path}/${encodeURIComponent(name)}`,
    accept: 'application/json',
  });
  if (answer.status === 200) {
    const object = await readKind(answer, doing, [kind]);
    if (textOf(objectOf(object, 'metadata'), 'name') === name) return object;
    throw new ExplainedError(`Cannot ${doing}: the server's answer is a ${kind} of another name.`);
  }
  const status = await readStatus(answer);
  if (answer.status === 404 && status.reason === 'NotFound') {
    const What = resource === 'pods' ? PodGoneError : ExplainedError;
    throw new What(
      `There is no ${shown} "${name}" in the namespace ${namespace}; \`kubectl get ${resource} -n ${namespace}${session.connectionFlags}\` names those that there are.`,
    );
  }
  throw await refusal(answer, status, { doing, needs: { verb: 'get', resource, namespace } }, session);
}

/** Returns the query for a metav1.LabelSelector, or for the plain map of a ReplicationController. */
function selectorOf(spec: JsonObject): string {
  const selector = objectOf(spec, 'selector');
  const isPlain = !isObject(selector['matchLabels']) && !Array.isArray(selector['matchExpressions']);
  const labels = Object.entries(isPlain ? selector : objectOf(selector, 'matchLabels'));
  const expressions = objectsOf(selector, 'matchExpressions').map((expression) => {
    const key = textOf(expression, 'key');
    const values = expression['values'];
    const list = `(${Array.isArray(values) ? values.join(',') : ''})`;
    switch (textOf(expression, 'operator')) {
      case 'In':
        return `${key} in ${list}`;
      case 'NotIn':
        return `${key} notin ${list}`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw new ExplainedError(
          `The selector has the operator "${textOf(expression, 'operator')}", which is not known here.`,
        );
    }
  });
  return [...labels.map(([key, value]) => `${key}=${String(value)}`), ...expressions].join(',');
}
