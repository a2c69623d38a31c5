import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request, type RequestOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseKubeconfig } from '../../src/kube/config/kubeconfig.ts';
import { createAuthority } from '../api-server/certificate.ts';
import { base64, kubeconfig } from '../api-server/kubeconfig.ts';

/** One request, which is told from others of the same name by being another object. */
export interface Tapped {
  /** `POST pods`, `GET nodes/NAME/proxy/stats/summary`: what is the same in every run. */
  readonly name: string;
  readonly method: string;
  /** Its path and its query, as it came. */
  readonly url: string;
}

/** A moment of a request's way: as it arrives, and as its answer is there; whoever is called may take its time. */
export type Tap = (when: 'before' | 'after', request: Tapped) => Promise<void>;

export interface TappingProxy {
  /** A kubeconfig that leads through it. */
  readonly kubeconfig: string;
  /** Asked at each moment of each request. */
  tap: Tap;
  /** What goes to the server for the path and the query of a request. */
  rewrite: (url: string) => string;
  close(): Promise<void>;
}

/**
 * Stands between a client and the real API server, and holds each request up twice.
 *
 * @param adminKubeconfig as whose administrator it asks the server
 * @param token null, or as whom it asks the server instead
 */
export async function startTappingProxy(
  adminKubeconfig: string,
  token: string | null = null,
): Promise<TappingProxy> {
  const config = parseKubeconfig(readFileSync(adminKubeconfig, 'utf8'), adminKubeconfig);
  const [cluster] = config.clusters.values();
  const [user] = config.users.values();
  if (cluster === undefined || user === undefined) throw new Error(`${adminKubeconfig} names no cluster`);
  const decode = (data: string): Buffer => Buffer.from(data, 'base64');
  const upstream: RequestOptions = {
    ca: decode(cluster.certificateAuthorityData),
    ...(token === null ? { cert: decode(user.clientCertificateData), key: decode(user.clientKeyData) } : {}),
    agent: false,
  };
  const authority = await createAuthority('tap');
  const { certificate, key } = await authority.issue({ commonName: 'proxy', names: ['127.0.0.1'] });
  const forward = (incoming: IncomingMessage): ReturnType<typeof request> =>
    request(new URL(proxy.rewrite(incoming.url ?? '/'), cluster.server), {
      ...upstream,
      method: incoming.method ?? 'GET',
      headers: { ...incoming.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    });
  const proxy: Pick<TappingProxy, 'tap' | 'rewrite'> = {
    tap: () => Promise.resolve(),
    rewrite: (url) => url,
  };
  const server = createServer({ cert: certificate, key });
  // A WebSocket is none of the connections that the server would close.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('request', (incoming, response) => {
    void (async () => {
      const what = tappedOf(incoming);
      await proxy.tap('before', what);
      const outgoing = forward(incoming);
      outgoing.on('error', () => response.destroy());
      response.on('error', () => undefined);
      // A watch that nobody reads any more would go on.
      response.on('close', () => outgoing.destroy());
      outgoing.on('response', (answer) => {
        void proxy.tap('after', what).then(() => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
      });
      incoming.pipe(outgoing);
    })();
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    void (async () => {
      const what = tappedOf(incoming);
      socket.on('error', () => undefined);
      await proxy.tap('before', what);
      const outgoing = forward(incoming);
      outgoing.on('error', () => socket.destroy());
      // A refusal is an ordinary answer.
      outgoing.on('response', (answer) => {
        void proxy.tap('after', what).then(() => {
          socket.write(
            `HTTP/1.1 ${String(answer.statusCode)} ${answer.statusMessage ?? ''}\r\n${headersOf(answer)}\r\n`,
          );
          answer.pipe(socket);
        });
      });
      outgoing.on('upgrade', (answer, line, first) => {
        void proxy.tap('after', what).then(() => {
          socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headersOf(answer)}\r\n`);
          line.on('error', () => socket.destroy());
          socket.on('close', () => line.destroy());
          if (first.length > 0) socket.write(first);
          if (head.length > 0) line.write(head);
          line.pipe(socket).pipe(line);
        });
      });
      outgoing.end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    kubeconfig: kubeconfig({
      cluster: {
        server: `https://127.0.0.1:${String(port)}`,
        'certificate-authority-data': base64(authority.certificate),
      },
    }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  });
}

/** What is chunked comes out of its chunks, and ends with the connection. */
function headersOf({ headers }: IncomingMessage): string {
  return Object.entries(headers)
    .filter(([name]) => name !== 'transfer-encoding')
    .map(([name, value]) => `${name}: ${String(value)}\r\n`)
    .join('');
}

function tappedOf({ method = '', url = '' }: IncomingMessage): Tapped {
  const path = url.replace(/\?.*$/, '').replace(/^\/(?:api|apis\/[^/]+)\/v1\//, '');
  return { name: `${method} ${path.replace(/hostns-probe-[0-9a-f]+/, 'PROBE')}`, method, url };
}
