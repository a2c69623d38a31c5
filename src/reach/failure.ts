/** Stage of a request: resolving the name, connecting, waiting for the header of the response. */
export type Stage = 'name' | 'connection' | 'answer';

const NOT_REACHABLE = 'the node cannot be reached from this machine';
const NOT_RESOLVED = "the node's name cannot be resolved";
const NO_ROUTE = 'no route to the node, or a firewall rejects the connection';
const FORBIDDEN = 'a firewall on this machine forbids the connection';
const NO_SOURCE = 'this machine has no source address for the connection';

/** Reasons why a connection failed, by error code. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EADDRNOTAVAIL: NO_SOURCE,
  EAFNOSUPPORT: NO_SOURCE,
  ETIMEDOUT: 'no response',
};

const CLOSED = 'the server closed the connection without an HTTP response';

/** Reasons why a connection had no response, by error code. */
const NO_ANSWER: Readonly<Record<string, string>> = {
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  HPE_HEADER_OVERFLOW: 'the header of the response is too long',
};

/** True if the error proves that the node can be reached. A node that refuses a connection was reached. */
export function isReachable(stage: Stage, error: Error): boolean {
  return stage === 'answer' || codeOf(error) === 'ECONNREFUSED';
}

/** Returns the reason for an error, a clause. */
export function explain(stage: Stage, error: Error): string {
  const code = codeOf(error);
  switch (stage) {
    case 'name':
      return code === 'ENOTFOUND' ? `${NOT_RESOLVED} on this machine` : `${NOT_RESOLVED} (${code})`;
    case 'connection':
      return code === 'ECONNREFUSED'
        ? 'connection refused: no process listens on this port'
        : `${NOT_REACHABLE} (${NO_CONNECTION[code] ?? code})`;
    case 'answer':
      return NO_ANSWER[code] ?? (code.startsWith('HPE_') ? 'the response is not HTTP' : code);
  }
}

/**
 * Returns the reason for a timeout, a clause.
 *
 * @param timeout milliseconds
 */
export function explainTimeout(stage: Stage, timeout: number): string {
  const within = `within ${String(timeout / 1000)} s`;
  switch (stage) {
    case 'name':
      return `${NOT_RESOLVED} (no response ${within})`;
    case 'connection':
      return `${NOT_REACHABLE} (no response ${within})`;
    case 'answer':
      return `the server accepted the connection but did not respond ${within}`;
  }
}

/** Returns the code of an error. A name may have several addresses, each with an error of its own. */
function codeOf(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const codes = errors.map(({ code, message }: NodeJS.ErrnoException) => code ?? message);
  return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? error.message;
}
