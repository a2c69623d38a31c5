import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { type PodJson, recordedNodes, recordedPods, recordedSummaries } from '../api-server/recorded.ts';
import { StatusError } from '../api-server/status.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import { cellsOf, isLive, pathOf, podsOf, shares, WINDOWS_NODE } from './expected.ts';
import { execsOf, hasty, probeReporting, requestsOf, wantedPods } from './probing.ts';
import type { Screen } from './run.ts';
import { execOnMachine, lasting, podsWith, recordedPod, separateNodes } from './verifying.ts';

const cluster = testCluster();
const VALIDATE = validator('verification-list');
const SUMMARY = /^GET \/api\/v1\/nodes\/([^/]+)\/proxy\/stats\/summary$/;

beforeEach(() => {
  // As if the nodes were machines: then nothing is left in doubt.
  cluster.server.nodes = separateNodes;
  cluster.server.exec = execOnMachine;
});
afterEach(() => {
  cluster.server.store.change(recordedPods);
});

function all(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', '--all', ...argv], {}, hasty);
}

/** The table, without what stands around it. */
function tableOf({ stdout }: Screen): string {
  return stdout.slice(0, stdout.indexOf('\n\n'));
}

/** The sentences below the table. */
function summaryOf({ stdout }: Screen): string {
  return stdout.slice(stdout.indexOf('\n\n') + 2).trimEnd();
}

/** NETWORK, PID, IPC and VERDICT of a Pod in a table of all namespaces. */
function verdictsOf(screen: Screen, name: string): readonly string[] | undefined {
  return cellsOf(tableOf(screen))
    .find(([, pod]) => pod === name)
    ?.slice(3, 7);
}

function hasBegun({ status }: PodJson): boolean {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].some(
    ({ state }) => state.running !== undefined,
  );
}

/** The recorded Pods of which something could be seen, by means other than the program's. */
function expectedPods(also: (pod: PodJson) => boolean = () => true): readonly PodJson[] {
  return recordedPods
    .map(({ json }) => json)
    .filter((pod) => isLive(pod) && hasBegun(pod) && pod.spec.nodeName !== WINDOWS_NODE && also(pod));
}

function isOnNode2({ spec }: PodJson): boolean {
  return spec.nodeName === 'kube-node-2';
}

function kubeletsAsked(): readonly string[] {
  return requestsOf(cluster.server).flatMap((request) => SUMMARY.exec(request)?.[1] ?? []);
}

/** As if the kubelet knew nothing of the Pod yet, so that its container is asked. */
function leaveOpen(name: string): void {
  const { uid } = recordedPod(name).metadata;
  cluster.server.summary = (node) => {
    const recorded = recordedSummaries[node];
    if (recorded === undefined) throw new StatusError(503, 'ServiceUnavailable', 'it is down');
    return { ...recorded, pods: recorded.pods.filter(({ podRef }) => podRef.uid !== uid) };
  };
}

describe('verify --all', () => {
  test('has a row for each Pod in which something runs, in the order of the server', async () => {
    const screen = await all('-A');
    expect(podsOf(tableOf(screen))).toEqual(expectedPods().map(pathOf));
    expect(screen.stderr).toBe('');
    expect(screen.code).toBe(1);
  });

  test('asks the kubelet of each node once, and the server for all Pods at once', async () => {
    await all('-A');
    expect([...kubeletsAsked()].sort()).toEqual(['kube-node-1', 'kube-node-2']);
    expect(requestsOf(cluster.server).filter((request) => request === 'GET /api/v1/pods')).toHaveLength(1);
  });

  test('shows a namespace as a table, and a sentence below it', async () => {
    const screen = await all('--node', 'kube-node-2');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 1, stderr: '' });
    expect(lasting(screen.stdout)).toBe(`\
NAME                    NODE          NETWORK          PID              IPC              VERDICT        EVIDENCE
distroless-net-2        kube-node-2   host+            -                -                match
leaky-2                 kube-node-2   host, not own    -                -                mismatch       kubelet: the sandbox has all of the node's interfaces (cni0, ens192, flannel.1) with matching counters
plain-2                 kube-node-2   own              -                -                match
pod-use-hostnetwork-2   kube-node-2   host+            -                -                match
stubborn-2              kube-node-2   own, not host*   own*             own*             mismatch       container: it does not have the node's address 198.51.100.2; it has none of the node's interfaces (cni0, ens192, flannel.1)

5 Pods: 3 match, 2 mismatch. PID or IPC of 4 Pods was not checked, because the spec does not share it; use --probe to check it. * reported by the container itself. + only the sandbox was checked; use --probe to check its containers.
`);
  });

  test('shows the evidence of every Pod with -o wide', async () => {
    const screen = await all('--node', 'kube-node-2', '-o', 'wide');
    expect(tableOf(screen)).toMatch(
      /^plain-2 +kube-node-2 +own +- +- +match +kubelet: the sandbox has none of the node's interfaces \(cni0, ens192, flannel\.1\)$/m,
    );
    expect(tableOf(screen)).toMatch(/^pod-use-hostnetwork-2 .* match +kubelet: the sandbox has all of /m);
  });

  test('counts the Pods in which nothing runs, and does not verify them', async () => {
    const screen = await all('-A', '--no-exec');
    const idle = recordedPods.filter(
      ({ json }) => isLive(json) && !hasBegun(json) && json.spec.nodeName !== WINDOWS_NODE,
    );
    expect(idle.length).toBeGreaterThan(1);
    expect(summaryOf(screen)).toContain(` ${String(idle.length)} Pods without a running container.`);
    for (const { json } of idle) expect(screen.stdout).not.toContain(json.metadata.name + ' ');
  });

  test.each([
    ['-n', 'nowhere', 'There is no Pod. Use -A for all namespaces.'],
    ['-l', 'app=nowhere', 'There is no Pod. Use -A for all namespaces.'],
  ])('says so where there is nothing: %s %s', async (flag, value, said) => {
    expect(await all(flag, value)).toEqual({
      code: 0,
      stdout: '',
      stderr: `No resources found. ${said}\n`,
    });
  });

  test('says so where nothing runs', async () => {
    cluster.server.store.change(podsWith((pod) => (hasBegun(pod) || !isLive(pod) ? null : pod)));
    const { code, stdout, stderr } = await all('-A');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^No resources found\. None of the \d+ Pods is running\.\n$/);
  });

  test('gives an empty document where there is nothing, for a program', async () => {
    const { code, stdout } = await all('-n', 'nowhere', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'kubectl-hostns/v1',
      kind: 'VerificationList',
      items: [],
    });
  });
});

describe('of --all, those are left out', () => {
  test.each(['protobuf', 'JSON'])('that declare to share nothing, with --declared: %s', async (format) => {
    const isJson = format === 'JSON';
    cluster.server.respond = ({ path }) => (isJson && path === '/api/v1/pods' ? { kind: 'json' } : null);
    const screen = await all('-A', '--declared');
    expect(podsOf(tableOf(screen))).toEqual(expectedPods((pod) => shares(pod).length > 0).map(pathOf));
  });

  test('that are on another node, with --node', async () => {
    const screen = await all('-A', '--node', 'kube-node-2', '--no-exec');
    expect(podsOf(tableOf(screen))).toEqual(expectedPods(isOnNode2).map(pathOf));
    expect(kubeletsAsked()).toEqual(['kube-node-2']);
  });

  test('on every node, where there is none of this name', async () => {
    const { code, stdout, stderr } = await all('-A', '--node', 'nope');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      'error: There is no node "nope" in the cluster; `kubectl get nodes` names those that there are.\n',
    );
  });

  test('that have other labels, with -l', async () => {
    const screen = await all('-A', '-l', 'app in (web, db)', '--no-exec');
    const app = ({ metadata }: PodJson): boolean => ['web', 'db'].includes(metadata.labels?.['app'] ?? '');
    expect(podsOf(tableOf(screen))).toEqual(expectedPods(app).map(pathOf));
  });

  test('that are in another namespace, without -A', async () => {
    const screen = await all('-n', 'shop', '--no-exec');
    expect(cellsOf(tableOf(screen)).map(([name]) => name)).toEqual([
      'NAME',
      ...expectedPods(({ metadata }) => metadata.namespace === 'shop').map(({ metadata }) => metadata.name),
    ]);
  });

  test('that run on Windows, whether they or their nodes say so; nor is such a node asked', async () => {
    const screen = await all('-n', 'shop');
    expect(screen.stdout).not.toMatch(/iis|windows/i);
    expect(kubeletsAsked()).not.toContain(WINDOWS_NODE);
    expect(execsOf(cluster.server).join()).not.toContain('iis');
    const only = await all('-n', 'shop', '--node', WINDOWS_NODE ?? '');
    expect(only).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No resources found. There is no Pod. Use -A for all namespaces.\n',
    });
  });

  test('but those of which only the nodes know it stay where the nodes may not be listed', async () => {
    cluster.server.respond = ({ path }) =>
      path === '/api/v1/nodes'
        ? { kind: 'status', status: { code: 403, reason: 'Forbidden', message: 'nodes is forbidden' } }
        : null;
    const screen = await all('-n', 'shop', '--no-exec');
    expect(tableOf(screen)).toMatch(/^iis-by-node +kube-node-3 +- +- +- +failed +Nothing of the Pod /m);
    expect(tableOf(screen)).not.toMatch(/^iis-by-(?:os|selector) /m);
  });
});

describe('a container is looked into', () => {
  const declaring = (): readonly string[] =>
    expectedPods((pod) => isOnNode2(pod) && shares(pod).some((kind) => kind === 'pid' || kind === 'ipc')).map(
      pathOf,
    );

  test('where its Pod declares to share what no kubelet sees, or has a network of lo alone, and in no other', async () => {
    await all('-A', '--node', 'kube-node-2');
    const expected = [...declaring(), 'default/stubborn-2'];
    expect([...new Set(execsOf(cluster.server))].sort()).toEqual([...expected].sort());
  });

  test('where the kubelet leaves it open', async () => {
    leaveOpen('plain-2');
    const screen = await all('-A', '--node', 'kube-node-2');
    expect(execsOf(cluster.server)).toContain('default/plain-2');
    expect(verdictsOf(screen, 'plain-2')).toEqual(['own*', 'own*', 'own*', 'match']);
  });

  test('where something is expected that the kubelet does not see', async () => {
    const screen = await all('-A', '--node', 'kube-node-2', '--expect', 'pid=host');
    expect(execsOf(cluster.server)).toContain('default/plain-2');
    expect(verdictsOf(screen, 'plain-2')).toEqual(['own', 'own, not host*', 'own*', 'mismatch']);
  });

  test('never, with --no-exec', async () => {
    await all('-A', '--no-exec');
    expect(execsOf(cluster.server)).toEqual([]);
    expect([...requestsOf(cluster.server)].sort()).toEqual([
      // No Pod is read a second time unless it is inconclusive, for it may have ended.
      'GET /api/v1/namespaces/default/pods/stubborn-2',
      'GET /api/v1/nodes',
      'GET /api/v1/nodes/kube-node-1/proxy/stats/summary',
      'GET /api/v1/nodes/kube-node-2/proxy/stats/summary',
      'GET /api/v1/pods',
    ]);
  });

  test('nor where a probe Pod has seen it all', async () => {
    const screen = await all('-A', '--node', 'kube-node-2', '--probe');
    expect(execsOf(cluster.server).filter((pod) => pod !== 'kube-system/PROBE')).toEqual([]);
    expect(wantedPods(cluster.server)).toHaveLength(1);
    expect(cluster.server.made).toEqual([]);
    expect(screen.stderr).toBe('');
    for (const pod of expectedPods(isOnNode2)) {
      const cells = verdictsOf(screen, pod.metadata.name) ?? [];
      expect(cells.join(' ')).not.toMatch(/\*|-|unknown/);
      if (['leaky-2', 'stubborn-2'].includes(pod.metadata.name)) continue;
      const expected = ['network', 'pid', 'ipc'].map((kind) => (shares(pod).includes(kind) ? 'host' : 'own'));
      expect([pod.metadata.name, ...cells]).toEqual([pod.metadata.name, ...expected, 'match']);
    }
    expect(summaryOf(screen)).not.toContain('checked');
  });
});

describe('what nobody looked at', () => {
  test('does not change the exit code', async () => {
    const screen = await all('-A', '--node', 'kube-node-2', '--no-exec');
    const others = await all('-n', 'kube-system', '--node', 'kube-node-2', '--no-exec');
    expect(others.code).toBe(0);
    expect(summaryOf(others)).toMatch(
      /^\d Pods: \d match\. PID and IPC of \d Pods were not checked; use --probe to check them\. \+ only the sandbox was checked; use --probe to check its containers\.$/,
    );
    expect(verdictsOf(screen, 'plain-2')).toEqual(['own', '-', '-', 'match']);
  });

  test('is unchecked in a document', async () => {
    const { code, stdout, stderr } = await all(
      '-n',
      'kube-system',
      '--node',
      'kube-node-2',
      '--no-exec',
      '-o',
      'json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout) as {
      readonly items: readonly { readonly namespaces: { readonly network: { readonly observed: string } } }[];
    };
    expect(schemaErrors(VALIDATE, document)).toEqual([]);
    expect(document.items).toHaveLength(
      expectedPods((pod) => isOnNode2(pod) && pod.metadata.namespace === 'kube-system').length,
    );
    const unchecked = {
      observed: 'unknown',
      verdict: 'unchecked',
      trust: null,
      expected: null,
      evidence: [],
    };
    const partial = { observed: 'host', trust: 'partial', scope: 'sandbox' };
    const whole = { observed: 'own', trust: 'trusted', scope: 'pod' };
    for (const item of document.items) {
      expect(item).toMatchObject({
        verdict: 'match',
        namespaces: {
          network: { verdict: 'match', ...(item.namespaces.network.observed === 'host' ? partial : whole) },
          pid: { declared: 'container', ...unchecked },
          ipc: { declared: 'pod', ...unchecked },
        },
        notes: [],
      });
    }
  });

  test('is said in YAML as in JSON', async () => {
    const argv = ['-A', '--node', 'kube-node-2', '-o'];
    const json = await all(...argv, 'json');
    const yaml = await all(...argv, 'yaml');
    expect(schemaErrors(VALIDATE, JSON.parse(json.stdout))).toEqual([]);
    expect(load(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    expect(yaml.code).toBe(json.code);
  });
});

describe('what goes wrong with one does not end the others', () => {
  test('a kubelet that does not answer', async () => {
    const screen = await all('-A', '--no-exec');
    expect(screen.code).toBe(1);
    expect(podsOf(tableOf(screen))).toEqual(expectedPods().map(pathOf));
    expect(tableOf(screen)).toMatch(
      /^default +plain-1 +kube-node-1 +- +- +- +failed +Nothing of the Pod plain-1 could be seen\. By the kubelet: Cannot ask the kubelet of kube-node-1: /m,
    );
    const failures = expectedPods((pod) => !isOnNode2(pod)).length;
    expect(summaryOf(screen)).toContain(`, ${String(failures)} failed.`);
  });

  test('which makes the exit code 3 where there is no mismatch', async () => {
    expect((await all('-n', 'kube-system', '--no-exec')).code).toBe(3);
  });

  test('whose Pods are asked themselves', async () => {
    cluster.server.nodes = recordedNodes;
    cluster.server.exec = (call) =>
      execOnMachine({ ...call, namespace: 'default', pod: 'plain-2', container: 'c' });
    const screen = await all('-A', '--node', 'kube-node-1');
    expect(verdictsOf(screen, 'plain-1')?.at(0)).toBe('own*');
    expect(screen.stderr).toMatch(
      /^Note: Without the kubelet of kube-node-1 every verdict rests on what the containers report of themselves\. .*\n$/,
    );
  });

  test('a right that is missing to ask kubelets', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('insider');
    const { code, stderr } = await cluster.run(['verify', '--all'], { KUBECONFIG }, hasty);
    expect(code).toBe(3);
    // It may get Pods, and not list them.
    expect(stderr).toContain('to check: kubectl auth can-i list pods -n default');
  });

  test('an answer that would write to the terminal', async () => {
    cluster.server.summary = () => {
      throw new StatusError(500, 'InternalError', 'no\u001b[2J\u202e\u0007\nplain-2   all is well');
    };
    for (const output of ['table', 'wide', 'json', 'yaml']) {
      const { stdout, stderr } = await all('--no-exec', '-o', output);
      expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
      expect(stdout).not.toMatch(/^plain-2 +all is well/m);
    }
  });

  test('a Pod that goes meanwhile', async () => {
    leaveOpen('pod-use-hostnetwork-2');
    cluster.server.exec = (call) => {
      if (call.pod !== 'pod-use-hostnetwork-2') return execOnMachine(call);
      cluster.server.store.change(podsWith((pod) => (pod.metadata.name === call.pod ? null : pod)));
      return execOnMachine(call);
    };
    const screen = await all('--node', 'kube-node-2');
    expect(tableOf(screen)).toMatch(
      /^pod-use-hostnetwork-2 +kube-node-2 +- +- +- +gone +The Pod pod-use-hostnetwork-2 was deleted during the inspection\.$/m,
    );
    expect(summaryOf(screen)).toMatch(/^5 Pods: 2 match, 2 mismatch, 1 gone\./);
  });

  /** Of the namespace, those alone that are as they declare. */
  const good = (pod: PodJson): PodJson | null =>
    ['leaky-2', 'stubborn-2'].includes(pod.metadata.name) ? null : pod;

  test.each<[string, (pod: PodJson) => PodJson | null]>([
    ['was deleted', () => null],
    ['has ended', (pod) => ({ ...pod, status: { ...pod.status, phase: 'Failed', containerStatuses: [] } })],
    ['was replaced', (pod) => ({ ...pod, metadata: { ...pod.metadata, uid: 'another' } })],
  ])('a Pod that goes before a probe Pod sees it, which is no failure: it %s', async (_, become) => {
    const { uid } = recordedPod('plain-2').metadata;
    cluster.server.store.change(podsWith(good));
    cluster.server.exec = probeReporting((report) => {
      cluster.server.store.change(
        podsWith((pod) => (pod.metadata.name === 'plain-2' ? become(pod) : good(pod))),
      );
      return report.replaceAll(new RegExp(`^/proc/\\d+/cgroup:.*${uid}.*\n`, 'gm'), '');
    });
    const screen = await all('--node', 'kube-node-2', '--probe');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 0, stderr: '' });
    expect(tableOf(screen)).toMatch(/^plain-2 +kube-node-2 +- +- +- +gone +The Pod plain-2 has ended\.$/m);
    expect(summaryOf(screen)).toMatch(/^3 Pods: 2 match, 1 gone\./);
  });

  test('a Pod that goes before the kubelet is asked, which is no failure either', async () => {
    const { uid } = recordedPod('plain-2').metadata;
    cluster.server.store.change(podsWith(good));
    cluster.server.summary = (node) => {
      cluster.server.store.change(podsWith((pod) => (pod.metadata.uid === uid ? null : good(pod))));
      const recorded = recordedSummaries[node];
      return { ...recorded, pods: recorded?.pods.filter(({ podRef }) => podRef.uid !== uid) };
    };
    const screen = await all('--node', 'kube-node-2', '--no-exec');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 0, stderr: '' });
    expect(tableOf(screen)).toMatch(/^plain-2 +kube-node-2 +- +- +- +gone +The Pod plain-2 has ended\.$/m);
  });

  test('a probe Pod, which is then as none, but for the exit code', async () => {
    cluster.server.store.change(podsWith(good));
    const without = await all('--node', 'kube-node-2');
    const execs = execsOf(cluster.server);
    expect(without.code).toBe(0);
    cluster.server.requests.length = 0;
    cluster.server.admit = () => ({ code: 403, reason: 'Forbidden', message: 'admission webhook says no' });
    const screen = await all('--node', 'kube-node-2', '--probe');
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^error: Cannot create the probe Pod on kube-node-2: .*\n$/),
    });
    expect(tableOf(screen)).toBe(tableOf(without));
    expect([...execsOf(cluster.server)].sort()).toEqual([...execs].sort());
  });
});

describe('Ctrl-C', () => {
  function interruptAt(pod: string): AbortSignal {
    const controller = new AbortController();
    leaveOpen(pod);
    cluster.server.exec = (call) => {
      if (call.pod !== pod) return execOnMachine(call);
      setTimeout(() => {
        controller.abort();
        // Until then, the Pods behind it have answered as well.
      }, 1500);
      return { fault: 'hang' };
    };
    return controller.signal;
  }

  test('prints the rows so far, in their order, and a sentence', async () => {
    const signal = interruptAt('pod-use-hostnetwork-2');
    const argv = ['verify', '--all', '--node', 'kube-node-2'];
    const screen = await cluster.run(argv, {}, { ...hasty, signal });
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({
      code: 130,
      stderr: 'error: Interrupted.\n',
    });
    expect(cellsOf(tableOf(screen)).map(([name]) => name)).toEqual([
      'NAME',
      'distroless-net-2',
      'leaky-2',
      'plain-2',
      // What was behind the one that hangs is known all the same.
      'stubborn-2',
    ]);
    expect(summaryOf(screen)).toMatch(/^5 Pods: 2 match, 2 mismatch, 1 not checked\./);
  });

  test('prints nothing where nothing is known yet', async () => {
    for (const output of ['table', 'json', 'yaml']) {
      const controller = new AbortController();
      cluster.server.respond = ({ path }) => {
        if (!path.endsWith('/summary')) return null;
        controller.abort();
        return { kind: 'unanswered' };
      };
      const argv = ['verify', '--all', '-o', output];
      expect(await cluster.run(argv, {}, { ...hasty, signal: controller.signal })).toEqual({
        code: 130,
        stdout: '',
        stderr: 'error: Interrupted.\n',
      });
    }
  });

  test('leaves a document whole', async () => {
    const signal = interruptAt('pod-use-hostnetwork-2');
    const argv = ['verify', '--all', '--node', 'kube-node-2', '-o', 'json'];
    const { code, stdout } = await cluster.run(argv, {}, { ...hasty, signal });
    expect(code).toBe(130);
    const document = JSON.parse(stdout) as { readonly items: readonly { readonly name: string }[] };
    expect(schemaErrors(VALIDATE, document)).toEqual([]);
    expect(document.items.map(({ name }) => name)).not.toContain('pod-use-hostnetwork-2');
    expect(document.items.map(({ name }) => name)).toContain('plain-2');
  });
});

test('the word "pods" beside --all or -l changes nothing, because kubectl users type it', async () => {
  for (const flags of [
    ['--all', '-n', 'ci', '--no-exec'],
    ['-l', 'app=flannel', '-A', '--no-exec'],
  ]) {
    const screen = await cluster.run(['verify', ...flags], {}, hasty);
    expect(await cluster.run(['verify', 'pods', ...flags], {}, hasty)).toEqual(screen);
    expect(screen.stdout).not.toBe('');
  }
});

describe('wrong usage is explained, and the cluster is not asked', () => {
  test.each([
    [['--all', 'plain-2'], '--all cannot be combined with Pods (got plain-2).'],
    [['-A', 'plain-2'], '-A cannot be combined with Pods (got plain-2).'],
    [['--node', 'n', 'plain-2', 'web'], '--node cannot be combined with Pods (got plain-2 web).'],
    [['--declared', '-l', 'app=web'], 'The flag --declared needs --all.'],
    [['--declared', 'plain-2'], 'The flag --declared needs --all.'],
    [['-A'], 'verify needs Pods. Use POD, TYPE/NAME '],
    [['--node', 'n'], 'verify needs Pods. Use POD, TYPE/NAME '],
    [['plain-2', '--dry-run', 'client'], 'The flag --dry-run needs --probe.'],
    [['--all', '--dry-run=server'], 'The flag --dry-run needs --probe.'],
    [
      ['plain-2', '--probe', '--dry-run=both'],
      'invalid value "both" for --dry-run. Use none, client, server.',
    ],
    [['plain-2', '--probe', '--dry-run='], 'invalid value "" for --dry-run. Use none, client, server.'],
    [
      ['--all', '--reach'],
      'The flag --reach cannot be combined with --all. Name the Pods, or select them with -l.',
    ],
    [['plain-2', '--probe-image', 'busybox'], 'The flag --probe-image needs --probe.'],
    [['plain-2', '--probe-namespace', 'shop'], 'The flag --probe-namespace needs --probe.'],
    [['plain-2', '--probe', '--probe-image', 'a b'], 'for --probe-image. Use an image such as docker.io/'],
    [['plain-2', '--probe', '--probe-namespace', '../x'], 'namespace'],
    [
      ['plain-2', '--expect', 'network'],
      'invalid value "network" for --expect. Use KIND=SIDE, such as network=host,pid=own.',
    ],
    [['plain-2', '--expect', 'network=host=own'], 'invalid value "network=host=own" for --expect.'],
    [['plain-2', '--expect', 'network=both'], 'invalid value "both" for --expect. Use host, own.'],
    [['plain-2', '--expect', 'uts=own'], 'invalid value "uts" for --expect. Use network, pid, ipc.'],
    [['plain-2', '--expect', 'network=own,'], 'invalid value "" for --expect.'],
    [['--all', '--parallel', '0'], '--parallel'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await cluster.run(['verify', ...argv]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(message);
    expect(cluster.server.requests).toEqual([]);
  });

  test.each([
    [['plain-2', '--probe-image', 'busybox'], 'The flag --probe-image needs --probe.'],
    [['plain-2', '--probe-namespace', 'shop'], 'The flag --probe-namespace needs --probe.'],
    [['plain-2', '--probe', '--probe-image', 'a\tb'], 'for --probe-image. Use an image such as docker.io/'],
  ])('of ifconfig: %j', async (argv, message) => {
    const { code, stdout, stderr } = await cluster.run(['ifconfig', ...argv]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(message);
    expect(cluster.server.requests).toEqual([]);
  });
});

test('--all may be many Pods of many nodes, and asks no kubelet twice', async () => {
  const template = recordedPod('plain-2');
  const pods = Array.from({ length: 300 }, (_, index): PodJson => {
    const node = `node-${String(index % 30)}`;
    const name = `pod-${String(index).padStart(3, '0')}`;
    return {
      ...template,
      metadata: {
        ...template.metadata,
        name,
        uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      },
      spec: { ...template.spec, nodeName: node },
    };
  });
  const [recorded] = recordedPods;
  cluster.server.store.change(
    pods.map((json) => ({ json, protobuf: recorded?.protobuf ?? new Uint8Array() })),
  );
  const nodes = new Set(pods.map(({ spec }) => spec.nodeName ?? ''));
  cluster.server.nodes = separateNodes
    .slice(0, 1)
    .flatMap((node) => [...nodes].map((name) => ({ ...node, metadata: { name } })));
  const summary = recordedSummaries['kube-node-2'];
  const sample = summary?.pods.find(({ podRef }) => podRef.uid === template.metadata.uid)?.network;
  cluster.server.summary = (node) => ({
    ...summary,
    pods: pods
      .filter(({ spec }) => spec.nodeName === node)
      .map(({ metadata: { name, namespace, uid } }) => ({
        podRef: { name, namespace, uid },
        network: sample,
      })),
  });
  // Only JSON has the Pods that are made up here.
  cluster.server.respond = ({ path }) => (path.endsWith('/pods') ? { kind: 'json' } : null);
  const screen = await all('--parallel', '4');
  expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 0, stderr: '' });
  expect(kubeletsAsked()).toHaveLength(30);
  expect(new Set(kubeletsAsked()).size).toBe(30);
  expect(summaryOf(screen)).toMatch(/^300 Pods: 300 match\./);
});
