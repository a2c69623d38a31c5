import { afterEach, describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import { PROBE_NAME, requestsOf, wantedPods } from './probing.ts';
import type { Screen } from './run.ts';
import { recordedPod } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  // Whatever the server said: it keeps nothing.
  const made = cluster.server.made.length;
  cluster.server.made.length = 0;
  expect(made).toBe(0);
});

function tried(where: string, ...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', '--probe', `--dry-run=${where}`, ...argv]);
}

/** What is shown of the probe Pod of a node, as far as these tests look at it. */
function probeOn(nodeName: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: expect.stringMatching(PROBE_NAME), namespace: 'kube-system' },
    spec: { nodeName, hostNetwork: true, hostPID: true, hostIPC: true, activeDeadlineSeconds: 40 },
  };
}

describe.each(['client', 'server'])('--dry-run=%s creates nothing', (where) => {
  test('and says what would be, for each node once', async () => {
    const { code, stdout, stderr } = await tried(where, 'plain-2', 'plain-1', 'leaky-2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const by = where === 'client' ? 'dry run' : 'server dry run';
    expect(stdout.replaceAll(/probe-[\da-f]{10}/g, 'probe-X')).toBe(
      `pod/hostns-probe-X on kube-node-1 created (${by})\npod/hostns-probe-X on kube-node-2 created (${by})\n`,
    );
  });

  test('and shows it in YAML, as documents that kubectl takes', async () => {
    const { code, stdout, stderr } = await tried(
      where,
      'plain-2',
      'plain-1',
      '-o',
      'yaml',
      '--timeout',
      '10s',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(loadAll(stdout)).toMatchObject([probeOn('kube-node-1'), probeOn('kube-node-2')]);
  });

  test('and shows it in JSON: one as it is, several in a list', async () => {
    const one = await tried(where, 'plain-2', '-o', 'json', '--timeout', '10s');
    expect(JSON.parse(one.stdout)).toMatchObject(probeOn('kube-node-2'));
    const two = await tried(where, 'plain-2', 'plain-1', '-o', 'json', '--timeout', '10s');
    expect(JSON.parse(two.stdout)).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [probeOn('kube-node-1'), probeOn('kube-node-2')],
    });
  });

  test('and looks at no node, and into no Pod', async () => {
    await tried(where, 'plain-2');
    expect(
      requestsOf(cluster.server).filter((request) => /exec|summary|reviews|DELETE/.test(request)),
    ).toEqual([]);
  });

  test('of all Pods of a node', async () => {
    const { code, stdout } = await tried(where, '--all', '-A', '--node', 'kube-node-2');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('of the image and the namespace that are asked for', async () => {
    const argv = ['--probe-image', 'busybox:1', '--probe-namespace', 'shop', '-o', 'yaml'];
    const { stdout } = await tried(where, 'plain-2', ...argv);
    expect(load(stdout)).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: { containers: [{ image: 'busybox:1' }] },
    });
  });

  test('and says so where there is no Pod', async () => {
    const { code, stdout, stderr } = await tried(where, 'nope');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: There is no Pod "nope" .*\nerror: No Pod was found, so no probe Pod would be created\.\n$/,
    );
  });

  test('and says which Pods are missing', async () => {
    const { code, stdout, stderr } = await tried(where, 'nope', 'plain-2');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^pod\/hostns-probe-\w+ on kube-node-2 created /);
    expect(stderr).toMatch(/^error: There is no Pod "nope" .*\n$/);
  });

  test('nor for a Pod in which nothing can be seen', async () => {
    for (const [name, namespace] of [
      [recordedPod('nightly-backup').metadata.name, 'shop'],
      ['gpu-monitor', 'monitoring'],
      ['iis-by-os', 'shop'],
    ] as const) {
      const { code, stdout, stderr } = await tried(where, name, '-n', namespace);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toBe('error: No Pod was found, so no probe Pod would be created.\n');
    }
    expect(wantedPods(cluster.server)).toEqual([]);
  });
});

test('--dry-run=none is as if it were not there', async () => {
  const { code, stdout } = await tried('none', 'plain-2');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^network +pod +own +match +probe: /m);
  expect(wantedPods(cluster.server)).toHaveLength(1);
});

describe('the server', () => {
  test('is not asked with --dry-run=client', async () => {
    await tried('client', 'plain-2');
    expect(requestsOf(cluster.server).filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  test('is asked with --dry-run=server, and its answer is shown', async () => {
    cluster.server.mutate = (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, 'added-by': 'webhook' } },
    });
    const { stdout } = await tried('server', 'plain-2', '-o', 'yaml');
    expect(load(stdout)).toMatchObject({ metadata: { labels: { 'added-by': 'webhook' } } });
    const [request] = cluster.server.requests.filter(({ method }) => method === 'POST');
    expect(request?.query.getAll('dryRun')).toEqual(['All']);
  });

  test.each([
    [
      'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
      'the Pod Security Standard of the namespace kube-system forbids a Pod in the node',
    ],
    [
      'exceeded quota: compute, requested: pods=1',
      'the quota of the namespace kube-system leaves no room for it',
    ],
    ['admission webhook "k" denied the request: no', 'an admission controller of the cluster refuses it'],
  ])('explains why it would refuse: %s', async (message, said) => {
    cluster.server.admit = () => ({ code: 403, reason: 'Forbidden', message });
    for (const output of ['table', 'yaml', 'json']) {
      const { code, stdout, stderr } = await tried('server', 'plain-2', '-o', output);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/^error: Cannot create the probe Pod on kube-node-2: .*\n$/);
      expect(stderr).toContain(said);
    }
  });

  test('explains which right is missing', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('abstainer');
    const argv = ['verify', 'plain-2', '--probe', '--dry-run=server'];
    const { code, stderr } = await cluster.run(argv, { KUBECONFIG });
    expect(code).toBe(3);
    expect(stderr).toMatch(/to check: kubectl auth can-i create pods -n kube-system\n$/);
  });

  test('cannot write to the terminal', async () => {
    cluster.server.mutate = (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { evil: 'no\u001b[2J\u202e\u0007\n---\nkind: Evil' } },
    });
    for (const output of ['table', 'yaml', 'json']) {
      const { code, stdout } = await tried('server', 'plain-2', '-o', output);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(UNSAFE_TEXT);
      expect(stdout).not.toMatch(/^---$|^kind: Evil/m);
    }
  });

  test('is interrupted by Ctrl-C', async () => {
    const controller = new AbortController();
    cluster.server.respond = ({ method }) => {
      if (method !== 'POST') return null;
      controller.abort();
      return { kind: 'unanswered' };
    };
    const argv = ['verify', 'plain-2', '--probe', '--dry-run=server'];
    const screen = await cluster.run(argv, {}, { signal: controller.signal });
    expect(screen).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted.\n' });
  });
});
