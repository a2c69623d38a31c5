import type { ConnectionOptions } from '../commands/shared/context.ts';
import { UsageError } from '../errors.ts';
import type { Values } from './command.ts';

/** kubectl's connection flags as options. A flag that is given as empty counts as not given, as in kubectl. */
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

/** kubectl ignores an entry without "=", so that the user is not the one that was meant. */
function checkedExtra(entry: string): string {
  if (!entry.includes('=')) throw new UsageError(`The flag --as-user-extra takes KEY=VALUE, not "${entry}".`);
  return entry;
}

function checked(options: { readonly namespace?: string }): { readonly namespace?: string } {
  if (options.namespace !== undefined) checkedNamespace(options.namespace);
  return options;
}

/**
 * What cannot be one segment of a path cannot be a name (IsValidPathSegmentName in k8s.io/apimachinery).
 *
 * @throws UsageError for such a one
 */
export function checkedNamespace(name: string): string {
  if (/^\.\.?$|[/%]/.test(name)) {
    throw new UsageError(`The namespace "${name}" is no name: it may neither be . or .. nor contain / or %.`);
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
 * Milliseconds of a Go duration (1h30m, 1.5s, 500ms) or of a bare number of seconds.
 *
 * @throws UsageError where it is neither
 */
export function duration(flag: string, value: string): number {
  if (/^\d+$/.test(value)) return timerValue(Number(value) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|\u00b5s|ms|s|m|h))+$/.test(value)) {
    throw new UsageError(`The flag ${flag} takes a duration such as 10s, 2m or 1h30m, not "${value}".`);
  }
  return timerValue(
    [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/gy)].reduce(
      (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
      0,
    ),
  );
}

/** Milliseconds of --timeout, of which 0 means for ever, as in --request-timeout. */
export function timeout(values: Values): number {
  return duration('--timeout', values.string('timeout') ?? '60s') || MAX_TIMER_MILLISECONDS;
}

/** Timers count whole milliseconds in 31 bits: 24 days, which is for ever for a request. */
function timerValue(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds), MAX_TIMER_MILLISECONDS);
}
