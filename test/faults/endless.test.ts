import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listLimits } from '../../src/kube/api/list-pods.ts';
import { JsonPodListDecoder } from '../../src/wire/pod-list-json.ts';
import type { Fault } from '../api-server/faults.ts';
import { joinPodList } from '../api-server/pod-list-bytes.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { testCluster } from '../main/cluster.ts';
import { inProcessTest } from '../main/run.ts';
import { endWatching, until, watching } from '../main/watching.ts';
import { message } from '../support/protobuf.ts';
import { smallPods } from './small-pods.ts';

/** What has no end, and what is larger than anything that the API holds. Floods of an exec are in exec.test.ts. */

const cluster = testCluster();
const LIMITS = { ...listLimits };
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const DOING = 'Cannot list Pods in all namespaces: ';

beforeEach(() => {
  cluster.server.store.change(recordedPods);
});
afterEach(() => {
  endWatching();
  Object.assign(listLimits, LIMITS);
});

/** Lets each page of Pods, numbered from 0 on, be answered so. */
function pages(answer: (page: number) => Fault): void {
  let page = -1;
  cluster.server.respond = ({ path }) => {
    if (!path.endsWith('/pods')) return null;
    page += 1;
    return answer(page);
  };
}

function pageOf(items: readonly Uint8Array[], continueToken: string): Fault {
  const meta = { resourceVersion: '1', continueToken, remainingItemCount: null };
  return { kind: 'other', contentType: PROTOBUF, body: joinPodList(meta, items) };
}

async function expectError(why: string): Promise<void> {
  expect(await cluster.run(['list', '-A'])).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: ${DOING}${why}\n`,
  });
}

describe('a list that never ends', () => {
  const sharing = smallPods.map(({ protobuf }) => protobuf);
  const endless = (pods: number): string =>
    `the server's list does not end; ${String(pods)} Pods were read. With -n, -l or --node it is shorter.`;

  test.each([1, 2, 3, 7, 60])('because its tokens come again after %i is an error', async (length) => {
    pages((page) => pageOf(sharing, `token-${String(page % length)}`));
    await expectError('the server gives the same page again and again.');
    expect(cluster.server.requests.length).toBeLessThan(4 * length + 4);
  });

  test('because its tokens come again behind a beginning of their own is an error', async () => {
    pages((page) => pageOf(sharing, `token-${String(page < 10 ? page : 10 + (page % 4))}`));
    await expectError('the server gives the same page again and again.');
  });

  test('of pages without a Pod is an error', async () => {
    pages((page) => pageOf([], `token-${String(page)}`));
    await expectError(endless(0));
    const pageRequests = cluster.server.requests.filter(({ path }) => path.endsWith('/pods'));
    expect(pageRequests).toHaveLength(listLimits.emptyPages + 1);
  });

  test('may have many pages without a Pod, where others follow', async () => {
    pages((page) =>
      pageOf(page % 700 === 0 ? sharing.slice(0, 1) : [], page === 1400 ? '' : `token-${String(page)}`),
    );
    const { code, stdout } = await cluster.run(['list', '-A', '-o', 'name']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pod/a\npod/a\npod/a\n' });
  });

  inProcessTest('of Pods that share nothing is an error, and none of them is kept', async () => {
    listLimits.podsRead = 50_000;
    listLimits.podsKept = 0;
    const nothing = Array.from({ length: 1000 }, () => new Uint8Array());
    pages((page) => pageOf(nothing, `token-${String(page)}`));
    await expectError(endless(51_000));
  });

  inProcessTest('of Pods that are kept is an error', async () => {
    listLimits.podsKept = 100;
    pages((page) => pageOf(sharing, `token-${String(page)}`));
    // Of three Pods on each page two are kept.
    await expectError(endless(153));
  });
});

describe('an annotation of 100 MB', () => {
  const LENGTH = 100 * 1024 * 1024;

  test('is refused in protobuf before it is read', async () => {
    // Pod { metadata { annotations { key, value } } }
    const annotation = message([1, 'x'], [2, Buffer.alloc(LENGTH, 'x')]);
    const annotated = message([1, message([12, annotation])]);
    const page = pageOf([annotated, ...smallPods.map(({ protobuf }) => protobuf)], '');
    pages(() => page);
    await expectError(
      `the server's answer cannot be read, an item of ${String(annotated.length)} bytes is larger than any that the API accepts.`,
    );
  });

  test('is stepped over in JSON', async () => {
    const items = smallPods.map(({ json }) => json);
    const body = JSON.stringify({
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1' },
      items,
    });
    const [begin, end] = body.split('"metadata":{"name":"b"');
    const annotation = Buffer.alloc(LENGTH, 'x');
    pages(() => ({
      kind: 'other',
      contentType: 'application/json',
      body: Buffer.concat([
        Buffer.from(`${begin ?? ''}"metadata":{"annotations":{"x":"`),
        annotation,
        Buffer.from(`"},"name":"b"${end ?? ''}`),
      ]),
    }));
    expect(await cluster.run(['list', '-A', '-o', 'name'])).toEqual({
      code: 0,
      stdout: 'pod/a\npod/c\n',
      stderr: '',
    });
  });

  test('of a Pod that is asked for by its name is refused', async () => {
    cluster.server.respond = ({ path }) =>
      path.endsWith('/pods/plain-2')
        ? { kind: 'other', contentType: 'application/json', body: Buffer.alloc(LENGTH, ' ') }
        : null;
    expect(await cluster.run(['verify', 'plain-2'])).toEqual({
      code: 3,
      stdout: '',
      stderr: "error: Cannot get the Pod plain-2: the server's answer is longer than 67108864 bytes.\n",
    });
  });

  test.each(['protobuf', 'JSON'])('in an event of a watch, in %s: it begins anew', async (encoding) => {
    const { server } = cluster;
    server.store.change(smallPods);
    server.speaksProtobuf = encoding === 'protobuf';
    const watch = watching(cluster, ['-A', '-w', '-o', 'name']);
    await until('it is watched', () => server.watches === 1);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(LENGTH);
    server.sendToWatches(encoding === 'protobuf' ? length : Buffer.alloc(33 * 1024 * 1024, 'x'));
    await until(
      'it is listed again',
      () => server.requests.filter(({ query }) => query.has('limit')).length === 2,
    );
    expect(await watch.end()).toEqual({ code: 130, stdout: 'pod/a\npod/c\n', stderr: '' });
  });
});

inProcessTest('a page of JSON that never ends is refused once it is longer than 256 MiB', () => {
  const decoder = new JsonPodListDecoder('sharing');
  const chunk = Buffer.alloc(64 * 1024 * 1024, ' ');
  for (let count = 0; count < 4; count += 1) decoder.push(chunk);
  expect(() => {
    decoder.push(Buffer.from(' '));
  }).toThrow('a page of JSON is longer than the 268435456 bytes that are read');
});
