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
/** No test waits for it. */
const LONG = 20_000;
/** Enough for what is on this machine. */
const SHORT = 300;
/** Linux connects no TCP socket to a broadcast address, with or without a network. */
const NO_ROUTE = '255.255.255.255';
const NO_ROUTE_CLAUSE =
  'the node is not reachable from here (there is no route to it, or a firewall rejects it)';
const OK = 'HTTP/1.1 200 OK\r\n';

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A server on a free port and how many connections it has been given. */
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

/** Once it has been asked, it does this. */
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

/** A port whose queue of connections is full: the kernel drops whatever comes, as a firewall does. */
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

/** The first line of an answer to 127.0.0.1. */
async function firstLineOf(server: Promise<Listening>, timeout = LONG): Promise<string> {
  const reached = await ask(await server, [HOST], timeout);
  return reached.kind === 'answered' ? reached.firstLine : reached.why;
}

function failed(why: string, isReachable: boolean): object {
  return { kind: 'failed', why, isReachable };
}

test('the first line of the answer is shown, as of curl NODE', async () => {
  const line = 'Hello MyApp | Version: v1 | <a href="hostname.html">Pod Name</a>';
  const server = await body(`${line}\n`);
  expect(await ask(server)).toEqual({
    kind: 'answered',
    url: `http://127.0.0.1:${String(server.port)}/`,
    status: 200,
    firstLine: line,
  });
});

test('IPv6 addresses stand in brackets', async () => {
  const asked: (string | undefined)[] = [];
  const server = await http((request, response) => {
    asked.push(request.headers.host);
    response.end('six');
  }, '::1');
  const url = `http://[::1]:${String(server.port)}/`;
  expect(await ask(server, ['::1'])).toEqual({ kind: 'answered', url, status: 200, firstLine: 'six' });
  expect(asked).toEqual([`[::1]:${String(server.port)}`]);
});

test('the request is a bare GET / that ends its connection', async () => {
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

test.each([200, 204, 401, 404, 500, 503])('%i is an answer', async (status) => {
  const server = await http((_, response) => response.writeHead(status).end());
  expect(await ask(server)).toMatchObject({ kind: 'answered', status, firstLine: '' });
});

test('HTTP/1.0 without a length is an answer, as of a Go server that wants TLS', async () => {
  const server = await bytes(
    'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
  );
  expect(await ask(server)).toMatchObject({
    status: 400,
    firstLine: 'Client sent an HTTP request to an HTTPS server.',
  });
});

test('a protocol that nobody asked for is an answer', async () => {
  const server = await tcp((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello'),
  );
  expect(await ask(server)).toMatchObject({ kind: 'answered', status: 101, firstLine: '' });
  await closed(server);
});

test('what is said before the answer is not the answer', async () => {
  expect(
    await firstLineOf(
      bytes(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`),
    ),
  ).toBe('hi');
});

test.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
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

test("a redirect's own body comes first, and its Location is cut", async () => {
  const location = `/${'x'.repeat(500)}`;
  const redirect = (text: string): Promise<Listening> =>
    http((_, response) => response.writeHead(302, { location }).end(text));
  expect(await firstLineOf(redirect('<a>moved</a>\n'))).toBe('<a>moved</a>');
  expect(await firstLineOf(redirect(''))).toBe(`Location: ${location}`.slice(0, 200));
});

test('a Location is shown of a redirect alone, and only where there is one', async () => {
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
])('of %j the first line is %j', async (text, line) => {
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

test('a character may come byte by byte', async () => {
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

test('a body may be no text', async () => {
  expect(await firstLineOf(body(Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0xff)))).toBe('\uFFFDPNG');
  expect(await firstLineOf(body(Buffer.of(0, 0xff, 0xfe, 0x1b)))).toBe('\0\uFFFD\uFFFD\x1b');
  expect(await firstLineOf(body(Buffer.of(0x61, 0xe2, 0x82)))).toBe('a\uFFFD');
});

test.each([
  ['one\ntw', 'one'],
  ['x'.repeat(200), 'x'.repeat(200)],
])('nobody waits for the end of a body whose first line has come: case %#', async (text, line) => {
  const server = await http((_, response) => response.write(text));
  expect(await ask(server)).toMatchObject({ firstLine: line });
  await closed(server);
});

test('a body of known length is at its end though the server keeps the connection', async () => {
  expect(await firstLineOf(tcp((socket) => socket.write(`${OK}Content-Length: 3\r\n\r\none`)))).toBe('one');
});

test.each([
  ['lines', 'line\n', 'line'],
  ['one line', 'xxxx', 'x'.repeat(200)],
  ['empty lines', '\n\n\n\n', ''],
])('a flood is read no further than needed: %s', async (_, text, line) => {
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

test('64 KiB are read', async () => {
  const line = (before: number): Promise<string> => firstLineOf(body(`${' '.repeat(before)}late`));
  expect(await line(64 * 1024 - 4)).toBe('late');
  expect(await line(64 * 1024 - 2)).toBe('la');
  expect(await line(64 * 1024)).toBe('');
});

test.each([
  ['nothing', '', ''],
  ['half of a line', 'Hel', 'Hel'],
])('a body of which %s comes is waited for until the time is over', async (_, text, line) => {
  const server = await tcp((socket) => socket.write(`${OK}Content-Length: 10\r\n\r\n${text}`));
  expect(await ask(server, [HOST], SHORT)).toMatchObject({ kind: 'answered', status: 200, firstLine: line });
  await closed(server);
});

test('a redirect that never ends shows its Location', async () => {
  const server = tcp((socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n'));
  expect(await firstLineOf(server, SHORT)).toBe('Location: /x');
});

test('a body that trickles cannot make the time longer', async () => {
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
  ['breaks off', 'Content-Length: 10\r\n\r\nabc'],
  ['is no chunk', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n'],
])('what came of a body that %s is shown', async (_, rest) => {
  expect(await ask(await bytes(OK + rest))).toMatchObject({
    kind: 'answered',
    status: 200,
    firstLine: 'abc',
  });
});

test('where nothing listens the node is reachable, and no other name of it is asked', async () => {
  const other = await http((_, response) => response.end('other'), '::1');
  expect(await ask(other, [HOST, '::1'])).toEqual({
    url: `http://127.0.0.1:${String(other.port)}/`,
    ...failed('nothing listens there', true),
  });
  expect(other.sockets).toHaveLength(0);
  // Of a name too, which may have many addresses.
  expect(await ask({ port: await closedPort() }, ['localhost', HOST])).toMatchObject({
    url: expect.stringContaining('localhost'),
    ...failed('nothing listens there', true),
  });
});

test.each([
  ['a banner', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
  ['a TLS alert', (socket: Socket) => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 10))],
  ['frames of HTTP/2', (socket: Socket) => socket.write(Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0))],
])('%s is not HTTP', async (_, act) => {
  const server = await tcp(act);
  expect(await ask(server, [HOST, '::1'])).toMatchObject(
    failed('what listens there does not speak HTTP', true),
  );
  await closed(server);
});

test('a banner that comes unasked is not HTTP', async () => {
  const server = await listen(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')));
  expect(await ask(server)).toMatchObject(failed('what listens there does not speak HTTP', true));
  await closed(server);
});

test('a server of TLS is not HTTP', async () => {
  const reached = await ask(await listen(createTlsServer({})));
  expect(reached).toMatchObject({ kind: 'failed', isReachable: true, why: expect.stringContaining('HTTP') });
});

test.each([
  ['at once', (socket: Socket) => socket.end()],
  ['with a reset', (socket: Socket) => socket.resetAndDestroy()],
  ['in the middle of the head', (socket: Socket) => socket.end(`${OK}Content-`)],
])('a connection that is closed %s is no answer', async (_, act) => {
  expect(await ask(await tcp(act))).toMatchObject(
    failed('what listens there closed the connection without an HTTP answer', true),
  );
});

test('a connection that is closed unasked is no answer', async () => {
  expect(await ask(await listen(createServer((socket) => socket.end())))).toMatchObject(
    failed('what listens there closed the connection without an HTTP answer', true),
  );
});

test('a head without end is no answer', async () => {
  expect(await ask(await bytes(`${OK}X: ${'x'.repeat(100_000)}`))).toMatchObject(
    failed('the head of its answer is too long', true),
  );
});

test.each([
  ['nothing', ''],
  ['half of a head', OK],
  ['promises', 'HTTP/1.1 100 Continue\r\n\r\n'],
])('a server that answers %s is reachable, and no other name of it is asked', async (_, text) => {
  const server = await tcp((socket) => socket.write(text));
  expect(await ask(server, [HOST, 'localhost'], SHORT)).toEqual({
    url: `http://127.0.0.1:${String(server.port)}/`,
    ...failed('it took the connection and does not answer within 0.3 s', true),
  });
  expect(server.sockets).toHaveLength(1);
  await closed(server);
});

test('a node that drops what is sent to it is not reachable, nor by its name', async () => {
  const port = await blackHole();
  expect(await ask({ port }, [HOST], SHORT)).toEqual({
    url: `http://127.0.0.1:${String(port)}/`,
    ...failed('the node is not reachable from here (no answer within 0.3 s)', false),
  });
  expect(await ask({ port }, [HOST, 'x.invalid'], SHORT)).toMatchObject({
    url: expect.stringContaining(HOST),
  });
  expect(await ask({ port }, [HOST, NO_ROUTE], SHORT)).toMatchObject(failed(NO_ROUTE_CLAUSE, false));
});

test('every host has the whole time', async () => {
  const port = await blackHole();
  const started = performance.now();
  await ask({ port }, [HOST, HOST], SHORT);
  expect(performance.now() - started).toBeGreaterThan(2 * SHORT - 20);
});

test.each([
  ['EHOSTUNREACH', NO_ROUTE_CLAUSE],
  ['ENETUNREACH', NO_ROUTE_CLAUSE],
  ['EACCES', 'the node is not reachable from here (a firewall of this machine forbids it)'],
  ['EPERM', 'the node is not reachable from here (a firewall of this machine forbids it)'],
  ['EADDRNOTAVAIL', 'the node is not reachable from here (this machine has no address to ask from)'],
  ['EMFILE', 'the node is not reachable from here (EMFILE)'],
])('%s: %s', (code, why) => {
  const error = Object.assign(new Error('connect'), { code });
  expect(explain('connection', error)).toBe(why);
  expect(isReachable('connection', error)).toBe(false);
});

test('of many addresses of a name, one that refuses the connection shows that the node is there', () => {
  const errors = ['ENETUNREACH', 'ECONNREFUSED'].map((code) => Object.assign(new Error(code), { code }));
  const error = new AggregateError(errors);
  expect(explain('connection', error)).toBe('nothing listens there');
  expect(isReachable('connection', error)).toBe(true);
});

test('a host that cannot be reached is followed by the next', async () => {
  const server = await body('here');
  const answered = { kind: 'answered', url: `http://127.0.0.1:${String(server.port)}/`, firstLine: 'here' };
  expect(await ask(server, [NO_ROUTE, HOST, '::1'])).toMatchObject(answered);
  expect(await ask(server, ['x.invalid', HOST])).toMatchObject(answered);
  expect(await ask(server, [NO_ROUTE, 'localhost'])).toMatchObject({
    url: `http://localhost:${String(server.port)}/`,
    firstLine: 'here',
  });
});

test('an answer is the last, whatever follows', async () => {
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

test('that an address cannot be reached says more than that a name is not known', async () => {
  const port = 80;
  expect(await ask({ port }, [NO_ROUTE, 'x.invalid'])).toEqual({
    url: `http://${NO_ROUTE}:80/`,
    ...failed(NO_ROUTE_CLAUSE, false),
  });
  expect(await ask({ port }, ['x.invalid', NO_ROUTE])).toMatchObject({ url: `http://${NO_ROUTE}:80/` });
  expect(await ask({ port }, ['x.invalid', 'y.invalid'])).toEqual({
    url: 'http://y.invalid:80/',
    ...failed(expect.stringMatching(/^its name (is not known here|cannot be looked up)/) as never, false),
  });
});

test.each(['', 'a b', 'a/b', 'a\r\nX: y', 'user@x', '[::1]', '127.0.0.1:80'])(
  '%j is no host',
  async (host) => {
    const server = await body('here');
    expect(await ask(server, [host])).toMatchObject(failed('its name is no host name', false));
    expect(server.sockets).toHaveLength(0);
    expect(await ask(server, [host, HOST])).toMatchObject({ firstLine: 'here' });
  },
);

test.each([0, -1, 65_536, 1.5, NaN])('%d is no port', async (port) => {
  await expect(ask({ port })).rejects.toThrow(RangeError);
});

test('to reach no host is a fault', async () => {
  await expect(ask({ port: 80 }, [])).rejects.toThrow(RangeError);
});

test('Ctrl-C before it asks nothing', async () => {
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
])('Ctrl-C %s ends it at once, and leaves nothing', async (_, listening) => {
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
])('%s leaves nothing', async (_, timeout, kind, listening) => {
  const { port } = await listening();
  const { signal } = new AbortController();
  expect(await reach([HOST], port, { timeout, signal })).toMatchObject({ kind });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(await reachAlone(port, timeout, null)).toBe(kind);
});

/**
 * Reaches 127.0.0.1 in a process of its own, which a timer or a socket that is left would keep alive.
 *
 * @param interruptAfter milliseconds, or null for no Ctrl-C
 * @returns the kind of what came, or the message of what was thrown
 * @throws where the process does not end by itself
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

/** @throws where the client leaves its only connection open */
async function closed({ sockets }: Listening): Promise<void> {
  expect(sockets).toHaveLength(1);
  const [socket] = sockets;
  socket?.resume();
  for (let index = 0; index < 100 && socket?.destroyed === false; index += 1) await sleep(20);
  expect(socket?.destroyed).toBe(true);
}
