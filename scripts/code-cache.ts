import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ExitCode, exitCode } from '../src/errors.ts';
import { base64, kubeconfig } from '../test/api-server/kubeconfig.ts';
import { startApiServer } from '../test/api-server/server.ts';
import { tokenOf } from '../test/api-server/users.ts';
import { asFunction, NODE_FLAGS, plainEnvironment } from './executable.ts';

const recorder = join(import.meta.dirname, 'record-code-cache.cjs');

/** What is run, so that V8 knows what a command needs; bin/executable.cjs takes the cache of this name for it. */
const RUNS: ReadonlyMap<string, Run> = new Map([
  ['help', { words: ['--help'], exitCode: exitCode.ok }],
  ['version', { words: ['version'], exitCode: exitCode.ok }],
  ['list', { words: ['list', '-A'], exitCode: exitCode.ok }],
  // Both recorded nodes run on one machine, which leaves ipc open.
  ['verify', { words: ['verify', 'pod-use-hostnetwork-2'], exitCode: exitCode.inconclusive }],
  ['ifconfig', { words: ['ifconfig', 'pod-use-hostnetwork-2'], exitCode: exitCode.ok }],
]);

interface Run {
  readonly words: readonly string[];
  /** With another one it was not the run that it should be. */
  readonly exitCode: ExitCode;
}

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
    for (const [name, run] of RUNS) caches.set(name, await recordTwice(folder, run));
    return caches;
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordTwice(folder: string, run: Run): Promise<Buffer> {
  let last = await record(folder, run);
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
    const cache = await record(folder, run);
    if (cache.equals(last)) return cache;
    last = cache;
  }
  throw new Error(`No two runs of ${run.words.join(' ')} gave the same code cache.`);
}

async function record(folder: string, { words, exitCode: wanted }: Run): Promise<Buffer> {
  const output = join(folder, 'cache');
  rmSync(output, { force: true });
  const env = plainEnvironment({ HOME: folder, KUBECONFIG: join(folder, 'config') });
  const node = promisify(execFile).bind(null, process.execPath);
  const args = ['--random-seed=1', ...NODE_FLAGS, recorder, output, ...words];
  const code = await node(args, { cwd: folder, env }).then(
    () => exitCode.ok,
    (error: unknown) => (error as { readonly code?: unknown }).code, // As execFile() rejects.
  );
  if (code !== wanted) throw new Error(`${words.join(' ')} ended with ${String(code)}.`);
  await node([...NODE_FLAGS, recorder, output], { cwd: folder, env });
  return readFileSync(output);
}
