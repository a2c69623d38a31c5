import { randomUUID } from 'node:crypto';
import type { PodJson } from './recorded.ts';
import { readObject } from './request-body.ts';
import { badRequest, StatusError } from './status.ts';

/** A Pod that a client has made. */
export interface MadePod {
  /** As it was made; what its status has become, the server says each time. */
  readonly json: PodJson;
  /** How often it was asked for, alone or in a list. */
  asked: number;
}

/** What a client sends, in which anything may be missing. */
interface GivenPod {
  readonly metadata?: Partial<PodJson['metadata']>;
  readonly spec?: Partial<PodJson['spec']>;
}

/**
 * Reads the Pod of a request, and gives it what the API server itself knows of it.
 *
 * @throws StatusError 400
 */
export function readPod(body: string, namespace: string): PodJson {
  const { metadata, spec }: GivenPod = readObject(body, 'Pod');
  if ((metadata?.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return {
    metadata: {
      ...metadata,
      name: metadata?.name ?? '',
      namespace,
      uid: randomUUID(),
      creationTimestamp: timestamp(Date.now()),
    },
    spec: { ...spec, containers: spec?.containers ?? [] },
    status: { phase: 'Pending' },
  };
}

/**
 * Finds what no Pod can be without. The real one finds more than this; it has no generateName here.
 *
 * @throws StatusError 422
 */
export function validatePod({ metadata: { name }, spec: { containers } }: PodJson): void {
  const causes = [
    ...(name === '' ? ['metadata.name: Required value: name or generateName is required'] : []),
    ...(containers.length === 0 ? ['spec.containers: Required value'] : []),
  ];
  if (causes.length === 0) return;
  const why = causes.length === 1 ? causes.join('') : `[${causes.join(', ')}]`;
  throw new StatusError(422, 'Invalid', `Pod "${name}" is invalid: ${why}`);
}

/**
 * Holds a Pod against the DeleteOptions that came with the wish to delete it.
 *
 * @param body '' for none
 * @throws StatusError 400, or 409 where the client means a Pod of that name that was there before
 */
export function checkPreconditions(body: string, { metadata: { name, uid } }: PodJson): void {
  if (body === '') return;
  const options: { readonly preconditions?: { readonly uid?: string } } = readObject(body, 'DeleteOptions');
  const expected = options.preconditions?.uid ?? uid;
  if (expected === uid) return;
  throw new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on Pod "${name}": the UID in the precondition (${expected}) does not match ` +
      `the UID in record (${uid}). The object might have been deleted and then recreated`,
  );
}

/** A Pod with what the API server sets where a client says nothing, as far as somebody reads it. */
export function withDefaults({ spec, status, ...rest }: PodJson): PodJson {
  const defaulted = spec.containers.map(({ ports, ...container }) => ({
    ...container,
    ...(ports === undefined ? {} : { ports: ports.map((port) => portWithDefaults(port, spec.hostNetwork)) }),
  }));
  return {
    ...rest,
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      ...spec,
      containers: defaulted,
    },
    status:
      spec.schedulingGates === undefined
        ? status
        : { ...status, conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
  };
}

type Port = NonNullable<PodJson['spec']['containers'][number]['ports']>[number];

function portWithDefaults({ hostPort, ...port }: Port, hostNetwork = false): Port {
  const onNode = hostPort ?? (hostNetwork ? port.containerPort : undefined);
  return {
    ...(onNode === undefined ? {} : { hostPort: onNode }),
    ...port,
    protocol: (port as Partial<Port>).protocol ?? 'TCP',
  };
}

/**
 * A Pod whose end has begun: it is gone at once where its grace period is 0, which it is where no kubelet has to
 * end it. The same Pod where its end has begun before and comes no sooner.
 *
 * @param body the DeleteOptions, '' for none
 */
export function ending(pod: PodJson, body: string, query: URLSearchParams): PodJson {
  const options: { readonly gracePeriodSeconds?: number } =
    body === '' ? {} : readObject(body, 'DeleteOptions');
  const { metadata, spec, status } = pod;
  const wished = query.get('gracePeriodSeconds') ?? options.gracePeriodSeconds;
  const isRunning = (spec.nodeName ?? '') !== '' && !['Succeeded', 'Failed'].includes(status.phase);
  const grace = isRunning ? Number(wished ?? spec.terminationGracePeriodSeconds ?? 0) : 0;
  if (grace >= (metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY)) return pod;
  const deletionTimestamp = timestamp(Date.now() + grace * 1000);
  return { ...pod, metadata: { ...metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } };
}

/** As metav1.Time is written. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}

/** Of a Pod that is pending when it is asked for the first time, and runs the next time. */
export function startingStatus({ metadata, spec }: PodJson, asked: number): PodJson['status'] {
  if (asked < 2) return { phase: 'Pending' };
  const statuses = spec.containers.map(({ name, image }) => ({
    name,
    state: { running: { startedAt: metadata.creationTimestamp } },
    lastState: {},
    ready: true,
    restartCount: 0,
    image,
    imageID: '',
    started: true,
  }));
  return { phase: 'Running', containerStatuses: statuses };
}
