import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { recordedExec } from '../api-server/kubelet.ts';
import { testCluster } from './cluster.ts';
import { inProcessTest, programCommand, type Screen } from './run.ts';
import { recordedPod, sample, summary } from './verifying.ts';

const cluster = testCluster();
const INTERRUPTED: Screen = { code: 130, stdout: '', stderr: 'error: Interrupted.\n' };

/** Ctrl-C, soon after `soon` was called. */
function ctrlC(): { readonly signal: AbortSignal; readonly soon: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    soon: () => {
      setTimeout(() => {
        controller.abort();
      }, 50);
    },
  };
}

describe('Ctrl-C ends verify at once, with 130 and nothing half printed', () => {
  test.each(['hang', 'trickle', 'deaf'] as const)('while a container does not answer: %s', async (fault) => {
    const { signal, soon } = ctrlC();
    cluster.server.exec = () => {
      soon();
      return { fault };
    };
    const started = performance.now();
    expect(await cluster.run(['verify', 'plain-2'], {}, { signal })).toEqual(INTERRUPTED);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  inProcessTest('while it waits for the kubelet to look at a Pod', async () => {
    const { signal, soon } = ctrlC();
    const pod = recordedPod('plain-2');
    cluster.server.summary = () => {
      soon();
      return summary(sample(0, { eth0: [5000, 5000] }), []);
    };
    const now = (): number => Date.parse(pod.metadata.creationTimestamp) + 5000;
    const started = performance.now();
    expect(await cluster.run(['verify', 'plain-2'], {}, { signal, now })).toEqual(INTERRUPTED);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test.each([
    ['the Pod', /\/pods\/plain-2$/],
    ['the nodes', /\/nodes$/],
    ['the kubelet', /\/summary$/],
    ['the exec', /\/exec$/],
  ])('while the server does not answer for %s', async (_, pattern) => {
    const { signal, soon } = ctrlC();
    cluster.server.respond = ({ path }) => {
      if (!pattern.test(path)) return null;
      soon();
      return { kind: 'unanswered' };
    };
    expect(await cluster.run(['verify', 'plain-2'], {}, { signal })).toEqual(INTERRUPTED);
  });

  test('after some Pods: their tables stand, whole, and no other, and a line counts them', async () => {
    const { signal, soon } = ctrlC();
    cluster.server.exec = (call) => {
      if (call.pod === 'plain-2') return recordedExec(call);
      setTimeout(soon, 200);
      return { fault: 'hang' };
    };
    const { code, stdout, stderr } = await cluster.run(
      ['verify', 'plain-2', 'stubborn-2', 'leaky-2'],
      {},
      { signal },
    );
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'error: Interrupted.\n' });
    const { stdout: alone } = await cluster.run(['verify', 'plain-2']);
    cluster.server.exec = recordedExec;
    const { stdout: expected } = await cluster.run(['verify', 'plain-2']);
    expect(alone).toBe(expected);
    expect(stdout).toBe(`${expected}\n3 Pods: 1 inconclusive, 2 not checked.\n`);
  });

  test.each(['json', 'yaml'])('a document is not begun before the first Pod is known: %s', async (output) => {
    const { signal, soon } = ctrlC();
    cluster.server.exec = () => {
      soon();
      return { fault: 'hang' };
    };
    const argv = ['verify', 'plain-2', 'stubborn-2', '-o', output];
    expect(await cluster.run(argv, {}, { signal })).toEqual(INTERRUPTED);
  });

  test.each(['json', 'yaml'])(
    'a document has the Pods that are known, in their order: %s',
    async (output) => {
      const { signal, soon } = ctrlC();
      cluster.server.exec = (call) => {
        if (call.pod !== 'stubborn-2') return recordedExec(call);
        setTimeout(soon, 200);
        return { fault: 'hang' };
      };
      const argv = ['verify', 'plain-2', 'stubborn-2', 'leaky-2', '-o', output];
      const { code, stdout, stderr } = await cluster.run(argv, {}, { signal });
      expect({ code, stderr }).toEqual({ code: 130, stderr: 'error: Interrupted.\n' });
      cluster.server.exec = recordedExec;
      expect(stdout).toBe((await cluster.run(['verify', 'plain-2', 'leaky-2', '-o', output])).stdout);
    },
  );
});

test('Ctrl-C ends ifconfig at once', async () => {
  const { signal, soon } = ctrlC();
  cluster.server.exec = () => {
    soon();
    return { fault: 'hang' };
  };
  expect(await cluster.run(['ifconfig', 'plain-2'], {}, { signal })).toEqual(INTERRUPTED);
});

test.each([
  ['verify', 'stubborn-2'],
  ['ifconfig', 'plain-2'],
])('a closed pipe ends %s silently', async (...argv) => {
  const [command, ...args] = programCommand;
  const child = spawn(command, [...args, ...argv], {
    env: { KUBECONFIG: await cluster.kubeconfig() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  // 0 where the pipe is found closed in time, else that of the verdict.
  expect([0, 1]).toContain(code);
});
