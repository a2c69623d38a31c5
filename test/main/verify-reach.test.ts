import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server as RawServer } from 'node:net';
import { recordedPods } from '../api-server/recorded.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import { execsOf, hasty } from './probing.ts';
import type { Screen } from './run.ts';
import {
  execOnMachine,
  podsWith,
  recordedPod,
  reporting,
  sample,
  separateNodes,
  summary,
} from './verifying.ts';
import { closedPort } from '../support/closed-port.ts';

const cluster = testCluster();
const VALIDATE = validator('verification-list');
const servers: (Server | RawServer)[] = [];

beforeEach(() => {
  cluster.server.nodes = separateNodes;
  cluster.server.exec = execOnMachine;
});
afterEach(async () => {
  cluster.server.store.change(recordedPods);
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** What listens on the node, which is this machine; gives its port. */
async function listening(server: Server | RawServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function serving(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<number> {
  return listening(
    createServer((request, response) => {
      answer(response, request);
    }),
  );
}

interface Port {
  readonly hostPort: number;
  readonly protocol?: string;
}

/** Puts the recorded Pod on a node with the address of this machine, and lets its container declare ports of it. */
function declaring(name: string, ...ports: readonly Port[]): void {
  const own = recordedPod(name);
  cluster.server.store.change(
    podsWith((pod) =>
      pod === own
        ? {
            ...pod,
            spec: {
              ...pod.spec,
              containers: pod.spec.containers.map((container) => ({
                ...container,
                ports: ports.map(({ hostPort, protocol = 'TCP' }) => ({
                  hostPort,
                  containerPort: hostPort,
                  protocol,
                })),
              })),
            },
            status: {
              ...pod.status,
              hostIP: '127.0.0.1',
              hostIPs: [{ ip: '127.0.0.1' }],
            },
          }
        : pod,
    ),
  );
}

function reached(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', '--reach', ...argv], {}, hasty);
}

/** The lines of the last table. */
function answersOf({ stdout }: Screen): readonly string[] {
  return stdout
    .slice(stdout.lastIndexOf('\n\n') + 2)
    .trimEnd()
    .split('\n');
}

describe('--reach asks the node for the ports of the Pod', () => {
  test('but not those of a hostNetwork Pod that is not there after all: they are not its own', async () => {
    let count = 0;
    const port = await serving((response) => {
      count += 1;
      response.end('somebody else');
    });
    declaring('stubborn-2', { hostPort: port });
    // The kubelet tells nothing of a network that has lo alone.
    const [ofNode, ofPod] = [sample(0, { ens192: [5000, 5000] }), sample(0, { eth0: [7, 7] })];
    cluster.server.summary = () => summary(ofNode, [[recordedPod('stubborn-2'), ofPod]]);
    const { code, stdout } = await reached('stubborn-2', '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      items: [{ namespaces: { network: { observed: 'own' } }, reach: [] }],
    });
    expect(count).toBe(0);
  });

  test('and shows what answers', async () => {
    const requests: IncomingMessage[] = [];
    const port = await serving((response, request) => {
      requests.push(request);
      response.end('\n  <h1>Hello from a Pod</h1>\nand more\n');
    });
    declaring('plain-2', { hostPort: port });
    const screen = await reached('plain-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 0, stderr: '' });
    expect(answersOf(screen).map((line) => line.split(/ {3,}/))).toEqual([
      ['ASKED FROM HERE', 'STATUS', 'FIRST LINE'],
      [`http://127.0.0.1:${String(port)}/`, '200', '<h1>Hello from a Pod</h1>'],
    ]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/' });
    // What opens the cluster opens nothing else.
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
    expect(requests[0]?.headers['user-agent']).toMatch(/^kubectl-hostns\//);
  });

  test('and that makes no difference for the verdicts', async () => {
    const port = await serving((response) => {
      response.writeHead(500);
      response.end();
    });
    declaring('plain-2', { hostPort: port });
    const { code, stdout } = await reached('plain-2');
    expect(code).toBe(0);
    const { stdout: without } = await cluster.run(['verify', 'plain-2'], {}, hasty);
    expect(stdout.slice(0, stdout.lastIndexOf('\n\n') + 1)).toBe(without);
  });

  test('in their order, each once, and no other protocol than TCP', async () => {
    const first = await serving((response) => response.end('one'));
    const second = await serving((response) => response.end('two'));
    const udp = await serving((response) => response.end('never'));
    declaring(
      'plain-2',
      { hostPort: Math.max(first, second) },
      { hostPort: udp, protocol: 'UDP' },
      { hostPort: Math.min(first, second) },
      { hostPort: first },
    );
    const ports = answersOf(await reached('plain-2')).map((line) => Number(/:(\d+)\/ /.exec(line)?.[1] ?? 0));
    expect(ports).toEqual([0, Math.min(first, second), Math.max(first, second)]);
  });

  test('on which its own processes listen, where it is in the network of its node', async () => {
    const port = await serving((response) => response.end('Welcome to nginx!'));
    cluster.server.exec = (call) =>
      reporting(call, (report) =>
        report.replaceAll(/(?<=:)0050(?= )/g, port.toString(16).toUpperCase().padStart(4, '0')),
      );
    declaring('pod-use-hostnetwork-2');
    const screen = await reached('pod-use-hostnetwork-2', '--expect', 'network=host');
    expect(answersOf(screen).map((line) => line.split(/ {3,}/))).toEqual([
      ['ASKED FROM HERE', 'STATUS', 'FIRST LINE'],
      [`http://127.0.0.1:${String(port)}/`, '200', 'Welcome to nginx!'],
    ]);
    // That needs the container, even beside a probe Pod.
    await reached('pod-use-hostnetwork-2', '--probe');
    expect(execsOf(cluster.server)).toContain('default/pod-use-hostnetwork-2');
  });

  test('of which none may be known', async () => {
    declaring('plain-2');
    const { stdout } = await reached('plain-2');
    expect(stdout).toMatch(/\n\nNo port of the node is known to be the Pod's own, so none was asked\.\n$/);
  });

  test('and without it asks nobody', async () => {
    let asked = 0;
    const port = await serving((response) => {
      asked += 1;
      response.end();
    });
    declaring('plain-2', { hostPort: port });
    const { stdout } = await cluster.run(['verify', 'plain-2'], {}, hasty);
    expect(stdout).not.toContain('ASKED');
    expect(asked).toBe(0);
  });
});

describe('what comes is shown as it is', () => {
  test('a redirect, which is not followed', async () => {
    let asked = 0;
    const target = await serving((response) => {
      asked += 1;
      response.end('followed');
    });
    const location = `http://127.0.0.1:${String(target)}/login`;
    const port = await serving((response) => {
      response.writeHead(302, { Location: location });
      response.end();
    });
    declaring('plain-2', { hostPort: port });
    expect(answersOf(await reached('plain-2')).at(1)).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:${String(port)}/ +302 +Location: ${location}$`),
    );
    expect(asked).toBe(0);
  });

  test('nothing that listens', async () => {
    const port = await closedPort();
    declaring('plain-2', { hostPort: port });
    const screen = await reached('plain-2');
    expect(screen.code).toBe(0);
    expect(answersOf(screen).at(1)).toMatch(
      new RegExp(
        `^http://127\\.0\\.0\\.1:${String(port)}/ +- +connection refused: no process listens on this port$`,
      ),
    );
  });

  test('what speaks another protocol', async () => {
    const port = await listening(
      createRawServer((socket) => {
        socket.on('error', () => undefined);
        socket.resume();
        socket.end('SSH-2.0-OpenSSH_9.9\r\n');
      }),
    );
    declaring('plain-2', { hostPort: port });
    expect(answersOf(await reached('plain-2')).at(1)).toMatch(/ +- +the response is not HTTP$/);
  });

  test.each([
    ['escapes', '\u001b[2J\u001b]0;owned\u0007all is well\u009b31m'],
    ['directions', 'a\u202eb\u2066c\u200fd'],
    ['line feeds of other kinds', 'one\u2028two\u2029three\u0085four\u000bfive'],
  ])('but nothing that would write to the terminal: %s', async (_, line) => {
    const port = await serving((response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(`${line}\n`);
    });
    declaring('plain-2', { hostPort: port });
    for (const output of ['table', 'wide', 'json', 'yaml']) {
      const { stdout, stderr } = await reached('plain-2', '-o', output);
      expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
    }
    const { stdout } = await reached('plain-2', '-o', 'json');
    // A program is given what came.
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ reach: [{ status: 200, firstLine: line }] }] });
  });
});

describe('a document', () => {
  interface Item {
    readonly reach: readonly object[] | null;
  }

  async function itemOf(...argv: readonly string[]): Promise<Item | undefined> {
    const { stdout } = await cluster.run(['verify', ...argv, '-o', 'json'], {}, hasty);
    const document = JSON.parse(stdout) as { readonly items: readonly Item[] };
    expect(schemaErrors(VALIDATE, document)).toEqual([]);
    return document.items[0];
  }

  test('has what answered and what did not', async () => {
    const there = await serving((response) => response.end('hello'));
    const nobody = await closedPort();
    declaring('plain-2', { hostPort: there }, { hostPort: nobody });
    const item = await itemOf('plain-2', '--reach');
    expect(new Set(item?.reach)).toEqual(
      new Set([
        { url: `http://127.0.0.1:${String(there)}/`, status: 200, firstLine: 'hello', error: null },
        {
          url: `http://127.0.0.1:${String(nobody)}/`,
          status: null,
          firstLine: null,
          error: 'connection refused: no process listens on this port',
        },
      ]),
    );
  });

  test('has an empty list where no port is known, and null where none was asked', async () => {
    declaring('plain-2');
    expect((await itemOf('plain-2', '--reach'))?.reach).toEqual([]);
    expect((await itemOf('plain-2'))?.reach).toBeNull();
  });
});

test('Ctrl-C ends it at once', async () => {
  const controller = new AbortController();
  const port = await serving(() => {
    controller.abort();
  });
  declaring('plain-2', { hostPort: port });
  const started = performance.now();
  const screen = await cluster.run(
    ['verify', 'plain-2', '--reach'],
    {},
    { ...hasty, signal: controller.signal },
  );
  expect(screen).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
  expect(performance.now() - started).toBeLessThan(2000);
});
