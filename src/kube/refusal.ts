import { ExplainedError } from '../errors.ts';
import { decodeStatus, type Status } from '../wire/status.ts';
import { readWhole } from './body.ts';
import type { Answer } from './client.ts';
import { UnavailableError } from './connection-error.ts';
import type { Credentials } from './credentials.ts';
import type { Session } from './session.ts';

/** More of an error than anybody reads. */
const MAX_STATUS_BYTES = 1024 * 1024;

/** What a request needs the right for, in RBAC's words. */
export interface Permission {
  /** Several where all of them are needed. */
  readonly verb: string | readonly string[];
  readonly resource: string;
  /** Null for the whole cluster. */
  readonly namespace: string | null;
}

export interface Asked {
  /** What it is for, as it stands after "Cannot". */
  readonly doing: string;
  readonly needs: Permission;
}

/** 403: the user lacks a right, or an admission controller objects. */
export class ForbiddenError extends ExplainedError {
  override readonly name = 'ForbiddenError';
}

/** Reads the Status of an answer that is an error. */
export async function readStatus(answer: Answer): Promise<Status> {
  return decodeStatus(answer.contentType, await readWhole(answer, MAX_STATUS_BYTES));
}

/** An answer that is no success, explained: what was tried, what came back, what to do. */
export async function refusal(
  httpStatus: number,
  status: Status,
  asked: Asked,
  session: Session,
): Promise<ExplainedError> {
  const { doing, needs } = asked;
  const said = status.message === '' ? '' : ` (${status.message.replace(/[.:\s]+$/, '')})`;
  switch (httpStatus) {
    case 400:
      return new ExplainedError(`Cannot ${doing}: the server does not understand the request${said}.`);
    case 401: {
      const why = await whatIsWrong(await session.connection.credentials.current());
      return new ExplainedError(
        `Cannot ${doing}: the server does not accept the credentials (401 Unauthorized). ${why}`,
      );
    }
    case 403:
      return new ForbiddenError(
        `Cannot ${doing}: the server answers 403 Forbidden${said}. ${rightTo(needs, session)}`,
      );
    case 404:
      return new ExplainedError(
        `Cannot ${doing}: the server answers 404 Not Found${said}. Check that the address is a Kubernetes API server's.`,
      );
    case 429:
      return new UnavailableError(
        `Cannot ${doing}: the server is too busy and has asked to wait too often (429 Too Many Requests). Try again later.`,
      );
    default: {
      // 502 and 504 are what a load balancer says before a server that is away, 503 what one says that comes or goes.
      const Kind = [502, 503, 504].includes(httpStatus) ? UnavailableError : ExplainedError;
      return new Kind(
        `Cannot ${doing}: the server answers ${String(httpStatus)}${said}. Try again, or look at its log.`,
      );
    }
  }
}

async function whatIsWrong({ authorization, certificate }: Credentials): Promise<string> {
  if (authorization !== undefined) return 'The token may have expired: log in again.';
  if (certificate === undefined) return 'The kubeconfig holds no credentials for this user.';
  const { X509Certificate } = await import('node:crypto');
  const { validTo, validToDate } = new X509Certificate(certificate.certificate);
  return validToDate.getTime() < Date.now()
    ? `The client certificate has expired on ${validTo}: renew it.`
    : 'The client certificate may be of another cluster: check its user in the kubeconfig.';
}

/** Which right is needed, in a sentence that ends with the command that checks it. */
export function rightTo(needs: Permission, session: Session): string {
  return (
    `It needs the right to ${[needs.verb].flat().join(' and ')} ${needs.resource} ${scopeOf(needs)}; ` +
    `to check: ${canI(needs, session)}`
  );
}

function scopeOf({ namespace }: Permission): string {
  return namespace === null ? 'in the whole cluster' : `in the namespace ${namespace}`;
}

function canI({ verb, resource, namespace }: Permission, { connectionFlags }: Session): string {
  const isNamespaced = resource.startsWith('pods');
  const scope = namespace === null ? (isNamespaced ? ' -A' : '') : ` -n ${namespace}`;
  return [verb]
    .flat()
    .map((each) => `kubectl auth can-i ${each} ${resource}${scope}${connectionFlags}`)
    .join(' and ');
}
