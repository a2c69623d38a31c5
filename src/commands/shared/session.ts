import { type Client, createClient } from '../../kube/transport/client.ts';
import { connect, type ConnectionOptions, withoutUserinfo } from '../../kube/config/connection.ts';
import type { Session } from '../../kube/api/session.ts';
import { text } from '../../output/safe-text.ts';
import { USER_AGENT } from '../../version.ts';
import type { CommandContext } from './context.ts';

/**
 * Connects, runs `work`, and closes the connections in any case. Ctrl-C cancels the requests of the session, but not those of
 * the cleanup session `steadfast`.
 *
 * @throws ExplainedError if the cluster cannot be reached, and what `work` throws
 */
export async function withSession<T>(
  options: ConnectionOptions,
  context: CommandContext,
  work: (session: Session, steadfast: () => Session) => Promise<T>,
): Promise<T> {
  const connection = await connect(options, context);
  const clients: Client[] = [];
  const sessionUntil = (signal: AbortSignal): Session => {
    const client = createClient(connection, {
      signal,
      userAgent: USER_AGENT,
      now: context.now,
      trace: (line) => {
        if (context.verbosity >= 6) context.stderr.write(text`${line}\n`);
      },
    });
    clients.push(client);
    return {
      client,
      connection,
      connectionFlags: connectionFlags(options) + impersonationFlags(options),
      ownFlags: connectionFlags(options),
    };
  };
  try {
    return await work(sessionUntil(context.signal), () => sessionUntil(new AbortController().signal));
  } finally {
    for (const client of clients) client.close();
    await connection.credentials.close();
  }
}

/** Secrets that must not appear in any message: tokens, passwords, and passwords in URLs. */
function connectionFlags(options: ConnectionOptions): string {
  const flags: readonly (readonly [flag: string, value: string | undefined])[] = [
    ['--kubeconfig', options.kubeconfig],
    ['--context', options.context],
    ['--cluster', options.cluster],
    ['--user', options.user],
    ['--server', options.server === undefined ? undefined : withoutUserinfo(options.server)],
    ['--certificate-authority', options.certificateAuthority],
    ['--tls-server-name', options.tlsServerName],
    ['--client-certificate', options.clientCertificate],
    ['--client-key', options.clientKey],
  ];
  return flagsOf(flags) + (options.insecureSkipTlsVerify === true ? ' --insecure-skip-tls-verify' : '');
}

function impersonationFlags({ as, asUid, asGroup = [], asUserExtra = [] }: ConnectionOptions): string {
  return flagsOf([
    ['--as', as],
    ['--as-uid', asUid],
    ...asGroup.map((group) => ['--as-group', group] as const),
    ...asUserExtra.map((entry) => ['--as-user-extra', entry] as const),
  ]);
}

function flagsOf(flags: readonly (readonly [flag: string, value: string | undefined])[]): string {
  return flags.map(([flag, value]) => (value === undefined ? '' : ` ${flag} ${shellWord(value)}`)).join('');
}

function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
