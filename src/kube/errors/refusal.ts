import { ExplainedError } from '../../errors.ts';
import { decodeStatus, type Status } from '../../wire/status.ts';
import { withoutFullStop } from '../../wire/wording.ts';
import { readWhole } from '../transport/body.ts';
import type { Answer } from '../transport/client.ts';
import { UnavailableError } from './connection-error.ts';
import type { Credentials } from '../auth/credentials.ts';
import type { Session } from '../api/session.ts';

/** Maximum length of a quoted error. */
const MAX_STATUS_BYTES = 1024 * 1024;

/** Permission that a request needs, in the terms of RBAC. */
export interface Permission {
  /** Several where all of them are needed. */
  readonly verb: string | readonly string[];
  readonly resource: string;
  /** Null for the whole cluster. */
  readonly namespace: string | null;
}

export interface Asked {
  /** Purpose of the request, as it follows "Cannot". */
  readonly doing: string;
  readonly needs: Permission;
  /** A sentence before the permission that is missing, or ''. */
  readonly note?: string;
}

/** 403: a permission is missing, or an admission controller rejected the request. */
export class ForbiddenError extends ExplainedError {
  override readonly name = 'ForbiddenError';
}

/** Reads the Status of an error response. */
export async function readStatus(answer: Answer): Promise<Status> {
  return decodeStatus(answer.contentType, await readWhole(answer, MAX_STATUS_BYTES));
}

/** Explains an error response: what failed, the response, and what to do. */
export async function refusal(
  answer: Pick<Answer, 'status' | 'location' | 'credentials'>,
  status: Status,
  asked: Asked,
  session: Session,
): Promise<ExplainedError> {
  const { doing, needs, note = '' } = asked;
  const { status: httpStatus, credentials } = answer;
  const said = sayingOf(status);
  switch (httpStatus) {
    case 400:
      return new ExplainedError(`Cannot ${doing}: the server does not understand the request${said}.`);
    case 401: {
      const why = await whatIsWrong(credentials);
      return new ExplainedError(
        `Cannot ${doing}: the server does not accept the credentials (401 Unauthorized). ${why}`,
      );
    }
    case 403:
      // RBAC's refusal is a Status. A web page is a gateway's, a line of text may be the kubelet's.
      return new ForbiddenError(
        status.isStatus
          ? `Cannot ${doing}: the server answers 403 Forbidden${said}. ${note === '' ? '' : `${note} `}${missingRight(needs, status, session)}`
          : `Cannot ${doing}: the server answers 403 Forbidden${said}. This is not an answer of the Kubernetes API: a proxy or gateway before it, or the kubelet behind it, has rejected the request.`,
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
        answer.location === ''
          ? `Cannot ${doing}: the server answers ${String(httpStatus)}${said}. Try again, or look at its log.`
          : `Cannot ${doing}: the server ${redirects(answer)}${said}. Redirects are not followed. Use the address of the API server itself.`,
      );
    }
  }
}

/** Returns the server's message in parentheses, or ''. */
export function sayingOf({ message }: Status): string {
  return message === '' ? '' : ` (${withoutFullStop(message)})`;
}

/** Returns "answers 302 and redirects to https://host/path", or "answers 502". */
export function redirects({ status, location }: Pick<Answer, 'status' | 'location'>): string {
  return `answers ${String(status)}${location === '' ? '' : ` and redirects to ${location}`}`;
}

async function whatIsWrong({ authorization, certificate }: Credentials): Promise<string> {
  if (authorization?.startsWith('Basic ') === true) {
    return 'Check the user name and the password; Kubernetes itself has no basic authentication since 1.19.';
  }
  if (authorization !== undefined) return 'The token may have expired: log in again.';
  if (certificate === undefined) return 'The kubeconfig holds no credentials for this user.';
  const { leafOf } = await import('../auth/client-certificate.ts');
  const leaf = leafOf(certificate.certificate);
  return leaf !== null && leaf.validToDate.getTime() < Date.now()
    ? `The client certificate has expired on ${leaf.validTo}: renew it.`
    : 'The client certificate may be of another cluster: check its user in the kubeconfig.';
}

/** Returns a sentence with the missing permission, if the server names it. */
function missingRight(needs: Permission, { message }: Status, session: Session): string {
  const [, verb = '', resource = '', where = ''] =
    /\bcannot (\w+) resource "([^"]+)"(?: in API group "[^"]*")?(?: in the namespace "([^"]+)")?/.exec(
      message,
    ) ?? [];
  if (verb === 'impersonate') {
    return rightTo({ verb, resource, namespace: where === '' ? null : where }, session);
  }
  const verbs = [needs.verb].flat();
  if (verbs.includes(verb)) return rightTo({ ...needs, verb }, session);
  // Kubernetes 1.35 checks the last of them in another place than the others, and gives no reason there.
  const isLast = /\bis forbidden:?\s*$/.test(message);
  return rightTo({ ...needs, verb: isLast ? verbs.slice(-1) : verbs }, session);
}

/** Returns a sentence with the necessary permission and the command that checks it. */
export function rightTo(needs: Permission, session: Session): string {
  const right = `It needs permission to ${[needs.verb].flat().join(' and ')} ${needs.resource} ${scopeOf(needs)}`;
  const check = needs.verb === 'impersonate' ? canImpersonate(needs, session) : canI(needs, session);
  return check === null ? `${right}.` : `${right}; to check: ${check}`;
}

function scopeOf({ namespace }: Permission): string {
  return namespace === null ? 'in the whole cluster' : `in the namespace ${namespace}`;
}

/** kubectl reads the part after a slash as a name: `pods/exec` would be a Pod with the name exec. */
function canI({ verb, resource, namespace }: Permission, { connectionFlags }: Session): string {
  const [plural = '', subresource = ''] = resource.startsWith('/') ? [resource] : resource.split('/');
  const flags = [
    subresource === '' ? '' : ` --subresource=${subresource}`,
    namespace === null ? (plural === 'pods' ? ' -A' : '') : ` -n ${namespace}`,
    connectionFlags,
  ].join('');
  return [verb]
    .flat()
    .map((each) => `kubectl auth can-i ${each} ${plural}${flags}`)
    .join(' and ');
}

/** Returns the connection flags for the check: without impersonation, if the permission to impersonate is missing. */
function canImpersonate(needs: Permission, session: Session): string | null {
  const { connection, ownFlags } = session;
  const isNamed = ['users', 'groups', 'serviceaccounts'].includes(needs.resource);
  return isNamed && !connection.isImpersonating
    ? canI(needs, { ...session, connectionFlags: ownFlags })
    : null;
}
