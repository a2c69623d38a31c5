import { exitCode, type ExitCode } from '../../errors.ts';
import { join, safeJson, safeLine, text } from '../../output/safe-text.ts';
import { PLATFORM, VERSION } from '../../version.ts';
import type { ServerVersion } from '../../kube/api/server-version.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';

export interface VersionOptions {
  readonly connection: ConnectionOptions;
  /** Prints the version of the client only, without a cluster. */
  readonly clientOnly: boolean;
  readonly json: boolean;
}

/** Runs `kubectl hostns version`. */
export async function version(options: VersionOptions, context: CommandContext): Promise<ExitCode> {
  const { stdout } = context;
  const client = { version: VERSION, platform: PLATFORM };
  const server = options.clientOnly ? null : await askServer(options.connection, context);
  if (options.json) {
    const document = { clientVersion: client, ...(server === null ? {} : { serverVersion: server }) };
    stdout.write(join([safeJson(document, 2), safeLine('')], '\n'));
  } else {
    stdout.write(text`Client Version: ${client.version}\n`);
    if (server !== null) stdout.write(text`Server Version: ${server.gitVersion}\n`);
  }
  return exitCode.ok;
}

/** The modules for a cluster are loaded only if one is asked. */
async function askServer(connection: ConnectionOptions, context: CommandContext): Promise<ServerVersion> {
  const [{ withSession }, { serverVersion }] = await Promise.all([
    import('../shared/session.ts'),
    import('../../kube/api/server-version.ts'),
  ]);
  return withSession(connection, context, serverVersion);
}
