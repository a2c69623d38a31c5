import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../../../src/errors.ts';
import { type Body, type Client, createClient } from '../../../src/kube/transport/client.ts';
import { connect, type Connection } from '../../../src/kube/config/connection.ts';
import type { CredentialSource } from '../../../src/kube/auth/credentials.ts';
import { until } from '../../main/watching.ts';

let server: Server;
let respond: (response: ServerResponse, request: IncomingMessage) => void;
/** As a load balancer does it that has forgotten a connection: it is closed once a second request comes by it. */
let closesKept = false;
let closed = 0;
let connection: Connection;
let client: Client;
let trace: string[] = [];

beforeEach(async () => {
  const known = new WeakSet<object>();
  const isClosed = ({ socket }: IncomingMessage): boolean => {
    if (!known.has(socket) || !closesKept) {
      known.add(socket);
      return false;
    }
    closed += 1;
    socket.destroy();
    return true;
  };
  server = createServer((request, response) => {
    if (!isClosed(request)) respond(response, request);
  });
  server.on('upgrade', (request, socket) => {
    if (!isClosed(request)) socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  connection = await connect(
    { server: `http://127.0.0.1:${String(port)}`, kubeconfig: '/dev/null', requestTimeout: 0, as: 'Jürgen' },
    { environment: {}, homeDirectory: '/nowhere', isInteractive: false },
  );
  [closesKept, closed, trace] = [false, 0, []];
  client = clientOf({});
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function clientOf(own: Partial<Connection>, signal = new AbortController().signal): Client {
  return createClient(
    { ...connection, ...own },
    { signal, userAgent: 'test', trace: (line) => trace.push(line), now: Date.now },
  );
}

const ASKED = { doing: 'test', path: '/', accept: '*/*' };

async function body(): Promise<Body> {
  const { body: answered } = await client.get({ ...ASKED, isEndless: true });
  return answered;
}

/** Makes so many connections that are kept. */
async function keepConnections(count: number): Promise<void> {
  const open: ServerResponse[] = [];
  respond = (response) => {
    open.push(response);
    if (open.length === count) for (const one of open) one.end('kept');
  };
  const bodies = await Promise.all(Array.from({ length: count }, body));
  await Promise.all(bodies.map((one) => one.forEach(() => undefined)));
  await new Promise((resolve) => setImmediate(resolve));
}

test('what takes its time is taken before the body is at its end, and one after the other', async () => {
  respond = (response) => {
    for (const part of ['a', 'b', 'c']) response.write(part);
    response.end('d');
  };
  const log: string[] = [];
  const answered = await body();
  // All of it is there before the first byte is taken.
  await sleep(50);
  await answered.forEach(async (chunk) => {
    log.push(`begins ${chunk.toString()}`);
    await sleep(30);
    log.push(`ends ${chunk.toString()}`);
  });
  log.push('end of the body');
  const taken = log.slice(0, -1);
  expect(log.at(-1)).toBe('end of the body');
  expect(taken.filter((_, index) => index % 2 === 0).map((entry) => entry.replace('begins', 'ends'))).toEqual(
    taken.filter((_, index) => index % 2 === 1),
  );
  expect(taken.filter((entry) => entry.startsWith('ends')).join('')).toBe(
    taken
      .filter((entry) => entry.startsWith('begins'))
      .join('')
      .replaceAll('begins', 'ends'),
  );
});

test('what fails to be taken is told, be it the last', async () => {
  respond = (response) => response.end('last');
  const answered = await body();
  await sleep(50);
  const failure = new Error('no room');
  await expect(
    answered.forEach(async () => {
      await sleep(30);
      throw failure;
    }),
  ).rejects.toBe(failure);
});

test('a connection that is cut while something is taken is told once that is done', async () => {
  respond = (response) => {
    response.write('a', () => {
      setTimeout(() => response.destroy(), 30);
    });
  };
  let isTaken = false;
  const answered = await body();
  await expect(
    answered.forEach(async () => {
      await sleep(150);
      isTaken = true;
    }),
  ).rejects.toThrow(/the connection was closed/);
  expect(isTaken).toBe(true);
});

test.each(['GET', 'POST'] as const)(
  'a user is impersonated by the same bytes, by a %s as well',
  async (method) => {
    const names: unknown[] = [];
    respond = (response, request) => {
      names.push(request.headers['impersonate-user']);
      response.end();
    };
    await (method === 'GET'
      ? client.get(ASKED)
      : client.change({ ...ASKED, method, body: { name: 'Jürgen' } }));
    expect(names).toEqual([Buffer.from('Jürgen').toString('latin1')]);
  },
);

describe('a connection that was kept and has ended meanwhile', () => {
  const AGAIN = 'a connection that was kept has ended; the request is sent again';

  test('is no reason to fail, however many of them there are', async () => {
    await keepConnections(12);
    closesKept = true;
    const statuses = [429, 200];
    respond = (response) => {
      response.writeHead(statuses.shift() ?? 500, { 'Retry-After': '0' }).end();
    };
    trace.length = 0;
    const { status } = await client.get(ASKED);
    expect({ status, closed }).toEqual({ status: 200, closed: 2 });
    expect(trace.filter((line) => line === AGAIN)).toHaveLength(2);
  });

  test('is no reason for a WebSocket to fail', async () => {
    await keepConnections(1);
    closesKept = true;
    const { signal } = new AbortController();
    const request = { doing: 'test', path: '/', query: [], protocols: ['a'], maxMessageBytes: 1, signal };
    expect(await client.webSocket(request)).toMatchObject({ kind: 'refused', answer: { status: 404 } });
    expect(closed).toBe(1);
  });

  test('is one for what changes something, for that may have been done', async () => {
    await keepConnections(1);
    closesKept = true;
    await expect(client.change({ ...ASKED, method: 'POST', body: {} })).rejects.toThrow(
      /the connection was closed without an answer/,
    );
    expect(closed).toBe(1);
  });
});

describe('credentials that do not come', () => {
  const credentials: CredentialSource = {
    current: () => new Promise(() => undefined),
    invalidate: () => false,
    close: () => Promise.resolve(),
  };
  const DELETE = { ...ASKED, method: 'DELETE', body: {} } as const;

  test('are waited for no longer than --request-timeout allows, and the server is not blamed', async () => {
    const waiting = clientOf({ credentials, requestTimeout: 10 });
    const message =
      'Cannot test: getting the credentials took longer than --request-timeout allows (0.01 s).';
    await expect(waiting.get(ASKED)).rejects.toThrow(message);
    await expect(waiting.change(DELETE)).rejects.toThrow(message);
  });

  test('are waited for no longer than their caller wants', async () => {
    const failure = new Error('no answer in time');
    const caller = new AbortController();
    const asked = clientOf({ credentials }).change({ ...DELETE, signal: caller.signal });
    caller.abort(failure);
    await expect(asked).rejects.toBe(failure);
  });

  test('are not waited for after Ctrl-C, nor asked for', async () => {
    const interrupted = new AbortController();
    let asked = 0;
    const counted = { ...credentials, current: () => ((asked += 1), credentials.current()) };
    const waiting = clientOf({ credentials: counted }, interrupted.signal);
    const begun = waiting.get(ASKED);
    await until('a request', () => asked === 1);
    interrupted.abort();
    await expect(begun).rejects.toThrow(InterruptedError);
    await expect(waiting.get(ASKED)).rejects.toThrow(InterruptedError);
    expect(asked).toBe(1);
  });
});
