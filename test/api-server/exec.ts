import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Answer } from './faults.ts';
import type { PodJson } from './recorded.ts';
import { badRequest, StatusError } from './status.ts';
import { authorize } from './users.ts';

/** What a client wants to be run. */
export interface ExecCall {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** The node of a Pod that a client has made; missing for one that is recorded. */
  readonly madeOn?: string;
}

/** What a command says, and how it ends; or what goes wrong with that. */
export interface ExecAnswer {
  readonly stdout?: string | Buffer;
  readonly stderr?: string | Buffer;
  /** The exit code, 0 unless it is given; or why it could not be started, in the kubelet's words. */
  readonly exit?: number | string;
  /** The sub-protocol that is chosen, whether it was offered or not; null for none. */
  readonly protocol?: string | null;
  readonly fault?: ExecFault;
  readonly line?: LineFault;
  /** Is shown every byte that goes out, the head of the answer included. */
  readonly onSent?: (bytes: Buffer) => void;
}

/** What becomes of the bytes that go out. Offsets count from the head of the answer, 101 Switching Protocols, on. */
export type LineFault =
  /** The connection is closed, reset, or ended from this side, in the midst of a frame or behind it. */
  | { readonly kind: 'cut'; readonly at: number; readonly how: 'closed' | 'reset' | 'ended' }
  /** After so many bytes nothing comes any more, and nothing is answered. */
  | { readonly kind: 'stalled'; readonly at: number }
  /** They come in pieces of so many. */
  | { readonly kind: 'chunked'; readonly size: number };

/** What goes wrong once the WebSocket is asked for; what stands before is a Fault of the request. */
export type ExecFault =
  /** Nothing comes behind the output. */
  | 'hang'
  /** Nor are pings answered. */
  | 'deaf'
  /** Output without end: on stdout, on stderr, or in one message. */
  | 'flood'
  | 'stderr-flood'
  | 'long-message'
  /** A byte every few milliseconds, without end. */
  | 'trickle'
  /** It is closed without a Status; it says that it closes and does not; it breaks in the middle of a frame. */
  | 'no-status'
  | 'unclosed'
  | 'cut-frame'
  /** What comes in the place of the Status. */
  | 'garbage'
  | 'text'
  | 'empty-message'
  | 'bad-frame'
  /** What comes around a Status that is right. */
  | 'half-closed'
  | 'unknown-channel'
  | 'status-first'
  | 'status-twice'
  | 'garbage-behind'
  | 'flood-behind'
  /** It is not closed after the Status. */
  | 'left-open';

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export function execPath(path: string): { readonly namespace: string; readonly pod: string } | null {
  const [, namespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/.exec(path) ?? [];
  if (namespace === undefined || pod === undefined) return null;
  return { namespace: decodeURIComponent(namespace), pod: decodeURIComponent(pod) };
}

/**
 * Finds what is to be run where, with kube-apiserver 1.35's words for what it refuses, in its order.
 *
 * @param found the Pod, if there is one
 * @throws StatusError
 */
export function execCall(
  { namespace, pod: name }: { readonly namespace: string; readonly pod: string },
  query: URLSearchParams,
  user: string,
  found: PodJson | undefined,
): { readonly call: ExecCall; readonly isRunning: boolean } {
  authorize(user, 'get', 'pods/exec', namespace, name);
  try {
    authorize(user, 'create', 'pods/exec', namespace, name);
  } catch {
    // Found by an admission plugin, which says no more.
    throw new StatusError(403, 'Forbidden', `pods "${name}" is forbidden: `);
  }
  if (found === undefined) throw new StatusError(404, 'NotFound', `pods "${name}" not found`);
  const { spec, status } = found;
  const container = query.get('container') ?? '';
  if (![...(spec.initContainers ?? []), ...spec.containers].some((known) => known.name === container)) {
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  }
  if (spec.nodeName === undefined) throw badRequest(`pod ${name} does not have a host assigned`);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return {
    call: { namespace, pod: name, container, command: query.getAll('command') },
    isRunning: statuses.find((known) => known.name === container)?.state.running !== undefined,
  };
}

/**
 * What a client is refused with that has not offered v5, the only one that is the API server's own: the kubelet, which
 * has the older ones, refuses who does not accept whatever it says, and has no words for an unknown protocol.
 */
export function refusedProtocol({
  accept = '*/*',
  'sec-websocket-protocol': offered = '',
}: IncomingHttpHeaders): Answer | null {
  const protocols = offered.split(/, */);
  if (protocols.includes('v5.channel.k8s.io')) return null;
  if (!accept.includes('*/*')) {
    const body = Buffer.from('406: Not Acceptable\n\nAvailable representations: ');
    return { code: 406, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
  }
  if (protocols.some((protocol) => PROTOCOLS.includes(protocol))) return null;
  return { code: 403, headers: {}, body: Buffer.alloc(0) };
}

/** Opens the WebSocket and answers by the script. */
export function answerExec(
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
  answer: ExecAnswer,
): void {
  const { fault, protocol } = answer;
  interceptWrites(socket, answer);
  const server = new WebSocketServer({
    noServer: true,
    autoPong: fault !== 'deaf',
    handleProtocols: (offered) =>
      (protocol === undefined ? PROTOCOLS.find((known) => offered.has(known)) : protocol) ?? false,
  });
  server.handleUpgrade(incoming, socket, head, (line) => {
    // A client that hangs up is no concern of the server's.
    line.on('error', () => undefined);
    speak(line, socket, answer);
  });
}

function speak(
  line: WebSocket,
  socket: Socket,
  { stdout = '', stderr = '', exit = 0, fault }: ExecAnswer,
): void {
  const send = (channel: number, payload: string | Buffer): void => {
    line.send(Buffer.concat([Buffer.of(channel), Buffer.from(payload)]));
  };
  const output = (): void => {
    // As the real one tells its client that it is there.
    send(1, '');
    for (const part of halves(stdout)) send(1, part);
    for (const part of halves(stderr)) send(2, part);
  };
  const end = (): void => {
    send(3, statusOf(exit));
    line.close(1000);
  };
  if (fault !== 'status-first') output();
  switch (fault) {
    case 'hang':
    case 'deaf':
      return;
    case 'flood':
      flood(line, 1);
      return;
    case 'stderr-flood':
      flood(line, 2);
      return;
    case 'long-message':
      send(1, Buffer.alloc(1024 * 1024, 'x'));
      return;
    case 'trickle': {
      const timer = setInterval(() => {
        send(1, '.');
      }, 5);
      line.on('close', () => {
        clearInterval(timer);
      });
      return;
    }
    case 'no-status':
      line.close(1000);
      return;
    case 'unclosed':
      line.pause();
      // FIN and close, with 1000.
      socket.write(Buffer.from([0x88, 2, 0x03, 0xe8]));
      setTimeout(() => {
        line.resume();
      }, 500);
      return;
    case 'cut-frame':
      // FIN and binary, of 100 bytes, of which few come.
      socket.end(Buffer.from([0x82, 100, 1, 0x61, 0x62]));
      return;
    case 'garbage':
      send(3, '<html>');
      return;
    case 'text':
      line.send('1hello');
      return;
    case 'empty-message':
      line.send(Buffer.alloc(0));
      return;
    case 'bad-frame':
      // An opcode that does not exist.
      socket.write(Buffer.from([0x83, 0]));
      return;
    case 'half-closed':
      send(255, Buffer.of(1));
      break;
    case 'unknown-channel':
      send(9, 'hello');
      send(4, '{}');
      break;
    case 'status-first':
      send(3, statusOf(exit));
      output();
      line.close(1000);
      return;
    case 'status-twice':
      send(3, statusOf(exit));
      send(3, statusOf(99));
      line.close(1000);
      return;
    case 'garbage-behind':
      send(3, statusOf(exit));
      line.send(Buffer.alloc(0));
      line.close(1000);
      return;
    case 'flood-behind':
      send(3, statusOf(exit));
      flood(line, 1);
      return;
    case 'left-open':
      send(3, statusOf(exit));
      return;
    case undefined:
  }
  end();
}

/** Does to all that is written to the socket what the fault says. */
function interceptWrites(socket: Socket, { line, onSent }: ExecAnswer): void {
  if (line === undefined && onSent === undefined) return;
  const write = socket.write.bind(socket);
  let sent = 0;
  /** Those that are still to be sent, one by one: what is written at once comes at once. */
  let pieces = Promise.resolve();
  const send = (bytes: Buffer, done: () => void): void => {
    switch (line?.kind) {
      case 'chunked':
        for (let at = 0; at < bytes.length; at += line.size) {
          const piece = bytes.subarray(at, at + line.size);
          pieces = pieces.then(
            () =>
              new Promise((resolve) => {
                write(piece, () => setImmediate(resolve));
              }),
          );
        }
        done();
        return;
      case 'cut':
      case 'stalled': {
        if (sent > line.at) return;
        const part = bytes.subarray(0, line.at - sent);
        const isLast = sent + bytes.length >= line.at;
        // What comes behind it is not sent.
        sent = isLast ? line.at + 1 : sent + bytes.length;
        write(part, () => {
          if (!isLast || line.kind === 'stalled') done();
          else if (line.how === 'ended') socket.end();
          else if (line.how === 'reset') socket.resetAndDestroy();
          else socket.destroy();
        });
        return;
      }
      case undefined:
        write(bytes, done);
    }
  };
  socket.write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    callback?: (error?: Error | null) => void,
  ): boolean => {
    const done = typeof encoding === 'function' ? encoding : callback;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    onSent?.(bytes);
    send(bytes, () => done?.());
    return true;
  };
  // Who has hung up need not be waited for.
  socket.on('end', () => socket.destroy());
  const end = socket.end.bind(socket);
  // The last frame is on its way still, or is never to be followed by the end of the connection.
  socket.end = () => {
    if (line?.kind !== 'stalled') void pieces.then(() => end());
    return socket;
  };
}

/** As much as the client takes, until it hangs up. */
function flood(line: WebSocket, channel: number): void {
  const message = Buffer.alloc(8 * 1024, 'x');
  message[0] = channel;
  const more = (): void => {
    if (line.readyState === line.OPEN) line.send(message, more);
  };
  more();
}

/** Output comes in pieces, cut anywhere. */
function halves(output: string | Buffer): readonly Buffer[] {
  const bytes = Buffer.from(output);
  const half = Math.floor(bytes.length / 2);
  return [bytes.subarray(0, half), bytes.subarray(half)].filter(({ length }) => length > 0);
}

/** As recorded from kube-apiserver 1.35.4 with containerd. */
function statusOf(exit: number | string): string {
  if (exit === 0) return JSON.stringify({ metadata: {}, status: 'Success' });
  return JSON.stringify(
    typeof exit === 'string'
      ? {
          metadata: {},
          status: 'Failure',
          message: `Internal error occurred: ${exit}`,
          reason: 'InternalError',
          details: { causes: [{ message: exit }] },
          code: 500,
        }
      : {
          metadata: {},
          status: 'Failure',
          message: `command terminated with non-zero exit code: command terminated with exit code ${String(exit)}`,
          reason: 'NonZeroExitCode',
          details: { causes: [{ reason: 'ExitCode', message: String(exit) }] },
        },
  );
}
