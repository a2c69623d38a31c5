import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy that leads every tunnel to one port of this machine, wherever it should have gone. */
export class ConnectProxy {
  readonly url: string;
  /** HOST:PORT of each tunnel that was asked for. */
  readonly tunnels: string[];
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
    const server = createServer((_, response) => response.writeHead(405).end());
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
    });
    server.on('connect', ({ url }, client: Socket) => {
      tunnels.push(url ?? '');
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
    return new ConnectProxy(`http://127.0.0.1:${String(port)}`, tunnels, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  close(): Promise<void> {
    return this.#close();
  }
}
