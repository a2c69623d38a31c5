import type { ConnectionOptions } from '../commands/shared/context.ts';
import { UsageError } from '../errors.ts';
import type { Values } from './command.ts';

/** Reads kubectl's connection flags. As in kubectl, an empty value counts as not given. */
export function connectionOptions(values: Values): ConnectionOptions {
  const given = <K extends string>(key: K, flag: string): Partial<Record<K, string>> => {
    const value = values.string(flag);
    return value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, string>);
  };
  const groups = values.strings('as-group');
  const extra = values.strings('as-user-extra').map(checkedExtra);
  return {
    ...given('kubeconfig', 'kubeconfig'),
    ...given('context', 'context'),
    ...given('cluster', 'cluster'),
    ...given('user', 'user'),
    ...checked(given('namespace', 'namespace')),
    ...given('server', 'server'),
    ...given('token', 'token'),
    ...given('username', 'username'),
    ...given('password', 'password'),
    ...given('as', 'as'),
    ...given('asUid', 'as-uid'),
    ...given('certificateAuthority', 'certificate-authority'),
    ...given('clientCertificate', 'client-certificate'),
    ...given('clientKey', 'client-key'),
    ...given('tlsServerName', 'tls-server-name'),
    ...(groups.length === 0 ? {} : { asGroup: groups }),
    ...(extra.length === 0 ? {} : { asUserExtra: extra }),
    ...(values.string('insecure-skip-tls-verify') === undefined
      ? {}
      : { insecureSkipTlsVerify: values.boolean('insecure-skip-tls-verify') }),
    ...(values.string('disable-compression') === undefined
      ? {}
      : { disableCompression: values.boolean('disable-compression') }),
    requestTimeout: duration('--request-timeout', values.string('request-timeout') ?? '0'),
  };
}

/** kubectl ignores an entry without "=", and then impersonates another user than the one that was meant. */
function checkedExtra(entry: string): string {
  if (!entry.includes('='))
    throw new UsageError(`invalid value "${entry}" for --as-user-extra. Use KEY=VALUE.`);
  return entry;
}

function checked(options: { readonly namespace?: string }): { readonly namespace?: string } {
  if (options.namespace !== undefined) checkedNamespace(options.namespace);
  return options;
}

/**
 * Returns the name if it can be one segment of a URL path (IsValidPathSegmentName in k8s.io/apimachinery).
 *
 * @throws UsageError if it cannot
 */
export function checkedNamespace(name: string): string {
  if (/^\.\.?$|[/%]/.test(name)) {
    throw new UsageError(`invalid namespace "${name}": it must not be "." or ".." or contain "/" or "%"`);
  }
  return name;
}

const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Parses a Go duration (1h30m, 1.5s, 500ms) or a number of seconds. Returns milliseconds.
 *
 * @throws UsageError if it is neither
 */
export function duration(flag: string, value: string): number {
  if (/^\d+$/.test(value)) return timerValue(Number(value) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|\u00b5s|ms|s|m|h))+$/.test(value)) {
    throw new UsageError(`invalid value "${value}" for ${flag}. Use a duration such as 10s, 2m or 1h30m.`);
  }
  return timerValue(
    [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/gy)].reduce(
      (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
      0,
    ),
  );
}

/** Returns --timeout in milliseconds. As in --request-timeout, 0 means no timeout. */
export function timeout(values: Values): number {
  return duration('--timeout', values.string('timeout') ?? '60s') || MAX_TIMER_MILLISECONDS;
}

/** Timers count whole milliseconds in 31 bits. A request never takes the 24 days of this limit. */
function timerValue(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds), MAX_TIMER_MILLISECONDS);
}
