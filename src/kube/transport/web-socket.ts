import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Limits, Patience } from './limits.ts';
import { dispatch, type TransportOptions, upgradeError } from './transport.ts';

/** An answer to the request for a WebSocket; without one, it is any other than 101 Switching Protocols. */
export interface WebSocketReply {
  readonly response: IncomingMessage;
  /** Paused, so that nothing is lost before somebody listens. */
  readonly socket: WebSocket | null;
}

export interface WebSocketOptions {
  readonly options: TransportOptions;
  readonly protocols: readonly string[];
  readonly maxMessageBytes: number;
}

/** What the reader of the messages wants after one: more, what may still come until the server closes, or nothing. */
export type Want = 'more' | 'farewell' | 'nothing';

/**
 * How the messages ended. garbled: what came is no WebSocket message, or text where bytes belong; too-long:
 * a message was longer than asked for; stalled: not even a ping was answered.
 */
export type LineEnd = 'closed' | 'enough' | 'garbled' | 'too-long' | 'stalled' | 'timeout';

export interface Messages {
  /**
   * Gives the messages as they arrive. However they end, the connection is closed then.
   *
   * @throws InterruptedError
   */
  forEach(take: (message: Buffer) => Want): Promise<LineEnd>;
}

/** Apart, for it costs milliseconds: a command without a WebSocket need not, and any other can while it waits. */
export async function loadWebSocket(): Promise<typeof WebSocket> {
  return (await import('ws')).default;
}

/** @throws what went wrong, not yet explained */
export async function openWebSocket(
  url: URL,
  { options, protocols, maxMessageBytes }: WebSocketOptions,
  limits: Limits,
  patience: Patience,
): Promise<WebSocketReply> {
  const Socket = await loadWebSocket();
  return new Promise((resolve, reject) => {
    let switched: IncomingMessage | undefined;
    const socket = new Socket(url, [...protocols], {
      ...options,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      // Not yet in @types/ws 8.18: how long a server may take to close that has said that it will.
      ...{ closeTimeout: patience.farewell },
      finishRequest: (outgoing) => {
        const { connect, upgrade: answer } = patience;
        dispatch(outgoing, limits, { connect, answer, isUpgrade: true }, reject);
      },
    });
    socket.on('upgrade', (response) => {
      switched = response;
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve({ response, socket: null });
    });
    socket.on('open', () => {
      socket.pause();
      if (switched !== undefined) resolve({ response: switched, socket });
    });
    // For as long as it lives: an error that nobody listens to would end the program.
    socket.on('error', (error) => {
      reject(switched === undefined ? error : upgradeError('ERR_NO_WEBSOCKET', error));
    });
  });
}

/** @param doing what it is for, as it stands after "Cannot" */
export function messagesOf(socket: WebSocket, limits: Limits, patience: Patience, doing: string): Messages {
  return {
    forEach: (take) =>
      new Promise((resolve, reject) => {
        let farewell: NodeJS.Timeout | undefined;
        const ping = setInterval(() => {
          socket.ping();
        }, patience.ping);
        const end = (how: LineEnd | Error): void => {
          limits.done();
          clearInterval(ping);
          clearTimeout(farewell);
          socket.removeAllListeners('message');
          socket.terminate();
          if (typeof how === 'string') resolve(how);
          else reject(how);
        };
        limits.expect(patience.pong);
        limits.onReached((reason) => {
          if (limits.isInterrupted) end(limits.explain(doing, reason));
          else end(limits.isSilent ? 'stalled' : 'timeout');
        });
        for (const event of ['ping', 'pong'] as const) {
          socket.on(event, () => {
            limits.heard();
          });
        }
        socket.on('message', (message, isBinary) => {
          limits.heard();
          if (!isBinary || !Buffer.isBuffer(message)) {
            end('garbled');
            return;
          }
          const want = take(message);
          if (want === 'nothing') end('enough');
          else if (want === 'farewell') {
            farewell ??= setTimeout(() => {
              end('enough');
            }, patience.farewell);
          }
        });
        socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
          if (TOO_LONG.includes(code)) end('too-long');
          else end(code.startsWith('WS_ERR_') ? 'garbled' : 'closed');
        });
        socket.on('close', () => {
          end('closed');
        });
        if (socket.readyState === socket.OPEN) socket.resume();
        else end('closed');
      }),
  };
}

/** Of a message, or of the pieces that one comes in. */
const TOO_LONG = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_TOO_MANY_BUFFERED_PARTS'];
