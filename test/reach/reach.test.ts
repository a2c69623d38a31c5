import { execFile } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import { InterruptedError } from '../../src/errors.ts';
import { explain, isReachable } from '../../src/reach/failure.ts';
import { reach } from '../../src/reach/reach.ts';
import { USER_AGENT } from '../../src/version.ts';
import { closedPort } from '../support/closed-port.ts';

const execute = promisify(execFile);
const REACH = join(import.meta.dirname, '../../src/reach/reach.ts');

const HOST = '127.0.0.1';
/** Timeout in milliseconds that no test reaches. */
const LONG = 20_000;
/** Timeout in milliseconds that is long enough for this machine. */
const SHORT = 300;
/** Linux connects no TCP socket to a broadcast address, with or without a network. */
const NO_ROUTE = '255.255.255.255';
const NO_ROUTE_CLAUSE =
  'the node cannot be reached from this machine (no route to the node, or a firewall rejects the connection)';
const OK = 'HTTP/1.1 200 OK\r\n';

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A server on a free port, and its connections. */
interface Listening {
  readonly port: number;
  readonly sockets: readonly Socket[];
}

async function listen(server: Server, options: ListenOptions = {}): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  server.listen({ host: HOST, port: 0, ...options });
  await once(server, 'listening');
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

function http(answer: RequestListener, host = HOST): Promise<Listening> {
  return listen(createHttpServer(answer), { host });
}

function body(text: string | Buffer): Promise<Listening> {
  return http((_, response) => response.end(text));
}

/** Starts a server that does this after a request. */
function tcp(act: (socket: Socket) => unknown): Promise<Listening> {
  return listen(
    createServer((socket) => {
      socket.once('data', () => act(socket));
    }),
  );
}

function bytes(answer: string): Promise<Listening> {
  return tcp((socket) => socket.end(answer));
}

/** Opens a port whose backlog is full: the kernel drops new connections, like a firewall. */
async function blackHole(): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ host: '${HOST}', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  endings.push(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  for (let index = 0; index < 10; index += 1) {
    const socket = connect(port, HOST).on('error', () => undefined);
    endings.push(() => socket.destroy());
    const isConnected = await Promise.race([once(socket, 'connect'), sleep(200, null)]);
    if (isConnected === null) return port;
  }
  throw new Error('the queue is never full');
}

function ask(
  { port }: { readonly port: number },
  hosts: readonly string[] = [HOST],
  timeout = LONG,
): ReturnType<typeof reach> {
  return reach(hosts, port, { timeout, signal: new AbortController().signal });
}

/** Returns the first line of the response from 127.0.0.1. */
async function firstLineOf(server: Promise<Listening>, timeout = LONG): Promise<string> {
  const reached = await ask(await server, [HOST], timeout);
  return reached.kind === 'answered' ? reached.firstLine : reached.why;
}

function failed(why: string, isReachable: boolean): object {
  return { kind: 'failed', why, isReachable };
}

test('reach returns the first line of the response', async () => {
  const line = 'Hello MyApp | Version: v1 | <a href="hostname.html">Pod Name</a>';
  const server = await body(`${line}\n`);
  expect(await ask(server)).toEqual({
    kind: 'answered',
    url: `http://127.0.0.1:${String(server.port)}/`,
    status: 200,
    firstLine: line,
  });
});

test('reach writes IPv6 addresses in brackets', async () => {
  const asked: (string | undefined)[] = [];
  const server = await http((request, response) => {
    asked.push(request.headers.host);
    response.end('six');
  }, '::1');
  const url = `http://[::1]:${String(server.port)}/`;
  expect(await ask(server, ['::1'])).toEqual({ kind: 'answered', url, status: 200, firstLine: 'six' });
  expect(asked).toEqual([`[::1]:${String(server.port)}`]);
});

test('reach sends a plain GET / with Connection: close', async () => {
  const requests: IncomingMessage[] = [];
  const server = await http((request, response) => {
    requests.push(request);
    response.end();
  });
  await ask(server);
  expect(
    requests.map(({ method, url, httpVersion, headers }) => ({ method, url, httpVersion, headers })),
  ).toEqual([
    {
      method: 'GET',
      url: '/',
      httpVersion: '1.1',
      headers: {
        host: `127.0.0.1:${String(server.port)}`,
        'user-agent': USER_AGENT,
        accept: '*/*',
        connection: 'close',
      },
    },
  ]);
});

test.each([200, 204, 401, 404, 500, 503])('reach returns a response with status %i', async (status) => {
  const server = await http((_, response) => response.writeHead(status).end());
  expect(await ask(server)).toMatchObject({ kind: 'answered', status, firstLine: '' });
});

test('reach returns an HTTP/1.0 response without a length, like that of a Go server for TLS', async () => {
  const server = await bytes(
    'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
  );
  expect(await ask(server)).toMatchObject({
    status: 400,
    firstLine: 'Client sent an HTTP request to an HTTPS server.',
  });
});

test('reach returns an upgrade response that it did not request', async () => {
  const server = await tcp((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello'),
  );
  expect(await ask(server)).toMatchObject({ kind: 'answered', status: 101, firstLine: '' });
  await closed(server);
});

test('reach ignores informational responses before the final one', async () => {
  expect(
    await firstLineOf(
      bytes(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`),
    ),
  ).toBe('hi');
});

test.each([301, 302, 303, 307, 308])('reach does not follow a redirect with status %i', async (status) => {
  const target = await body('the other side');
  const location = `http://127.0.0.1:${String(target.port)}/`;
  const server = await http((_, response) => response.writeHead(status, { location }).end(' \n'));
  expect(await ask(server)).toMatchObject({
    kind: 'answered',
    status,
    firstLine: `Location: ${location}`,
  });
  expect(target.sockets).toHaveLength(0);
  expect(server.sockets).toHaveLength(1);
});

test("reach prefers a redirect's body to its Location, and cuts the Location", async () => {
  const location = `/${'x'.repeat(500)}`;
  const redirect = (text: string): Promise<Listening> =>
    http((_, response) => response.writeHead(302, { location }).end(text));
  expect(await firstLineOf(redirect('<a>moved</a>\n'))).toBe('<a>moved</a>');
  expect(await firstLineOf(redirect(''))).toBe(`Location: ${location}`.slice(0, 200));
});

test('reach returns a Location only for a redirect that has one', async () => {
  expect(await firstLineOf(http((_, response) => response.writeHead(201, { location: '/x' }).end()))).toBe(
    '',
  );
  expect(await firstLineOf(http((_, response) => response.writeHead(304).end()))).toBe('');
});

test.each([
  ['', ''],
  ['\r\n \t\n\n', ''],
  ['\n\n  \r\n  one  \r\ntwo', 'one'],
  ['one\rtwo', 'one'],
  ['\uFEFFone', 'one'],
  ['one', 'one'],
])('the first line of %j is %j', async (text, line) => {
  expect(await firstLineOf(body(text))).toBe(line);
});

test.each([
  ['199 and half of a pair', `${'x'.repeat(199)}😀`, 'x'.repeat(199)],
  ['198 and a pair', `${'x'.repeat(198)}😀y`, `${'x'.repeat(198)}😀`],
  ['exactly 200', 'x'.repeat(200), 'x'.repeat(200)],
  ['201', 'x'.repeat(201), 'x'.repeat(200)],
  ['white space at the cut', `a${' '.repeat(300)}b`, 'a'],
])('a line is cut at 200 characters: %s', async (_, text, line) => {
  expect(await firstLineOf(body(`${text}\nnext`))).toBe(line);
});

test('the first line is decoded if a character arrives byte by byte', async () => {
  const text = 'é€😀 – Grüße';
  const server = http((_, response) => {
    void (async () => {
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.of(byte));
        await sleep(2);
      }
      response.end('\n');
    })();
  });
  expect(await firstLineOf(server)).toBe(text);
});

test('reach accepts a body that is not text', async () => {
  expect(await firstLineOf(body(Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0xff)))).toBe('\uFFFDPNG');
  expect(await firstLineOf(body(Buffer.of(0, 0xff, 0xfe, 0x1b)))).toBe('\0\uFFFD\uFFFD\x1b');
  expect(await firstLineOf(body(Buffer.of(0x61, 0xe2, 0x82)))).toBe('a\uFFFD');
});

test.each([
  ['one\ntw', 'one'],
  ['x'.repeat(200), 'x'.repeat(200)],
])('reach does not wait for the end of a body after its first line: case %#', async (text, line) => {
  const server = await http((_, response) => response.write(text));
  expect(await ask(server)).toMatchObject({ firstLine: line });
  await closed(server);
});

test('reach ends with a body of known length on an open connection', async () => {
  expect(await firstLineOf(tcp((socket) => socket.write(`${OK}Content-Length: 3\r\n\r\none`)))).toBe('one');
});

test.each([
  ['lines', 'line\n', 'line'],
  ['one line', 'xxxx', 'x'.repeat(200)],
  ['empty lines', '\n\n\n\n', ''],
])('reach reads an endless body no further than needed: %s', async (_, text, line) => {
  const chunk = text.repeat(4096);
  const server = await tcp((socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', flood);
    socket.write(`${OK}\r\n`);
    flood();
  });
  expect(await firstLineOf(Promise.resolve(server))).toBe(line);
  await closed(server);
});

test('reach reads 64 KiB of a body', async () => {
  const line = (before: number): Promise<string> => firstLineOf(body(`${' '.repeat(before)}late`));
  expect(await line(64 * 1024 - 4)).toBe('late');
  expect(await line(64 * 1024 - 2)).toBe('la');
  expect(await line(64 * 1024)).toBe('');
});

test.each([
  ['nothing', '', ''],
  ['half of a line', 'Hel', 'Hel'],
])('reach waits until the timeout for a body with %s', async (_, text, line) => {
  const server = await tcp((socket) => socket.write(`${OK}Content-Length: 10\r\n\r\n${text}`));
  expect(await ask(server, [HOST], SHORT)).toMatchObject({ kind: 'answered', status: 200, firstLine: line });
  await closed(server);
});

test('reach returns the Location of a redirect whose body never ends', async () => {
  const server = tcp((socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n'));
  expect(await firstLineOf(server, SHORT)).toBe('Location: /x');
});

test('a slow body does not extend the timeout', async () => {
  const server = await http((_, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  const started = performance.now();
  expect(await firstLineOf(Promise.resolve(server), SHORT)).toMatch(/^x+$/);
  expect(performance.now() - started).toBeLessThan(SHORT + 2000);
  await closed(server);
});

test.each([
  ['is cut off', 'Content-Length: 10\r\n\r\nabc'],
  ['has an invalid chunk', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n'],
])('reach returns the received part of a body that %s', async (_, rest) => {
  expect(await ask(await bytes(OK + rest))).toMatchObject({
    kind: 'answered',
    status: 200,
    firstLine: 'abc',
  });
});

test('a refused connection shows that the node is reachable, and ends the search', async () => {
  const other = await http((_, response) => response.end('other'), '::1');
  expect(await ask(other, [HOST, '::1'])).toEqual({
    url: `http://127.0.0.1:${String(other.port)}/`,
    ...failed('connection refused: no process listens on this port', true),
  });
  expect(other.sockets).toHaveLength(0);
  // The same for a name, which may have several addresses.
  expect(await ask({ port: await closedPort() }, ['localhost', HOST])).toMatchObject({
    url: expect.stringContaining('localhost'),
    ...failed('connection refused: no process listens on this port', true),
  });
});

test.each([
  ['a banner', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
  ['a TLS alert', (socket: Socket) => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 10))],
  ['frames of HTTP/2', (socket: Socket) => socket.write(Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0))],
])('reach reports that the response is not HTTP: %s', async (_, act) => {
  const server = await tcp(act);
  expect(await ask(server, [HOST, '::1'])).toMatchObject(failed('the response is not HTTP', true));
  await closed(server);
});

test('reach reports that a banner before the request is not HTTP', async () => {
  const server = await listen(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')));
  expect(await ask(server)).toMatchObject(failed('the response is not HTTP', true));
  await closed(server);
});

test('reach reports that a TLS server is not HTTP', async () => {
  const reached = await ask(await listen(createTlsServer({})));
  expect(reached).toMatchObject({ kind: 'failed', isReachable: true, why: expect.stringContaining('HTTP') });
});

test.each([
  ['at once', (socket: Socket) => socket.end()],
  ['with a reset', (socket: Socket) => socket.resetAndDestroy()],
  ['in the middle of the head', (socket: Socket) => socket.end(`${OK}Content-`)],
])('reach fails if the connection is closed %s', async (_, act) => {
  expect(await ask(await tcp(act))).toMatchObject(
    failed('the server closed the connection without an HTTP response', true),
  );
});

test('reach fails if the connection is closed before the request', async () => {
  expect(await ask(await listen(createServer((socket) => socket.end())))).toMatchObject(
    failed('the server closed the connection without an HTTP response', true),
  );
});

test('reach fails for an endless header', async () => {
  expect(await ask(await bytes(`${OK}X: ${'x'.repeat(100_000)}`))).toMatchObject(
    failed('the header of the response is too long', true),
  );
});

test.each([
  ['nothing', ''],
  ['half of a header', OK],
  ['an informational response', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('a server that sends %s is reachable, and ends the search', async (_, text) => {
  const server = await tcp((socket) => socket.write(text));
  expect(await ask(server, [HOST, 'localhost'], SHORT)).toEqual({
    url: `http://127.0.0.1:${String(server.port)}/`,
    ...failed('the server accepted the connection but did not respond within 0.3 s', true),
  });
  expect(server.sockets).toHaveLength(1);
  await closed(server);
});

test('a node that drops packets is not reachable by address or name', async () => {
  const port = await blackHole();
  expect(await ask({ port }, [HOST], SHORT)).toEqual({
    url: `http://127.0.0.1:${String(port)}/`,
    ...failed('the node cannot be reached from this machine (no response within 0.3 s)', false),
  });
  expect(await ask({ port }, [HOST, 'x.invalid'], SHORT)).toMatchObject({
    url: expect.stringContaining(HOST),
  });
  expect(await ask({ port }, [HOST, NO_ROUTE], SHORT)).toMatchObject(failed(NO_ROUTE_CLAUSE, false));
});

test('each host has the full timeout', async () => {
  const port = await blackHole();
  const started = performance.now();
  await ask({ port }, [HOST, HOST], SHORT);
  expect(performance.now() - started).toBeGreaterThan(2 * SHORT - 20);
});

test.each([
  ['EHOSTUNREACH', NO_ROUTE_CLAUSE],
  ['ENETUNREACH', NO_ROUTE_CLAUSE],
  [
    'EACCES',
    'the node cannot be reached from this machine (a firewall on this machine forbids the connection)',
  ],
  [
    'EPERM',
    'the node cannot be reached from this machine (a firewall on this machine forbids the connection)',
  ],
  [
    'EADDRNOTAVAIL',
    'the node cannot be reached from this machine (this machine has no source address for the connection)',
  ],
  ['EMFILE', 'the node cannot be reached from this machine (EMFILE)'],
])('explain returns for %s: %s', (code, why) => {
  const error = Object.assign(new Error('connect'), { code });
  expect(explain('connection', error)).toBe(why);
  expect(isReachable('connection', error)).toBe(false);
});

test('a refused connection to one of several addresses shows that the node is reachable', () => {
  const errors = ['ENETUNREACH', 'ECONNREFUSED'].map((code) => Object.assign(new Error(code), { code }));
  const error = new AggregateError(errors);
  expect(explain('connection', error)).toBe('connection refused: no process listens on this port');
  expect(isReachable('connection', error)).toBe(true);
});

test('reach tries the next host if one cannot be reached', async () => {
  const server = await body('here');
  const answered = { kind: 'answered', url: `http://127.0.0.1:${String(server.port)}/`, firstLine: 'here' };
  expect(await ask(server, [NO_ROUTE, HOST, '::1'])).toMatchObject(answered);
  expect(await ask(server, ['x.invalid', HOST])).toMatchObject(answered);
  expect(await ask(server, [NO_ROUTE, 'localhost'])).toMatchObject({
    url: `http://localhost:${String(server.port)}/`,
    firstLine: 'here',
  });
});

test('reach tries no other host after a response', async () => {
  const other = await http((_, response) => response.end('other'), '::1');
  const server = await listen(
    createHttpServer((_, response) => response.end('one')),
    {
      host: HOST,
      port: other.port,
    },
  );
  expect(await ask(server, [HOST, '::1'])).toMatchObject({ firstLine: 'one' });
  expect(other.sockets).toHaveLength(0);
});

test('reach reports an address that cannot be reached rather than a name that cannot be resolved', async () => {
  const port = 80;
  expect(await ask({ port }, [NO_ROUTE, 'x.invalid'])).toEqual({
    url: `http://${NO_ROUTE}:80/`,
    ...failed(NO_ROUTE_CLAUSE, false),
  });
  expect(await ask({ port }, ['x.invalid', NO_ROUTE])).toMatchObject({ url: `http://${NO_ROUTE}:80/` });
  expect(await ask({ port }, ['x.invalid', 'y.invalid'])).toEqual({
    url: 'http://y.invalid:80/',
    ...failed(expect.stringMatching(/^the node's name cannot be resolved/) as never, false),
  });
});

test.each(['', 'a b', 'a/b', 'a\r\nX: y', 'user@x', '[::1]', '127.0.0.1:80'])(
  'reach refuses the host %j',
  async (host) => {
    const server = await body('here');
    expect(await ask(server, [host])).toMatchObject(
      failed("the node's name is not a valid host name", false),
    );
    expect(server.sockets).toHaveLength(0);
    expect(await ask(server, [host, HOST])).toMatchObject({ firstLine: 'here' });
  },
);

test.each([0, -1, 65_536, 1.5, NaN])('reach throws for the port %d', async (port) => {
  await expect(ask({ port })).rejects.toThrow(RangeError);
});

test('reach throws without hosts', async () => {
  await expect(ask({ port: 80 }, [])).rejects.toThrow(RangeError);
});

test('Ctrl-C before reach sends no request', async () => {
  const server = await body('here');
  const signal = AbortSignal.abort();
  await expect(reach([HOST], server.port, { timeout: LONG, signal })).rejects.toThrow(InterruptedError);
  expect(server.sockets).toHaveLength(0);
});

test.each([
  ['while it connects', blackHole],
  ['before the head', async () => (await tcp(() => undefined)).port],
  ['in the head', async () => (await tcp((socket) => socket.write(OK))).port],
  ['in the body', async () => (await tcp((socket) => socket.write(`${OK}\r\nhalf`))).port],
])('Ctrl-C %s ends reach immediately and closes everything', async (_, listening) => {
  const port = await listening();
  const interruption = new AbortController();
  const { signal } = interruption;
  const reached = reach([HOST, HOST], port, { timeout: LONG, signal });
  await sleep(100);
  interruption.abort();
  const started = performance.now();
  await expect(reached).rejects.toThrow(new InterruptedError('Interrupted.'));
  expect(performance.now() - started).toBeLessThan(1000);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(await reachAlone(port, LONG, 100)).toBe('Interrupted.');
});

test.each([
  ['an answer', LONG, 'answered', () => body('one\ntwo')],
  ['no HTTP', LONG, 'failed', () => tcp((socket) => socket.write('SSH-2.0\r\n'))],
  ['silence', SHORT, 'failed', () => tcp(() => undefined)],
  ['an endless body', SHORT, 'answered', () => tcp((socket) => socket.write(`${OK}\r\nhalf`))],
])('%s leaves nothing open', async (_, timeout, kind, listening) => {
  const { port } = await listening();
  const { signal } = new AbortController();
  expect(await reach([HOST], port, { timeout, signal })).toMatchObject({ kind });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(await reachAlone(port, timeout, null)).toBe(kind);
});

/**
 * Runs reach on 127.0.0.1 in a process of its own. A timer or socket that is still open would keep it alive.
 *
 * @param interruptAfter milliseconds, or null for no Ctrl-C
 * @returns the kind of the result, or the message of the error
 * @throws if the process does not end by itself
 */
async function reachAlone(port: number, timeout: number, interruptAfter: number | null): Promise<string> {
  const script = `
    import { reach } from ${JSON.stringify(pathToFileURL(REACH).href)};
    const interruption = new AbortController();
    const after = ${String(interruptAfter)};
    if (after !== null) setTimeout(() => interruption.abort(), after);
    const options = { timeout: ${String(timeout)}, signal: interruption.signal };
    reach(['${HOST}'], ${String(port)}, options).then(
      ({ kind }) => console.log(kind),
      ({ message }) => console.log(message),
    );`;
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 4000,
  });
  return stdout.trim();
}

/** @throws if the client leaves its only connection open */
async function closed({ sockets }: Listening): Promise<void> {
  expect(sockets).toHaveLength(1);
  const [socket] = sockets;
  socket?.resume();
  for (let index = 0; index < 100 && socket?.destroyed === false; index += 1) await sleep(20);
  expect(socket?.destroyed).toBe(true);
}
