/** What was waited for: the look-up of the name, the connection, the head of the answer. */
export type Stage = 'name' | 'connection' | 'answer';

const NOT_REACHABLE = 'the node is not reachable from here';
const NO_ROUTE = 'there is no route to it, or a firewall rejects it';
const FORBIDDEN = 'a firewall of this machine forbids it';

/** Why no connection came about, in the words of Node.js and in ours. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EADDRNOTAVAIL: 'this machine has no address to ask from',
  EAFNOSUPPORT: 'this machine has no address to ask from',
  ETIMEDOUT: 'it does not answer',
};

const CLOSED = 'what listens there closed the connection without an HTTP answer';

/** Why no answer came, though there was a connection. */
const NO_ANSWER: Readonly<Record<string, string>> = {
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  HPE_HEADER_OVERFLOW: 'the head of its answer is too long',
};

/** Whether the node is there, as far as the error tells: who refuses a connection has been reached. */
export function isReachable(stage: Stage, error: Error): boolean {
  return stage === 'answer' || codeOf(error) === 'ECONNREFUSED';
}

/** A clause. */
export function explain(stage: Stage, error: Error): string {
  const code = codeOf(error);
  switch (stage) {
    case 'name':
      return code === 'ENOTFOUND' ? 'its name is not known here' : `its name cannot be looked up (${code})`;
    case 'connection':
      return code === 'ECONNREFUSED'
        ? 'nothing listens there'
        : `${NOT_REACHABLE} (${NO_CONNECTION[code] ?? code})`;
    case 'answer':
      return NO_ANSWER[code] ?? (code.startsWith('HPE_') ? 'what listens there does not speak HTTP' : code);
  }
}

/** A clause. @param timeout milliseconds */
export function explainTimeout(stage: Stage, timeout: number): string {
  const within = `within ${String(timeout / 1000)} s`;
  switch (stage) {
    case 'name':
      return `its name cannot be looked up (no answer ${within})`;
    case 'connection':
      return `${NOT_REACHABLE} (no answer ${within})`;
    case 'answer':
      return `it took the connection and does not answer ${within}`;
  }
}

/** A name may stand for many addresses, of which each fails in its way. */
function codeOf(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const codes = errors.map(({ code, message }: NodeJS.ErrnoException) => code ?? message);
  return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? error.message;
}
