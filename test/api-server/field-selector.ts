import type { PodJson } from './recorded.ts';
import { badRequest } from './status.ts';

export type FieldSelector = (pod: PodJson) => boolean;

/** Those that a Pod has (ToSelectableFields in pkg/registry/core/pod/strategy.go, 1.35). */
const FIELDS: Readonly<Record<string, (pod: PodJson) => string>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace,
  'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
  'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
  'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
  'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
  'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
  'status.phase': ({ status }) => status.phase,
  'status.podIP': ({ status }) => status.podIP ?? '',
  'status.nominatedNodeName': ({ status }) => status.nominatedNodeName ?? '',
};

/**
 * Reads a field selector as the API server does, with its words for what is wrong
 * (k8s.io/apimachinery/pkg/fields/selector.go, 1.35).
 *
 * @throws StatusError 400
 */
export function parseFieldSelector(selector: string): FieldSelector {
  const terms = selector
    .split(/(?<!\\),/)
    .filter((term) => term !== '')
    // So that of several errors the server tells the same one.
    .sort()
    .map((term) => parseTerm(term, selector));
  return (pod) => terms.every((matches) => matches(pod));
}

function parseTerm(term: string, selector: string): FieldSelector {
  const [, name = '', operator, escaped = ''] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? [];
  if (operator === undefined) {
    throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  }
  const value = unescape(escaped);
  const field = FIELDS[name];
  if (field === undefined) throw badRequest(`field label not supported: ${name}`);
  return (pod) => (field(pod) === value) === (operator !== '!=');
}

function unescape(value: string): string {
  return value.replaceAll(/\\(.?)|[,=]/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw badRequest(
        `invalid field selector: unescaped character in value: ${String(found.codePointAt(0))}`,
      );
    }
    if (!['\\', ',', '='].includes(escaped)) {
      throw badRequest(`invalid field selector: invalid escape sequence: ${found}`);
    }
    return escaped;
  });
}
