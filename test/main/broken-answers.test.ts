import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../api-server/faults.ts';
import { joinPodList } from '../api-server/pod-list-bytes.ts';
import type { ApiServer } from '../api-server/server.ts';
import { testCluster } from './cluster.ts';
import { run, sampled, type Screen } from './run.ts';

const cluster = testCluster();

const BROKEN_OFF = {
  closed:
    /^error: Cannot list Pods in the namespace ci: the API server http:\/\/127\.0\.0\.1:\d+ could not be asked, the connection was closed without an answer\. Check that .*\n$/,
  ended:
    /^error: Cannot list Pods in the namespace ci: the server's answer cannot be read, the list ends after \d+ bytes, in the middle\.\n$/,
};

/** Lets the same thing go wrong with the first `count` requests for Pods. */
function failing(count: number, fault: Fault): void {
  let left = count;
  cluster.server.respond = ({ path }) => (path.endsWith('/pods') && left-- > 0 ? fault : null);
}

const podRequests = () => cluster.server.requests.filter(({ path }) => path.endsWith('/pods'));

/** How many bytes the protobuf list of a namespace has. */
function lengthOfList(server: ApiServer, query: string): number {
  const { meta, pods } = server.store.list('ci', new URLSearchParams(query));
  return joinPodList(
    meta,
    pods.map(({ protobuf }) => protobuf),
  ).length;
}

async function inParallel<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const queue = items.values();
  const results: R[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) results.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

const always = (fault: Fault): void => {
  failing(Number.POSITIVE_INFINITY, fault);
};

describe('an answer that breaks off', () => {
  test.each(['closed', 'ended'] as const)(
    'is never taken for the whole list, wherever it breaks off (%s)',
    async (how) => {
      const server = await cluster.startServer({ plain: true });
      const KUBECONFIG = await cluster.kubeconfig({ cluster: { server: server.url } });
      // The server breaks off behind as many bytes as the uid says, so that many can try at once.
      const runWith = (at: number): Promise<Screen> =>
        run(['list', '-n', 'ci', '-l', 'app=scanner', '-ojson', '--as=admin', `--as-uid=${String(at)}`], {
          KUBECONFIG,
        });
      const length = lengthOfList(server, 'labelSelector=app=scanner');
      const whole = await runWith(length);
      expect(JSON.parse(whole.stdout)).toMatchObject({ items: [{ name: 'queued-scanner' }] });
      server.respond = ({ headers }) => ({
        kind: 'truncated',
        at: Number(headers['impersonate-uid']),
        how,
      });
      // The fault matrix breaks off smaller Pods at every boundary; this one has all that a Pod can have.
      const all = Array.from({ length }, (_, at) => at);
      const offsets = sampled([...all.filter((at) => at % 7 === 0), ...all.slice(-8)], 5);
      const wrong = await inParallel(16, offsets, async (at) => {
        const { code, stdout, stderr } = await runWith(at);
        // Behind the list stand two empty fields, which nobody needs, of two bytes each.
        if (how === 'ended' && at >= length - 4 && code === 0) return stdout === whole.stdout ? [] : [{ at }];
        const isRight = code === 3 && stdout === '' && BROKEN_OFF[how].test(stderr);
        return isRight ? [] : [{ at, code, stdout, stderr }];
      });
      expect(wrong).toEqual([]);
      // With the last byte the list is whole, if the server says that this was its end.
      expect(await runWith(length)).toMatchObject(how === 'ended' ? whole : { code: 3, stdout: '' });
    },
    30_000,
  );

  test('is asked for again, and the list is right', async () => {
    const whole = await cluster.run(['list', '-A', '-ojson']);
    for (const how of ['closed', 'ended'] as const) {
      for (const at of [0, 1, 4, 5, 100, 20_000]) {
        cluster.server.requests.length = 0;
        failing(2, { kind: 'truncated', at, how });
        expect(await cluster.run(['list', '-A', '-ojson'])).toEqual(whole);
        expect(podRequests()).toHaveLength(3);
      }
    }
  });

  test('is asked for again where it is JSON, too', async () => {
    const whole = await cluster.run(['list', '-ojson']);
    const { requests } = cluster.server;
    requests.length = 0;
    const body = Buffer.from(
      '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"x"}}',
    );
    failing(2, { kind: 'other', contentType: 'application/json', body });
    expect(await cluster.run(['list', '-ojson'])).toEqual(whole);
    expect(podRequests()).toHaveLength(3);
  });

  test('is the same list in however small pieces it comes', async () => {
    const whole = await cluster.run(['list', '-n', 'ci', '-ojson']);
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      always({ kind: 'chunked', size });
      expect(await cluster.run(['list', '-n', 'ci', '-ojson'])).toEqual(whole);
    }
  });
});

describe('an answer that stops coming', () => {
  test('is given up when --request-timeout has passed', async () => {
    always({ kind: 'stalled', at: 100 });
    const { code, stdout, stderr } = await cluster.run(['list', '--request-timeout', '200ms']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `error: Cannot list Pods in the namespace default: the API server ${cluster.server.url} took longer than --request-timeout allows (0.2 s).\n`,
    );
  });

  test('so is a request that is never answered', async () => {
    always({ kind: 'unanswered' });
    const { code, stdout, stderr } = await cluster.run(['list', '--request-timeout', '200ms']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('took longer than --request-timeout allows (0.2 s).\n');
  });
});

describe('a server that is busy', () => {
  const busy = (code: number, reason: string, seconds: string): Fault => ({
    kind: 'status',
    status: { code, reason, message: 'try again', retryAfterSeconds: Number(seconds) },
    headers: { 'Retry-After': seconds },
  });

  test.each([
    [429, 'TooManyRequests'],
    [503, 'ServiceUnavailable'],
    [500, 'InternalError'],
  ])('is asked again after %d with Retry-After', async (code, reason) => {
    const whole = await cluster.run(['list']);
    cluster.server.requests.length = 0;
    failing(3, busy(code, reason, '0'));
    expect(await cluster.run(['list'])).toEqual(whole);
    expect(podRequests()).toHaveLength(4);
  });

  test('is left alone for as long as it asks', async () => {
    failing(1, busy(429, 'TooManyRequests', '1'));
    const started = performance.now();
    const { code } = await cluster.run(['list']);
    expect(code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  test('for ever is an error in the end', async () => {
    always(busy(429, 'TooManyRequests', '0'));
    expect(await cluster.run(['list', '-A'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server is too busy and has asked to wait too often (429 Too Many Requests). Try again later.\n',
    });
    expect(podRequests()).toHaveLength(11);
  });

  test('without Retry-After is not asked again', async () => {
    always({
      kind: 'status',
      status: { code: 500, reason: 'InternalError', message: 'etcdserver: no leader' },
    });
    expect(await cluster.run(['list', '-A'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server answers 500 (etcdserver: no leader). Try again, or look at its log.\n',
    });
    expect(podRequests()).toHaveLength(1);
  });
});

describe('an answer that is no list of Pods', () => {
  const READ = "error: Cannot list Pods in the namespace default: the server's answer cannot be read, ";

  test.each<[string, Fault, string]>([
    [
      'a page of HTML',
      { kind: 'other', contentType: 'text/html; charset=utf-8', body: '<html>Log in</html>' },
      'the answer\'s content type is "text/html", neither protobuf nor JSON.\n',
    ],
    [
      'a list under a wrong name',
      { kind: 'mislabelled', contentType: 'application/octet-stream' },
      'the answer\'s content type is "application/octet-stream", neither protobuf nor JSON.\n',
    ],
    [
      'noise',
      { kind: 'other', contentType: 'application/vnd.kubernetes.protobuf', body: Buffer.alloc(5000, 0xa7) },
      'the body does not begin as protobuf from Kubernetes does.\n',
    ],
    [
      'noise behind the right beginning',
      {
        kind: 'other',
        contentType: 'application/vnd.kubernetes.protobuf',
        body: Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(5000, 0xff)]),
      },
      'a varint is longer than ten bytes.\n',
    ],
    [
      'nothing',
      { kind: 'other', contentType: 'application/vnd.kubernetes.protobuf', body: '' },
      'the list ends after 0 bytes, in the middle.\n',
    ],
    [
      'protobuf that says it is JSON',
      { kind: 'mislabelled', contentType: 'application/json' },
      'the body is not JSON: ',
    ],
    [
      'JSON that says it is protobuf',
      { kind: 'other', contentType: 'application/vnd.kubernetes.protobuf', body: '{"kind":"PodList"}' },
      'the body does not begin as protobuf from Kubernetes does.\n',
    ],
    [
      'another kind of object',
      { kind: 'other', contentType: 'application/json', body: '{"kind":"Table","rows":[]}' },
      'the body is a Table, not a PodList.\n',
    ],
    [
      'null',
      { kind: 'other', contentType: 'application/json', body: 'null' },
      'the body is a document without a kind, not a PodList.\n',
    ],
  ])('is an error that says what came: %s', async (_, fault, message) => {
    always(fault);
    const { code, stdout, stderr } = await cluster.run(['list']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.slice(0, READ.length + message.length)).toBe(READ + message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('an error in plain text, as a gateway sends it, is quoted', async () => {
    always({ kind: 'other', code: 502, contentType: 'text/plain', body: 'no upstream\nat all' });
    const { code, stderr } = await cluster.run(['list']);
    expect(code).toBe(3);
    expect(stderr).toBe(
      'error: Cannot list Pods in the namespace default: the server answers 502 (no upstream). Try again, or look at its log.\n',
    );
  });

  test('404 says that this may be no Kubernetes at all', async () => {
    always({ kind: 'other', code: 404, contentType: 'text/plain', body: '404 page not found' });
    const { code, stdout, stderr } = await cluster.run(['list']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      "error: Cannot list Pods in the namespace default: the server answers 404 Not Found (404 page not found). Check that the address is a Kubernetes API server's.\n",
    );
  });

  test('nodes that cannot be listed for a moment are an error, and no guess', async () => {
    cluster.server.respond = ({ path }) =>
      path === '/api/v1/nodes'
        ? { kind: 'other', code: 500, contentType: 'text/plain', body: 'etcd is away' }
        : null;
    expect(await cluster.run(['list', '-A'])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list the Windows nodes: the server answers 500 (etcd is away). Try again, or look at its log.\n',
    });
  });

  test('a wrong answer about nodes is an error of its own', async () => {
    cluster.server.respond = ({ path }) =>
      path === '/api/v1/nodes' ? { kind: 'other', contentType: 'application/json', body: '{"items":' } : null;
    expect(await cluster.run(['list'])).toEqual({
      code: 3,
      stdout: '',
      stderr: "error: Cannot list the Windows nodes: the server's answer is not JSON.\n",
    });
  });
});

describe('a connection that is closed', () => {
  test('without an answer is an error that names the server', async () => {
    always({ kind: 'closed' });
    expect(await cluster.run(['list'])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: Cannot list Pods in the namespace default: the API server ${cluster.server.url} could not be asked, the connection was closed without an answer. Check that the cluster runs and that the kubeconfig names its address.\n`,
    });
  });

  test('leaves no stack trace, but with -v1', async () => {
    always({ kind: 'closed' });
    const { stderr } = await cluster.run(['list', '-v1']);
    expect(stderr).toMatch(/^error: Cannot list Pods .*\nConnectionError\n {4}at /);
  });
});

test('an answer without a Content-Type is read as the protobuf that it is', async () => {
  const plain = await cluster.run(['list', '-A', '-o', 'json']);
  cluster.server.respond = () => ({ kind: 'mislabelled', contentType: null });
  expect(await cluster.run(['list', '-A', '-o', 'json'])).toEqual(plain);
  expect(plain.code).toBe(0);
});

describe('an answer with a Content-Encoding that was not requested', () => {
  test('is refused above the size limit, which counts decoded bytes', async () => {
    const body = gzipSync(Buffer.alloc(65 * 1024 * 1024, ' '));
    expect(body.length).toBeLessThan(1024 * 1024);
    cluster.server.respond = () => ({
      kind: 'other',
      contentType: 'application/json',
      contentEncoding: 'gzip',
      body,
    });
    expect(await cluster.run(['verify', 'plain-2', '--disable-compression'])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/the server's answer is longer than 67108864 bytes/) as unknown,
    });
  });

  test.each(['gzip', 'x-gzip', 'GZip', 'deflate', 'br', 'identity', ''])(
    '"%s" is decoded',
    async (encoding) => {
      const plain = await cluster.run(['list', '-A', '-o', 'json']);
      cluster.server.respond = () => ({ kind: 'encoded', encoding });
      expect(await cluster.run(['list', '-A', '-o', 'json', '--disable-compression'])).toEqual(plain);
      expect(plain.code).toBe(0);
    },
  );

  test('is an error if it is unknown', async () => {
    cluster.server.respond = () => ({ kind: 'encoded', encoding: 'zstd' });
    const { code, stdout, stderr } = await cluster.run(['list', '-n', 'ci', '--request-timeout', '5s']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: Cannot list Pods in the namespace ci: the API server https?:\/\/\S+ could not be asked, the Content-Encoding of its answer is not supported\. A proxy in between may have chosen it: use the address of the API server itself\.\n$/,
    );
  });

  test('is decoded in the refusal of an API server, too', async () => {
    const status = { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no entry' } as const;
    cluster.server.respond = () => ({
      kind: 'other',
      code: 403,
      contentType: 'application/json',
      contentEncoding: 'gzip',
      body: gzipSync(JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...status })),
    });
    const { code, stderr } = await cluster.run(['list', '-n', 'ci']);
    expect(code).toBe(3);
    expect(stderr).toContain('(no entry)');
  });
});
