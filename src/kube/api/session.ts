import type { Client } from '../transport/client.ts';
import type { Connection } from '../config/connection.ts';

/** Access to a cluster. */
export interface Session {
  readonly client: Client;
  readonly connection: Connection;
  /** The connection flags as given, to be repeated in the kubectl commands that messages propose. */
  readonly connectionFlags: string;
  /** Connection flags without those that impersonate. */
  readonly ownFlags: string;
}
