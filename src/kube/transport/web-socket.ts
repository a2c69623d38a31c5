import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Limits } from './limits.ts';
import type { Timeouts } from './timeouts.ts';
import { dispatch, type TransportOptions, upgradeError } from './transport.ts';

/** Answer to an upgrade request. */
export interface WebSocketReply {
  readonly response: IncomingMessage;
  /** Paused, so that no message is lost before the caller listens; null unless the server answered 101. */
  readonly socket: WebSocket | null;
}

export interface WebSocketOptions {
  readonly options: TransportOptions;
  readonly protocols: readonly string[];
  readonly maxMessageBytes: number;
}

/** Next step after a message: read more, read until the server closes, or stop. */
export type Want = 'more' | 'close' | 'nothing';

/**
 * How the messages ended. enough: the reader wants nothing more; garbled: invalid frames, or text instead of bytes;
 * too-long: a message exceeds the limit; stalled: the server does not answer pings.
 */
export type LineEnd = 'closed' | 'enough' | 'garbled' | 'too-long' | 'stalled' | 'timeout';

export interface Messages {
  /**
   * Passes on the messages as they arrive, and then closes the connection.
   *
   * @throws InterruptedError
   */
  forEach(take: (message: Buffer) => Want): Promise<LineEnd>;
}

/** Loads the library, which takes milliseconds: callers do it while they wait for the server. */
export async function loadWebSocket(): Promise<typeof WebSocket> {
  return (await import('ws')).default;
}

/** Opens a WebSocket. @throws the original error of the connection, which the caller explains */
export async function openWebSocket(
  url: URL,
  { options, protocols, maxMessageBytes }: WebSocketOptions,
  limits: Limits,
  timeouts: Timeouts,
): Promise<WebSocketReply> {
  const Socket = await loadWebSocket();
  return new Promise((resolve, reject) => {
    let switched: IncomingMessage | undefined;
    const socket = new Socket(url, [...protocols], {
      ...options,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      // Not yet in @types/ws 8.18: time limit for the server to close after its Close frame.
      ...{ closeTimeout: timeouts.close },
      finishRequest: (outgoing) => {
        const { connect, upgrade: answer } = timeouts;
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
    // Stays as long as the socket: an error without a listener would end the program.
    socket.on('error', (error) => {
      reject(switched === undefined ? error : upgradeError('ERR_NO_WEBSOCKET', error));
    });
  });
}

/** @param doing purpose, as it follows "Cannot" */
export function messagesOf(socket: WebSocket, limits: Limits, timeouts: Timeouts, doing: string): Messages {
  return {
    forEach: (take) =>
      new Promise((resolve, reject) => {
        let closing: NodeJS.Timeout | undefined;
        const ping = setInterval(() => {
          socket.ping();
        }, timeouts.ping);
        const end = (how: LineEnd | Error): void => {
          limits.done();
          clearInterval(ping);
          clearTimeout(closing);
          socket.removeAllListeners('message');
          socket.terminate();
          if (typeof how === 'string') resolve(how);
          else reject(how);
        };
        limits.expect(timeouts.pong);
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
          else if (want === 'close') {
            closing ??= setTimeout(() => {
              end('enough');
            }, timeouts.close);
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

/** Error codes of ws about the length of a message, or the number of its fragments. */
const TOO_LONG = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_TOO_MANY_BUFFERED_PARTS'];
