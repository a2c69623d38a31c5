import { ExplainedError } from '../errors.ts';
import type { ProbePod } from './probe-pod.ts';
import { withoutFullStop } from '../wire/wording.ts';
import type { Answer } from '../kube/transport/client.ts';
import { readStatus, refusal } from '../kube/errors/refusal.ts';
import type { Session } from '../kube/api/session.ts';

/** The server did not create the probe Pod. */
export class ProbeRefusedError extends ExplainedError {
  override readonly name = 'ProbeRefusedError';
  /** True if a probe Pod on another node may still be accepted. */
  readonly mayPass: boolean;

  constructor(message: string, mayPass = false) {
    super(message);
    this.mayPass = mayPass;
  }
}

/**
 * Explains a response without a created probe Pod: who rejected it, and what to do.
 *
 * @returns a ProbeRefusedError if the probe Pod certainly does not exist
 */
export async function probeRefusal(answer: Answer, pod: ProbePod, session: Session): Promise<ExplainedError> {
  const { namespace } = pod.metadata;
  const doing = `create the probe Pod on ${pod.spec.nodeName}`;
  const status = await readStatus(answer);
  const elsewhere = '--probe-namespace names another namespace for it';
  // Those of webhooks may have many lines.
  const message = withoutFullStop(status.message.replaceAll(/\s+/g, ' '));
  if (answer.status === 404 && status.reason === 'NotFound') {
    return new ProbeRefusedError(`Cannot ${doing}: there is no namespace "${namespace}"; ${elsewhere}.`);
  }
  if (answer.status === 403 && !message.includes('cannot create resource')) {
    const mayPass = message.includes(QUOTA);
    return new ProbeRefusedError(
      `Cannot ${doing}: ${admissionRefusal(message, namespace, elsewhere)}`,
      mayPass,
    );
  }
  if (answer.status === 422 || answer.status === 400) {
    return new ProbeRefusedError(`Cannot ${doing}: the server does not take it (${message}).`);
  }
  const needs = { verb: 'create', resource: 'pods', namespace };
  const explained = await refusal(answer, status, { doing, needs }, session);
  // Its name is random: one that is there already is ours, of an answer that was lost on its way.
  const isCertain = answer.status < 500 && answer.status !== 409;
  return isCertain ? new ProbeRefusedError(explained.message) : explained;
}

/** An exhausted quota can have room again after another probe Pod is deleted. */
const QUOTA = 'exceeded quota';

function admissionRefusal(message: string, namespace: string, elsewhere: string): string {
  if (message.includes('violates PodSecurity')) {
    return (
      `the Pod Security Standard of the namespace ${namespace} forbids a Pod in the node's namespaces (${message}). ` +
      `It takes one with pod-security.kubernetes.io/enforce=privileged: ${elsewhere}.`
    );
  }
  if (message.includes(QUOTA)) {
    return `the quota of the namespace ${namespace} leaves no room for it (${message}); ${elsewhere}.`;
  }
  if (/gke-warden|GKE Warden|autogke/i.test(message)) {
    return `GKE Autopilot lets no Pod into the namespaces of a node (${message}). There is no probe Pod on such a cluster.`;
  }
  return `an admission controller of the cluster refuses it (${message}); ${elsewhere}, which may be exempt.`;
}
