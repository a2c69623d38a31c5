import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { base64 } from '../api-server/kubeconfig.ts';
import type { RecordedRequest } from '../api-server/server.ts';
import { tokenOf } from '../api-server/users.ts';
import { testCluster } from './cluster.ts';
import { hasty, probeReporting } from './probing.ts';
import { programCommand, run } from './run.ts';
import { endWatching, sharingPod, until, type Watching, watching } from './watching.ts';

/* Credentials that change, run out, or do not come, while the program runs. */

const cluster = testCluster();
afterEach(endWatching);

const API_VERSION = 'client.authentication.k8s.io/v1';
let plugins = 0;

/** A kubeconfig with a plugin, a Node.js program that finds the file of its own runs in RUNS. */
async function withPlugin(
  program: string,
): Promise<{ readonly KUBECONFIG: string; readonly runs: () => string }> {
  plugins += 1;
  const file = join(cluster.folder, `runs-${String(plugins)}`);
  const script = await cluster.file(
    `const fs = require('node:fs');
     const RUNS = ${JSON.stringify(file)};
     const note = (line) => fs.appendFileSync(RUNS, line + '\\n');
     const count = () => fs.readFileSync(RUNS, 'utf8').split('\\n').length - 1;
     const print = (status) => process.stdout.write(JSON.stringify(
       { kind: 'ExecCredential', apiVersion: '${API_VERSION}', status }));
     ${program}`,
    `changing-plugin-${String(plugins)}.cjs`,
  );
  const exec = {
    apiVersion: API_VERSION,
    command: process.execPath,
    args: [script],
    interactiveMode: 'Never',
  };
  const KUBECONFIG = await cluster.kubeconfig({ user: { exec } });
  return { KUBECONFIG, runs: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

const LONG_AGO = JSON.stringify(new Date(0).toISOString());

/** The users, by their tokens, of the requests for which this holds. */
function tokens(which: (request: RecordedRequest) => boolean = () => true): readonly string[] {
  return cluster.server.requests
    .filter(which)
    .map(({ headers }) => headers.authorization?.replace('Bearer token-of-', '') ?? 'none');
}

const isWatch = ({ query }: RecordedRequest): boolean => query.has('watch');

/** Starts a watch, and waits until it has shown what there is. */
async function watchBy(user: Readonly<Record<string, unknown>>): Promise<Watching> {
  const KUBECONFIG = await cluster.kubeconfig({ user });
  const watch = watching(cluster, ['-w', '-oname'], {}, { KUBECONFIG });
  await watch.lines(3);
  await until('a watch', () => cluster.server.requests.some(isWatch));
  return watch;
}

/** Ends the watch as the server does every few minutes, and waits for the next one. */
async function nextWatch(count: number): Promise<void> {
  cluster.server.endWatches('ended');
  await until('another watch', () => cluster.server.requests.filter(isWatch).length >= count);
}

describe('a token file that is replaced', () => {
  test('is read again for each request of a watch, and each is made by the token that is there', async () => {
    const path = await cluster.file(`${tokenOf('admin')}\n`);
    const watch = await watchBy({ tokenFile: path });
    // As the kubelet does it, at once.
    await writeFile(`${path}.new`, tokenOf('watcher'));
    await rename(`${path}.new`, path);
    await nextWatch(2);
    expect(tokens(isWatch)).toEqual(['admin', 'watcher']);
    cluster.server.store.apply(sharingPod('newcomer'));
    expect((await watch.lines(4))[3]).toBe('pod/newcomer');
    expect((await watch.end()).stderr).toBe('');
  });

  test('is read again for a new list, where the server has forgotten the version', async () => {
    const path = await cluster.file(tokenOf('admin'));
    const watch = await watchBy({ tokenFile: path });
    await writeFile(path, tokenOf('watcher'));
    cluster.server.requests.length = 0;
    cluster.server.endWatches({ code: 410, reason: 'Expired', message: 'too old' });
    await until('another watch', () => cluster.server.requests.some(isWatch));
    expect(new Set(tokens())).toEqual(new Set(['watcher']));
    await watch.end();
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ['removed', (path) => rm(path)],
    ['emptied', (path) => writeFile(path, '\n')],
  ])('may be %s for a while: the token that was read before goes on to be used', async (_, spoil) => {
    const path = await cluster.file(tokenOf('admin'));
    const watch = await watchBy({ tokenFile: path });
    await spoil(path);
    await nextWatch(2);
    expect(tokens(isWatch)).toEqual(['admin', 'admin']);
    await writeFile(path, tokenOf('watcher'));
    await nextWatch(3);
    expect(tokens(isWatch).at(-1)).toBe('watcher');
    await watch.end();
  });

  test.each([
    ['empty', (path: string) => writeFile(path, '\n'), 'is empty.'],
    ['missing', (path: string) => rm(path), 'cannot be read: there is no such file.'],
  ])('from the beginning %s is an error, unless a token stands beside it', async (_, spoil, why) => {
    const tokenFile = await cluster.file('x');
    await spoil(tokenFile);
    expect(await run(['list'], { KUBECONFIG: await cluster.kubeconfig({ user: { tokenFile } }) })).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: The token file ${tokenFile} ${why}\n`,
    });
    const user = { tokenFile, token: tokenOf('admin') };
    const { code } = await run(['list'], { KUBECONFIG: await cluster.kubeconfig({ user }) });
    expect(code).toBe(0);
  });

  test('with more than one line cannot be sent, and is not quoted', async () => {
    const tokenFile = await cluster.file('secret-1\nsecret-2\n');
    const KUBECONFIG = await cluster.kubeconfig({ user: { tokenFile } });
    const { code, stderr } = await run(['list', '-v9'], { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr.split('\n')[0]).toBe(
      'error: The credentials cannot be sent: there is a control character, such as a line break, in it.',
    );
    expect(stderr).not.toContain('secret');
  });
});

describe('the files of a client certificate', () => {
  /** Lists in pages, and does something once the first is asked for; who has asked last stands in the refusal. */
  async function changedMeanwhile(
    change: (paths: { readonly certificate: string; readonly key: string }) => void,
  ): Promise<{ readonly code: number; readonly stderr: string }> {
    const first = await cluster.issue('admin');
    const paths = {
      certificate: await cluster.file(first.certificate),
      key: await cluster.file(first.key),
    };
    const user = { 'client-certificate': paths.certificate, 'client-key': paths.key };
    cluster.server.largestPage = 20;
    cluster.server.respond = ({ index }) => {
      if (index === 0) change(paths);
      return null;
    };
    const { code, stderr } = await run(['list', '-A'], { KUBECONFIG: await cluster.kubeconfig({ user }) });
    return { code, stderr };
  }

  test('may both be replaced: the next request is made by the new one', async () => {
    const next = await cluster.issue('viewer');
    const { code, stderr } = await changedMeanwhile(({ certificate, key }) => {
      writeFileSync(certificate, next.certificate);
      writeFileSync(key, next.key);
    });
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('User "viewer" cannot') });
    expect(cluster.server.connections).toBeGreaterThan(1);
  });

  test.each(['certificate', 'key'] as const)(
    'count together: of a new %s alone nothing comes',
    async (one) => {
      const next = await cluster.issue('viewer');
      const screen = await changedMeanwhile((paths) => {
        writeFileSync(paths[one], next[one]);
      });
      expect(screen).toEqual({ code: 0, stderr: '' });
    },
  );

  test('may be gone for a while', async () => {
    const screen = await changedMeanwhile(({ certificate, key }) => {
      rmSync(certificate);
      rmSync(key);
    });
    expect(screen).toEqual({ code: 0, stderr: '' });
  });

  test('are read once where the other half stands in the kubeconfig, as in client-go', async () => {
    const { certificate, key } = await cluster.issue('admin');
    const path = await cluster.file(certificate);
    cluster.server.largestPage = 20;
    cluster.server.respond = ({ index }) => {
      if (index === 0) rmSync(path);
      return null;
    };
    const user = { 'client-certificate': path, 'client-key-data': base64(key) };
    const { code } = await run(['list', '-A'], { KUBECONFIG: await cluster.kubeconfig({ user }) });
    expect(code).toBe(0);
  });
});

describe('the credential of a plugin', () => {
  test('is renewed in the middle of a watch, once it has expired', async () => {
    const { KUBECONFIG, runs } = await withPlugin(
      `note('run'); print({ token: count() < 3 ? 'token-of-admin' : 'token-of-watcher', expirationTimestamp: ${LONG_AGO} });`,
    );
    const watch = watching(cluster, ['-w', '-oname'], {}, { KUBECONFIG });
    await watch.lines(3);
    await until('a watch', () => cluster.server.requests.some(isWatch));
    await nextWatch(2);
    expect(tokens(isWatch).at(-1)).toBe('watcher');
    // The request for the Windows nodes shares the run of the first list.
    expect(runs()).toBe('run\n'.repeat(cluster.server.requests.length - 1));
    await watch.end();
  });

  test('that has expired is renewed by one run at a time, however many ask', async () => {
    const { KUBECONFIG, runs } = await withPlugin(
      `note('begin'); setTimeout(() => { note('end'); print({ token: 'token-of-admin', expirationTimestamp: ${LONG_AGO} }); }, 20);`,
    );
    const { code } = await run(['verify', '--all', '-A', '--parallel', '8'], { KUBECONFIG });
    expect(code).not.toBe(3);
    expect(runs()).toMatch(/^(?:begin\nend\n)+$/);
    const count = runs().split('begin').length - 1;
    expect(count).toBeGreaterThan(2);
    expect(count).toBeLessThan(cluster.server.requests.length);
  });

  test('that has expired and is refused is not asked for again to say so', async () => {
    const { KUBECONFIG, runs } = await withPlugin(
      `note('run'); print({ token: 'revoked', expirationTimestamp: ${LONG_AGO} });`,
    );
    const { stderr } = await run(['list'], { KUBECONFIG });
    expect(stderr).toMatch(/\(401 Unauthorized\)\. The token may have expired: log in again\.\n$/);
    expect(cluster.server.requests.filter(({ path }) => path.endsWith('/pods'))).toHaveLength(2);
    expect(runs()).toBe('run\nrun\n');
  });

  test('is got even after Ctrl-C for what must be put in order: the probe Pod is removed', async () => {
    const { KUBECONFIG } = await withPlugin(
      `print({ token: 'token-of-admin', expirationTimestamp: ${LONG_AGO} });`,
    );
    const interrupted = new AbortController();
    const report = probeReporting((text) => text);
    cluster.server.exec = (call) => {
      interrupted.abort();
      return { ...report(call), fault: 'hang' };
    };
    const argv = ['verify', 'plain-2', '--probe'];
    const { code } = await run(argv, { KUBECONFIG }, { ...hasty, signal: interrupted.signal });
    expect(code).toBe(130);
    expect(cluster.server.requests.some(({ method }) => method === 'DELETE')).toBe(true);
    expect(cluster.server.made).toEqual([]);
  });
});

describe('a credential plugin that hangs', () => {
  const HANGS = `note(String(process.pid)); setInterval(() => {}, 1000);`;

  function isRunning(pid: string): boolean {
    try {
      return process.kill(Number(pid), 0);
    } catch {
      return false;
    }
  }

  /** Presses Ctrl-C once the plugin runs. */
  async function interruptedAt(program: string): Promise<{ readonly code: number; readonly pids: string[] }> {
    const { KUBECONFIG, runs } = await withPlugin(program);
    const interrupted = new AbortController();
    const lines = (program.match(/note\(/g) ?? []).length;
    const ended = run(['list'], { KUBECONFIG }, { signal: interrupted.signal });
    await until('a plugin', () => runs().split('\n').length > lines);
    interrupted.abort();
    const { code, stderr } = await ended;
    expect(stderr).toBe('error: Interrupted.\n');
    return { code, pids: runs().trim().split('\n') };
  }

  test.each([
    ['', HANGS],
    ['and does not listen', `process.on('SIGTERM', () => {}); ${HANGS}`],
  ])('%s is ended by Ctrl-C, and not left behind', async (_, program) => {
    const { code, pids } = await interruptedAt(program);
    expect(code).toBe(130);
    expect(pids.map(isRunning)).toEqual([false]);
  });

  test.each(['list', 'verify --all'])(
    'is ended where --request-timeout has passed, and the server is not blamed: %s',
    async (command) => {
      const { KUBECONFIG, runs } = await withPlugin(HANGS);
      const argv = [...command.split(' '), '--request-timeout=1s'];
      const { code, stderr } = await run(argv, { KUBECONFIG });
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr:
          'error: Cannot list Pods in the namespace default: getting the credentials took longer than --request-timeout allows (1 s).\n',
      });
      expect(runs().trim().split('\n').map(isRunning)).not.toContain(true);
      expect(cluster.server.requests).toEqual([]);
    },
  );

  test('by what it has left behind itself, which holds its output open, is not waited for', async () => {
    const { code, pids } = await interruptedAt(
      `const child = require('node:child_process').spawn(process.execPath,
         ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
       child.unref();
       note(String(child.pid));`,
    );
    expect(code).toBe(130);
    for (const pid of pids) process.kill(Number(pid));
  });

  test('is ended by Ctrl-C, as the program is on its own', async () => {
    const { KUBECONFIG, runs } = await withPlugin(HANGS);
    const [command, ...args] = programCommand;
    const child = spawn(command, [...args, 'list'], {
      env: { ...process.env, KUBECONFIG },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await until('a plugin', () => runs() !== '');
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'error: Interrupted.\n' });
    expect(isRunning(runs().trim())).toBe(false);
  });
});

test('what a credential plugin says on standard error is the user’s to read, as it is, megabytes of it', async () => {
  const { KUBECONFIG } = await withPlugin(
    `process.stderr.write('\\x1b[1mLog in\\x1b[0m\\n' + 'x'.repeat(3_000_000), () => print({ token: 'token-of-admin' }));`,
  );
  const [command, ...args] = programCommand;
  const child = spawn(command, [...args, 'list', '-oname'], {
    env: { ...process.env, KUBECONFIG },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout?.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr?.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, stdout: Buffer.concat(stdout ?? []).toString() }).toEqual({
    code: 0,
    stdout: 'pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n',
  });
  expect(Buffer.concat(stderr ?? []).length).toBe(3_000_000 + '\x1b[1mLog in\x1b[0m\n'.length);
});
