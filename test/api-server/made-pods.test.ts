import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { createAuthority } from './certificate.ts';
import type { ExecCall } from './exec.ts';
import type { Fault } from './faults.ts';
import { type PodJson, recordedPods, recordedProbes } from './recorded.ts';
import { ApiServer } from './server.ts';
import { tokenOf } from './users.ts';

const PODS = '/api/v1/namespaces/default/pods';
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const UID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const PROBE = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe-1', labels: { app: 'probe' }, annotations: { why: 'a test' } },
  spec: {
    nodeName: 'kube-node-2',
    hostPID: true,
    containers: [
      { name: 'probe', image: 'busybox', securityContext: { privileged: true } },
      { name: 'other', image: 'busybox' },
    ],
  },
};

let server: ApiServer;
beforeAll(async () => {
  // fetch trusts no authority of ours.
  server = await ApiServer.start({ authority: await createAuthority('kubernetes'), plain: true });
});
afterAll(() => server.close());
afterEach(() => {
  server.reset();
});

interface Asked {
  readonly code: number;
  readonly contentType: string | null;
  readonly document: unknown;
}

interface Asking {
  readonly user?: string;
  readonly accept?: string;
  /** Sent as it is where it is a text. */
  readonly body?: unknown;
  /** Milliseconds. */
  readonly patience?: number;
}

function fetched(
  method: string,
  path: string,
  { user = 'admin', accept, body, patience = 5000 }: Asking,
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokenOf(user)}`,
      'content-type': 'application/json',
      ...(accept === undefined ? {} : { accept }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(patience),
  });
}

async function ask(method: string, path: string, asking: Asking = {}): Promise<Asked> {
  const response = await fetched(method, path, asking);
  return {
    code: response.status,
    contentType: response.headers.get('content-type'),
    document: await response.json(),
  };
}

/** @param changes replace what the Pod has at its top */
function make(changes: object = {}, asking: Asking = {}): Promise<Asked> {
  return ask('POST', PODS, { ...asking, body: { ...PROBE, ...changes } });
}

async function madeUid(): Promise<string> {
  const { document } = await make();
  return (document as PodJson).metadata.uid;
}

/** The names and phases of a list. */
async function listed(query: string, path = PODS): Promise<readonly string[]> {
  const { document } = await ask('GET', `${path}?${query}`);
  const { items } = document as { readonly items: readonly PodJson[] };
  return items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
}

function failure(code: number, reason: string, message: unknown): object {
  return { code, document: { kind: 'Status', status: 'Failure', code, reason, message } };
}

describe('a Pod that a client makes', () => {
  test('is answered with what the server knows of it, and kept', async () => {
    const before = Date.now();
    const { code, document } = await make();
    expect(code).toBe(201);
    expect(document).toEqual({
      ...PROBE,
      metadata: {
        ...PROBE.metadata,
        namespace: 'default',
        uid: expect.stringMatching(UID),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
      status: { phase: 'Pending' },
    });
    const { metadata } = document as PodJson;
    expect(Math.abs(Date.parse(metadata.creationTimestamp) - before)).toBeLessThan(5000);
    expect(server.made).toMatchObject([{ json: { metadata, spec: PROBE.spec }, asked: 0 }]);
  });

  test('is only tried where that is all that was wanted', async () => {
    const tried = await ask('POST', `${PODS}?dryRun=All`, { body: PROBE });
    expect(tried).toMatchObject({ code: 201, document: { metadata: { uid: expect.stringMatching(UID) } } });
    expect(server.made).toEqual([]);
    expect(await ask('GET', `${PODS}/probe-1`)).toMatchObject({ code: 404 });
    await make();
    expect(await ask('POST', `${PODS}?dryRun=All`, { body: PROBE })).toMatchObject({ code: 409 });
  });

  test.each([
    ['as one was made before', PROBE.metadata.name],
    ['as one that is recorded', 'plain-2'],
  ])('is refused where it is called %s', async (_, name) => {
    await make();
    expect(await make({ metadata: { name } })).toMatchObject(
      failure(409, 'AlreadyExists', `pods "${name}" already exists`),
    );
    expect(server.made).toHaveLength(1);
  });

  test('is refused in a namespace that does not exist', async () => {
    server.namespaces = new Set(['shop']);
    const message = 'namespaces "default" not found';
    expect(await make()).toMatchObject(failure(404, 'NotFound', message));
    expect(await ask('POST', '/api/v1/namespaces/shop/pods', { body: PROBE })).toMatchObject({ code: 201 });
  });

  test.each([
    [
      'no name',
      { metadata: {} },
      'Pod "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    ['no container', { spec: {} }, 'Pod "probe-1" is invalid: spec.containers: Required value'],
    [
      'neither',
      { metadata: undefined, spec: undefined },
      'Pod "" is invalid: [metadata.name: Required value: name or generateName is required, ' +
        'spec.containers: Required value]',
    ],
  ])('is refused where it has %s', async (_, changes, message) => {
    expect(await make(changes)).toMatchObject(failure(422, 'Invalid', message));
  });

  test.each([
    ['', /^the object provided is unrecognized \(must be of type Pod\): couldn't get version\/kind; /],
    ['{', /^the object provided is unrecognized \(must be of type Pod\): couldn't get version\/kind; /],
    ['null', /^the object provided is unrecognized \(must be of type Pod\): /],
    [
      '{"metadata":{"name":"a","namespace":"shop"}}',
      /^the namespace of the provided object does not match the namespace sent on the request$/,
    ],
  ])('is refused where it is sent as %j', async (body, message) => {
    expect(await ask('POST', PODS, { body })).toMatchObject(
      failure(400, 'BadRequest', expect.stringMatching(message)),
    );
  });

  test('is what admission plugins make of it, until one refuses it', async () => {
    const seen: PodJson[] = [];
    server.mutate = (pod) => ({ ...pod, spec: { ...pod.spec, nodeName: 'kube-node-1' } });
    server.admit = (pod) => {
      seen.push(pod);
      return null;
    };
    expect(await make()).toMatchObject({ code: 201, document: { spec: { nodeName: 'kube-node-1' } } });
    expect(seen).toEqual([server.made[0]?.json]);

    const message = 'pods "probe-2" is forbidden: violates PodSecurity "restricted:latest"';
    server.admit = () => ({ code: 403, reason: 'Forbidden', message, retryAfterSeconds: 3 });
    const refused = await make({ metadata: { name: 'probe-2' } });
    expect(refused).toMatchObject(failure(403, 'Forbidden', message));
    expect(refused.document).toMatchObject({ details: { retryAfterSeconds: 3 } });
    expect(server.made).toHaveLength(1);
  });

  test('cannot be made anywhere but in a namespace', async () => {
    for (const path of ['/api/v1/pods', `${PODS}/probe-1`]) {
      expect(await ask('POST', path, { body: PROBE })).toMatchObject({ code: 405 });
    }
    expect(await ask('POST', '/api/v2/pods', { body: PROBE })).toMatchObject({ code: 404 });
  });
});

describe('a Pod that was made', () => {
  test('is pending the first time that it is asked for, and then runs', async () => {
    await make();
    const pending = await ask('GET', `${PODS}/probe-1`);
    expect(pending).toMatchObject({ code: 200, document: { kind: 'Pod', status: { phase: 'Pending' } } });
    const running = { running: { startedAt: expect.stringMatching(/Z$/) } };
    for (const asked of [2, 3]) {
      const { document } = await ask('GET', `${PODS}/probe-1`);
      expect(document).toMatchObject({
        spec: PROBE.spec,
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'probe', state: running, ready: true },
            { name: 'other', state: running, ready: true },
          ],
        },
      });
      expect(server.made[0]?.asked).toBe(asked);
    }
  });

  test('becomes what the test says', async () => {
    server.statusOfMade = ({ metadata }, asked) => ({
      phase: 'Failed',
      reason: `${metadata.name} ${String(asked)}`,
    });
    await make();
    for (const asked of [1, 2]) {
      const { document } = await ask('GET', `${PODS}/probe-1`);
      expect(document).toMatchObject({ status: { phase: 'Failed', reason: `probe-1 ${String(asked)}` } });
    }
  });

  test('shows its metadata to who wants nothing else', async () => {
    const uid = await madeUid();
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    expect(await ask('GET', `${PODS}/probe-1`, { accept })).toMatchObject({
      document: { kind: 'PartialObjectMetadata', metadata: { uid } },
    });
  });

  test('stands behind the recorded ones in a list', async () => {
    await make();
    const recorded = recordedPods
      .filter(({ json }) => json.metadata.namespace === 'default')
      .map(({ json }) => `${json.metadata.name} ${json.status.phase}`);
    expect(await listed('')).toEqual([...recorded, 'probe-1 Pending']);
    expect(await listed('labelSelector=app%3Dprobe')).toEqual(['probe-1 Running']);
    expect(await listed('labelSelector=app%3Dprobe', '/api/v1/pods')).toEqual(['probe-1 Running']);
    expect(await listed('labelSelector=app%3Dprobe', '/api/v1/namespaces/shop/pods')).toEqual([]);
    expect(await listed('labelSelector=app%21%3Dprobe')).toEqual(recorded);
    expect(await listed('labelSelector=app%3Dprobe&fieldSelector=status.phase%3DPending')).toEqual([]);
    expect(await listed('limit=1')).toEqual(recorded.slice(0, 1));
  });

  test('is in no list of protobuf', async () => {
    await make();
    const accept = 'application/vnd.kubernetes.protobuf,application/json';
    const response = await fetched('GET', PODS, { accept });
    expect(response.headers.get('content-type')).toBe('application/vnd.kubernetes.protobuf');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.includes('plain-2')).toBe(true);
    expect(bytes.includes('probe-1')).toBe(false);
    expect(server.made[0]?.asked).toBe(0);
  });
});

describe('a Pod that a client deletes', () => {
  const other = '00000000-0000-4000-8000-000000000001';

  test('is answered, and gone', async () => {
    const uid = await madeUid();
    const deleted = await ask('DELETE', `${PODS}/probe-1`);
    expect(deleted).toMatchObject({ code: 200, document: { kind: 'Pod', metadata: { uid } } });
    expect(server.made).toEqual([]);
    const gone = failure(404, 'NotFound', 'pods "probe-1" not found');
    expect(await ask('DELETE', `${PODS}/probe-1`)).toMatchObject(gone);
    expect(await ask('GET', `${PODS}/probe-1`)).toMatchObject(gone);
    expect(await listed('labelSelector=app%3Dprobe')).toEqual([]);
  });

  test('is the one that the client means', async () => {
    const uid = await madeUid();
    const refused = await ask('DELETE', `${PODS}/probe-1`, { body: { preconditions: { uid: other } } });
    expect(refused).toMatchObject(
      failure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on Pod "probe-1": the UID in the precondition (${other}) does not match ` +
          `the UID in record (${uid}). The object might have been deleted and then recreated`,
      ),
    );
    expect(server.made).toHaveLength(1);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
    expect(await ask('DELETE', `${PODS}/probe-1`, { body })).toMatchObject({ code: 200 });
    expect(server.made).toEqual([]);
  });

  test('stays where the options cannot be read', async () => {
    await make();
    expect(await ask('DELETE', `${PODS}/probe-1`, { body: '{' })).toMatchObject({ code: 400 });
    expect(server.made).toHaveLength(1);
  });

  test('is none of the recorded ones, nor all Pods at once', async () => {
    expect(await ask('DELETE', `${PODS}/plain-2`)).toMatchObject({ code: 403 });
    expect(await ask('DELETE', PODS)).toMatchObject({ code: 405 });
    expect(server.store.pods).toEqual(recordedPods);
  });
});

describe('rights', () => {
  test('to make Pods', async () => {
    expect(await make({}, { user: 'litterer' })).toMatchObject({ code: 201 });
    for (const user of ['abstainer', 'viewer']) {
      expect(await make({}, { user })).toMatchObject(
        failure(
          403,
          'Forbidden',
          `pods is forbidden: User "${user}" cannot create resource "pods" in API group "" in the namespace "default"`,
        ),
      );
    }
  });

  test('to delete Pods', async () => {
    await make();
    for (const user of ['litterer', 'viewer']) {
      expect(await ask('DELETE', `${PODS}/probe-1`, { user })).toMatchObject(
        failure(
          403,
          'Forbidden',
          `pods "probe-1" is forbidden: User "${user}" cannot delete resource "pods" in API group "" in the namespace "default"`,
        ),
      );
    }
    expect(await ask('DELETE', `${PODS}/probe-1`, { user: 'abstainer' })).toMatchObject({ code: 200 });
  });

  const all = { verb: '*', resource: '*' };
  const create = { verb: 'create', resource: 'pods', namespace: 'default' };
  const exec = { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'default' };
  const remove = { verb: 'delete', resource: 'pods', namespace: 'default' };
  const list = { verb: 'list', resource: 'pods' };
  const deployment = { verb: 'get', group: 'apps', resource: 'deployments', namespace: 'shop' };
  test.each([
    ['admin', [true, true, true, true, true, true]],
    ['abstainer', [false, false, true, true, true, true]],
    ['litterer', [false, true, true, false, true, true]],
    ['insider', [false, false, true, false, false, false]],
    ['developer', [false, false, false, false, true, false]],
    ['shopkeeper', [false, false, false, false, false, false]],
    ['viewer', [false, false, false, false, false, false]],
  ])('of %s, as everybody may ask', async (user, expected) => {
    const allowed: unknown[] = [];
    for (const resourceAttributes of [all, create, exec, remove, list, deployment]) {
      const spec = { resourceAttributes };
      const { code, document } = await ask('POST', REVIEWS, { user, body: { spec } });
      expect(code).toBe(201);
      expect(document).toMatchObject({
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec,
      });
      allowed.push((document as { readonly status: { readonly allowed: boolean } }).status.allowed);
    }
    expect(allowed).toEqual(expected);
  });

  test('in one namespace or in all', async () => {
    const allowed = async (namespace: string): Promise<unknown> => {
      const spec = { resourceAttributes: { ...list, namespace } };
      return (await ask('POST', REVIEWS, { user: 'shopkeeper', body: { spec } })).document;
    };
    expect(await allowed('shop')).toMatchObject({ status: { allowed: true } });
    expect(await allowed('default')).toMatchObject({ status: { allowed: false } });
    expect(await allowed('')).toMatchObject({ status: { allowed: false } });
  });

  test('are not asked about without saying which', async () => {
    expect(await ask('POST', REVIEWS, { body: {} })).toMatchObject({ code: 422 });
    expect(await ask('POST', REVIEWS, { body: '[' })).toMatchObject({ code: 400 });
    expect(await ask('POST', REVIEWS, { body: {}, user: 'nobody' })).toMatchObject({ code: 401 });
  });
});

describe('the body of a request', () => {
  test('is recorded, or is empty', async () => {
    await make();
    await ask('GET', `${PODS}/probe-1`);
    await ask('POST', PODS, { body: 'größer als 你好' });
    await ask('DELETE', `${PODS}/probe-1`);
    expect(server.requests.map(({ method, body, index }) => [index, method, body])).toEqual([
      [0, 'POST', JSON.stringify(PROBE)],
      [1, 'GET', ''],
      [2, 'POST', 'größer als 你好'],
      [3, 'DELETE', ''],
    ]);
  });

  test('may come in pieces that cut a character', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...PROBE, metadata: { name: 'größe' } }));
    const cut = bytes.indexOf('ö') + 1;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, cut));
        setTimeout(() => {
          controller.enqueue(bytes.subarray(cut));
          controller.close();
        }, 20);
      },
    });
    const authorization = `Bearer ${tokenOf('admin')}`;
    await fetch(`${server.url}${PODS}`, { method: 'POST', headers: { authorization }, body, duplex: 'half' });
    expect(server.made[0]?.json.metadata.name).toBe('größe');
    expect(server.requests[0]?.headers['content-length']).toBeUndefined();
  });
});

describe.each(['POST', 'DELETE'])('with a %s something may go wrong:', (method) => {
  /** A request that would else be answered with a Pod; of `method`, with a body. */
  async function writing(fault: Fault): Promise<Response> {
    if (method === 'DELETE') await make();
    server.respond = () => fault;
    const patience = 500;
    return method === 'POST'
      ? fetched(method, PODS, { body: PROBE, patience })
      : fetched(method, `${PODS}/probe-1`, { body: { gracePeriodSeconds: 0 }, patience });
  }

  /** Whether the request has done what it should. */
  function isDone(): boolean {
    return (server.made.length === 1) === (method === 'POST');
  }

  test.each<Fault>([{ kind: 'closed' }, { kind: 'unanswered' }])(
    '$kind, and nothing is done',
    async (fault) => {
      await expect(writing(fault)).rejects.toThrow();
      expect(isDone()).toBe(false);
    },
  );

  test.each<Fault>([
    { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'etcd is tired' } },
    { kind: 'expired', withToken: false },
    { kind: 'expired', withToken: true },
    { kind: 'other', contentType: 'text/html', code: 502, body: '<html>' },
  ])('$kind, and nothing is done', async (fault) => {
    const { status } = await writing(fault);
    expect([410, 500, 502]).toContain(status);
    expect(isDone()).toBe(false);
  });

  test.each<Fault>([
    { kind: 'truncated', at: 0, how: 'closed' },
    { kind: 'truncated', at: 30, how: 'closed' },
    { kind: 'stalled', at: 30 },
  ])('$kind at $at, once it is done', async (fault) => {
    await expect(writing(fault).then((response) => response.text())).rejects.toThrow();
    expect(isDone()).toBe(true);
  });

  test('truncated as if that were all, once it is done', async () => {
    const response = await writing({ kind: 'truncated', at: 12, how: 'ended' });
    expect(await response.text()).toBe('{"kind":"Pod');
    expect(isDone()).toBe(true);
  });

  test.each<Fault>([
    { kind: 'chunked', size: 7 },
    { kind: 'mislabelled', contentType: 'text/plain' },
    { kind: 'json' },
    { kind: 'empty-page' },
  ])('$kind, and the answer is right', async (fault) => {
    const response = await writing(fault);
    expect(response.headers.get('content-type')).toBe(
      fault.kind === 'mislabelled' ? 'text/plain' : 'application/json',
    );
    expect(await response.json()).toMatchObject({ kind: 'Pod', metadata: { name: 'probe-1' } });
    expect(isDone()).toBe(true);
  });
});

describe('a command in a Pod that was made', () => {
  const node = 'a-node-of-this-test';
  const marker = '0123456789abcdef0123456789abcdef';
  beforeAll(() => {
    const parts = { namespaces: `${marker} namespaces\nnet:[1]\n`, sockets: `${marker} sockets\n` };
    Object.assign(recordedProbes, { [node]: { kind: 'report', marker, parts } });
  });

  /** Of each channel, what came on it. */
  function run(container: string, command: readonly string[]): Promise<ReadonlyMap<number, string>> {
    const query = new URLSearchParams([
      ['container', container],
      ...command.map((word): [string, string] => ['command', word]),
    ]);
    const url = `${server.url.replace('http', 'ws')}${PODS}/probe-1/exec?${query.toString()}`;
    const line = new WebSocket(url, 'v5.channel.k8s.io');
    const channels = new Map<number, string>();
    line.on('message', (message: Buffer) => {
      const channel = message[0] ?? -1;
      channels.set(channel, `${channels.get(channel) ?? ''}${message.toString('utf8', 1)}`);
    });
    return new Promise((resolve, reject) => {
      line.on('error', reject);
      line.on('close', () => {
        resolve(channels);
      });
    });
  }

  async function running(nodeName = node): Promise<void> {
    await make({ spec: { ...PROBE.spec, nodeName } });
    await ask('GET', `${PODS}/probe-1`);
    await ask('GET', `${PODS}/probe-1`);
  }

  test('answers what was recorded in one on that node', async () => {
    await running();
    const channels = await run('probe', ['sh', '-c', '', 'sh', 'MARK', 'namespaces']);
    expect(channels.get(1)).toBe('MARK namespaces\nnet:[1]\n\nMARK done\n');
    expect(channels.get(3)).toBe('{"metadata":{},"status":"Success"}');
    expect(server.made[0]?.asked).toBe(2);
  });

  test('answers what the test says, which is told the node', async () => {
    const calls: ExecCall[] = [];
    server.exec = (call) => {
      calls.push(call);
      return { stdout: 'hello' };
    };
    await running();
    expect((await run('other', ['true'])).get(1)).toBe('hello');
    expect(calls).toEqual([
      { namespace: 'default', pod: 'probe-1', container: 'other', command: ['true'], madeOn: node },
    ]);
  });

  test('is refused by a node that is down', async () => {
    await running('a-node-that-is-down');
    expect((await run('probe', ['true'])).get(3)).toContain('connect: connection refused');
  });

  test('is refused before the Pod runs', async () => {
    await make({ spec: { ...PROBE.spec, nodeName: node } });
    expect((await run('probe', ['true'])).get(3)).toContain('container not found (\\"probe\\")');
  });

  test('is refused where there is no such container, or no node', async () => {
    await running();
    await expect(run('nobody', ['true'])).rejects.toThrow('Unexpected server response: 400');
    server.reset();
    await make({ spec: { containers: PROBE.spec.containers } });
    await expect(run('probe', ['true'])).rejects.toThrow('Unexpected server response: 400');
  });

  test('is refused where the Pod is gone', async () => {
    await expect(run('probe', ['true'])).rejects.toThrow('Unexpected server response: 404');
  });
});

test('reset puts all of it back', async () => {
  const message = 'no';
  await make();
  server.namespaces = new Set();
  server.mutate = (pod) => ({ ...pod, spec: { containers: [] } });
  server.admit = () => ({ code: 403, reason: 'Forbidden', message });
  server.statusOfMade = () => ({ phase: 'Unknown' });
  server.reset();
  expect(server.made).toEqual([]);
  expect(server.requests).toEqual([]);
  expect(await make()).toMatchObject({ code: 201, document: { spec: PROBE.spec } });
  expect(await ask('GET', `${PODS}/probe-1`)).toMatchObject({ document: { status: { phase: 'Pending' } } });
});
