import type { Client } from '../transport/client.ts';
import type { Connection } from '../config/connection.ts';

/** A cluster that can be asked. */
export interface Session {
  readonly client: Client;
  readonly connection: Connection;
  /** The connection flags as given, to be repeated in the kubectl commands that messages propose. */
  readonly connectionFlags: string;
  /** Those of them that impersonate nobody. */
  readonly ownFlags: string;
}
