import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordedPods } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import { podsOf, sharingPods } from './expected.ts';

const cluster = testCluster();
const podRequests = (): URLSearchParams[] =>
  cluster.server.requests.filter(({ path }) => path.endsWith('/pods')).map(({ query }) => query);

beforeEach(() => {
  cluster.server.store.change(recordedPods);
});
afterEach(() => {
  cluster.server.store.change(recordedPods);
});

/** The JSON but for the version of the cluster. */
function withoutVersion(stdout: string): unknown {
  return JSON.parse(stdout.replace(/"resourceVersion": "\d+"/, '"resourceVersion": ""'));
}

describe('a list in pages', () => {
  test('is asked for in large pages, without a resourceVersion, so that it is consistent', async () => {
    await cluster.run(['list', '-A']);
    const [query] = podRequests();
    expect(Number(query?.get('limit'))).toBeGreaterThanOrEqual(500);
    expect(query?.has('resourceVersion')).toBe(false);
  });

  test.each(['protobuf', 'json'])('is the same at every size of page (%s)', async (encoding) => {
    if (encoding === 'json') cluster.server.respond = () => ({ kind: 'json' });
    const whole = await cluster.run(['list', '-A', '-ojson', '--show-completed']);
    for (let size = 1; size <= recordedPods.length; size += 1) {
      cluster.server.requests.length = 0;
      cluster.server.largestPage = size;
      expect(await cluster.run(['list', '-A', '-ojson', '--show-completed'])).toEqual(whole);
      expect(podRequests()).toHaveLength(Math.ceil(recordedPods.length / size));
    }
  });

  test('comes over one connection, beside that for the nodes', async () => {
    cluster.server.largestPage = 3;
    await cluster.run(['list', '-A']);
    expect(podRequests().length).toBeGreaterThan(10);
    expect(cluster.server.connections).toBe(2);
  });

  test('goes on with the same selectors', async () => {
    cluster.server.largestPage = 2;
    await cluster.run(['list', '-A', '-l', 'tier', '--node', 'kube-node-1']);
    const queries = podRequests();
    expect(queries.length).toBeGreaterThan(1);
    for (const query of queries) {
      expect(query.get('labelSelector')).toBe('tier');
      expect(query.get('fieldSelector')).toBe(
        'spec.nodeName=kube-node-1,status.phase!=Succeeded,status.phase!=Failed',
      );
    }
  });

  test('shows one moment of the cluster, whatever changes between two pages', async () => {
    cluster.server.largestPage = 10;
    cluster.server.respond = ({ index }) => {
      if (index === 1) cluster.server.store.change([]);
      return null;
    };
    const { stdout, stderr } = await cluster.run(['list', '-A']);
    expect(podsOf(stdout)).toEqual(sharingPods());
    expect(stderr).toBe('');
  });

  test('goes on behind pages that hold no Pod', async () => {
    const whole = await cluster.run(['list', '-A', '-ojson']);
    cluster.server.requests.length = 0;
    cluster.server.largestPage = 10;
    const isEmpty = new Set<number>([0, 1, 3, 4, 5]);
    cluster.server.respond = ({ index }) => (isEmpty.has(index) ? { kind: 'empty-page' } : null);
    const { code, stdout, stderr } = await cluster.run(['list', '-A', '-ojson']);
    expect({ code, stdout, stderr }).toEqual(whole);
  });

  test('ends with an error where the server gives the same page for ever', async () => {
    const continueToken = cluster.server.store.tokenBehind(new URLSearchParams());
    cluster.server.respond = () => ({ kind: 'empty-page', continueToken });
    expect(await cluster.run(['list', '-A'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: Cannot list Pods in all namespaces: the server gives the same page again and again.\n',
    });
  });
});

/** Returns true for the request for this page of Pods. A request for the nodes may come between two pages. */
function isPodRequest(path: string, page: number): boolean {
  return path.endsWith('/pods') && podRequests().length === page;
}

describe('a server that has forgotten the version of the list (410)', () => {
  const NOTE =
    'Note: the list expired while it was being read (410 Gone) and continued at a newer version; it may mix two states of the cluster.\n';

  test('and gives a fresh token: the list goes on and says that it is of no single moment', async () => {
    cluster.server.largestPage = 10;
    const whole = await cluster.run(['list', '-A', '-ojson']);
    cluster.server.requests.length = 0;
    cluster.server.respond = ({ path }) =>
      isPodRequest(path, 3) ? { kind: 'expired', withToken: true } : null;
    const { code, stdout, stderr } = await cluster.run(['list', '-A', '-ojson']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: NOTE });
    expect(withoutVersion(stdout)).toEqual(withoutVersion(whole.stdout));
    expect(podRequests()[3]?.get('continue')).not.toBe(podRequests()[2]?.get('continue'));
  });

  test('as it really does after a compaction', async () => {
    cluster.server.largestPage = 10;
    cluster.server.respond = ({ path }) => {
      if (isPodRequest(path, 3)) {
        cluster.server.store.change(recordedPods.filter(({ json }) => json.metadata.namespace !== 'shop'));
        cluster.server.store.compact();
      }
      return null;
    };
    const { code, stdout, stderr } = await cluster.run(['list', '-A']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: NOTE });
    expect(podsOf(stdout)).toEqual(sharingPods(({ metadata }) => metadata.namespace !== 'shop'));
  });

  test('and gives none: the list begins anew, and no Pod comes twice', async () => {
    cluster.server.largestPage = 10;
    cluster.server.respond = ({ path }) =>
      isPodRequest(path, 3) ? { kind: 'expired', withToken: false } : null;
    const { code, stdout, stderr } = await cluster.run(['list', '-A']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(podsOf(stdout)).toEqual(sharingPods());
    expect(podRequests()[3]?.has('continue')).toBe(false);
  });

  test('again and again: the last try asks for the list without pages', async () => {
    cluster.server.largestPage = 10;
    cluster.server.respond = ({ query }) => {
      if (query.has('continue')) return { kind: 'expired', withToken: false };
      if (!query.has('limit')) cluster.server.largestPage = Number.POSITIVE_INFINITY;
      return null;
    };
    const { code, stdout } = await cluster.run(['list', '-A']);
    expect(code).toBe(0);
    expect(podsOf(stdout)).toEqual(sharingPods());
  });

  test('for ever: an error, and not a part of the list', async () => {
    cluster.server.respond = () => ({ kind: 'expired', withToken: false });
    expect(await cluster.run(['list', '-A'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server forgets the version of the list faster than it can be read. Try again later.\n',
    });
  });

  test('for ever, with a fresh token each time: an error, and no endless loop', async () => {
    cluster.server.respond = ({ index }) =>
      index < 500 ? { kind: 'expired', withToken: true } : { kind: 'closed' };
    const { code, stdout } = await cluster.run(['list', '-A']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(cluster.server.requests.length).toBeLessThan(100);
  });
});
