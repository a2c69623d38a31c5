import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { recordedExec } from '../api-server/kubelet.ts';
import { testCluster } from './cluster.ts';
import { hasty, inShort, makesPod, wantedPods } from './probing.ts';
import { inProcessTest, isInProcess, programCommand, sampled, type Screen } from './run.ts';

const cluster = testCluster();
afterEach(() => {
  cluster.server.made.length = 0;
});

const PODS = '/api/v1/namespaces/kube-system/pods';

/** When Ctrl-C comes, seen from one request. */
const MOMENTS = {
  'when it comes': (abort: () => void): void => {
    abort();
  },
  'as it is answered': (abort: () => void): void => {
    setImmediate(abort);
  },
  'a moment after its answer': (abort: () => void): void => {
    setTimeout(abort, 3);
  },
} as const;

interface Ended extends Screen {
  /** The request by which Ctrl-C came, in short. */
  readonly at: string;
  /** What came behind Ctrl-C. */
  readonly since: readonly string[];
  /** What came behind it and behind the last request that deletes. */
  readonly behind: readonly string[];
  /** How many Pods of ours are left. */
  readonly left: number;
  readonly created: number;
  readonly deleted: number;
}

async function endedBy(argv: readonly string[], index: number, moment: keyof typeof MOMENTS): Promise<Ended> {
  const controller = new AbortController();
  const { server } = cluster;
  server.reset();
  let at = '';
  let before = Number.POSITIVE_INFINITY;
  server.respond = (request) => {
    if (request.index === index) {
      at = inShort(request);
      MOMENTS[moment](() => {
        before = server.requests.length;
        controller.abort();
      });
    }
    return null;
  };
  const screen = await cluster.run(argv, {}, { ...hasty, signal: controller.signal });
  const requests = server.requests.map(inShort);
  const last = requests.lastIndexOf(`DELETE ${PODS}/PROBE`);
  return {
    ...screen,
    at,
    since: requests.slice(before),
    behind: requests.slice(Math.max(index, last) + 1),
    left: server.made.length,
    created: requests.filter((request) => request === `POST ${PODS}`).length,
    deleted: requests.filter((request) => request.startsWith('DELETE ')).length,
  };
}

/** Without the names of the probe Pods, which are others each time. */
function unnamed(text: string): string {
  return text.replaceAll(/hostns-probe-[\da-f]{10}/g, 'PROBE');
}

/** Whether Ctrl-C came so late that all was known, but for what a few requests may have told meanwhile. */
function cameTooLate({ since }: Ended, moment: keyof typeof MOMENTS): boolean {
  return moment === 'when it comes'
    ? since.every((request) => request.startsWith('DELETE '))
    : since.length <= 3;
}

describe.each([
  ['verify one Pod', ['verify', 'plain-2', '--probe']],
  ['verify Pods of which some are looked at twice', ['verify', 'plain-2', 'leaky-2', '--probe']],
  ['verify Pods of two nodes', ['verify', 'plain-2', 'plain-1', '--probe']],
  ['verify all', ['verify', '--all', '--probe', '-o', 'json']],
  ['ifconfig', ['ifconfig', 'plain-2', '--probe']],
])('Ctrl-C at any request leaves nothing behind: %s', (_, argv) => {
  test.each(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[])(
    '%s',
    async (moment) => {
      const undisturbed = await cluster.run(argv, {}, hasty);
      const count = cluster.server.requests.length;
      expect(wantedPods(cluster.server).length).toBeGreaterThan(0);
      expect(count).toBeGreaterThanOrEqual(10);
      const indexes = sampled(
        Array.from({ length: count }, (_, index) => index),
        5,
      );
      for (const index of indexes) {
        const ended = await endedBy(argv, index, moment);
        const { at, code, stdout, stderr, left, behind, created, deleted } = ended;
        expect({ at, left, deleted }).toEqual({ at, left: 0, deleted: created });
        const isWhole = unnamed(stdout) === unnamed(undisturbed.stdout) && code === undisturbed.code;
        if (isWhole && cameTooLate(ended, moment)) continue;
        expect({ at, code }).toEqual({ at, code: 130 });
        expect({ at, stderr }).toEqual({
          at,
          stderr: expect.stringMatching(/(?:^|\n)error: Interrupted\.\n$/),
        });
        // The executable may send one more request before the signal reaches it. Of several probes, one may be deleted while something else is being asked.
        const isAtOnce = isInProcess && moment === 'when it comes' && created <= 1;
        if (isAtOnce) expect({ at, behind }).toEqual({ at, behind: [] });
      }
    },
    30_000,
  );
});

describe('Ctrl-C', () => {
  test('while the probe Pod does not start', async () => {
    const controller = new AbortController();
    cluster.server.statusOfMade = (_, asked) => {
      if (asked === 3) controller.abort();
      return { phase: 'Pending' };
    };
    const started = performance.now();
    const { code } = await cluster.run(['verify', 'plain-2', '--probe'], {}, { signal: controller.signal });
    expect(code).toBe(130);
    expect(cluster.server.made).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('while the probe Pod does not answer', async () => {
    const controller = new AbortController();
    cluster.server.exec = (call) => {
      if (call.madeOn === undefined) return recordedExec(call);
      setTimeout(() => {
        controller.abort();
      }, 50);
      return { fault: 'hang' };
    };
    const { code, stdout, stderr } = await cluster.run(
      ['verify', 'plain-2', '--probe'],
      {},
      { signal: controller.signal },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
    expect(cluster.server.made).toEqual([]);
  });

  test.each([
    ['verify', 'plain-2'],
    ['ifconfig', 'plain-2'],
  ])('and a probe Pod that cannot be removed, which is said before: %s', async (...argv) => {
    const controller = new AbortController();
    cluster.server.respond = ({ method, path }) => {
      if (path.endsWith('/exec')) controller.abort();
      return method === 'DELETE'
        ? { kind: 'status', status: { code: 500, reason: 'InternalError', message: 'etcd is tired' } }
        : null;
    };
    const { code, stdout, stderr } = await cluster.run(
      [...argv, '--probe'],
      {},
      { ...hasty, signal: controller.signal },
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(
      /^error: Cannot remove the probe Pod on kube-node-2: .* to do it now: kubectl delete pod hostns-probe-\w+ -n kube-system\nerror: Interrupted\.\n$/,
    );
  });

  inProcessTest('before anything is made makes nothing', async () => {
    const signal = AbortSignal.abort();
    for (const argv of [
      ['verify', 'plain-2', '--probe'],
      ['ifconfig', 'plain-2', '--probe'],
    ]) {
      expect((await cluster.run(argv, {}, { signal })).code).toBe(130);
    }
    expect(wantedPods(cluster.server)).toEqual([]);
  });
});

describe('the program itself', () => {
  const [command, ...args] = programCommand;

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGHUP', 130],
    ['SIGQUIT', 131],
  ] as const)('removes its probe Pod on %s and exits with %d', async (signal, code) => {
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    cluster.server.exec = (call) => {
      if (call.madeOn === undefined) return recordedExec(call);
      isAsked();
      return { fault: 'hang' };
    };
    const child = spawn(command, [...args, 'verify', 'plain-2', '--probe'], {
      env: { KUBECONFIG: await cluster.kubeconfig() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await asked;
    expect(cluster.server.made).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(stderr).toBe('error: Interrupted.\n');
    expect(cluster.server.made).toEqual([]);
  });

  test('ends at SIGQUIT while it removes a probe Pod for longer than three seconds', async () => {
    const KUBECONFIG = await cluster.kubeconfig();
    const child = spawn(command, [...args, 'verify', 'plain-2', '--probe'], {
      env: { KUBECONFIG },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    cluster.server.respond = ({ method, path }) => {
      if (path.endsWith('/exec')) child.kill('SIGTERM');
      return method === 'DELETE' ? { kind: 'unanswered' } : null;
    };
    const ended = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      if (stderr.includes('Press Ctrl-\\ to quit at once')) child.kill('SIGQUIT');
    });
    expect(await ended).toEqual([null, 'SIGQUIT']);
    expect(stderr).toMatch(
      /^Note: still removing a probe Pod, for at most 40 s\. .*\nerror: Interrupted\.\n$/,
    );
  });

  test('removes its probes where nobody reads any more', async () => {
    // That of the second node is asked for as long as the first Pod is printed.
    cluster.server.exec = (call) => (call.madeOn === 'kube-node-1' ? { fault: 'hang' } : recordedExec(call));
    const child = spawn(command, [...args, 'verify', 'stubborn-2', 'plain-1', '--probe'], {
      env: { KUBECONFIG: await cluster.kubeconfig() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stderr).toBe('');
    expect(cluster.server.requests.filter(makesPod)).toHaveLength(2);
    expect(cluster.server.made).toEqual([]);
  });
});
