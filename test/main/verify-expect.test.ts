import { beforeEach, describe, expect, test } from '@jest/globals';
import { schemaErrors, validator } from '../support/schemas.ts';
import { testCluster } from './cluster.ts';
import { execsOf, hasty } from './probing.ts';
import type { Screen } from './run.ts';
import { execOnMachine, lasting, separateNodes } from './verifying.ts';

const cluster = testCluster();
const VALIDATE = validator('verification-list');

beforeEach(() => {
  cluster.server.nodes = separateNodes;
  cluster.server.exec = execOnMachine;
});

function verify(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', ...argv], {}, hasty);
}

describe('--expect', () => {
  test.each([
    ['plain-2', 'network=own', 0],
    ['plain-2', 'network=own,pid=own,ipc=own', 0],
    ['plain-2', 'network=host', 1],
    ['plain-2', 'pid=host', 1],
    ['plain-2', 'ipc=host', 1],
    ['leaky-2', 'network=host', 1],
    ['leaky-2', 'network=host,pid=host,ipc=host', 0],
    ['stubborn-2', 'network=own', 0],
    ['stubborn-2', 'pid=own', 1],
    ['pod-use-hostnetwork-2', 'network=own', 1],
    ['pod-use-hostnetwork-2', 'network=host', 0],
    ['pod-use-hostnetwork-2', 'NETWORK=Host, pid=OWN', 0],
    // Of one that comes twice the last counts.
    ['plain-2', 'network=host,network=own', 0],
  ])('of %s %s makes the exit code %i', async (pod, expected, code) => {
    expect((await verify(pod, '--probe', '--expect', expected)).code).toBe(code);
  });

  test('may come more than once', async () => {
    const argv = ['leaky-2', '--probe', '--expect', 'network=host', '--expect', 'pid=host,ipc=host'];
    expect((await verify(...argv)).code).toBe(0);
    expect((await verify(...argv, '--expect', 'ipc=own')).code).toBe(1);
  });

  test('stands beside what is declared', async () => {
    const { code, stdout } = await verify('pod-use-hostnetwork-2', '--expect', 'network=own,pid=own');
    expect(code).toBe(1);
    expect(lasting(stdout)).toContain(`
NAMESPACE   DECLARED    EXPECTED   OBSERVED   VERDICT                 EVIDENCE
network     host        own        host       mismatch                kubelet: the sandbox has all of the node's interfaces (cni0, ens192, flannel.1) with matching counters
pid         container   own        own        match (self-reported)   container: its PID 1 is in the container's own cgroup
ipc         pod         -          own        match (self-reported)   container: its IPC namespace (ipc:[INODE]) is not the initial one of the node's kernel
`);
  });

  test('is in a document, and null where there is none', async () => {
    const { code, stdout } = await verify('plain-2', '--expect', 'network=own,ipc=host', '-o', 'json');
    expect(code).toBe(1);
    const document: unknown = JSON.parse(stdout);
    expect(schemaErrors(VALIDATE, document)).toEqual([]);
    expect(document).toMatchObject({
      items: [
        {
          verdict: 'mismatch',
          namespaces: {
            network: { declared: 'pod', expected: 'own', observed: 'own', verdict: 'match' },
            pid: { declared: 'container', expected: null, observed: 'own', verdict: 'match' },
            ipc: { declared: 'pod', expected: 'host', observed: 'own', verdict: 'mismatch' },
          },
        },
      ],
    });
  });

  test('counts for each Pod of a table', async () => {
    const argv = ['--all', '--node', 'kube-node-2', '--no-exec', '--expect', 'network=own'];
    const { code, stdout } = await verify(...argv);
    expect(code).toBe(1);
    const cells = stdout.split('\n').map((line) => line.split(/ {3,}/));
    expect(cells.slice(1, 6).map(([name, , network]) => [name, network])).toEqual([
      ['distroless-net-2', 'host, not own'],
      ['leaky-2', 'host, not own'],
      ['plain-2', 'own'],
      ['pod-use-hostnetwork-2', 'host, not own'],
      // The kubelet reports no interface of a network that has lo alone.
      ['stubborn-2', 'unknown'],
    ]);
    expect(stdout).toMatch(/\n5 Pods: 1 match, 3 mismatch, 1 inconclusive\./);
  });
});

describe('--require-trusted', () => {
  const SELF_REPORT = { observed: 'own', verdict: 'inconclusive', trust: null };
  const TRUSTED = { observed: 'own', verdict: 'match', trust: 'trusted' };

  async function namespacesOf(...argv: readonly string[]): Promise<{ code: number; namespaces: unknown }> {
    const { code, stdout } = await verify(...argv, '--require-trusted', '-o', 'json');
    const document = JSON.parse(stdout) as { readonly items: readonly { readonly namespaces: unknown }[] };
    return { code, namespaces: document.items[0]?.namespaces };
  }

  test.each([
    ['the kubelet and the container', [], 2, [TRUSTED, SELF_REPORT, SELF_REPORT]],
    ['the probe Pod', ['--probe'], 0, [TRUSTED, TRUSTED, TRUSTED]],
    ['the probe Pod alone', ['--probe', '--no-exec'], 0, [TRUSTED, TRUSTED, TRUSTED]],
    ['the probe Pod as expected', ['--probe', '--expect', 'ipc=own'], 0, [TRUSTED, TRUSTED, TRUSTED]],
  ])('is met by %s as far as they can: %j', async (_, argv, code, [network, pid, ipc]) => {
    expect(await namespacesOf('plain-2', ...argv)).toMatchObject({ code, namespaces: { network, pid, ipc } });
  });

  test('makes a doubt even of what is expected', async () => {
    expect(await namespacesOf('plain-2', '--expect', 'pid=host')).toMatchObject({
      code: 2,
      namespaces: { pid: { expected: 'host', ...SELF_REPORT } },
    });
  });

  test('lets a probe Pod that could not be used decide nothing', async () => {
    cluster.server.admit = () => ({ code: 403, reason: 'Forbidden', message: 'no' });
    expect(await namespacesOf('plain-2', '--probe')).toMatchObject({
      code: 3,
      namespaces: { network: TRUSTED, pid: SELF_REPORT, ipc: SELF_REPORT },
    });
  });

  test('makes a doubt of what rests on a container alone in a table, too', async () => {
    const { stdout } = await verify(
      '--all',
      '--node',
      'kube-node-2',
      '--require-trusted',
      '--expect',
      'pid=own',
    );
    expect(stdout).toMatch(/^pod-use-hostnetwork-2 +kube-node-2 +host\+ +own\* +\S+ +inconclusive /m);
  });
});

describe('--no-exec', () => {
  test('with --probe needs no container', async () => {
    const { code, stderr } = await verify('plain-2', 'distroless-net-2', '--probe', '--no-exec');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE']);
  });

  test('leaves what the probe Pod has not seen to nobody', async () => {
    cluster.server.admit = () => ({ code: 403, reason: 'Forbidden', message: 'no' });
    const { code, stdout } = await verify('plain-2', '--probe', '--no-exec');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^network +pod +own +match +kubelet: /m);
    expect(stdout).toMatch(/^pid +container +unknown +inconclusive +probe: /m);
    expect(execsOf(cluster.server)).toEqual([]);
  });
});
