import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { System } from '../../src/main.ts';
import { type Authority, type Certificate, createAuthority } from '../api-server/certificate.ts';
import { base64, kubeconfig, type KubeconfigOptions } from '../api-server/kubeconfig.ts';
import { ApiServer, type ServerOptions } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { type Environment, run, type Screen } from './run.ts';

/** A recorded cluster for the tests of one file, and a folder that goes when they end. */
export class TestCluster {
  #authority: Authority | undefined;
  #server: ApiServer | undefined;
  #folder = '';
  #files = 0;
  readonly #others: { close(): Promise<void> }[] = [];

  get server(): ApiServer {
    if (this.#server === undefined) throw new Error('The cluster starts before the first test.');
    return this.#server;
  }

  get authority(): Authority {
    if (this.#authority === undefined) throw new Error('The cluster starts before the first test.');
    return this.#authority;
  }

  get folder(): string {
    return this.#folder;
  }

  /** The cluster's entry in a kubeconfig. */
  get entry(): { readonly server: string; readonly 'certificate-authority-data': string } {
    return {
      server: this.server.url,
      'certificate-authority-data': base64(this.authority.certificate),
    };
  }

  async start(options: Partial<ServerOptions>): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'hostns-test-'));
    this.#authority = await createAuthority('kubernetes');
    this.#server = await ApiServer.start({ authority: this.#authority, ...options });
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    for (const other of this.#others) await other.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Another server, which ends with this one. */
  async startServer(options: Partial<ServerOptions>): Promise<ApiServer> {
    const server = await ApiServer.start({ authority: this.authority, ...options });
    return this.closeAfterwards(server);
  }

  closeAfterwards<T extends { close(): Promise<void> }>(closable: T): T {
    this.#others.push(closable);
    return closable;
  }

  issue(commonName: string, expired = false): Promise<Certificate> {
    return this.authority.issue({ commonName, expired });
  }

  /** Writes a file and gives its path. */
  async file(content: string, name = `file-${String((this.#files += 1))}`): Promise<string> {
    const path = join(this.#folder, name);
    await writeFile(path, content);
    return path;
  }

  /** Writes a kubeconfig and gives its path; by default an administrator's, with a token. */
  kubeconfig({ cluster, user, ...rest }: Partial<KubeconfigOptions> = {}): Promise<string> {
    return this.file(
      kubeconfig({
        cluster: { ...this.entry, ...cluster },
        user: user ?? { token: tokenOf('admin') },
        ...rest,
      }),
    );
  }

  kubeconfigOf(user: string): Promise<string> {
    return this.kubeconfig({ user: { token: tokenOf(user) } });
  }

  /** What the administrator sees who types `kubectl hostns ARGV`. */
  async run(
    argv: readonly string[],
    environment: Environment = {},
    system: Partial<System> = {},
  ): Promise<Screen> {
    const KUBECONFIG = environment['KUBECONFIG'] ?? (await this.kubeconfig());
    return run(argv, { ...environment, KUBECONFIG }, system);
  }
}

/** Starts a recorded cluster for the tests of this file; each finds it as it was recorded. */
export function testCluster(options: Partial<ServerOptions> = {}): TestCluster {
  const cluster = new TestCluster();
  beforeAll(() => cluster.start(options));
  afterEach(async () => {
    // A request that the program did not wait for must not count in the next test.
    await cluster.server.disconnected();
    cluster.server.reset();
  });
  afterAll(() => cluster.stop());
  return cluster;
}
