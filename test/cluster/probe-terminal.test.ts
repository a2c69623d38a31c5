import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Order, type TerminalEnd, TerminalRun } from '../support/terminal.ts';
import {
  adminKubeconfig,
  ask,
  createNamespace,
  describeOnOwnCluster,
  executableFolder,
  kubectl,
  PROBE,
  randomName,
  removeNamespace,
} from './cluster.ts';

const ours = describeOnOwnCluster('interrupted probe Pods, whose image must be on the nodes.');

const MOMENTS = 10;

ours('verify --probe on a terminal', () => {
  const namespace = randomName('terminal');
  let duration = Number.POSITIVE_INFINITY;
  /** The last line of a run that nothing interrupts. */
  let counts = '';

  /** Runs until it ends, and gives each order so many milliseconds after the first request. */
  async function run(orders: readonly Order[], after: number): Promise<TerminalEnd> {
    const command = [join(executableFolder, 'kubectl-hostns'), 'verify', '--all', '-n', 'default'];
    const terminal = new TerminalRun([...command, ...PROBE, '--probe-namespace', namespace, '-v=6'], {
      KUBECONFIG: adminKubeconfig,
    });
    await terminal.shows('GET /');
    await sleep(after);
    for (const order of orders) {
      terminal.order(order);
      await sleep(100);
    }
    return terminal.ended;
  }

  const left = (): string => ask('get', 'pods', '-n', namespace, '-o', 'name');

  beforeAll(async () => {
    await createNamespace(namespace);
    kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=privileged']);
    let shown = '';
    // The machine may be busy during one of them.
    for (let time = 0; time < 3; time += 1) {
      const started = performance.now();
      ({ shown } = await run([], 0));
      duration = Math.min(duration, performance.now() - started);
    }
    counts = /^\d+ Pods: .*$/m.exec(shown)?.[0] ?? '';
    expect(counts).not.toBe('');
  });

  afterAll(async () => {
    await removeNamespace(namespace);
  });

  test.each<[readonly Order[]]>([
    [['key']],
    [['key', 'key']],
    [['quit-key']],
    [['SIGTERM']],
    [['SIGHUP']],
    [['hangup']],
  ])('%s at ten moments leaves no probe Pod and exits as interrupted', async (orders) => {
    const interrupted = orders.includes('quit-key') ? 131 : 130;
    let interruptions = 0;
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      const after = (duration * moment) / (MOMENTS + 2);
      const { code, shown } = await run(orders, after);
      // A run may be faster than those before.
      const isOver = shown.includes(counts);
      expect({ after, code: isOver ? interrupted : code, left: left() }).toEqual({
        after,
        code: interrupted,
        left: '',
      });
      if (isOver) continue;
      interruptions += 1;
      if (!orders.includes('hangup')) expect(shown).toContain('error: Interrupted.');
    }
    expect(interruptions).toBeGreaterThan(MOMENTS / 2);
  });
});
