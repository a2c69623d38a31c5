import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { schemaErrors, validator } from '../support/schemas.ts';
import type { Fault } from '../api-server/faults.ts';
import type { RecordedRequest } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, programCommand } from './run.ts';
import { changed, endWatching, sharingPod, until, watching, type Watching } from './watching.ts';

const cluster = testCluster();
afterEach(endWatching);

const isWatch = ({ query }: RecordedRequest): boolean => query.get('watch') === 'true';
const isList = ({ path, query }: RecordedRequest): boolean => path.endsWith('/pods') && !query.has('watch');
const watchRequests = (): readonly RecordedRequest[] => cluster.server.requests.filter(isWatch);
const lists = (): number => cluster.server.requests.filter(isList).length;

/** `TYPE NAME` of each line of -o json --output-watch-events. */
function inShort(output: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { type: string; object: { name: string } })
    .map(({ type, object }) => `${type} ${object.name}`);
}

const EVENTS = ['-o', 'json', '--output-watch-events'] as const;

/** Once it is told of changes: whoever changes something before that tests the list. */
async function opened(
  argv: readonly string[],
  ...rest: readonly [Parameters<typeof watching>[2]?]
): Promise<Watching> {
  const watch = watching(cluster, argv, ...rest);
  await until('the watch is open', () => cluster.server.watches === 1, watch.stderr);
  return watch;
}

/** The watch of the namespace default without what is there at first. */
const openedOnly = (...argv: readonly string[]): Promise<Watching> =>
  opened(['--watch-only', ...EVENTS, ...argv]);

/** The Pods that the list of the same scope shows, one a line. */
async function listed(...argv: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await cluster.run(['list', '-o', 'json', ...argv]);
  return (JSON.parse(stdout) as { items: readonly object[] }).items
    .map((item) => JSON.stringify(item))
    .sort();
}

/** What is there in the end, for one who has read all lines; fails where a line contradicts those before. */
function replayed(output: string): readonly string[] {
  const rows = new Map<string, string>();
  for (const line of output.split('\n').slice(0, -1)) {
    const { type, object } = JSON.parse(line) as { type: string; object: Record<string, unknown> };
    const { apiVersion, kind, ...row } = object;
    expect([apiVersion, kind]).toEqual(['kubectl-hostns/v1', 'SharingPod']);
    const key = `${String(row['namespace'])}/${String(row['name'])}`;
    expect({ type, key, isKnown: rows.has(key) }).toEqual({ type, key, isKnown: type !== 'ADDED' });
    if (type === 'DELETED') rows.delete(key);
    else rows.set(key, JSON.stringify(row));
  }
  return [...rows.values()].sort();
}

/** Waits until the watch has told all that a list of the same scope shows. */
async function agrees(watch: Watching, ...scope: readonly string[]): Promise<void> {
  const wanted = (await listed(...scope)).join('\n');
  await until(
    'what is watched is what is listed',
    () => watch.stdout().endsWith('\n') && replayed(watch.stdout()).join('\n') === wanted,
    () => `${watch.stdout()}\n${wanted}\n${watch.stderr()}`,
  );
}

describe('list --watch', () => {
  test('shows what is there, and then what comes, changes and goes', async () => {
    const { store } = cluster.server;
    const before = (await cluster.run(['list'])).stdout;
    const watch = await opened(['-w']);
    const cells = (output: string): readonly string[][] =>
      output.split('\n').map((line) => line.split(/ {2,}/));
    expect(cells(watch.stdout())).toEqual(cells(before));
    const pod = sharingPod('web-1', { status: { phase: 'Pending', containerStatuses: [] } });
    store.apply(pod);
    store.apply(changed(pod, { status: { phase: 'Running' } }));
    store.remove('default', 'web-1');
    const rows = (await watch.lines(before.split('\n').length + 2)).slice(-3);
    expect(cells(rows.join('\n')).map((row) => row.slice(0, 6))).toEqual([
      ['web-1', 'kube-node-2', 'host', '-', '-', 'Pending'],
      ['web-1', 'kube-node-2', 'host', '-', '-', 'Running'],
      ['web-1', 'kube-node-2', 'host', '-', '-', 'Running'],
    ]);
    expect(await watch.end()).toMatchObject({ code: 130, stderr: '' });
  });

  test.each<[string, Fault | null]>([
    ['protobuf', null],
    ['JSON', { kind: 'json' }],
    ['bytes that come one by one', { kind: 'chunked', size: 1 }],
    ['protobuf without a Content-Type', { kind: 'mislabelled', contentType: null }],
  ])('tells the same by %s', async (_, fault) => {
    cluster.server.respond = (request) => (isWatch(request) ? fault : null);
    const watch = await openedOnly();
    const { store } = cluster.server;
    const pod = sharingPod('web-1');
    store.apply(pod);
    store.apply(sharingPod('nothing', { spec: { hostNetwork: false } }));
    store.apply(changed(pod, { metadata: { labels: { app: 'b' } } }));
    cluster.server.bookmark();
    store.remove('default', 'nothing');
    store.remove('default', 'web-1');
    await watch.lines(3);
    expect(inShort(watch.stdout())).toEqual(['ADDED web-1', 'MODIFIED web-1', 'DELETED web-1']);
    expect((await watch.end()).stderr).toBe('');
  });

  test('asks for what has changed since the list, with bookmarks, and with the same selectors', async () => {
    const watch = await opened(['-A', '-w', '-l', 'tier=edge', '--node', 'kube-node-1', '-o', 'name']);
    const [list, request] = cluster.server.requests.filter(({ path }) => path.endsWith('/pods'));
    const listedVersion = /"resourceVersion":"(\d+)"/.exec(
      (await cluster.run(['list', '-A', '-l', 'tier=edge', '-o', 'json'])).stdout.replaceAll(' ', ''),
    )?.[1];
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: listedVersion,
      labelSelector: list?.query.get('labelSelector'),
      fieldSelector: list?.query.get('fieldSelector'),
    });
    await watch.end();
  });

  test('a Pod that starts to match appears, and one that no longer matches goes', async () => {
    const watch = await openedOnly('-l', 'app=web');
    const { store } = cluster.server;
    const pod = sharingPod('web-1', { metadata: { labels: { app: 'db' } } });
    store.apply(pod);
    store.apply(changed(pod, { metadata: { labels: { app: 'web' } } }));
    store.apply(changed(pod, { metadata: { labels: { app: 'web' } }, status: { phase: 'Succeeded' } }));
    store.apply(changed(pod, { metadata: { labels: { app: 'web' } } }));
    store.apply(changed(pod, { metadata: { labels: {} } }));
    store.remove('default', 'web-1');
    await watch.lines(4);
    store.apply(sharingPod('last', { metadata: { labels: { app: 'web' } } }));
    await watch.lines(5);
    expect(inShort(watch.stdout())).toEqual([
      'ADDED web-1',
      'DELETED web-1',
      'ADDED web-1',
      'DELETED web-1',
      'ADDED last',
    ]);
    await watch.end();
  });

  test('a Pod that turns out to run on Windows shares nothing any more', async () => {
    const watch = await openedOnly('-A');
    const { store, requests } = cluster.server;
    const pod = sharingPod('agent', { spec: { nodeName: '' } });
    store.apply(pod);
    store.apply(changed(pod, { spec: { nodeName: 'kube-node-3' } }));
    store.apply(sharingPod('other', { spec: { nodeName: 'kube-node-3' } }));
    store.apply(sharingPod('linux', { spec: { nodeName: 'kube-node-1' } }));
    await watch.lines(3);
    expect(inShort(watch.stdout())).toEqual(['ADDED agent', 'DELETED agent', 'ADDED linux']);
    // A node is asked about once, be its Pods ever so many.
    const before = requests.length;
    store.apply(sharingPod('second', { spec: { nodeName: 'kube-node-1' } }));
    await watch.lines(4);
    expect(requests.length).toBe(before);
    await watch.end();
  });

  test('--shares is for changes, too', async () => {
    const watch = await openedOnly('--shares', 'pid');
    cluster.server.store.apply(sharingPod('network'));
    cluster.server.store.apply(sharingPod('both', { spec: { hostPID: true } }));
    await watch.lines(1);
    expect(inShort(watch.stdout())).toEqual(['ADDED both']);
    await watch.end();
  });

  test('where nothing is there it says so, and waits', async () => {
    const watch = await opened(['-w', '-n', 'kube-public']);
    expect(watch.stdout()).toBe('');
    expect(watch.stderr()).toMatch(/^No resources found in kube-public namespace\. /);
    cluster.server.store.apply(sharingPod('web-1', { metadata: { namespace: 'kube-public' } }));
    expect((await watch.lines(2)).map((line) => line.split(' ')[0])).toEqual(['NAME', 'web-1']);
    await watch.end();
  });
});

describe('the output of list --watch', () => {
  test('as JSON is one object a line, as the schema says', async () => {
    const watch = await opened(['-w', '-A', '-o', 'json']);
    const count = (await listed('-A')).length;
    cluster.server.store.apply(sharingPod('web-1'));
    const rows = (await watch.lines(count + 1)).map((line) => JSON.parse(line) as object);
    expect(rows).toHaveLength(count + 1);
    for (const row of rows) expect(schemaErrors(validator('sharing-pod'), row)).toEqual([]);
    expect(rows.at(-1)).toMatchObject({ apiVersion: 'kubectl-hostns/v1', kind: 'SharingPod', name: 'web-1' });
    await watch.end();
  });

  test('as names, wide, and without headers', async () => {
    const outputs = [
      [['-o', 'name'], /^pod\/web-1$/],
      [['-o', 'wide', '--no-headers'], /^web-1 .* <none>$/],
      [['--show-labels', '--no-headers'], /^web-1 .* app=web$/],
    ] as const;
    for (const [argv, row] of outputs) {
      const watch = await opened(['--watch-only', ...argv]);
      cluster.server.store.apply(
        sharingPod('web-1', { metadata: { labels: { app: 'web' }, ownerReferences: [] } }),
      );
      expect((await watch.lines(1))[0]).toMatch(row);
      cluster.server.store.remove('default', 'web-1');
      await watch.end();
      await until('the watch is closed', () => cluster.server.watches === 0);
    }
  });

  test('is in the order asked for at first, and that it is not later is said', async () => {
    const watch = await opened(['-w', '-A', '--sort-by', '.metadata.name', '-o', 'name']);
    const names = (await cluster.run(['list', '-A', '--sort-by', '.metadata.name', '-o', 'name'])).stdout;
    expect(watch.stdout()).toBe(names);
    expect((await watch.end()).stderr).toBe(
      'Note: changes come as they happen; --sort-by is for the first rows alone.\n',
    );
  });

  inProcessTest('ends silently where nobody reads it any more', async () => {
    const watch = await opened(['-w']);
    expect(await watch.end('closed')).toMatchObject({ code: 130, stderr: '' });
  });

  test('--output-watch-events without a watch is refused', async () => {
    expect(await cluster.run(['list', '--output-watch-events'])).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: The flag --output-watch-events needs --watch or --watch-only.\n',
    });
  });
});

describe('a watch that ends goes on', () => {
  test.each(['ended', 'cut'] as const)('where it was, when it is %s', async (how) => {
    const { server } = cluster;
    const watch = await openedOnly();
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    server.endWatches(how);
    server.store.apply(sharingPod('b'));
    server.store.remove('default', 'a');
    await watch.lines(3);
    expect(inShort(watch.stdout())).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
    expect(lists()).toBe(1);
    expect(await watch.end()).toMatchObject({ code: 130, stderr: '' });
  });

  test('with a list, where it has told nothing: the server may not know its version', async () => {
    const { server } = cluster;
    const watch = await openedOnly();
    server.endWatches('ended');
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    expect([inShort(watch.stdout()), lists()]).toEqual([['ADDED a'], 2]);
    await watch.end();
  });

  test('from the last bookmark', async () => {
    const { server } = cluster;
    const watch = await openedOnly();
    for (let version = 0; version < 5; version += 1) server.store.advance();
    server.bookmark();
    server.endWatches('ended');
    server.store.compact();
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    expect(watchRequests().at(-1)?.query.get('resourceVersion')).toBe(String(server.store.version - 1));
    expect(lists()).toBe(1);
    await watch.end();
  });

  test('wherever it is cut, no change is lost or told twice', async () => {
    const { server } = cluster;
    const step = (): void => {
      const pod = sharingPod('a', { metadata: { labels: { app: 'a' } } });
      server.store.apply(pod);
      server.store.apply(sharingPod('b', { spec: { hostNetwork: false } }));
      server.store.apply(changed(pod, { metadata: { labels: { app: 'b' } } }));
      server.store.remove('default', 'a');
      server.store.apply(sharingPod('a', { spec: { hostPID: true } }));
    };
    const watch = await opened(['-w', ...EVENTS]);
    // Each time the answer breaks off a little later.
    for (let at = 0; at < 16_000; at += 613) {
      const how = at % 2 === 0 ? 'closed' : 'ended';
      const before = watchRequests().length;
      server.respond = (request) =>
        isWatch(request) && watchRequests().length === before + 1 ? { kind: 'truncated', at, how } : null;
      server.endWatches('ended');
      await until('it is watched again', () => watchRequests().length > before && server.watches > 0);
      step();
    }
    server.respond = () => null;
    await agrees(watch);
    await watch.end();
  });

  test('also where --request-timeout has passed, which is for its beginning', async () => {
    const watch = await opened(['--watch-only', ...EVENTS, '--request-timeout', '200ms']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    cluster.server.store.apply(sharingPod('a'));
    await watch.lines(1);
    expect(watchRequests()).toHaveLength(1);
    expect(await watch.end()).toMatchObject({ code: 130, stderr: '' });
  });
});

describe('where the server has forgotten what the watch needs', () => {
  /** What changes while nobody watches. */
  async function meanwhile(watch: Watching, start: () => void): Promise<void> {
    const { store } = cluster.server;
    for (const name of ['stays', 'changes', 'goes', 'is-replaced']) store.apply(sharingPod(name));
    await watch.lines(4);
    const changes = store.find('default', 'changes')?.json;
    start();
    store.remove('default', 'goes');
    if (changes !== undefined) store.apply(changed(changes, { metadata: { labels: { app: 'b' } } }));
    store.remove('default', 'is-replaced');
    store.apply(sharingPod('is-replaced'));
    store.apply(sharingPod('comes'));
    store.compact();
  }

  const DIFFERENCES = [
    'DELETED goes',
    'MODIFIED changes',
    'ADDED comes',
    'DELETED is-replaced',
    'ADDED is-replaced',
  ] as const;

  test('it lists again, and tells the differences', async () => {
    const watch = await openedOnly();
    await meanwhile(watch, () => {
      cluster.server.respond = (request) => (isWatch(request) ? { kind: 'closed' } : null);
      cluster.server.endWatches('cut');
    });
    cluster.server.respond = () => null;
    await watch.lines(9);
    expect(inShort(watch.stdout()).slice(4)).toEqual(DIFFERENCES);
    cluster.server.store.apply(sharingPod('later'));
    await watch.lines(10);
    expect(lists()).toBe(2);
    await watch.end();
  });

  test.each<[string, number, string]>([
    ['410 Gone, as it was called once', 410, 'Gone'],
    ['410 Expired', 410, 'Expired'],
  ])('by %s within the watch', async (_, code, reason) => {
    const watch = await openedOnly();
    await meanwhile(watch, () => {
      cluster.server.respond = (request) => (isWatch(request) ? { kind: 'closed' } : null);
      cluster.server.endWatches({ code, reason, message: 'too old resource version: 1 (2)' });
    });
    cluster.server.respond = () => null;
    await watch.lines(9);
    expect(inShort(watch.stdout()).slice(4)).toEqual(DIFFERENCES);
    await watch.end();
  });

  test('a list that cannot be of one moment is begun anew, for what changes meanwhile would be lost', async () => {
    const { server } = cluster;
    server.largestPage = 3;
    let expired = 0;
    server.respond = (request) => {
      if (!isList(request) || !request.query.has('continue') || expired === 2) return null;
      expired += 1;
      // They belong on the pages that were read already.
      server.store.apply(sharingPod(`a-${String(expired)}`));
      return { kind: 'expired', withToken: true };
    };
    const watch = await opened(['-w', ...EVENTS]);
    await agrees(watch);
    expect((await watch.end()).stderr).toBe('');
  });
});

describe('a server that breaks', () => {
  test.each<[string, string | Uint8Array]>([
    ['bytes that are no frames', Buffer.from('\u00ff\u00ff\u00ff\u00ffrubbish')],
    ['a frame that is no event', Buffer.from([0, 0, 0, 2, 0x0a, 0x7f])],
  ])('by %s is asked for a list', async (_, bytes) => {
    const watch = await openedOnly();
    cluster.server.store.apply(sharingPod('a'));
    await watch.lines(1);
    cluster.server.sendToWatches(bytes);
    await until('it is listed again', () => lists() === 2);
    cluster.server.store.apply(sharingPod('b'));
    await watch.lines(2);
    expect(inShort(watch.stdout())).toEqual(['ADDED a', 'ADDED b']);
    await watch.end();
  });

  test('by refusing everything for a while is waited for, and that is said once', async () => {
    const { server } = cluster;
    const watch = await openedOnly();
    let refused = 0;
    server.respond = () => {
      refused += 1;
      return refused > 5
        ? null
        : { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'etcd is not there' } };
    };
    server.endWatches('cut');
    await until('it is watched again', () => refused > 5 && server.watches === 1);
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    const { stderr } = await watch.end();
    expect(stderr).toMatch(
      /^Note: the watch is interrupted, and goes on as soon as it can\. Cannot .*etcd is not there.*\nNote: the watch goes on; what has changed meanwhile is shown\.\n$/,
    );
  });

  inProcessTest('and refuses for longer than a minute ends it', async () => {
    let now = 1_790_000_000_000;
    const watch = await opened(['--watch-only', ...EVENTS], {
      now: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
        return Promise.resolve();
      },
    });
    cluster.server.respond = () => ({
      kind: 'status',
      status: { code: 403, reason: 'Forbidden', message: 'pods is forbidden' },
    });
    cluster.server.endWatches('ended');
    const { code, stderr } = await watch.ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/\nerror: Cannot list Pods .*pods is forbidden.*\n$/);
  });

  const event = (type: string, object: object): Fault => ({
    kind: 'other',
    contentType: 'application/json',
    body: `${JSON.stringify({ type, object })}\n`,
  });

  inProcessTest.each<[string, (version: string) => Fault]>([
    ['closing what it has just opened', () => ({ kind: 'truncated', at: 0, how: 'ended' })],
    ['having forgotten what it has just listed', () => event('ERROR', { code: 410, reason: 'Expired' })],
    ['not knowing yet what it has just listed', () => event('ERROR', { code: 504, reason: 'Timeout' })],
    ['telling nothing new', (resourceVersion) => event('BOOKMARK', { metadata: { resourceVersion } })],
    ['sending a page', () => ({ kind: 'other', contentType: 'text/html', body: '<html>Log in</html>' })],
  ])('by %s is not asked without a pause', async (_, fault) => {
    let pauses = 0;
    const { server } = cluster;
    server.respond = (request) =>
      isWatch(request) ? fault(request.query.get('resourceVersion') ?? '') : null;
    const controller = new AbortController();
    const ended = cluster.run(
      ['list', '-w'],
      {},
      {
        signal: controller.signal,
        sleep: async () => {
          pauses += 1;
          if (pauses === 10) controller.abort();
          return Promise.resolve();
        },
      },
    );
    expect((await ended).code).toBe(130);
    expect(watchRequests().length).toBeLessThanOrEqual(12);
    expect(lists()).toBeLessThanOrEqual(13);
  });

  inProcessTest.each([502, 503, 504, 429])(
    'behind a load balancer that answers %s is waited for',
    async (code) => {
      const { server } = cluster;
      let now = 1_790_000_000_000;
      let refused = 0;
      const watch = await opened(['--watch-only', ...EVENTS], {
        now: () => now,
        sleep: async (milliseconds) => {
          now += milliseconds;
          return Promise.resolve();
        },
      });
      server.respond = () => {
        refused += 1;
        return refused > 20 ? null : { kind: 'status', status: { code, reason: '', message: 'later' } };
      };
      const began = now;
      server.endWatches('cut');
      await until('it is watched again', () => server.watches === 1 && refused > 20, watch.stderr);
      expect(now - began).toBeGreaterThan(120_000);
      server.store.apply(sharingPod('a'));
      await watch.lines(1);
      expect((await watch.end()).code).toBe(130);
    },
  );

  test('and answers later than --request-timeout allows is waited for, too', async () => {
    const { server } = cluster;
    const watch = await opened(['--watch-only', ...EVENTS, '--request-timeout', '150ms']);
    const before = server.requests.length;
    server.respond = ({ index }) => (index < before + 3 ? { kind: 'unanswered' } : null);
    server.endWatches('cut');
    await until('it is watched again', () => server.requests.length > before + 3 && server.watches === 1);
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    expect((await watch.end()).stderr).toMatch(/--request-timeout allows \(0\.15 s\)/);
  });

  test.each<[string, () => Fault | null]>([
    ['between two tries', () => ({ kind: 'closed' })],
    ['while the server does not answer', () => ({ kind: 'unanswered' })],
  ])('and Ctrl-C %s: nothing more is said', async (_, fault) => {
    const watch = await openedOnly();
    cluster.server.respond = fault;
    const before = cluster.server.requests.length;
    cluster.server.endWatches('cut');
    await until('it is asked again', () => cluster.server.requests.length > before);
    const { code, stderr } = await watch.end();
    expect([code, stderr.replace(/^Note: the watch is interrupted.*\n/, '')]).toEqual([130, '']);
  });

  test('and Ctrl-C before there is anything to watch: nothing is said', async () => {
    cluster.server.respond = () => ({ kind: 'unanswered' });
    const watch = watching(cluster, ['-w']);
    await until('it is asked', () => cluster.server.requests.length === 2);
    expect(await watch.end()).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  test('the list may be read and the watch may not: that is said at once', async () => {
    const watch = watching(cluster, ['-w'], {}, { KUBECONFIG: await cluster.kubeconfigOf('lister') });
    const { code, stdout, stderr } = await watch.ended;
    expect([code, stdout.split('\n').length > 1]).toEqual([3, true]);
    expect(stderr).toBe(
      'error: Cannot watch Pods in the namespace default: the server answers 403 Forbidden (pods is forbidden: ' +
        'User "lister" cannot watch resource "pods" in API group "" in the namespace "default"). ' +
        'It needs permission to watch pods in the namespace default; to check: kubectl auth can-i watch pods -n default\n',
    );
  });

  test('a cluster that cannot be reached to begin with is an error, as for list', async () => {
    cluster.server.respond = () => ({ kind: 'closed' });
    const watch = watching(cluster, ['-w']);
    expect(await watch.ended).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('credentials that change while it watches', () => {
  test('are asked for again, also where the plugin that gives them has failed once', async () => {
    const { server } = cluster;
    const calls = await cluster.file('', 'calls');
    const credential = {
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      status: { token: tokenOf('admin') },
    };
    // It fails at its second call.
    const script = await cluster.file(
      `const fs = require('node:fs');
      const calls = fs.readFileSync(${JSON.stringify(calls)}, 'utf8').length;
      fs.appendFileSync(${JSON.stringify(calls)}, 'x');
      if (calls === 1) process.exit(1);
      process.stdout.write(${JSON.stringify(JSON.stringify(credential))});`,
      'rotating.cjs',
    );
    const exec = {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: [script],
      interactiveMode: 'Never',
    };
    const KUBECONFIG = await cluster.kubeconfig({ user: { exec } });
    const watch = watching(cluster, ['--watch-only', ...EVENTS], {}, { KUBECONFIG });
    await until('the watch is open', () => server.watches === 1, watch.stderr);
    let refused = 0;
    server.respond = () => {
      refused += 1;
      return refused === 1
        ? { kind: 'status', status: { code: 401, reason: 'Unauthorized', message: 'Unauthorized' } }
        : null;
    };
    server.endWatches('ended');
    await until('it is watched again', () => refused > 1 && server.watches === 1, watch.stderr);
    server.store.apply(sharingPod('a'));
    await watch.lines(1);
    expect(await readFile(calls, 'utf8')).toBe('xxx');
    expect((await watch.end()).code).toBe(130);
  });
});

describe('a reader that is slower than the cluster', () => {
  inProcessTest('holds the watch back, and gets every change in the end', async () => {
    const { server } = cluster;
    const waiting: (() => void)[] = [];
    let isSlow = true;
    let text = '';
    const stdout = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        if (isSlow) waiting.push(done);
        else done();
      },
    });
    const watch = await opened(['--watch-only', ...EVENTS], { stdout });
    const pod = sharingPod('a', { metadata: { labels: { filler: 'x'.repeat(60) } } });
    const count = 3000;
    for (let change = 0; change < count; change += 1) {
      server.store.apply(changed(pod, { metadata: { labels: { change: String(change) } } }));
    }
    await until('something is written', () => text !== '');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const held = stdout.writableLength;
    // What one chunk of the connection holds, and not the whole of it.
    expect(held).toBeLessThan(400_000);
    isSlow = false;
    for (const done of waiting.splice(0)) done();
    await until('all is written', () => inShort(text).length === count, watch.stderr);
    expect(text.length).toBeGreaterThan(held * 2);
    expect((await watch.end()).code).toBe(130);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it also where nobody ever reads', async (signal) => {
    const { server } = cluster;
    const [command, ...args] = programCommand;
    const child = spawn(command, [...args, 'list', '-w', ...EVENTS], {
      env: { KUBECONFIG: await cluster.kubeconfig() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await until('the watch is open', () => server.watches === 1);
    const pod = sharingPod('a');
    // More than any pipe holds.
    for (let change = 0; change < 2000; change += 1) {
      server.store.apply(changed(pod, { metadata: { labels: { change: String(change) } } }));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill(signal);
    expect(await ended).toBe(130);
  });
});
