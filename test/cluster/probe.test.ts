import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  adminKubeconfig,
  apply,
  ask,
  createNamespace,
  describeOnOwnCluster,
  eventually,
  executableFolder,
  hostns,
  kubectl,
  PROBE,
  probes,
  randomName,
  removeNamespace,
  type Result,
  stateFolder,
} from './cluster.ts';
import { startTappingProxy, type Tapped, type TappingProxy } from './tapping-proxy.ts';

const ours = describeOnOwnCluster('the probe Pod, whose image must be on the nodes.');

/** Seconds that a probe Pod lives whose run is killed: --timeout and half a minute. */
const TIMEOUT = ['--timeout', '5s'] as const;
const LIFE_SECONDS = 35;

ours('the probe Pod on the real cluster', () => {
  const namespace = randomName('probe');

  beforeAll(async () => {
    await createNamespace(namespace);
  });

  afterAll(async () => {
    await removeNamespace(namespace);
  });

  test('every container is judged, and one that differs from the others is named', async () => {
    const container = (name: string, command: readonly string[]): object => ({
      name,
      image: 'e2e.local/busybox:1',
      imagePullPolicy: 'Never',
      command,
      securityContext: { privileged: true },
    });
    apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'two-faced', namespace },
      spec: {
        nodeName: 'kube-node-2',
        hostPID: true,
        terminationGracePeriodSeconds: 0,
        containers: [
          container('tame', ['/bin/sleep', '1000000']),
          // Process 1 is the node's, and so is its network.
          container('wild', ['/bin/busybox', 'nsenter', '-t', '1', '-n', '/bin/sleep', '1000000']),
        ],
      },
    });
    const ready = ['wait', '--for=condition=Ready', 'pod/two-faced', '-n', namespace, '--timeout=2s'];
    await eventually('it runs', () => kubectl(ready).code === 0);
    const { stdout, code } = hostns('verify', 'two-faced', '-n', namespace, ...PROBE);
    expect(stdout).toMatch(
      /^network +pod +host +mismatch +probe: the container wild is in the node's network namespace \(net:\[\d+\]\), the sandbox and the container tame are not$/m,
    );
    expect(stdout).toMatch(/^pid +host +host +match +probe: /m);
    expect(code).toBe(1);
  });

  test('with the permissions that the docs name, and no others', async () => {
    const viewer = join(stateFolder, 'viewer.conf');
    apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'watched', namespace },
      spec: {
        nodeName: 'kube-node-1',
        hostIPC: true,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'e2e.local/distroless:1', imagePullPolicy: 'Never' }],
      },
    });
    const ready = ['wait', '--for=condition=Ready', 'pod/watched', '-n', namespace, '--timeout=2s'];
    await eventually('it runs', () => kubectl(ready).code === 0);
    const grant = (name: string, ...verbs: readonly string[]): void => {
      ask('create', 'role', name, '-n', namespace, ...verbs);
      ask('create', 'rolebinding', name, '-n', namespace, `--role=${name}`, '--user=viewer');
    };
    const verify = (): Result =>
      kubectl(
        ['hostns', 'verify', 'watched', '-n', namespace, ...PROBE, '--probe-namespace', namespace],
        viewer,
      );
    grant('prober', '--verb=create,get,list', '--resource=pods');
    grant('executor', '--verb=create,get', '--resource=pods/exec');
    await eventually(
      'the rights are granted',
      () => verify().stderr.includes('permission to delete pods'),
      20,
    );
    expect(verify()).toMatchObject({ code: 3 });
    grant('remover', '--verb=delete', '--resource=pods');
    await eventually('the right is granted', () => verify().code === 0, 20);
    expect(verify().stdout).toMatch(/^ipc +host +host +match +probe: /m);
    expect(probes()).toEqual([]);
  });

  test('ifconfig by a probe Pod is that of the container itself', () => {
    const withoutCounters = (text: string): string =>
      text.replaceAll(/(?:packets|bytes):\d+(?: \([^)]*\))?/g, '').replaceAll(/ +Bcast:[\d.]+/g, '');
    for (const pod of ['plain-1', 'plain-2', 'stubborn-2']) {
      const { stdout, code } = hostns('ifconfig', pod, ...PROBE);
      expect(code).toBe(0);
      expect(withoutCounters(stdout)).toBe(withoutCounters(ask('exec', pod, '--', 'ifconfig')));
    }
    // No shell, and in the network of the node, as another Pod is that has one.
    const { stdout } = hostns('ifconfig', 'distroless-net-2', ...PROBE);
    expect(withoutCounters(stdout)).toBe(
      withoutCounters(ask('exec', 'pod-use-hostnetwork-2', '--', 'ifconfig')),
    );
    expect(probes()).toEqual([]);
  });

  describe('what refuses it is named, and nothing is left', () => {
    test.each([
      [
        'an image that is not there',
        ['--probe', '--probe-image', 'e2e.local/nothing:1'],
        'does not start (ErrImage',
      ],
      [
        'an image that is no image',
        ['--probe', '--probe-image', 'UPPER CASE'.replace(' ', '/')],
        'InvalidImageName',
      ],
      [
        'a namespace that is not there',
        [...PROBE, '--probe-namespace', 'nowhere'],
        'there is no namespace "nowhere"',
      ],
    ])('%s', (_, flags, said) => {
      const { code, stderr } = hostns('verify', 'plain-2', ...flags);
      expect(stderr).toContain(said);
      expect(stderr).toMatch(/^error: /);
      expect(code).toBe(3);
      expect(probes()).toEqual([]);
    });

    test('the Pod Security Standard of a namespace', () => {
      ask('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=baseline');
      const { code, stderr } = hostns('verify', 'plain-2', ...PROBE, '--probe-namespace', namespace);
      ask('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce-');
      expect(stderr).toContain(`the Pod Security Standard of the namespace ${namespace} forbids`);
      expect(stderr).toContain('--probe-namespace');
      expect(code).toBe(3);
    });

    test('a quota', async () => {
      ask('create', 'quota', 'full', '-n', namespace, '--hard=pods=1');
      const refused = (): string =>
        hostns('verify', 'plain-2', ...PROBE, '--probe-namespace', namespace).stderr;
      await eventually('the quota counts', () =>
        refused().includes(`the quota of the namespace ${namespace}`),
      );
      ask('delete', 'quota', 'full', '-n', namespace);
      expect(probes()).toEqual([]);
    });
  });

  test('what would be created is shown, and the server agrees', () => {
    const shown = hostns('verify', 'plain-1', 'plain-2', '--probe', '--dry-run=client', '-o', 'yaml').stdout;
    const { code } = kubectl(['create', '--dry-run=server', '-f', '-'], adminKubeconfig, shown);
    expect(code).toBe(0);
    const kept = hostns('verify', 'plain-2', '--probe', '--dry-run=server', '-o', 'json').stdout;
    expect(JSON.parse(kept)).toMatchObject({
      kind: 'Pod',
      spec: { nodeName: 'kube-node-2', hostPID: true, activeDeadlineSeconds: 90 },
    });
    expect(probes()).toEqual([]);
  });
});

ours('a probe Pod that is interrupted', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'hostns-probe-test-'));
  const path = join(scratch, 'kubeconfig');
  let proxy: TappingProxy;
  let requests: readonly string[];

  /** Runs `verify --probe` to its end, and sends a signal at one moment of one request. */
  const run = async (
    signal: NodeJS.Signals | null,
    when: 'before' | 'after',
    index: number,
  ): Promise<{ readonly code: number | null; readonly seen: readonly string[] }> => {
    const seen: string[] = [];
    const child = spawn(
      join(executableFolder, 'kubectl-hostns'),
      ['verify', 'plain-2', ...PROBE, ...TIMEOUT, '--no-exec'],
      { env: { KUBECONFIG: path, HOME: scratch }, stdio: 'ignore' },
    );
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    const at = new Map<Tapped, number>();
    proxy.tap = async (moment, request) => {
      if (moment === 'before') at.set(request, seen.push(request.name) - 1);
      if (signal === null || moment !== when || at.get(request) !== index) return;
      child.kill(signal);
      // It has acted on it before the request or the answer goes on its way.
      await sleep(50);
    };
    return { code: await ended, seen };
  };

  beforeAll(async () => {
    proxy = await startTappingProxy(adminKubeconfig);
    writeFileSync(path, proxy.kubeconfig);
    ({ seen: requests } = await run(null, 'before', 0));
  });

  afterAll(async () => {
    await proxy.close();
    rmSync(scratch, { recursive: true });
  });

  test('makes the requests that it is interrupted at', () => {
    const kinds = new Set(requests);
    for (const request of [
      'POST selfsubjectaccessreviews',
      'POST namespaces/kube-system/pods',
      'GET namespaces/kube-system/pods/PROBE',
      'GET namespaces/kube-system/pods/PROBE/exec',
      'DELETE namespaces/kube-system/pods/PROBE',
    ]) {
      expect(kinds).toContain(request);
    }
    expect(probes()).toEqual([]);
  });

  test.each([
    ['SIGINT', 'before'],
    ['SIGINT', 'after'],
    ['SIGTERM', 'before'],
    ['SIGTERM', 'after'],
  ] as const)('by %s, %s each of its requests: none is left', async (signal, when) => {
    expect(requests.length).toBeGreaterThan(5);
    for (const [index, request] of requests.entries()) {
      const { code, seen } = await run(signal, when, index);
      // A run may wait for its start a little shorter.
      const wasReached = seen.length > index;
      expect({ request, code: wasReached ? code : 130 }).toEqual({ request, code: 130 });
      expect({ request, left: probes() }).toEqual({ request, left: [] });
    }
  });

  test('by SIGKILL: it ends by its deadline, and the next run removes it', async () => {
    for (const when of ['before', 'after'] as const) {
      for (const index of requests.keys()) await run('SIGKILL', when, index);
    }
    const left = probes();
    expect(left.length).toBeGreaterThan(0);
    const live = ['--field-selector', 'status.phase!=Failed,status.phase!=Succeeded'];
    await eventually('they have ended', () => probes(...live).length === 0, LIFE_SECONDS + 30);
    expect(probes()).not.toEqual([]);
    expect(hostns('verify', 'plain-2', ...PROBE).code).toBe(0);
    expect(probes()).toEqual([]);
  });
});
