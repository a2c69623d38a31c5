import { afterEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '../api-server/faults.ts';
import { startingStatus } from '../api-server/made-pods.ts';
import type { PodJson } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import { hasty, inShort, makesPod, movedToNode, probeReporting, requestsOf, wantedPods } from './probing.ts';
import { currentTime, type Environment, type Screen } from './run.ts';
import { recordedPod, separateNodes } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  cluster.server.made.length = 0;
});

const PODS = '/api/v1/namespaces/kube-system/pods';
const LABELS = { 'app.kubernetes.io/name': 'hostns-probe', 'app.kubernetes.io/managed-by': 'kubectl-hostns' };
const TIRED: Fault & { readonly kind: 'status' } = {
  kind: 'status',
  status: { code: 500, reason: 'InternalError', message: 'etcd is tired' },
};

function probed(argv: readonly string[] = ['plain-2'], environment: Environment = {}): Promise<Screen> {
  return cluster.run(['verify', '--probe', ...argv], environment, hasty);
}

interface Left {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: string;
  /** Seconds since it was made. */
  readonly age?: number;
}

/** A Pod as an earlier run, or somebody else, has left it behind. */
function leave({ name = 'hostns-probe-0123456789', labels = LABELS, age = 5, ...rest }: Left): void {
  const { namespace = 'kube-system', phase = 'Running' } = rest;
  const seconds = Math.ceil(currentTime() / 1000) - age;
  const creationTimestamp = new Date(seconds * 1000).toISOString().replace('.000', '');
  const json: PodJson = {
    metadata: { name, namespace, uid: `uid-of-${name}`, labels, creationTimestamp },
    spec: { nodeName: 'kube-node-2', containers: [{ name: 'probe', image: 'busybox' }] },
    status: { phase },
  };
  cluster.server.made.push({ json, asked: 0 });
  const others = cluster.server.statusOfMade;
  cluster.server.statusOfMade = (pod, asked) =>
    pod.metadata.uid === json.metadata.uid ? { phase } : others(pod, asked);
}

function madeNames(): readonly string[] {
  return cluster.server.made.map(({ json }) => json.metadata.name);
}

/** Faults of the requests that delete, one after the other; what comes after them is deleted. */
function deletionsMeet(...faults: readonly (Fault | null)[]): void {
  let count = 0;
  cluster.server.respond = ({ method }) => {
    if (method !== 'DELETE') return null;
    count += 1;
    return faults[count - 1] ?? null;
  };
}

describe('what an earlier run has left behind', () => {
  test.each<[string, Left]>([
    ['one that has failed', { phase: 'Failed' }],
    ['one that has ended', { phase: 'Succeeded' }],
    ['one that has run for longer than any does', { age: 4201 }],
    ['one that could not start for as long', { phase: 'Pending', age: 4201 }],
  ])('is removed: %s', async (_, left) => {
    leave(left);
    expect(await probed()).toMatchObject({ code: 0, stderr: '' });
    expect(madeNames()).toEqual([]);
    const [first] = cluster.server.requests.filter(({ method }) => method === 'DELETE');
    expect(first?.path).toBe(`${PODS}/hostns-probe-0123456789`);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      gracePeriodSeconds: 0,
      preconditions: { uid: 'uid-of-hostns-probe-0123456789' },
    });
    const requests = cluster.server.requests.map(inShort);
    expect(requests.indexOf(`DELETE ${PODS}/PROBE`)).toBeLessThan(requests.indexOf(`POST ${PODS}`));
  });

  test.each<[string, Left]>([
    ['runs for another', {}],
    ['is being started for another', { phase: 'Pending' }],
    ['runs for as long as one may', { age: 4199 }],
    ['was made in the future', { age: -100_000 }],
    ['has another name', { name: 'web-1', phase: 'Failed' }],
    ['has another name that holds ours', { name: 'my-hostns-probe-1', phase: 'Failed' }],
    ['has no labels', { labels: {}, phase: 'Failed' }],
    ['has but one of them', { labels: { 'app.kubernetes.io/name': 'hostns-probe' }, phase: 'Failed' }],
    ['is in another namespace', { namespace: 'shop', phase: 'Failed' }],
  ])('stays where it %s', async (_, left) => {
    leave(left);
    expect(await probed()).toMatchObject({ code: 0, stderr: '' });
    expect(madeNames()).toEqual([left.name ?? 'hostns-probe-0123456789']);
    expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  test('is removed, and what is of another run is not', async () => {
    leave({ name: 'hostns-probe-a', phase: 'Failed' });
    leave({ name: 'hostns-probe-b' });
    leave({ name: 'hostns-probe-c', phase: 'Succeeded' });
    await probed();
    expect(madeNames()).toEqual(['hostns-probe-b']);
  });

  test('is removed by ifconfig, too, and in the namespace of the probe Pod', async () => {
    leave({ namespace: 'shop', phase: 'Failed' });
    const argv = ['ifconfig', '--probe', 'plain-2', '--probe-namespace', 'shop'];
    expect(await cluster.run(argv, {}, hasty)).toMatchObject({ code: 0, stderr: '' });
    expect(madeNames()).toEqual([]);
  });

  test('is no reason to give up where it cannot be removed', async () => {
    leave({ phase: 'Failed' });
    cluster.server.respond = ({ method, path }) =>
      method === 'DELETE' && path.endsWith('-0123456789') ? TIRED : null;
    const { code, stderr } = await probed();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'Note: Cannot remove the probe Pod on kube-node-2: the server answers 500 (etcd is tired). Try again, or look at ' +
        'its log. The probe Pod ends by its deadline, and the next run with --probe behind that removes it; to do it now: ' +
        'kubectl delete pod hostns-probe-0123456789 -n kube-system\n',
    });
    expect(madeNames()).toEqual(['hostns-probe-0123456789']);
  });

  test('is no reason to give up where it cannot be looked for', async () => {
    cluster.server.respond = ({ path, query }) =>
      path === PODS && query.has('labelSelector')
        ? { kind: 'status', status: { code: 403, reason: 'Forbidden', message: 'pods is forbidden' } }
        : null;
    const { code, stderr } = await probed();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'Note: Cannot look for probes that were left in the namespace kube-system: the server answers 403 Forbidden (pods is ' +
        'forbidden). It needs permission to list pods in the namespace kube-system; to check: kubectl auth can-i list pods -n kube-system\n',
    });
    expect(madeNames()).toEqual([]);
  });
});

describe('a probe Pod that cannot be removed', () => {
  const BY_HAND = (name = ''): string =>
    `The probe Pod ends by its deadline, and the next run with --probe behind that removes it; to do it now: kubectl delete pod ${name} -n kube-system`;

  test.each([
    [3, ['plain-2'], /^network +pod +own +match +probe: /m],
    [1, ['stubborn-2', 'plain-2'], /^network +host +own +mismatch +probe: /m],
  ])('makes the exit code %i of %j, and what it has seen stands', async (expected, pods, line) => {
    deletionsMeet(TIRED, TIRED, TIRED);
    const { code, stdout, stderr } = await probed(pods);
    const [name] = madeNames();
    expect({ code, stderr }).toEqual({
      code: expected,
      stderr: `error: Cannot remove the probe Pod on kube-node-2: the server answers 500 (etcd is tired). Try again, or look at its log. ${BY_HAND(name)}\n`,
    });
    expect(stdout).toMatch(line);
    expect(madeNames()).toHaveLength(1);
  });

  test('is removed by the next run, once it has ended', async () => {
    deletionsMeet(TIRED, TIRED, TIRED);
    await probed();
    const [left] = madeNames();
    cluster.server.respond = () => null;
    cluster.server.statusOfMade = (pod, asked) =>
      pod.metadata.name === left
        ? { phase: 'Failed', reason: 'DeadlineExceeded' }
        : startingStatus(pod, asked);
    expect(await probed()).toMatchObject({ code: 0, stderr: '' });
    expect(madeNames()).toEqual([]);
  });

  test('because nobody answers', async () => {
    deletionsMeet(TIRED, { kind: 'closed' }, { kind: 'unanswered' });
    const { code, stderr } = await probed();
    const [name] = madeNames();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: Cannot remove the probe Pod on kube-node-2: there was no answer within 5 s. ${BY_HAND(name)}\n`,
    });
  }, 15_000);

  test('because that is forbidden after all', async () => {
    const message = 'pods "probe" is forbidden: not today';
    const forbidden: Fault = { kind: 'status', status: { code: 403, reason: 'Forbidden', message } };
    deletionsMeet(forbidden, forbidden, forbidden);
    const { code, stderr } = await probed(['plain-2', '--user', 'recorded']);
    const [name = ''] = madeNames();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr:
        `error: Cannot remove the probe Pod on kube-node-2: the server answers 403 Forbidden (${message}). It needs permission ` +
        'to delete pods in the namespace kube-system; to check: kubectl auth can-i delete pods -n kube-system --user recorded. ' +
        `${BY_HAND(name)} --user recorded\n`,
    });
  });

  test.each<[string, ...(Fault | null)[]]>([
    ['is tried again', TIRED],
    ['and again', { kind: 'closed' }, TIRED],
    ['and has been, though nobody said so', { kind: 'truncated', at: 0, how: 'closed' }],
    [
      'is gone by itself',
      { kind: 'status', status: { code: 404, reason: 'NotFound', message: 'pods "probe" not found' } },
    ],
    [
      'is another one by now',
      { kind: 'status', status: { code: 409, reason: 'Conflict', message: 'the UID does not match' } },
    ],
  ])('at once %s', async (_, ...faults) => {
    deletionsMeet(...faults);
    expect(await probed()).toMatchObject({ code: 0, stderr: '' });
    const isThere = faults.some((fault) => fault?.kind === 'status' && fault.status.code < 500);
    expect(madeNames()).toHaveLength(isThere ? 1 : 0);
  });

  test('is named, as is each other one', async () => {
    cluster.server.respond = ({ method }) => (method === 'DELETE' ? TIRED : null);
    const { code, stderr } = await probed(['plain-2', 'plain-1']);
    expect(code).toBe(3);
    const names = madeNames();
    expect(names).toHaveLength(2);
    for (const name of names) expect(stderr).toContain(`${BY_HAND(name)}\n`);
    for (const node of ['kube-node-1', 'kube-node-2']) {
      expect(stderr).toContain(`\nerror: Cannot remove the probe Pod on ${node}: the server answers 500`);
    }
  });

  test('is told by ifconfig, which shows nothing then', async () => {
    deletionsMeet(TIRED, TIRED, TIRED);
    const { code, stdout, stderr } = await cluster.run(['ifconfig', '--probe', 'plain-2'], {}, hasty);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(BY_HAND(madeNames()[0]));
  });
});

describe('a probe Pod of which nobody knows whether it was made', () => {
  /** A fault of the request that makes the Pod. */
  function creationMeets(fault: Fault): void {
    cluster.server.nodes = separateNodes;
    cluster.server.respond = (request) => (makesPod(request) ? fault : null);
  }

  test.each<Fault>([
    { kind: 'truncated', at: 0, how: 'closed' },
    { kind: 'truncated', at: 0, how: 'ended' },
    { kind: 'truncated', at: 100, how: 'closed' },
    { kind: 'truncated', at: 100, how: 'ended' },
  ])('was, and is removed by its name: $kind at $at, $how', async (fault) => {
    creationMeets(fault);
    const { code, stderr } = await probed();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: Cannot create the probe Pod on kube-node-2: .*\n$/);
    expect(madeNames()).toEqual([]);
    const deletions = cluster.server.requests.filter(({ method }) => method === 'DELETE');
    expect(deletions).toHaveLength(1);
    expect(deletions[0]?.path).toBe(`${PODS}/${wantedPods(cluster.server)[0]?.metadata.name ?? ''}`);
    expect(JSON.parse(deletions[0]?.body ?? '')).not.toHaveProperty('preconditions');
  });

  test.each<Fault>([
    { kind: 'closed' },
    TIRED,
    { kind: 'other', code: 201, contentType: 'application/json', body: '{' },
    { kind: 'other', code: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' },
  ])('was not, which is asked for more than once: $kind', async (fault) => {
    creationMeets(fault);
    const { code, stderr } = await probed();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: Cannot create the probe Pod on kube-node-2: .*\n$/);
    expect(requestsOf(cluster.server).filter((request) => request === `DELETE ${PODS}/PROBE`)).toHaveLength(
      3,
    );
  });

  /** The Pod is made, whatever is answered then. */
  function creationMakes(answer: Fault | null): void {
    cluster.server.nodes = separateNodes;
    cluster.server.respond = (request) => {
      if (!makesPod(request)) return null;
      const [wanted] = wantedPods(cluster.server);
      leave({ name: wanted?.metadata.name ?? '' });
      return answer;
    };
  }

  test.each<[string, Fault | null]>([
    ['500', TIRED],
    [
      '500, to be tried again',
      { kind: 'status', status: { ...TIRED.status, code: 500 }, headers: { 'Retry-After': '1' } },
    ],
    [
      '503, to be tried again',
      { kind: 'status', status: { ...TIRED.status, code: 503 }, headers: { 'Retry-After': '1' } },
    ],
    ['409, for it is there already', null],
  ])('was, and is removed by its name, and not made again: %s', async (_, answer) => {
    creationMakes(answer);
    const { code, stderr } = await probed();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: Cannot create the probe Pod on kube-node-2: .*\n$/);
    expect(madeNames()).toEqual([]);
    expect(wantedPods(cluster.server)).toHaveLength(1);
  });

  test('is made late, and removed all the same', async () => {
    cluster.server.respond = (request) => {
      if (makesPod(request)) return { kind: 'closed' };
      const [wanted] = wantedPods(cluster.server);
      const { method } = request;
      const deletions = cluster.server.requests.filter((earlier) => earlier.method === 'DELETE').length;
      if (wanted !== undefined && method === 'DELETE' && deletions === 2) {
        leave({ name: wanted.metadata.name });
      }
      return null;
    };
    expect((await probed()).code).toBe(3);
    expect(madeNames()).toEqual([]);
    expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
  });

  test('because the server takes its time', async () => {
    creationMeets({ kind: 'stalled', at: 10 });
    const { code, stderr } = await probed();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'error: Cannot create the probe Pod on kube-node-2: there was no answer within 15 s.\n',
    });
    expect(madeNames()).toEqual([]);
  }, 30_000);
});

describe('a probe Pod under another name', () => {
  const RENAMED = 'renamed-by-a-webhook';

  test('that a webhook has given it is asked and removed by that', async () => {
    cluster.server.mutate = (pod) => ({ ...pod, metadata: { ...pod.metadata, name: RENAMED } });
    const { code, stdout, stderr } = await probed();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^network +pod +own +match +probe: /m);
    expect(requestsOf(cluster.server)).toContain(`DELETE ${PODS}/${RENAMED}`);
    expect(madeNames()).toEqual([]);
  });

  test('is told by that where it cannot be removed', async () => {
    cluster.server.mutate = (pod) => ({ ...pod, metadata: { ...pod.metadata, name: RENAMED } });
    deletionsMeet(TIRED, TIRED, TIRED);
    const { code, stderr } = await probed();
    expect(code).toBe(3);
    expect(stderr).toContain(`kubectl delete pod ${RENAMED} -n kube-system\n`);
  });
});

describe('an impostor in the place of the probe Pod', () => {
  const UID = '00000000-0000-4000-8000-00000000dead';

  /** Somebody deletes the probe Pod, and makes another Pod under its name, which runs. */
  function replaceProbe(): void {
    const [probe] = cluster.server.made.splice(0);
    if (probe === undefined) throw new Error('There is no probe Pod.');
    const { json } = probe;
    cluster.server.made.push({ json: { ...json, metadata: { ...json.metadata, uid: UID } }, asked: 9 });
  }

  /** It is not ours to delete. */
  function expectImpostorStays(): void {
    expect(cluster.server.made.map(({ json }) => json.metadata.uid)).toEqual([UID]);
    const deletions = cluster.server.requests.filter(({ method }) => method === 'DELETE');
    expect(deletions).toHaveLength(1);
    expect(JSON.parse(deletions[0]?.body ?? '')).toMatchObject({
      preconditions: { uid: expect.not.stringMatching(UID) },
    });
  }

  test.each([
    ['first', 0, 'plain-2'],
    ['second', 1, 'leaky-2'],
  ])('by the %s look is found out, and nothing of what it reports is used', async (_, at, name) => {
    const pod = recordedPod(name);
    cluster.server.nodes = separateNodes;
    cluster.server.exec = probeReporting((report, __, index) => {
      if (index === at) replaceProbe();
      return index === at ? movedToNode(report, pod, ['net', 'pid', 'ipc']) : report;
    });
    const { code, stdout, stderr } = await probed([name]);
    expect({ code, stderr }).toEqual({
      code: name === 'leaky-2' ? 1 : 3,
      stderr: 'error: The probe Pod on kube-node-2 ended while it was in use (it was deleted).\n',
    });
    expect(stdout).toMatch(
      name === 'leaky-2'
        ? /^network +pod +host +mismatch +kubelet: /m
        : /^network +pod +own +match +kubelet: /m,
    );
    expect(stdout).not.toMatch(/probe: the sandbox|\(probe\)/);
    expectImpostorStays();
  });

  test('before it has started is not asked anything', async () => {
    cluster.server.nodes = separateNodes;
    cluster.server.respond = ({ method, path }) => {
      const [probe] = cluster.server.made;
      if (method === 'GET' && /\/hostns-probe-\w+$/.test(path) && probe?.asked === 1) replaceProbe();
      return null;
    };
    const { code, stderr } = await probed();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'error: The probe Pod on kube-node-2 does not start (it was deleted).\n',
    });
    expect(requestsOf(cluster.server)).not.toContain(`GET ${PODS}/PROBE/exec`);
    expectImpostorStays();
  });
});
