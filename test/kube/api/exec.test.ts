import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { ExplainedError, InterruptedError } from '../../../src/errors.ts';
import { type Client, createClient } from '../../../src/kube/transport/client.ts';
import { CHECK_WEBSOCKETS, ConnectionError } from '../../../src/kube/errors/connection-error.ts';
import type { Connection } from '../../../src/kube/config/connection.ts';
import { exec, type ExecRequest, type ExecResult } from '../../../src/kube/api/exec.ts';
import { PodGoneError } from '../../../src/kube/api/find-pods.ts';
import type { Timeouts } from '../../../src/kube/transport/timeouts.ts';
import { ForbiddenError, readStatus } from '../../../src/kube/errors/refusal.ts';
import type { Session } from '../../../src/kube/api/session.ts';
import { type Authority, createAuthority } from '../../api-server/certificate.ts';
import type { ExecAnswer, ExecCall } from '../../api-server/exec.ts';
import type { Fault } from '../../api-server/faults.ts';
import { recordedPods } from '../../api-server/recorded.ts';
import { ApiServer } from '../../api-server/server.ts';
import { statusAsProtobuf } from '../../api-server/status.ts';
import { tokenOf } from '../../api-server/users.ts';
import { ConnectProxy } from '../../main/connect-proxy.ts';

const LIMITS: Timeouts = {
  connect: 1000,
  answer: 1000,
  upgrade: 3000,
  ping: 20,
  pong: 100,
  close: 3000,
};
const REQUEST: ExecRequest = {
  namespace: 'default',
  pod: 'plain-1',
  container: 'c',
  command: ['sh', '-c', 'true'],
  maxStdoutBytes: 100_000,
  maxStderrBytes: 1000,
  timeout: 5000,
};
const DOING = 'Cannot run a command in the container c of the Pod default/plain-1: ';

let authority: Authority;
let server: ApiServer;
let plainServer: ApiServer;
beforeAll(async () => {
  authority = await createAuthority('kubernetes');
  server = await ApiServer.start({ authority });
  plainServer = await ApiServer.start({ authority, plain: true });
});
afterAll(async () => {
  await server.close();
  await plainServer.close();
});

/** What would keep the program from ending: sockets and timers. */
function held(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((resource) => /^(?:Timeout|T(?:CP|LS).*)$/i.test(resource))
    .sort();
}

let heldBefore: readonly string[] = [];
let clients: Client[] = [];
beforeEach(() => {
  heldBefore = held();
});
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  server.reset();
  plainServer.reset();
  // A socket that is closed is gone some turns of the event loop later.
  const until = performance.now() + 1000;
  while (performance.now() < until && held().join() !== heldBefore.join()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(held()).toEqual(heldBefore);
});

const UNCHANGING = { invalidate: () => false, close: () => Promise.resolve() };

interface Setting {
  readonly connection?: Partial<Connection>;
  readonly user?: string;
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<Timeouts>;
  readonly trace?: (line: string) => void;
}

function sessionWith({
  connection: own,
  user = 'admin',
  signal = new AbortController().signal,
  timeouts,
  trace = () => undefined,
}: Setting): Session {
  const connection: Connection = {
    server: new URL(server.url),
    namespace: 'default',
    tls: { ca: authority.certificate, serverName: undefined, verify: true },
    credentials: {
      ...UNCHANGING,
      current: () => Promise.resolve({ authorization: `Bearer ${tokenOf(user)}` }),
    },
    impersonate: { user: '', uid: '', groups: [], extra: new Map() },
    isImpersonating: false,
    proxy: null,
    compression: false,
    requestTimeout: 0,
    ...own,
  };
  const context = { signal, userAgent: 'test/1', trace, now: Date.now };
  const client = createClient(connection, context, { ...LIMITS, ...timeouts });
  clients.push(client);
  return { client, connection, connectionFlags: ' --context x', ownFlags: ' --context x' };
}

function run(request: Partial<ExecRequest> = {}, setting: Setting = {}): Promise<ExecResult> {
  return exec({ ...REQUEST, ...request }, sessionWith(setting));
}

/** The same, against a command that answers so, and as text. */
async function answered(
  answer: ExecAnswer,
  request: Partial<ExecRequest> = {},
  setting: Setting = {},
): Promise<Record<string, unknown>> {
  server.exec = () => answer;
  const { stdout, stderr, ...rest } = await run(request, setting);
  return { ...rest, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

async function failure(work: Promise<unknown>): Promise<ExplainedError | InterruptedError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ExplainedError || error instanceof InterruptedError) return error;
  throw new Error('This is neither an ExplainedError nor an interruption.', { cause: error });
}

const LS = { stdout: 'lo\neth0\n', stderr: 'a warning\n' };

describe('a command that ends', () => {
  test('gives its output and its code', async () => {
    expect(await answered(LS)).toEqual({ kind: 'ended', exitCode: 0, ...LS });
    expect(await answered({ ...LS, exit: 7 })).toEqual({ kind: 'ended', exitCode: 7, ...LS });
    expect(await answered({})).toEqual({ kind: 'ended', exitCode: 0, stdout: '', stderr: '' });
  });

  test('gives bytes, whatever they are', async () => {
    const stdout = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    server.exec = () => ({ stdout });
    expect((await run()).stdout.equals(stdout)).toBe(true);
  });

  test('was asked for in just this way', async () => {
    const calls: ExecCall[] = [];
    const lines: string[] = [];
    server.exec = (call) => {
      calls.push(call);
      return {};
    };
    const command = ['/bin/sh', '-c', 'a=1&b; echo "$0" 100% ü + #x\n', 'x y'];
    await run({ command }, { trace: (line) => lines.push(line) });
    expect(calls).toEqual([{ namespace: 'default', pod: 'plain-1', container: 'c', command }]);
    const [request] = server.requests;
    expect([...(request?.query ?? [])].slice(4)).toEqual([
      ['container', 'c'],
      ['stdout', 'true'],
      ['stderr', 'true'],
    ]);
    expect(request?.headers).toMatchObject({
      'sec-websocket-protocol': 'v5.channel.k8s.io,v4.channel.k8s.io',
      'user-agent': 'test/1',
      accept: 'application/json, */*',
    });
    expect(request?.headers['sec-websocket-extensions']).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(
        /^GET \/api\/v1\/namespaces\/default\/pods\/plain-1\/exec\?command=.* 101 {2}in \d+ ms$/,
      ),
    ]);
  });

  test('may be in a Pod with a name that no Pod can have', async () => {
    await failure(run({ namespace: 'a/b', pod: 'c?d#e', container: 'f&stdin=true' }));
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/a%2Fb/pods/c%3Fd%23e/exec');
    expect(server.requests[0]?.query.get('container')).toBe('f&stdin=true');
    expect(server.requests[0]?.query.get('stdin')).toBeNull();
  });

  test('is understood in v4, which older servers choose', async () => {
    const protocol = 'v4.channel.k8s.io';
    expect(await answered({ ...LS, exit: 3, protocol })).toEqual({ kind: 'ended', exitCode: 3, ...LS });
  });

  test.each([
    ['where the server closes a half of it before', 'half-closed'],
    ['where something comes on a channel that nobody knows', 'unknown-channel'],
    ['where its code overtakes its output', 'status-first'],
    ['where two codes come: the first counts', 'status-twice'],
    ['where something comes behind the code that is no message', 'garbage-behind'],
    ['where the server does not close after the code', 'left-open'],
  ] as const)('has ended %s', async (_, fault) => {
    expect(await answered({ ...LS, exit: 4, fault }, {}, { timeouts: { close: 50 } })).toEqual({
      kind: 'ended',
      exitCode: 4,
      ...LS,
    });
  });

  test('may be one of many at the same time', async () => {
    server.exec = ({ command }) => ({ stdout: command.join(' '), exit: Number(command[1]) });
    const session = sessionWith({});
    const numbers = Array.from({ length: 20 }, (_, index) => String(index));
    const results = await Promise.all(
      numbers.map((number) => exec({ ...REQUEST, command: ['exit', number] }, session)),
    );
    expect(results.map((result) => [result.kind, result.stdout.toString()])).toEqual(
      numbers.map((number) => ['ended', `exit ${number}`]),
    );
  });

  test('keeps no connection beyond its session that requests at the same time have left', async () => {
    const { client } = sessionWith({});
    const version = { doing: '', path: '/version', accept: 'application/json' };
    // What is still open then, afterEach sees.
    await Promise.all([1, 2].map(async () => readStatus(await client.get(version))));
    expect(server.connections).toBe(2);
  });

  test('takes the connection that another request has left, and leaves none', async () => {
    const session = sessionWith({});
    const ask = async (): Promise<void> => {
      await readStatus(await session.client.get({ doing: '', path: '/version', accept: 'application/json' }));
      // The connection is free in the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    };
    server.exec = () => ({});
    await ask();
    expect(await exec(REQUEST, session)).toMatchObject({ kind: 'ended', exitCode: 0 });
    expect(server.connections).toBe(1);
    await ask();
    expect(server.connections).toBe(2);
  });
});

test('a command that cannot be started says so in the words of the runtime', async () => {
  const exit = 'OCI runtime exec failed: exec: "sh": executable file not found in $PATH: unknown';
  expect(await answered({ exit })).toEqual({
    kind: 'not-started',
    message: `Internal error occurred: ${exit}`,
    stdout: '',
    stderr: '',
  });
});

test('neither can one in a container that has ended', async () => {
  const names = recordedPods.map(({ json }) => json.metadata.name);
  const pod = names.find((name) => name.startsWith('process-report-')) ?? '';
  expect(await answered({}, { namespace: 'shop', pod, container: 'report' })).toMatchObject({
    kind: 'not-started',
    message: 'Internal error occurred: unable to upgrade connection: container not found ("report")',
  });
});

describe('a command that is cut off gives what it has said until then', () => {
  test.each([
    ['hang', 'timeout', { timeout: 250 }],
    ['deaf', 'stalled', { timeout: 1500 }],
    ['no-status', 'closed', {}],
    ['unclosed', 'closed', { timeout: 300 }],
    ['cut-frame', 'closed', {}],
    ['garbage', 'garbled', {}],
    ['text', 'garbled', {}],
    ['empty-message', 'garbled', {}],
    ['bad-frame', 'garbled', {}],
    // Longer than the 100,000 bytes that are kept of any stream.
    ['long-message', 'flood', {}],
  ] as const)('%s: %s', async (fault, why, request) => {
    expect(await answered({ ...LS, fault }, request, { timeouts: { close: 50 } })).toEqual({
      kind: 'cut-off',
      why,
      ...LS,
    });
  });

  test('trickle: timeout', async () => {
    const started = performance.now();
    const result = await answered({ ...LS, fault: 'trickle' }, { timeout: 250 });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(result).toMatchObject({ kind: 'cut-off', why: 'timeout' });
    expect(result['stdout']).toMatch(/^lo\neth0\n\.{5,60}$/);
  });

  test.each(['flood', 'flood-behind'] as const)('%s: as much of stdout as is wanted', async (fault) => {
    const result = await answered({ fault }, { maxStdoutBytes: 20_000 });
    expect(result).toEqual({ kind: 'cut-off', why: 'flood', stdout: 'x'.repeat(20_000), stderr: '' });
  });

  test('stderr-flood: as much of stderr as is wanted', async () => {
    const result = await answered({ ...LS, fault: 'stderr-flood' });
    expect(result).toEqual({
      kind: 'cut-off',
      why: 'flood',
      stdout: LS.stdout,
      stderr: LS.stderr + 'x'.repeat(1000 - LS.stderr.length),
    });
  });

  test('but not where it says just as much as is wanted', async () => {
    const sizes = { maxStdoutBytes: LS.stdout.length, maxStderrBytes: LS.stderr.length };
    expect(await answered(LS, sizes)).toEqual({ kind: 'ended', exitCode: 0, ...LS });
    expect(await answered(LS, { ...sizes, maxStderrBytes: sizes.maxStderrBytes - 1 })).toEqual({
      kind: 'cut-off',
      why: 'flood',
      stdout: LS.stdout,
      stderr: 'a warning',
    });
  });

  test('at --request-timeout, too', async () => {
    expect(await answered({ ...LS, fault: 'hang' }, {}, { connection: { requestTimeout: 250 } })).toEqual({
      kind: 'cut-off',
      why: 'timeout',
      ...LS,
    });
  });

  test.each<[string, Fault]>([
    ['where the server does not answer', { kind: 'unanswered' }],
    ['where the server asks to wait for longer', busy('30')],
    ['in the middle of a refusal', { kind: 'stalled', at: 10 }],
  ])('by the time that it has, %s', async (_, fault) => {
    server.respond = () => fault;
    expect(await answered({}, { timeout: 100, container: 'none' })).toEqual({
      kind: 'cut-off',
      why: 'timeout',
      stdout: '',
      stderr: '',
    });
  });
});

/** An answer of whatever stands before the API server. */
function other(code: number, body: string): Fault & { readonly kind: 'other' } {
  return { kind: 'other', code, contentType: body.startsWith('<') ? 'text/html' : 'text/plain', body };
}

function status(code: number, reason: string, message: string): Fault & { readonly kind: 'status' } {
  return { kind: 'status', status: { code, reason, message } };
}

function busy(seconds: string): Fault {
  return {
    kind: 'status',
    status: { code: 429, reason: 'TooManyRequests', message: 'later' },
    headers: { 'Retry-After': seconds },
  };
}

describe('Ctrl-C', () => {
  test.each<[string, Fault | null]>([
    ['while the command runs', null],
    ['while the server does not answer', { kind: 'unanswered' }],
    ['while the server asks to wait', busy('30')],
  ])('ends it %s', async (_, fault) => {
    server.exec = () => ({ fault: 'hang' });
    server.respond = () => fault;
    const interrupted = new AbortController();
    const work = run({}, { signal: interrupted.signal });
    setTimeout(() => {
      interrupted.abort();
    }, 80);
    const started = performance.now();
    expect(await failure(work)).toBeInstanceOf(InterruptedError);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('before anything was asked asks nothing', async () => {
    expect(await failure(run({}, { signal: AbortSignal.abort() }))).toBeInstanceOf(InterruptedError);
    expect(server.requests).toEqual([]);
  });
});

describe('a server that refuses', () => {
  test('with 401 is asked again with fresh credentials, once', async () => {
    let isFresh = false;
    const credentials = {
      ...UNCHANGING,
      current: () => Promise.resolve({ authorization: `Bearer ${isFresh ? tokenOf('admin') : 'old'}` }),
      invalidate: () => (isFresh = true),
    };
    expect(await answered(LS, {}, { connection: { credentials } })).toMatchObject({ kind: 'ended', ...LS });
    expect(server.requests).toHaveLength(2);
    server.requests.length = 0;
    credentials.current = () => Promise.resolve({ authorization: 'Bearer old' });
    expect((await failure(run({}, { connection: { credentials } }))).message).toBe(
      `${DOING}the server does not accept the credentials (401 Unauthorized). The token may have expired: log in again.`,
    );
    expect(server.requests).toHaveLength(2);
  });

  const rightTo = (verb: string): string =>
    `It needs permission to ${verb} pods/exec in the namespace default; to check: kubectl auth can-i ${verb} pods --subresource=exec -n default --context x`;

  test.each([
    [
      'viewer',
      'get',
      'pods "plain-1" is forbidden: User "viewer" cannot get resource "pods/exec" in API group "" in the namespace "default"',
    ],
    // Of permission to create it, which it checks last, the server says nothing.
    ['veteran', 'create', 'pods "plain-1" is forbidden'],
  ])('with 403 names the right that is missing (%s)', async (user, verb, said) => {
    const error = await failure(run({}, { user }));
    expect(error).toBeInstanceOf(ForbiddenError);
    const note =
      verb === 'get'
        ? 'A WebSocket needs the verb `get` on pods/exec; `kubectl exec` can do without because it falls back to SPDY. '
        : '';
    expect(error.message).toBe(`${DOING}the server answers 403 Forbidden (${said}). ${note}${rightTo(verb)}`);
  });

  test('with 403 that says nothing of rights names both', async () => {
    server.respond = () => ({
      kind: 'status',
      status: { code: 403, reason: 'Forbidden', message: 'not today' },
    });
    expect((await failure(run())).message).toBe(
      `${DOING}the server answers 403 Forbidden (not today). It needs permission to get and create pods/exec in the namespace default; to check: ` +
        'kubectl auth can-i get pods --subresource=exec -n default --context x and kubectl auth can-i create pods --subresource=exec -n default --context x',
    );
  });

  test('with 404, where the Pod is gone', async () => {
    const error = await failure(run({ pod: 'gone' }));
    expect(error).toBeInstanceOf(PodGoneError);
    expect(error.message).toBe(
      'Cannot run a command in the container c of the Pod default/gone: there is no such Pod, or no longer (pods "gone" not found).',
    );
  });

  test.each<[string, Partial<ExecRequest>, Fault | null, string]>([
    [
      '404, where the node is gone',
      {},
      // As the real one says of a Pod on the node kube-node-99.
      { kind: 'status', status: { code: 404, reason: 'NotFound', message: 'pods "kube-node-99" not found' } },
      `${DOING}the server answers 404 (pods "kube-node-99" not found).`,
    ],
    [
      '404 of a kubelet, as an older server passes it on',
      {},
      { kind: 'other', code: 404, contentType: 'text/plain', body: 'pod does not exist' },
      `${DOING}the server answers 404 (pod does not exist).`,
    ],
    [
      '403 of a kubelet',
      {},
      {
        kind: 'other',
        code: 403,
        contentType: 'text/plain',
        body: 'Forbidden (user=apiserver, verb=create, resource=nodes, subresource=proxy)',
      },
      `${DOING}the server answers 403 Forbidden (Forbidden (user=apiserver, verb=create, resource=nodes, subresource=proxy)). This is not an answer of the Kubernetes API: a proxy or gateway before it, or the kubelet behind it, has rejected the request.`,
    ],
    [
      '400, where there is no such container',
      { container: 'nope' },
      null,
      'Cannot run a command in the container nope of the Pod default/plain-1: the server answers 400 (container nope is not valid for pod plain-1).',
    ],
    [
      '400, where the Pod waits for a node',
      { namespace: 'ci', pod: 'queued-scanner', container: 'scanner' },
      null,
      'Cannot run a command in the container scanner of the Pod ci/queued-scanner: the server answers 400 (pod queued-scanner does not have a host assigned).',
    ],
    [
      '500 in protobuf',
      {},
      {
        kind: 'other',
        code: 500,
        contentType: 'application/vnd.kubernetes.protobuf',
        body: statusAsProtobuf({ code: 500, reason: 'InternalError', message: 'etcd is away' }),
      },
      `${DOING}the server answers 500 (etcd is away). Try again, or look at its log.`,
    ],
  ])('with %s', async (_, request, fault, message) => {
    server.respond = () => fault;
    const error = await failure(run(request));
    expect(error).toBeInstanceOf(ExplainedError);
    expect(error.message).toBe(message);
  });

  const html = '<html><body>Blocked</body></html>';
  test.each<[string, ReturnType<typeof other | typeof status>, string]>([
    ['200 with a web page', other(200, html), ' (<html><body>Blocked</body></html>)'],
    ['400 in plain text', other(400, 'bad request'), ' (bad request)'],
    [
      '400 of an API server that is not sent the header Upgrade',
      status(400, 'BadRequest', 'Upgrade request required'),
      ' (Upgrade request required)',
    ],
    [
      '400 of an API server that is not sent all headers',
      other(400, 'unable to upgrade: X-Stream-Protocol-Version is required'),
      ' (unable to upgrade: X-Stream-Protocol-Version is required)',
    ],
    ['403 with a web page', other(403, html), ' (<html><body>Blocked</body></html>)'],
    ['403 without a body', other(403, ''), ''],
    [
      '403 in JSON of its own',
      { ...other(403, '{"message":"denied"}'), contentType: 'application/json' },
      ' (denied)',
    ],
    ['404 in plain text', other(404, 'not here'), ' (not here)'],
    ['405 in the words of Kubernetes', status(405, 'MethodNotAllowed', 'not allowed'), ' (not allowed)'],
    ['426', other(426, 'Upgrade Required'), ' (Upgrade Required)'],
    ['500 in plain text', other(500, 'oops'), ' (oops)'],
    ['501', other(501, 'Not Implemented'), ' (Not Implemented)'],
    ['502 with a web page', other(502, '<h1>Bad\nGateway</h1>'), ' (<h1>Bad)'],
    ['504 without a body', other(504, ''), ''],
  ])('with %s names WebSockets and no permission', async (_, fault, said) => {
    server.respond = () => fault;
    const error = await failure(run());
    expect(error).not.toBeInstanceOf(ForbiddenError);
    const code = fault.kind === 'other' ? fault.code : fault.status.code;
    expect(error.message).toBe(
      `${DOING}the WebSocket upgrade failed, the server answers ${String(code)}${said}. ${CHECK_WEBSOCKETS}`,
    );
  });

  test.each([
    ['https://sso.example/login?state=secret', 'https://sso.example/login'],
    ['/login', '/login'],
  ])('with a redirect to %s names WebSockets and where it leads', async (location, shown) => {
    const headers = { Location: location };
    server.respond = () => ({ ...status(302, '', ''), headers });
    expect((await failure(run())).message).toBe(
      `${DOING}the WebSocket upgrade failed, the server answers 302 and redirects to ${shown.startsWith('/') ? server.url : ''}${shown}. ${CHECK_WEBSOCKETS}`,
    );
  });

  test('for a moment is asked again', async () => {
    server.respond = ({ index }) => (index < 3 ? busy('0') : null);
    expect(await answered(LS)).toMatchObject({ kind: 'ended', ...LS });
    expect(server.requests).toHaveLength(4);
  });

  test('for ever is not asked for ever', async () => {
    server.respond = () => busy('0');
    expect((await failure(run())).message).toBe(
      `${DOING}the server is too busy and has asked to wait too often (429 Too Many Requests). Try again later.`,
    );
    expect(server.requests).toHaveLength(11);
  });

  test('in more words than anybody reads is not listened to', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024, 'x');
    server.respond = () => ({ kind: 'other', code: 500, contentType: 'text/plain', body });
    expect((await failure(run())).message).toBe("The server's answer is longer than 1048576 bytes.");
  });

  test('and breaks off in the middle of a word', async () => {
    server.respond = () => ({ kind: 'truncated', at: 10, how: 'closed' });
    const error = await failure(run({ container: 'nope' }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('the connection was closed without an answer');
  });
});

describe('a server that is none, or not for us,', () => {
  test.each([null, 'v1.channel.k8s.io', 'v5.channel.k8s.io, v4.channel.k8s.io'])(
    'is an error where it chooses the sub-protocol %j',
    async (protocol) => {
      server.exec = () => ({ ...LS, protocol });
      const error = await failure(run());
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toBe(
        `${DOING}the API server ${server.url} could not be asked, the WebSocket upgrade failed. ${CHECK_WEBSOCKETS}`,
      );
    },
  );

  test('is an error where it closes the connection', async () => {
    server.respond = () => ({ kind: 'closed' });
    expect((await failure(run())).message).toBe(
      `${DOING}the API server ${server.url} could not be asked, the connection was closed when a WebSocket was requested. ${CHECK_WEBSOCKETS}`,
    );
  });

  test('is an error where it says nothing', async () => {
    server.respond = () => ({ kind: 'unanswered' });
    const error = await failure(run({}, { timeouts: { upgrade: 50 } }));
    expect([error.name, error.message]).toEqual([
      'ConnectionError',
      `${DOING}the API server ${server.url} could not be asked, it does not respond to the request for a WebSocket. ${CHECK_WEBSOCKETS}`,
    ]);
  });

  test('is an error where it says nothing until --request-timeout', async () => {
    server.respond = () => ({ kind: 'unanswered' });
    const error = await failure(run({}, { connection: { requestTimeout: 50 } }));
    expect([error.name, error.message]).toEqual([
      'UnavailableError',
      `${DOING}the API server ${server.url} took longer than --request-timeout allows (0.05 s).`,
    ]);
  });

  test('is an error where it takes the connection and does not even speak TLS', async () => {
    const mute = await new Promise<Server>((resolve) => {
      const listening = createServer((socket) => socket.on('error', () => undefined).resume());
      listening.listen(0, '127.0.0.1', () => {
        resolve(listening);
      });
    });
    const address = mute.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const connection = { server: new URL(`https://127.0.0.1:${port}`) };
    const error = await failure(run({}, { connection, timeouts: { connect: 50 } }));
    expect(error.message).toContain('could not be asked, it does not answer.');
    await new Promise((resolve) => mute.close(resolve));
  });

  test('is an error where nobody listens', async () => {
    const other = await ApiServer.start({ authority });
    await other.close();
    const error = await failure(run({}, { connection: { server: new URL(other.url) } }));
    expect([error.name, error.message]).toEqual([
      'ConnectionError',
      `${DOING}the API server ${other.url} could not be asked, the connection was refused. Check that the cluster runs and that the kubeconfig names its address.`,
    ]);
  });

  test('is an error where nobody vouches for it', async () => {
    const { certificate: ca } = await createAuthority('another');
    const tls = { ca, serverName: undefined, verify: true };
    expect((await failure(run({}, { connection: { tls } }))).message).toMatch(
      /its certificate is signed by itself or by an authority that is not trusted here\./,
    );
    expect(server.requests).toEqual([]);
  });

  test('is an error where a header cannot be sent', async () => {
    const impersonate = { user: 'a\nb', uid: '', groups: [], extra: new Map() };
    expect(await failure(run({}, { connection: { impersonate } }))).toEqual(
      new ExplainedError(
        'The user to impersonate cannot be sent: there is a control character, such as a line break, in it.',
      ),
    );
  });
});

describe('the way to the server', () => {
  test('may be without TLS, as through `kubectl proxy`, and below a path', async () => {
    plainServer.exec = () => LS;
    const credentials = { ...UNCHANGING, current: () => Promise.resolve({}) };
    const connection = { server: new URL(plainServer.url), credentials };
    expect(await run({}, { connection })).toMatchObject({ kind: 'ended', exitCode: 0 });
    const below = { server: new URL(`${plainServer.url}/k8s/clusters/c-1`), credentials };
    await failure(run({}, { connection: below }));
    expect(plainServer.requests[1]?.path).toBe(
      '/k8s/clusters/c-1/api/v1/namespaces/default/pods/plain-1/exec',
    );
  });

  test('may be through a proxy, which sees nothing of it', async () => {
    const proxy = await ConnectProxy.start(server.port);
    const connection = { server: new URL('https://kubernetes:6443'), proxy: proxy.url };
    expect(await answered(LS, {}, { connection })).toEqual({ kind: 'ended', exitCode: 0, ...LS });
    expect(proxy.tunnels).toEqual(['kubernetes:6443']);
    await proxy.close();
  });

  test('may be through a proxy that refuses', async () => {
    const proxy = await ConnectProxy.start(null);
    const connection = { server: new URL('https://kubernetes:6443'), proxy: proxy.url };
    expect((await failure(run({}, { connection }))).message).toContain('the proxy refuses to lead there');
    await proxy.close();
  });

  test('is one for a user with a certificate, who may act as another', async () => {
    const { certificate, key } = await authority.issue({ commonName: 'admin' });
    const credentials = {
      ...UNCHANGING,
      current: () => Promise.resolve({ certificate: { certificate, key } }),
    };
    expect(await answered(LS, {}, { connection: { credentials } })).toMatchObject({ kind: 'ended' });
    const impersonate = { user: 'veteran', uid: '7', groups: ['a', 'b'], extra: new Map([['x', ['y']]]) };
    const error = await failure(run({}, { connection: { credentials, impersonate } }));
    expect(error).toBeInstanceOf(ForbiddenError);
    expect(server.requests[1]?.headers).toMatchObject({
      'impersonate-user': 'veteran',
      'impersonate-uid': '7',
      'impersonate-group': 'a, b',
      'impersonate-extra-x': 'y',
    });
  });
});
