import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { base64, kubeconfig } from '../test/api-server/kubeconfig.ts';
import { startApiServer } from '../test/api-server/server.ts';
import { tokenOf } from '../test/api-server/users.ts';
import { asFunction, NODE_FLAGS } from './executable.ts';

const recorder = join(import.meta.dirname, 'record-code-cache.cjs');

/** What is run, so that V8 knows what a command needs; bin/executable.cjs takes the cache of this name for it. */
const RUNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['help', ['--help']],
  ['version', ['version']],
  ['list', ['list', '-A']],
  ['verify', ['verify', 'pod-use-hostnetwork-2']],
  ['ifconfig', ['ifconfig', 'pod-use-hostnetwork-2']],
]);

/** A run on a busy machine may take a path that it else does not take. */
const MAX_ATTEMPTS = 10;

/**
 * V8's code cache of the functions that each command runs, by its name: for the platform and the Node.js that this
 * runs on. Each is recorded until two runs have given the same.
 *
 * @param program the bundle
 */
export async function recordCodeCaches(program: string): Promise<ReadonlyMap<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'hostns-code-cache-'));
  const { server, authority } = await startApiServer();
  try {
    const cluster = { server: server.url, 'certificate-authority-data': base64(authority.certificate) };
    writeFileSync(join(folder, 'config'), kubeconfig({ cluster, user: { token: tokenOf('admin') } }));
    writeFileSync(join(folder, 'main.cjs'), asFunction(program), 'latin1');
    const caches = new Map<string, Buffer>();
    for (const [name, words] of RUNS) caches.set(name, await recordTwice(folder, words));
    return caches;
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordTwice(folder: string, words: readonly string[]): Promise<Buffer> {
  let last = await record(folder, words);
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
    const cache = await record(folder, words);
    if (cache.equals(last)) return cache;
    last = cache;
  }
  throw new Error(`No two runs of ${words.join(' ')} gave the same code cache.`);
}

async function record(folder: string, words: readonly string[]): Promise<Buffer> {
  const output = join(folder, 'cache');
  rmSync(output, { force: true });
  const env = { ...process.env, KUBECONFIG: join(folder, 'config') };
  const node = promisify(execFile).bind(null, process.execPath);
  try {
    await node(['--random-seed=1', ...NODE_FLAGS, recorder, output, ...words], { cwd: folder, env });
  } catch (error) {
    // A verdict is an exit code as well.
    if (!existsSync(output)) throw error;
  }
  await node([...NODE_FLAGS, recorder, output], { cwd: folder });
  return readFileSync(output);
}
