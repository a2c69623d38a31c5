import { readObject } from './request-body.ts';
import { StatusError } from './status.ts';
import { isAllowed } from './users.ts';

/** What is asked about, of which the stand-in looks at these (k8s.io/api/authorization/v1). */
interface ResourceAttributes {
  /** '' for all. */
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
}

/**
 * Answers a SelfSubjectAccessReview, which everybody may ask for.
 *
 * @throws StatusError 400 or 422
 */
export function reviewAccess(user: string, body: string): object {
  const { spec = {} }: { readonly spec?: { readonly resourceAttributes?: ResourceAttributes } } = readObject(
    body,
    'SelfSubjectAccessReview',
  );
  if (spec.resourceAttributes === undefined) {
    throw new StatusError(
      422,
      'Invalid',
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: ' +
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  const { namespace = '', verb = '' } = spec.resourceAttributes;
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed: isAllowed(user, verb, resourceOf(spec.resourceAttributes), namespace || null) },
  };
}

/** As the rules of the users have it: with its group and its subresource where it has them. */
function resourceOf({ group = '', resource = '', subresource = '' }: ResourceAttributes): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
}
