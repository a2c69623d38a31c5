import { describe, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../api-server/faults.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, programCommand } from './run.ts';

const cluster = testCluster();

describe('Ctrl-C ends the program at once, with 130 and nothing half printed', () => {
  const busy: Fault = {
    kind: 'status',
    status: { code: 429, reason: 'TooManyRequests', message: 'later' },
    headers: { 'Retry-After': '30' },
  };

  test.each<[string, Fault]>([
    ['while the server does not answer', { kind: 'unanswered' }],
    ['in the middle of an answer', { kind: 'stalled', at: 500 }],
    ['while the server asks to wait', busy],
  ])('%s', async (_, fault) => {
    const interrupted = new AbortController();
    cluster.server.largestPage = 10;
    cluster.server.respond = ({ index }) => {
      if (index < 1) return null;
      setTimeout(() => {
        interrupted.abort();
      }, 50);
      return fault;
    };
    const started = performance.now();
    const screen = await cluster.run(['list', '-A'], {}, { signal: interrupted.signal });
    expect(screen).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  inProcessTest('before anything was asked', async () => {
    const screen = await cluster.run(['list', '-A'], {}, { signal: AbortSignal.abort() });
    expect(screen).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
    expect(cluster.server.requests).toEqual([]);
  });

  test('while a credential plugin runs, which ends with it', async () => {
    const script = await cluster.file('setTimeout(() => {}, 20_000);', 'slow-plugin.cjs');
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [script],
      interactiveMode: 'Never',
    };
    const KUBECONFIG = await cluster.kubeconfig({ user: { exec } });
    const started = performance.now();
    const screen = await cluster.run(['list'], { KUBECONFIG }, { signal: AbortSignal.timeout(300) });
    expect(screen).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

test('Ctrl-C ends the program while it waits for a kubeconfig from a silent pipe', async () => {
  const pipe = join(cluster.folder, 'silent');
  execFileSync('mkfifo', [pipe]);
  const [command, ...args] = programCommand;
  const child = spawn(command, [...args, 'list', '--kubeconfig', pipe], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const closed = once(child, 'close');
  await sleep(3000);
  child.kill('SIGINT');
  const [code, signal] = (await closed) as [number | null, string | null];
  expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGINT', stderr: 'error: Interrupted.\n' });
});
