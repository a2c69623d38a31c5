import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodePod } from '../../src/wire/pod-protobuf.ts';
import { ProtobufReader } from '../../src/wire/protobuf-reader.ts';
import { decodeStatus } from '../../src/wire/status.ts';
import type { Fault } from './faults.ts';
import { type PodJson, recordedPods, recordedVersion } from './recorded.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { tokenOf } from './users.ts';

const ALL = '/api/v1/pods';
const SHOP = '/api/v1/namespaces/shop/pods';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const NEVER_ENDS = 'the stream has not ended';

let server: ApiServer;
let agent: Agent;
beforeAll(async () => {
  const started = await startApiServer();
  ({ server } = started);
  agent = new Agent({ ca: started.authority.certificate, keepAlive: true });
});
afterAll(async () => {
  agent.destroy();
  await server.close();
});
afterEach(() => {
  server.reset();
});

interface Asking {
  readonly method?: string;
  readonly user?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function send(
  path: string,
  { method = 'GET', user = 'admin', headers = {}, body }: Asking = {},
): Promise<IncomingMessage> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  // Node.js says nothing of the body of a DELETE by itself.
  const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, {
      agent,
      method,
      headers: { authorization: `Bearer ${tokenOf(user)}`, ...length, ...headers },
    });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end(text);
  });
}

async function ask(path: string, asking: Asking = {}): Promise<{ code: number; document: unknown }> {
  const response = await send(path, asking);
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { code: response.statusCode ?? 0, document: JSON.parse(Buffer.concat(parts).toString('utf8')) };
}

function patch(path: string, body: unknown, strategic = false): ReturnType<typeof ask> {
  const type = strategic ? 'strategic-merge-patch' : 'merge-patch';
  return ask(path, { method: 'PATCH', body, headers: { 'content-type': `application/${type}+json` } });
}

/** An open watch, and what has come of it. */
class Watching {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<'ended' | 'broken off'>;
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.code = response.statusCode ?? 0;
    this.headers = response.headers;
    response.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.ended = new Promise((resolve) => {
      response.on('end', () => {
        resolve('ended');
      });
      response.on('error', () => {
        resolve('broken off');
      });
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** The events of JSON that have come in whole. */
  get events(): readonly { readonly type: string; readonly object: PodJson }[] {
    const lines = this.bytes.toString('utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as { readonly type: string; readonly object: PodJson });
  }

  /** `ADDED name version` of each. */
  get told(): readonly string[] {
    return this.events.map(({ type, object: { metadata } }) =>
      [type, metadata.name, metadata.resourceVersion].join(' '),
    );
  }

  hangUp(): void {
    this.#response.destroy();
  }
}

async function watch(query = '', path = ALL, asking: Asking = {}): Promise<Watching> {
  return new Watching(await send(`${path}?watch=true&${query}`, asking));
}

/** From the version that the store has now. */
function watchOn(query = '', path = ALL, asking: Asking = {}): Promise<Watching> {
  return watch(`resourceVersion=${String(server.store.version)}&${query}`, path, asking);
}

/** Waits until it is so; what is late by seconds will not come. */
async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    if (waited > 5000) throw new Error('It has not become so.');
    await sleep(5);
  }
}

/** Whatever was sent has come. */
async function settled(): Promise<void> {
  await sleep(50);
}

function named(name: string, changes: Partial<PodJson['metadata']> = {}): PodJson {
  const template = recordedPods.find(({ json }) => json.metadata.name === 'db-0')?.json;
  if (template === undefined) throw new Error('The recording has no db-0.');
  return {
    ...template,
    metadata: { ...template.metadata, name, labels: { app: 'x' }, uid: `uid-of-${name}`, ...changes },
  };
}

function withPhase(pod: PodJson, phase: string): PodJson {
  return { ...pod, status: { ...pod.status, phase } };
}

/** The frames of a protobuf stream: type, kind, and the bytes of the object. */
function framesOf(bytes: Buffer): readonly { type: string; kind: string; raw: Uint8Array; body: Buffer }[] {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const event = fieldsOf(bytes.subarray(at + 4, at + 4 + length));
    const body = Buffer.from(fieldsOf(event.get(2)).get(1) ?? []);
    expect(body.subarray(0, 4).toString('latin1')).toBe('k8s\0');
    const unknown = fieldsOf(body.subarray(4));
    const typeMeta = fieldsOf(unknown.get(1));
    expect(textOf(typeMeta.get(1))).toBe('v1');
    found.push({
      type: textOf(event.get(1)),
      kind: textOf(typeMeta.get(2)),
      raw: unknown.get(2) ?? new Uint8Array(),
      body,
    });
    at += 4 + length;
  }
  return found;
}

function fieldsOf(message: Uint8Array = new Uint8Array()): ReadonlyMap<number, Uint8Array> {
  const reader = new BinaryReader(message);
  const fields = new Map<number, Uint8Array>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    expect(type).toBe(WireType.LengthDelimited);
    fields.set(number, reader.bytes());
  }
  return fields;
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('utf8');
}

describe('a watch from a version on', () => {
  test('tells what has changed since, and then what changes', async () => {
    const before = server.store.version;
    server.store.apply(named('a'));
    const open = await watch(`resourceVersion=${String(before)}`);
    expect(open.code).toBe(200);
    expect(open.headers).toMatchObject({
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
      'cache-control': 'no-cache, private',
    });
    expect(open.headers['content-encoding']).toBeUndefined();
    server.store.apply(named('a', { labels: { app: 'y' } }));
    server.store.advance();
    server.store.remove('shop', 'a');
    await until(() => open.told.length === 3);
    expect(open.told).toEqual([
      `ADDED a ${String(before + 1)}`,
      `MODIFIED a ${String(before + 2)}`,
      `DELETED a ${String(before + 4)}`,
    ]);
    expect(open.events[1]?.object).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      ...named('a', { labels: { app: 'y' }, resourceVersion: String(before + 2) }),
    });
    expect(server.watches).toBe(1);
  });

  test('tells nothing up to that version, also where it is still to come', async () => {
    const open = await watch(`resourceVersion=${String(server.store.version + 1)}`);
    server.store.apply(named('a'));
    server.store.apply(named('b'));
    await until(() => open.told.length > 0);
    expect(open.told).toEqual([`ADDED b ${String(server.store.version)}`]);
  });

  test('has one version for each event, in the order of all', async () => {
    const open = await watchOn();
    const begun = server.store.version;
    server.store.change([...recordedPods.slice(2)].map((pod) => ({ ...pod })));
    server.store.change(recordedPods);
    await until(() => open.told.length === 4);
    const [first, second] = recordedPods.map(({ json }) => json.metadata.name);
    expect(open.told).toEqual([
      `DELETED ${String(first)} ${String(begun + 1)}`,
      `DELETED ${String(second)} ${String(begun + 2)}`,
      `ADDED ${String(first)} ${String(begun + 3)}`,
      `ADDED ${String(second)} ${String(begun + 4)}`,
    ]);
  });

  test('tells of another Pod of the same name that the old one has gone', async () => {
    server.store.apply(named('a'));
    const open = await watchOn();
    server.store.apply(named('a', { uid: 'another' }));
    await until(() => open.told.length === 2);
    expect(open.events.map(({ type, object }) => [type, object.metadata.uid])).toEqual([
      ['DELETED', 'uid-of-a'],
      ['ADDED', 'another'],
    ]);
  });

  test('is told in an event that the version is forgotten', async () => {
    const forgotten = server.store.version;
    server.store.advance();
    server.store.compact();
    const open = await watch(`resourceVersion=${String(forgotten)}`);
    expect(await open.ended).toBe('ended');
    expect(open.code).toBe(200);
    const message = `too old resource version: ${String(forgotten)} (${String(forgotten + 1)})`;
    expect(open.bytes.toString('utf8')).toBe(
      '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",' +
        `"message":"${message}","reason":"Expired","code":410}}\n`,
    );
    const asProtobuf = await watch(`resourceVersion=1`, ALL, { headers: { accept: PROTOBUF } });
    expect(await asProtobuf.ended).toBe('ended');
    const [frame] = framesOf(asProtobuf.bytes);
    expect(frame).toMatchObject({ type: 'ERROR', kind: 'Status' });
    expect(decodeStatus(PROTOBUF, frame?.body ?? Buffer.alloc(0))).toMatchObject({ reason: 'Expired' });
    await until(() => server.watches === 0);
    expect((await watchOn()).code).toBe(200);
  });

  test('is told so too of what was before the recording', async () => {
    const open = await watch(`resourceVersion=${String(recordedVersion - 1)}`);
    expect(await open.ended).toBe('ended');
    expect(open.bytes.toString('utf8')).toContain(
      `"too old resource version: ${String(recordedVersion - 1)} (`,
    );
  });
});

describe.each(['', '0'])('a watch from the version "%s" on', (version) => {
  test('begins with what is there', async () => {
    const open = await watch(`resourceVersion=${version}`, SHOP);
    const there = server.store.pods.filter(({ json }) => json.metadata.namespace === 'shop');
    await until(() => open.told.length === there.length);
    server.store.apply(named('zz'));
    await until(() => open.told.length > there.length);
    expect(open.told).toEqual([
      ...there.map(({ json: { metadata } }) => `ADDED ${metadata.name} ${String(metadata.resourceVersion)}`),
      `ADDED zz ${String(server.store.version)}`,
    ]);
  });

  test('says where that ends to who wants bookmarks', async () => {
    const open = await watch(
      `resourceVersion=${version}&allowWatchBookmarks=true&labelSelector=app%3Dnobody`,
    );
    await until(() => open.events.length > 0);
    expect(open.events).toMatchObject([
      { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
    ]);
  });
});

describe('a watch of some Pods', () => {
  test('shows one that begins to match as added, and one that no longer does as deleted', async () => {
    const open = await watchOn('labelSelector=app%3Dx&fieldSelector=status.phase%3DRunning', SHOP);
    const begun = server.store.version;
    server.store.apply(withPhase(named('a'), 'Pending'));
    server.store.apply(withPhase(named('a'), 'Running'));
    server.store.apply(named('a', { annotations: { why: 'a test' } }));
    server.store.apply(named('a', { labels: { app: 'y' } }));
    server.store.apply(named('a'));
    server.store.remove('shop', 'a');
    await until(() => open.told.length === 5);
    expect(open.told).toEqual([
      `ADDED a ${String(begun + 2)}`,
      `MODIFIED a ${String(begun + 3)}`,
      `DELETED a ${String(begun + 4)}`,
      `ADDED a ${String(begun + 5)}`,
      `DELETED a ${String(begun + 6)}`,
    ]);
    // As it was while it matched.
    expect(open.events[2]?.object.metadata).toMatchObject({
      labels: { app: 'x' },
      annotations: { why: 'a test' },
    });
  });

  test('leaves out the others and those of other namespaces', async () => {
    const open = await watchOn('labelSelector=app%3Dx', SHOP);
    server.store.apply(named('a', { namespace: 'ci' }));
    server.store.apply(named('b', { labels: {} }));
    server.store.remove('ci', 'a');
    server.store.apply(named('c'));
    await until(() => open.told.length > 0);
    expect(open.told).toEqual([`ADDED c ${String(server.store.version)}`]);
  });
});

describe('bookmarks', () => {
  test('have nothing but a version, and go to who allows them', async () => {
    const open = await watchOn('allowWatchBookmarks=true');
    const without = await watchOn();
    server.store.advance();
    server.bookmark();
    await until(() => open.events.length > 0);
    expect(open.bytes.toString('utf8')).toBe(
      `{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"${String(server.store.version)}"},"spec":{"containers":null},"status":{}}}\n`,
    );
    await settled();
    expect(without.bytes).toHaveLength(0);
  });
});

describe('a watch as protobuf', () => {
  test('has frames with Pods that are the same as in JSON', async () => {
    const headers = { accept: `${PROTOBUF}, application/json` };
    const open = await watchOn('allowWatchBookmarks=1', ALL, { headers });
    expect(open.headers['content-type']).toBe(`${PROTOBUF};stream=watch`);
    const { json } = server.store.apply(named('a'));
    server.store.remove('default', 'plain-2');
    server.bookmark();
    await until(() => open.bytes.includes('BOOKMARK'));
    await settled();
    const frames = framesOf(open.bytes);
    expect(frames.map(({ type, kind }) => `${type} ${kind}`)).toEqual([
      'ADDED Pod',
      'DELETED Pod',
      'BOOKMARK Pod',
    ]);
    const pods = frames.map(({ raw }) => decodePod(new ProtobufReader(Buffer.from(raw))));
    const version = String(server.store.version);
    expect(pods).toMatchObject([
      { name: 'a', namespace: 'shop', resourceVersion: json.metadata.resourceVersion },
      { name: 'plain-2', resourceVersion: version },
      { name: '', resourceVersion: version },
    ]);
  });

  test('is JSON where the server has no protobuf', async () => {
    server.respond = () => ({ kind: 'json' });
    const open = await watchOn('', ALL, { headers: { accept: PROTOBUF } });
    expect(open.headers['content-type']).toBe('application/json');
  });
});

describe('a watch is refused', () => {
  // The words on the right were recorded from kube-apiserver 1.35.4.
  test.each([
    [
      'labelSelector=a+b',
      400,
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    ],
    ['fieldSelector=spec.foo%3Dx', 400, 'field label not supported: spec.foo'],
    ['timeoutSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      'resourceVersion=-1',
      500,
      'resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    ],
  ])('where it is asked for with %s', async (query, code, message) => {
    const refused = await ask(`${ALL}?watch=1&${query}`);
    expect(refused).toMatchObject({ code, document: { kind: 'Status', status: 'Failure', code, message } });
    expect(Object.hasOwn(refused.document as object, 'reason')).toBe(code === 400);
  });

  test.each([
    [ALL, 'at the cluster scope'],
    [SHOP, 'in the namespace "shop"'],
  ])('to who may only list: %s', async (path, scope) => {
    expect((await send(path, { user: 'lister' })).statusCode).toBe(200);
    expect(await ask(`${path}?watch=true`, { user: 'lister' })).toMatchObject({
      code: 403,
      document: {
        reason: 'Forbidden',
        message: `pods is forbidden: User "lister" cannot watch resource "pods" in API group "" ${scope}`,
      },
    });
    expect((await watchOn('', path, { user: 'watcher' })).code).toBe(200);
  });

  test('unless it is none', async () => {
    for (const value of ['false', '0', 'False']) {
      expect(await ask(`${SHOP}?watch=${value}`)).toMatchObject({ document: { kind: 'PodList' } });
    }
    for (const value of ['1', 'yes', '']) {
      const response = await send(`${SHOP}?watch=${value}&timeoutSeconds=1&resourceVersion=99999999`);
      expect(response.headers['transfer-encoding']).toBe('chunked');
      response.destroy();
    }
  });
});

describe('a watch ends', () => {
  test('properly after its time, and the connection is used again', async () => {
    const open = await watchOn('timeoutSeconds=1');
    const connections = server.connections;
    expect(await open.ended).toBe('ended');
    expect(open.bytes).toHaveLength(0);
    expect(server.watches).toBe(0);
    await ask(SHOP);
    expect(server.connections).toBe(connections);
  });

  test.each([
    ['ended', 'ended', ''],
    ['cut', 'broken off', ''],
    [
      { code: 500, reason: 'InternalError', message: 'etcd is tired' },
      'ended',
      '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",' +
        '"message":"etcd is tired","reason":"InternalError","code":500}}\n',
    ],
  ] as const)('as the test says: %j', async (how, expected, said) => {
    const all = [await watchOn(), await watchOn('', SHOP)];
    expect(server.watches).toBe(2);
    server.endWatches(how);
    for (const open of all) {
      expect(await open.ended).toBe(expected);
      expect(open.bytes.toString('utf8')).toBe(said);
    }
    await until(() => server.watches === 0);
    server.store.apply(named('a'));
  });

  test('where the client hangs up', async () => {
    const open = await watchOn();
    expect(server.watches).toBe(1);
    open.hangUp();
    await until(() => server.watches === 0);
  });

  test('with reset, which puts back the Pods by new versions', async () => {
    const begun = server.store.version;
    const open = await watchOn();
    server.store.apply(named('a'));
    server.store.remove('shop', 'db-0');
    server.storesMade = true;
    server.reset();
    expect(await open.ended).toBe('broken off');
    await until(() => server.watches === 0);
    expect(server.storesMade).toBe(false);
    expect(server.store.pods.map(({ json }) => json.metadata.name)).toEqual(
      recordedPods.map(({ json }) => json.metadata.name),
    );
    const later = await watch(`resourceVersion=${String(begun)}`);
    await until(() => later.told.length === 4);
    expect(later.told.map((line) => line.replace(/ \d+$/, ''))).toEqual([
      'ADDED a',
      'DELETED db-0',
      'DELETED a',
      'ADDED db-0',
    ]);
    const version = server.store.version;
    server.reset();
    expect(server.store.version).toBe(version);
  });
});

describe('with a watch something may go wrong:', () => {
  async function broken(fault: Fault): Promise<Watching> {
    server.respond = () => fault;
    const open = await watchOn();
    server.store.apply(named('a'));
    server.store.apply(named('b'));
    return open;
  }

  /** How it has ended, if it has. */
  function ending(open: Watching): Promise<string> {
    return Promise.race([open.ended, sleep(200).then(() => NEVER_ENDS)]);
  }

  test('it comes in pieces', async () => {
    const open = await broken({ kind: 'chunked', size: 100 });
    await until(() => open.told.length === 2);
    // Some may come together, but not all.
    expect(open.chunks[0]?.length).toBe(100);
    expect(open.chunks.length).toBeGreaterThan(10);
    server.endWatches('ended');
    expect(await open.ended).toBe('ended');
  });

  test.each([
    [0, 'ended', 'ended'],
    [10, 'ended', 'ended'],
    [0, 'closed', 'broken off'],
    [3000, 'closed', 'broken off'],
  ] as const)('it is truncated at %d: %s', async (at, how, expected) => {
    const open = await broken({ kind: 'truncated', at, how });
    expect(await ending(open)).toBe(expected);
    expect(open.bytes).toHaveLength(at);
    await until(() => server.watches === 0);
  });

  test.each([0, 10])('it stalls at %d', async (at) => {
    const open = await broken({ kind: 'stalled', at });
    expect(await ending(open)).toBe(NEVER_ENDS);
    expect(open.bytes).toHaveLength(at);
    server.bookmark();
    server.endWatches('ended');
    expect(await ending(open)).toBe(NEVER_ENDS);
    server.endWatches('cut');
    expect(await ending(open)).toBe('broken off');
  });

  test('it has another name', async () => {
    const open = await broken({ kind: 'mislabelled', contentType: 'text/html' });
    expect(open.headers['content-type']).toBe('text/html');
    await until(() => open.told.length === 2);
  });

  test.each<[Fault, number]>([
    [{ kind: 'status', status: { code: 503, reason: 'ServiceUnavailable', message: 'later' } }, 503],
    [{ kind: 'expired', withToken: false }, 410],
    [{ kind: 'other', contentType: 'text/html', code: 502, body: '<html>' }, 502],
  ])('it is not opened: %j', async (fault, code) => {
    const open = await broken(fault);
    expect(open.code).toBe(code);
    expect(await open.ended).toBe('ended');
    expect(server.watches).toBe(0);
  });

  test('it is closed before anything is said', async () => {
    await expect(broken({ kind: 'closed' })).rejects.toThrow();
  });

  test('garbage comes', async () => {
    const open = await watchOn();
    server.sendToWatches('gar');
    server.sendToWatches(Buffer.of(0x62, 0x61, 0x67, 0x65));
    await until(() => open.bytes.toString('utf8') === 'garbage');
  });
});

describe('where made Pods are of the store', () => {
  const NEW = '/api/v1/namespaces/new/pods';
  const POD = {
    metadata: { name: 'web', labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  };

  async function make(changes: object = {}, path = NEW): Promise<PodJson> {
    const { code, document } = await ask(path, { method: 'POST', body: { ...POD, ...changes } });
    expect(code).toBe(201);
    return document as PodJson;
  }

  /** Opened first, so that it tells all that a test does. */
  let open: Watching;
  async function begin(): Promise<void> {
    server.storesMade = true;
    open = await watchOn('', NEW);
  }

  test('one is made, changed, and deleted, and each is told', async () => {
    // As kube-apiserver 1.35.4 does it, but for the diff behind what a Pod may not change.
    await begin();
    const begun = server.store.version;
    const pod = await make({ spec: { ...POD.spec, hostNetwork: true } });
    expect(pod).toMatchObject({
      metadata: { namespace: 'new', resourceVersion: String(begun + 1) },
      spec: {
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending' },
    });
    expect(server.made).toEqual([]);
    expect(await ask(NEW, { method: 'POST', body: POD })).toMatchObject({ code: 409 });

    const labelled = await patch(`${NEW}/web`, {
      metadata: { labels: { app: 'b', x: '1' } },
      status: { phase: 'Failed' },
    });
    expect(labelled).toMatchObject({
      code: 200,
      document: {
        metadata: { labels: { app: 'b', x: '1' }, resourceVersion: String(begun + 2) },
        status: { phase: 'Pending' },
      },
    });
    // Nothing is changed by it.
    expect(await patch(`${NEW}/web`, { metadata: { labels: { x: '1', y: null } } })).toMatchObject({
      document: { metadata: { resourceVersion: String(begun + 2) } },
    });
    await patch(`${NEW}/web/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const { document } = await patch(
      `${NEW}/web/status`,
      {
        metadata: { labels: { x: null } },
        status: {
          conditions: [
            { type: 'Other', status: 'False' },
            { type: 'Ready', reason: 'why' },
          ],
        },
      },
      true,
    );
    expect(document).toMatchObject({
      metadata: { labels: { app: 'b' }, resourceVersion: String(begun + 4) },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Other', status: 'False' },
          { type: 'Ready', status: 'True', reason: 'why' },
        ],
      },
    });
    expect(await ask(`${NEW}/web`)).toMatchObject({ document: { status: { phase: 'Running' } } });

    const deleted = await ask(`${NEW}/web`, { method: 'DELETE' });
    expect(deleted).toMatchObject({
      code: 200,
      document: { metadata: { deletionGracePeriodSeconds: 0, resourceVersion: String(begun + 6) } },
    });
    expect(await ask(`${NEW}/web`)).toMatchObject({ code: 404 });
    await until(() => open.told.length === 6);
    expect(open.told).toEqual(
      ['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED'].map(
        (type, index) => `${type} web ${String(begun + 1 + index)}`,
      ),
    );
  });

  test('the ports of one in the network of its node are ports of the node', async () => {
    await begin();
    const containers = [{ name: 'c', image: 'x', ports: [{ containerPort: 80 }] }];
    expect(await make({ spec: { containers, hostNetwork: true } })).toMatchObject({
      spec: { containers: [{ ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }] },
    });
    const own = await make({ metadata: { name: 'own' }, spec: { containers } });
    expect(own.spec.containers[0]?.ports).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
  });

  test('one that is on a node goes when its time is over, or when it is told to at once', async () => {
    await begin();
    const begun = server.store.version;
    await make({ spec: { ...POD.spec, nodeName: 'kube-node-2' } });
    const asked = Date.now();
    const { document } = await ask(`${NEW}/web`, { method: 'DELETE' });
    const { metadata } = document as PodJson;
    expect(metadata.deletionGracePeriodSeconds).toBe(30);
    expect(Math.abs(Date.parse(metadata.deletionTimestamp ?? '') - asked - 30_000)).toBeLessThan(3000);
    await ask(`${NEW}/web`, { method: 'DELETE' });
    expect(server.store.version).toBe(begun + 2);
    await ask(`${NEW}/web`, { method: 'DELETE', body: { gracePeriodSeconds: 0 } });
    await until(() => open.told.length === 4);
    expect(open.told.map((line) => line.split(' ')[0])).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
  });

  test('they stand in lists in their order, and pages hold on to their version', async () => {
    await begin();
    for (const name of ['c', 'a', 'd', 'b']) await make({ metadata: { name } });
    interface List {
      readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
      readonly items: readonly PodJson[];
    }
    const first = (await ask(`${NEW}?limit=2`)).document as List;
    await ask(`${NEW}/d`, { method: 'DELETE' });
    const token = encodeURIComponent(first.metadata.continue ?? '');
    const second = (await ask(`${NEW}?limit=2&continue=${token}`)).document as List;
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    for (const { metadata } of [...first.items, ...second.items]) {
      expect(metadata.resourceVersion).toMatch(/^\d+$/);
    }
    const now = (await ask(NEW)).document as List;
    expect(now.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    const response = await send(NEW, { headers: { accept: PROTOBUF } });
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    expect(Buffer.concat(parts).includes(now.items[0]?.metadata.uid ?? NEW)).toBe(true);
    server.store.compact();
    expect(await ask(`${NEW}?limit=2&continue=${token}`)).toMatchObject({ code: 410 });
  });

  test('their changes may be refused', async () => {
    await begin();
    await make();
    const begun = server.store.version;
    const refusals: readonly (readonly [body: unknown, code: number, message: RegExp])[] = [
      [
        { metadata: { resourceVersion: '1' } },
        409,
        /^Operation cannot be fulfilled on pods "web": the object has been/,
      ],
      [
        { metadata: { uid: 'x' } },
        422,
        /^Pod "web" is invalid: metadata.uid: Invalid value: "x": field is immutable$/,
      ],
      [{ metadata: { name: 'x' } }, 400, /name of the object/],
      [
        { spec: { hostPID: true } },
        422,
        /^Pod "web" is invalid: spec: Forbidden: pod updates may not change fields/,
      ],
      ['{', 400, /^the object provided is unrecognized/],
    ];
    for (const [body, code, message] of refusals) {
      expect(await patch(`${NEW}/web`, body)).toMatchObject({
        code,
        document: { message: expect.stringMatching(message) },
      });
    }
    expect(await patch(`${NEW}/nobody`, {})).toMatchObject({ code: 404 });
    expect(await ask(`${NEW}/web`, { method: 'PATCH', body: {} })).toMatchObject({ code: 415 });
    expect(await ask(`${NEW}/web`, { method: 'PATCH', body: {}, user: 'lister' })).toMatchObject({
      code: 403,
    });
    expect(await patch(`${NEW}/web?dryRun=All`, { metadata: { labels: { x: '1' } } })).toMatchObject({
      code: 200,
    });
    expect(server.store.version).toBe(begun);
  });

  test('recorded ones can be changed too, and else cannot', async () => {
    const change = (): ReturnType<typeof ask> => patch(`${SHOP}/db-0`, { metadata: { labels: { x: '1' } } });
    expect(await change()).toMatchObject({ code: 403 });
    server.storesMade = true;
    expect(await change()).toMatchObject({ code: 200 });
    expect(server.store.find('shop', 'db-0')?.json.metadata.labels).toMatchObject({ x: '1' });
  });
});

test('a Pod that a test has put there can be changed and deleted by clients', async () => {
  server.store.apply(named('a'));
  expect(await patch(`${SHOP}/a`, { metadata: { labels: { x: '1' } } })).toMatchObject({ code: 200 });
  const body = { gracePeriodSeconds: 0 };
  expect(await ask(`${SHOP}/a`, { method: 'DELETE', body })).toMatchObject({ code: 200 });
  expect(server.store.find('shop', 'a')).toBeUndefined();
});

test('a client can make namespaces, and delete them with their Pods', async () => {
  server.storesMade = true;
  server.namespaces = new Set();
  const body = { metadata: { name: 'new' } };
  const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', image: 'x' }] } };
  const pods = '/api/v1/namespaces/new/pods';
  expect(await ask(pods, { method: 'POST', body: pod })).toMatchObject({ code: 404 });
  const made = await ask('/api/v1/namespaces', { method: 'POST', body });
  expect(made).toMatchObject({ code: 201, document: { kind: 'Namespace', status: { phase: 'Active' } } });
  expect(await ask('/api/v1/namespaces', { method: 'POST', body })).toMatchObject({
    code: 409,
    document: { message: 'namespaces "new" already exists' },
  });
  expect(await ask('/api/v1/namespaces', { method: 'POST', body: {} })).toMatchObject({ code: 422 });
  expect(await ask('/api/v1/namespaces/new')).toMatchObject({ code: 200 });
  expect(await ask(pods, { method: 'POST', body: pod })).toMatchObject({ code: 201 });
  const open = await watchOn('', pods);
  expect(await ask('/api/v1/namespaces/new', { method: 'DELETE' })).toMatchObject({
    code: 200,
    document: { status: { phase: 'Terminating' } },
  });
  await until(() => open.told.length > 0);
  expect(open.told).toEqual([`DELETED a ${String(server.store.version)}`]);
  for (const method of ['GET', 'DELETE']) {
    expect(await ask('/api/v1/namespaces/new', { method })).toMatchObject({ code: 404 });
  }
});
