/** Milliseconds of silence after which a connection is closed. */
export interface Timeouts {
  /** For a connection to be made. client-go waits as long. */
  readonly connect: number;
  /** For the next bytes of an answer. The API server itself ends every ordinary request within 60 s. */
  readonly answer: number;
  /** For the answer to a WebSocket upgrade, which the server sends before it does any work. */
  readonly upgrade: number;
  /** Ping interval of an open WebSocket. */
  readonly ping: number;
  /** For the answer to a ping. client-go waits a minute. */
  readonly pong: number;
  /** For messages behind the Status of an exec, until the server closes the WebSocket. */
  readonly close: number;
}

export const TIMEOUTS: Timeouts = {
  connect: 30_000,
  answer: 90_000,
  upgrade: 30_000,
  ping: 10_000,
  pong: 30_000,
  close: 1000,
};
