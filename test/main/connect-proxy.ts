import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { base64 } from '../api-server/kubeconfig.ts';

/** An HTTP proxy that leads every tunnel to one port of this machine, wherever it should have gone. */
export class ConnectProxy {
  readonly url: string;
  /** HOST:PORT of each tunnel that was asked for. */
  readonly tunnels: string[];
  /** What it was asked that is no tunnel. */
  readonly others: string[] = [];
  /** The only name and password that it takes, as NAME:PASSWORD; null for anybody. */
  login: string | null = null;
  readonly #close: () => Promise<void>;

  private constructor(url: string, tunnels: string[], close: () => Promise<void>) {
    this.url = url;
    this.tunnels = tunnels;
    this.#close = close;
  }

  /** @param targetPort null for a proxy that refuses */
  static async start(targetPort: number | null): Promise<ConnectProxy> {
    const tunnels: string[] = [];
    const sockets = new Set<Socket>();
    const server = createServer(({ url }, response) => {
      proxy.others.push(url ?? '');
      response.writeHead(405).end();
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      // A client process that ends resets its connection.
      socket.on('error', () => undefined);
    });
    server.on('connect', ({ url, headers }, client: Socket) => {
      tunnels.push(url ?? '');
      if (proxy.login !== null && headers['proxy-authorization'] !== `Basic ${base64(proxy.login)}`) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
        return;
      }
      if (targetPort === null) {
        client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const target = connect(targetPort, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        target.pipe(client);
        client.pipe(target);
      });
      sockets.add(target);
      // Either end may hang up; the other hears of it by the pipe.
      target.on('error', () => client.destroy());
      client.on('error', () => target.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const proxy = new ConnectProxy(`http://127.0.0.1:${String(port)}`, tunnels, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  close(): Promise<void> {
    return this.#close();
  }
}
