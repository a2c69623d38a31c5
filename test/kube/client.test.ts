import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Body, type Client, createClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';

let server: Server;
let respond: (response: ServerResponse) => void;
let client: Client;

beforeEach(async () => {
  server = createServer((_, response) => {
    respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = new AbortController().signal;
  const connection = await connect(
    { server: `http://127.0.0.1:${String(port)}`, kubeconfig: '/dev/null', requestTimeout: 0 },
    { environment: {}, homeDirectory: '/nowhere', isInteractive: false, signal },
  );
  client = createClient(connection, { signal, userAgent: 'test', trace: () => undefined });
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function body(): Promise<Body> {
  const { body: answered } = await client.get({ doing: 'test', path: '/', accept: '*/*', isEndless: true });
  return answered;
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
