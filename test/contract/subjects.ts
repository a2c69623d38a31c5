import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { arrayOf, isObject, objectOf, textOf } from '../../src/wire/json-value.ts';
import type { Api } from './api.ts';
import { Conversation, namespacesOf, podPath, podsPath, type Place } from './conversation.ts';
import type { Side } from './side.ts';

/** A node without a kubelet: what is on it stays as clients say. */
export const NODE = 'contract-node';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const MERGE = 'application/merge-patch+json';
export const AT_ONCE = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
const PATIENCE_MILLISECONDS = 60_000;

interface Subject {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly status?: object;
}

const running = { state: { running: { startedAt: '2026-01-02T03:04:05Z' } }, ready: true, started: true };
const status = { image: 'e2e.local/busybox:1', imageID: '', restartCount: 0 };

/** By name, in the server's order. */
const STILL: Readonly<Record<string, Subject>> = {
  alpha: {
    labels: { app: 'web', tier: 'front' },
    annotations: { 'kubectl.kubernetes.io/default-container': 'second' },
    spec: {
      nodeName: NODE,
      hostNetwork: true,
      containers: [
        container('first', {
          ports: [{ containerPort: 8080 }, { containerPort: 53, hostPort: 53, protocol: 'UDP' }],
        }),
        container('second'),
      ],
    },
    status: {
      phase: 'Running',
      hostIP: '198.51.100.9',
      hostIPs: [{ ip: '198.51.100.9' }, { ip: '2001:db8::9' }],
      podIP: '198.51.100.9',
      podIPs: [{ ip: '198.51.100.9' }],
      startTime: '2026-01-02T03:04:05Z',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'first', ...status, ...running, containerID: 'containerd://0123' },
        {
          name: 'second',
          ...status,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
          ready: false,
          restartCount: 3,
        },
      ],
    },
  },
  bravo: {
    labels: { app: 'web' },
    spec: {
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      restartPolicy: 'OnFailure',
      initContainers: [container('sidecar', { restartPolicy: 'Always' }), container('init')],
      containers: [container('c', { ports: [{ containerPort: 80 }] })],
    },
  },
  charlie: {
    labels: { app: 'db', 'example.com/size': 'large', rank: '7' },
    spec: { nodeName: NODE, hostPID: true, hostIPC: true, restartPolicy: 'Never' },
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory.',
      containerStatuses: [
        {
          name: 'c',
          ...status,
          state: { terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled' } },
          ready: false,
        },
      ],
    },
  },
  delta: {
    spec: { nodeName: NODE, shareProcessNamespace: true, restartPolicy: 'Never' },
    status: {
      phase: 'Succeeded',
      containerStatuses: [
        { name: 'c', ...status, state: { terminated: { exitCode: 0, reason: 'Completed' } }, ready: false },
      ],
    },
  },
  echo: {
    labels: { app: '', rank: '12' },
    spec: { os: { name: 'linux' }, schedulingGates: [{ name: 'example.com/gate' }] },
  },
  foxtrot: { labels: { app: 'db' }, spec: { nodeName: NODE, terminationGracePeriodSeconds: 3600 } },
  golf: {
    labels: { tier: 'back' },
    spec: {
      nodeName: NODE,
      os: { name: 'windows' },
      hostNetwork: true,
      containers: [
        container('c', {
          securityContext: { windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM' } },
        }),
      ],
    },
  },
};

export function container(name: string, rest: object = {}): object {
  return { name, image: 'e2e.local/busybox:1', imagePullPolicy: 'Never', ...rest };
}

/** A Pod that no scheduler looks at. */
export function podDocument(
  name: string,
  { labels = {}, annotations = {}, spec = {} }: Subject,
  mark: string,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { ...labels, contract: mark }, annotations },
    spec: {
      schedulerName: 'none',
      automountServiceAccountToken: false,
      containers: [container('c')],
      ...spec,
    },
  };
}

export function randomPlace(): Place {
  const still = `contract-${randomBytes(4).toString('hex')}`;
  return { still, moving: `${still}-moving`, empty: `${still}-empty` };
}

/** Makes the namespaces, and the Pods that stay as they are. */
export async function settle(side: Side, api: Api, place: Place): Promise<void> {
  const talk = new Conversation(side, api, place);
  for (const name of namespacesOf(place)) {
    await talk.quietly('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
  }
  for (const name of [place.still, place.moving]) {
    await eventually(`a Pod can be made in ${name}`, async () => {
      await talk.quietly('POST', podsPath(name), {
        query: { dryRun: 'All' },
        body: podDocument('trial', {}, name),
      });
    });
  }
  for (const [name, subject] of Object.entries(STILL)) {
    await talk.quietly('POST', podsPath(place.still), { body: podDocument(name, subject, place.still) });
    if (subject.status === undefined) continue;
    await setStatus(talk, place.still, name, subject.status);
  }
  await own(talk, 'bravo', 'alpha');
  await talk.quietly('DELETE', podPath(place.still, 'foxtrot'));
}

export async function setStatus(
  talk: Conversation,
  namespace: string,
  name: string,
  to: object,
): Promise<void> {
  await talk.quietly('PATCH', `${podPath(namespace, name)}/status`, { body: { status: to }, type: MERGE });
}

/** Makes a Pod the controller of another. */
async function own(talk: Conversation, name: string, owner: string): Promise<void> {
  const { metadata } = await talk.quietly('GET', podPath(talk.place.still, owner));
  const { uid } = isObject(metadata) ? metadata : {};
  const reference = { apiVersion: 'v1', kind: 'Pod', name: owner, uid, controller: true };
  await talk.quietly('PATCH', podPath(talk.place.still, name), {
    body: { metadata: { ownerReferences: [reference] } },
    type: MERGE,
  });
}

/** Removes the Pods of a namespace at once. */
export async function clear(talk: Conversation, namespace: string): Promise<void> {
  const list = await talk.quietly('GET', podsPath(namespace));
  for (const pod of arrayOf(list, 'items')) {
    if (!isObject(pod)) continue;
    const name = textOf(objectOf(pod, 'metadata'), 'name');
    await talk.quietly('DELETE', podPath(namespace, name), { body: AT_ONCE });
  }
}

/** Removes all that `settle` and the cases have made, as far as it is there. */
export async function leave(side: Side, api: Api, place: Place): Promise<void> {
  const talk = new Conversation(side, api, place);
  const namespaces = namespacesOf(place);
  const isGone = async (name: string): Promise<boolean> =>
    (await api.ask({ method: 'GET', path: `/api/v1/namespaces/${name}` })).status === 404;
  // The server may have gone away in the middle of it all.
  for (const name of namespaces) {
    await eventually(`${name} is deleted`, async () => {
      if (await isGone(name)) return;
      await clear(talk, name);
      await talk.quietly('DELETE', `/api/v1/namespaces/${name}`);
    });
  }
  for (const name of namespaces) {
    await eventually(`${name} is gone`, async () => {
      if (!(await isGone(name))) throw new Error('It is still there.');
    });
  }
}

/** Tries until it succeeds. */
export async function eventually(what: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`It did not come true: ${what}`, { cause: error });
      await sleep(200);
    }
  }
}
