import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../../../src/errors.ts';
import type { CredentialSource } from '../../../src/kube/auth/credentials.ts';
import { execCredentials } from '../../../src/kube/auth/exec-credentials.ts';
import { type ExecPlugin, parseKubeconfig } from '../../../src/kube/config/kubeconfig.ts';
import { Collector } from '../../main/run.ts';
import { until } from '../../main/watching.ts';

/* Who asks at the same time, and what is asked of the plugin for it; what it is told is in test/main. */

const API_VERSION = 'client.authentication.k8s.io/v1';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostns-plugin-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let sources = 0;

/** Of a plugin whose tokens are numbered from 1 on, and which gives the nth once `let(n)` was called. */
function source(more: Partial<ExecPlugin> = {}): {
  readonly credentials: CredentialSource;
  readonly runs: () => number;
  readonly let: (run: number) => void;
} {
  sources += 1;
  const file = join(folder, String(sources));
  const script = `
    const fs = require('node:fs');
    fs.appendFileSync('${file}', 'r');
    const run = fs.readFileSync('${file}', 'utf8').length;
    const status = { token: String(run) };
    const waiting = setInterval(() => {
      if (!fs.existsSync('${file}-' + run)) return;
      clearInterval(waiting);
      console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: '${API_VERSION}', status }));
    }, 5);`;
  const entry = {
    apiVersion: API_VERSION,
    command: process.execPath,
    args: ['-e', script],
    interactiveMode: 'Never',
  };
  const { clusters, users } = parseKubeconfig(
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://example.com' } }],
      users: [{ name: 'a', user: { exec: { ...entry, ...more } } }],
    }),
    join(folder, 'config'),
  );
  const [plugin, cluster] = [users.get('a')?.exec, clusters.get('a')];
  if (plugin === undefined || plugin === null || cluster === undefined) throw new Error('Both are there.');
  const surroundings = { environment: process.env, homeDirectory: folder, isInteractive: false };
  appendFileSync(file, '');
  return {
    credentials: execCredentials(plugin, { cluster, ca: undefined }, surroundings),
    runs: () => (existsSync(file) ? readFileSync(file, 'utf8').length : 0),
    let: (run) => {
      writeFileSync(`${file}-${String(run)}`, '');
    },
  };
}

test('those who ask at the same time get what one run brings', async () => {
  const { credentials, runs, let: allow } = source();
  allow(1);
  const all = await Promise.all([credentials.current(), credentials.current(), credentials.current()]);
  expect(all).toEqual(Array.from({ length: 3 }, () => ({ authorization: 'Bearer 1' })));
  expect(runs()).toBe(1);
});

test('of several requests that are refused the first alone has the credential renewed', async () => {
  const { credentials, runs, let: allow } = source();
  allow(1);
  allow(2);
  const first = await credentials.current();
  expect(credentials.invalidate(first)).toBe(true);
  const second = await credentials.current();
  expect(second).toEqual({ authorization: 'Bearer 2' });
  // This one was sent before.
  expect(credentials.invalidate(first)).toBe(true);
  expect(await credentials.current()).toBe(second);
  expect(runs()).toBe(2);
});

test('what is closed has ended: it is started no more', async () => {
  const { credentials, runs } = source();
  const begun = credentials.current();
  const ended = expect(begun).rejects.toThrow(InterruptedError);
  await until('a run', () => runs() === 1);
  await credentials.close();
  await ended;
  await expect(credentials.current()).rejects.toThrow(InterruptedError);
  expect(runs()).toBe(1);
});

test('what has come already is there after that, too', async () => {
  const { credentials, let: allow } = source();
  allow(1);
  const first = await credentials.current();
  await credentials.close();
  expect(await credentials.current()).toBe(first);
});

test.each([
  [{ args: ['x'.repeat(200_000)] }, / cannot be started: E2BIG\.$/],
  [{ args: ['a\u0000b'] }, / cannot be started: ERR_INVALID_ARG_VALUE\.$/],
])('what no program can be given is explained', async (more, message) => {
  await expect(source(more).credentials.current()).rejects.toThrow(message);
});

test('a process that can open nothing more explains that, and ends', async () => {
  const module = new URL('../../../src/kube/auth/exec-credentials.ts', import.meta.url).href;
  const script = `
    import { openSync } from 'node:fs';
    import { execCredentials } from '${module}';
    const plugin = { apiVersion: '${API_VERSION}', command: 'true', args: [], env: [], interactiveMode: 'Never' };
    const { current } = execCredentials(plugin, { cluster: {} }, { environment: {} });
    try {
      for (;;) openSync('/dev/null');
    } catch {}
    await current().catch((error) => console.log(error.message));`;
  const limited = [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ];
  const child = spawn('/bin/sh', limited, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [new Collector(), new Collector()];
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, stdout: stdout.text, stderr: stderr.text }).toEqual({
    code: 0,
    stdout: 'The credential plugin "true" of the kubeconfig\'s user cannot be started: EMFILE.\n',
    stderr: '',
  });
});
