/**
 * `node scripts/bench/delay-proxy.ts HOST PORT MILLISECONDS`: a TCP proxy that delays the bytes of each direction. Prints
 * the port that it listens on, and ends with its standard input.
 *
 * TCP is connected at once, so a TLS connection takes one round trip where a real network takes two.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const [host = '', port = '', milliseconds = ''] = process.argv.slice(2);

function delay(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    setTimeout(() => to.write(bytes), Number(milliseconds));
  });
  from.on('end', () => {
    setTimeout(() => to.end(), Number(milliseconds));
  });
  from.on('error', () => to.destroy());
}

const server = createServer({ allowHalfOpen: true }, (client) => {
  const upstream = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
  client.setNoDelay(true);
  delay(client, upstream);
  delay(upstream, client);
});
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
process.stdin.on('end', () => process.exit()).resume();
