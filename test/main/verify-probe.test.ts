import { afterEach, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { recordedExec } from '../api-server/kubelet.ts';
import { type PodJson, recordedPods } from '../api-server/recorded.ts';
import { expectedProbe } from '../support/probe-manifest.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { testCluster } from './cluster.ts';
import {
  execsOf,
  hasty,
  containerIdOf,
  makesPod,
  movedToNode,
  PROBE_NAME,
  probeReporting,
  requestsOf,
  wantedPods,
  withThread,
  withTwin,
} from './probing.ts';
import type { Screen } from './run.ts';
import { lasting, podsWith, recordedPod } from './verifying.ts';

const cluster = testCluster();
afterEach(() => {
  // Whatever a test was about: nothing of ours stays.
  const left = cluster.server.made.map(({ json }) => json.metadata.name);
  cluster.server.store.change(recordedPods);
  cluster.server.made.length = 0;
  expect(left).toEqual([]);
});

const VALIDATE = validator('verification-list');
const PODS = '/api/v1/namespaces/kube-system/pods';
/** Where those are that are asked about. */
const OWN_PODS = '/api/v1/namespaces/default/pods';
const OWN = { observed: 'own', verdict: 'match', trust: 'trusted', scope: 'pod' };
const NODE = { observed: 'host', verdict: 'match', trust: 'trusted', scope: 'pod' };
const NOT_OWN = { ...NODE, verdict: 'mismatch' };
const NOT_NODE = { ...OWN, verdict: 'mismatch' };

interface Verdict {
  readonly observed: string;
  readonly evidence: readonly {
    readonly source: string;
    readonly observed: string;
    readonly detail: string;
  }[];
}

interface Item {
  readonly name: string;
  readonly verdict: string | null;
  readonly namespaces: Readonly<Record<'network' | 'pid' | 'ipc', Verdict>>;
  readonly notes: readonly string[];
}

/** A Pod whose containers all have a capability. */
function withCapability(pod: PodJson, capability: string): PodJson {
  const securityContext = { capabilities: { add: [capability] } };
  const containers = pod.spec.containers.map((container) => ({ ...container, securityContext }));
  return { ...pod, spec: { ...pod.spec, containers } };
}

function probed(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', '--probe', ...argv], {}, hasty);
}

async function itemsOf(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stderr: string; readonly items: readonly Item[] }> {
  const { code, stdout, stderr } = await probed(...argv, '-o', 'json');
  const document = JSON.parse(stdout) as { readonly items: readonly Item[] };
  expect(schemaErrors(VALIDATE, document)).toEqual([]);
  return { code, stderr, items: document.items };
}

describe('all three namespaces are proved from outside', () => {
  test.each([
    ['plain-2', 0, [OWN, OWN, OWN]],
    ['leaky-2', 1, [NOT_OWN, NOT_OWN, NOT_OWN]],
    ['stubborn-2', 1, [NOT_NODE, OWN, OWN]],
    ['distroless-net-2', 0, [NODE, OWN, OWN]],
    ['pod-use-hostnetwork-2', 0, [NODE, OWN, OWN]],
  ])('of %s, with the exit code %i', async (name, expected, [network, pid, ipc]) => {
    const { code, stderr, items } = await itemsOf(name);
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    expect(items).toMatchObject([{ name, namespaces: { network, pid, ipc }, notes: [] }]);
    for (const kind of ['network', 'pid', 'ipc'] as const) {
      const [first] = items[0]?.namespaces[kind].evidence ?? [];
      expect(first).toMatchObject({ source: 'probe', trust: 'trusted' });
    }
    expect(execsOf(cluster.server).filter((pod) => pod !== 'kube-system/PROBE')).toEqual([]);
  });

  test('of one that is in all of them and declares none', async () => {
    const { stdout } = await probed('leaky-2');
    expect(lasting(stdout)).toBe(`\
Pod default/leaky-2, container c, on kube-node-2 (198.51.100.2)

NAMESPACE   DECLARED    OBSERVED   VERDICT    EVIDENCE
network     pod         host       mismatch   probe: the container c is in the node's network namespace (net:[INODE])
pid         container   host       mismatch   probe: the container c is in the node's PID namespace (pid:[INODE])
ipc         pod         host       mismatch   probe: the container c is in the node's IPC namespace (ipc:[INODE])

INTERFACE   NODE (kubelet)   POD   ADDRESSES (probe)
cni0   yes   yes   10.244.3.1/24 fe80::X/64
docker0   (not reported)   yes   172.17.0.1/16
ens192   yes   yes   192.168.0.183/24 198.51.100.2/24 fe80::X/64
flannel.1   yes   yes   10.244.3.0/32 fe80::X/64
lo   (not reported)   yes   127.0.0.1/8 ::1/128
veth* (N)   (not reported)   yes

All 3 interfaces that the kubelet reports of the node are in the Pod, too.
`);
  });

  test('of several containers, each of which is named', async () => {
    const { code, stdout } = await probed('deploy/ingress', '-n', 'shop');
    expect(code).toBe(0);
    expect(lasting(stdout)).toMatch(
      /^network +host +host +match +probe: the sandbox, the container (?:log-shipper, the container ingress|ingress, the container log-shipper) are in the node's network namespace \(net:\[INODE\]\)$/m,
    );
  });

  test('of a container whose image runs nothing else, by processes alone: the kubelet need not answer', async () => {
    cluster.server.respond = ({ path }) =>
      path.endsWith('/summary')
        ? { kind: 'status', status: { code: 503, reason: 'ServiceUnavailable', message: 'it is down' } }
        : null;
    const { code, stdout, stderr } = await probed('distroless-net-2');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Note: Cannot ask the kubelet of kube-node-2: .*\n$/);
    expect(stdout).toMatch(/^network +host +host +match +probe: /m);
  });

  test('but for a container in which one process is still in all of the node’s, as where it is being started', async () => {
    const pod = recordedPod('plain-2');
    cluster.server.exec = probeReporting((report) => withTwin(report, containerIdOf(pod)));
    const { code, items } = await itemsOf('plain-2');
    expect(code).toBe(2);
    const doubt = { observed: 'unknown', verdict: 'inconclusive' };
    expect(items).toMatchObject([{ namespaces: { network: doubt, pid: doubt, ipc: doubt } }]);
    expect(items[0]?.namespaces.network.evidence).toContainEqual(
      expect.objectContaining({
        source: 'probe',
        detail: expect.stringMatching(
          /^the container c is in the node's network namespace \(net:\[\d+\]\), but so is every container for a moment while it starts$/,
        ),
      }),
    );
  });

  test.each([
    ['net', 'network'],
    ['ipc', 'ipc'],
  ] as const)(
    'of a container in which one thread alone is where its node is: %s',
    async (kind, namespace) => {
      const pod = recordedPod('plain-2');
      cluster.server.exec = probeReporting((report) => withThread(report, containerIdOf(pod), kind));
      const { code, items } = await itemsOf('plain-2');
      expect(code).toBe(1);
      const expected = { network: OWN, pid: OWN, ipc: OWN, [namespace]: NOT_OWN };
      expect(items).toMatchObject([{ namespaces: expected }]);
      expect(items[0]?.namespaces[namespace].evidence[0]).toMatchObject({
        source: 'probe',
        detail: expect.stringMatching(
          /^the container c is in the node's \w+ namespace \(\w+:\[\d+\]\), the sandbox is not$/,
        ),
      });
    },
  );

  test('and the same is said in YAML', async () => {
    const json = await probed('leaky-2', 'plain-2', '-o', 'json');
    const yaml = await probed('leaky-2', 'plain-2', '-o', 'yaml');
    expect(load(yaml.stdout)).toEqual(JSON.parse(json.stdout));
  });
});

describe('one Pod of ours', () => {
  const FIVE = ['plain-2', 'leaky-2', 'stubborn-2', 'distroless-net-2', 'pod-use-hostnetwork-2'];

  test('is made, asked and removed for all Pods of a node', async () => {
    const { code, stdout, stderr } = await probed(...FIVE);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/\n5 Pods: 3 match, 2 mismatch\.\n$/);
    const requests = requestsOf(cluster.server);
    expect(requests.filter((request) => request.includes('PROBE') || request === `POST ${PODS}`)).toEqual([
      `POST ${PODS}`,
      // Pending, and then running.
      `GET ${PODS}/PROBE`,
      `GET ${PODS}/PROBE`,
      `GET ${PODS}/PROBE/exec`,
      // What has answered must have been the very Pod.
      `GET ${PODS}/PROBE`,
      // leaky-2 and stubborn-2 are not what they declare, and are read in many rounds.
      `GET ${PODS}/PROBE/exec`,
      `GET ${PODS}/PROBE`,
      `DELETE ${PODS}/PROBE`,
    ]);
    expect(new Set(execsOf(cluster.server))).toEqual(new Set(['kube-system/PROBE']));
  });

  test('is made with as few requests as will do', async () => {
    await probed('plain-2');
    expect([...requestsOf(cluster.server)].sort()).toEqual(
      [
        'GET /api/v1/nodes',
        `GET ${OWN_PODS}/plain-2`,
        'GET /api/v1/nodes/kube-node-2/proxy/stats/summary',
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        `GET ${PODS}`,
        'GET /api/v1/nodes/kube-node-2',
        `POST ${PODS}`,
        `GET ${PODS}/PROBE`,
        `GET ${PODS}/PROBE`,
        `GET ${PODS}/PROBE/exec`,
        `GET ${PODS}/PROBE`,
        `DELETE ${PODS}/PROBE`,
        `GET ${OWN_PODS}/plain-2`,
      ].sort(),
    );
    expect(requestsOf(cluster.server).at(-1)).toBe(`GET ${OWN_PODS}/plain-2`);
  });

  test('is made for each node, of which one may be down', async () => {
    const { code, stdout, stderr } = await probed('plain-2', 'plain-1', 'leaky-2');
    expect(code).toBe(1);
    expect(
      wantedPods(cluster.server)
        .map(({ spec }) => spec.nodeName)
        .sort(),
    ).toEqual(['kube-node-1', 'kube-node-2']);
    expect(cluster.server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
    expect(stdout).toMatch(/\n3 Pods: 1 match, 1 mismatch, 1 failed\.\n$/);
    expect(stderr).toMatch(
      /^error: Nothing of the Pod plain-1 could be seen\. By the kubelet: .*; by a probe Pod: The probe Pod on kube-node-1 could not be asked: .*; from inside: .*\.\n$/,
    );
  });

  test('is there at a time with --parallel 1', async () => {
    let most = 0;
    cluster.server.respond = () => {
      most = Math.max(most, cluster.server.made.length);
      return null;
    };
    await probed('plain-2', 'plain-1', '--parallel', '1');
    expect(wantedPods(cluster.server)).toHaveLength(2);
    expect(most).toBe(1);
  });

  test('is made without --probe of no command', async () => {
    for (const argv of [
      ['verify', 'plain-2'],
      ['verify', '--all'],
      ['ifconfig', 'plain-2'],
      ['list', '-A'],
    ]) {
      await cluster.run(argv, {}, hasty);
    }
    expect(cluster.server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test.each([
    ['that has ended', recordedPod('nightly-backup').metadata.name, 'shop'],
    ['that is on no node', 'gpu-monitor', 'monitoring'],
    ['on Windows, which it says itself', 'iis-by-os', 'shop'],
    ['on Windows, which its node says', 'iis-by-node', 'shop'],
  ])('is not made for one %s', async (_, name, namespace) => {
    const { code, stdout, stderr } = await probed(name, '-n', namespace);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: The Pod \S+ (?:has ended|is on no node yet|runs on Windows)/);
    expect(wantedPods(cluster.server)).toEqual([]);
  });
});

describe('the Pod that is made', () => {
  test('shares all of its node, has one capability and nothing else, and ends by itself', async () => {
    await probed('plain-2');
    const [pod] = wantedPods(cluster.server);
    expect(pod).toEqual(
      expectedProbe({
        name: expect.stringMatching(PROBE_NAME),
        image: expect.stringMatching(/^docker\.io\/library\/busybox:[\d.]+@sha256:[\da-f]{64}$/),
        deadline: expect.any(Number),
        deadlineWord: expect.stringMatching(/^\d+$/),
      }),
    );
  });

  test.each([
    ['10s', 40],
    ['1m', 90],
    ['5h', 3600],
  ])('ends by itself soon after --timeout %s: after %i s', async (timeout, seconds) => {
    await probed('plain-2', '--timeout', timeout);
    expect(wantedPods(cluster.server)).toMatchObject([
      {
        spec: {
          activeDeadlineSeconds: seconds,
          containers: [{ command: ['/bin/sleep', String(seconds)] }],
        },
      },
    ]);
  });

  test('has another name each time', async () => {
    await probed('plain-2');
    await probed('plain-2');
    const [first, second] = wantedPods(cluster.server);
    expect(first?.metadata.name).not.toBe(second?.metadata.name);
  });

  test('is in the namespace and of the image that are asked for', async () => {
    const image = 'registry.example.com/tools/busybox:1';
    const { code } = await probed('plain-2', '--probe-namespace', 'shop', '--probe-image', image);
    expect(code).toBe(0);
    expect(wantedPods(cluster.server)).toMatchObject([
      { metadata: { namespace: 'shop' }, spec: { containers: [{ image }] } },
    ]);
    const probes = requestsOf(cluster.server).filter((request) => request.includes('PROBE'));
    expect(probes.every((request) => request.includes('/namespaces/shop/pods/PROBE'))).toBe(true);
    expect(requestsOf(cluster.server)).toContain('GET /api/v1/namespaces/shop/pods');
    const reviews = cluster.server.requests
      .filter(({ path }) => path.endsWith('/selfsubjectaccessreviews'))
      .map(({ body }) => (JSON.parse(body) as { readonly spec: object }).spec);
    expect(new Set(reviews)).toEqual(
      new Set([
        { resourceAttributes: { namespace: 'shop', verb: 'delete', resource: 'pods', subresource: '' } },
        { resourceAttributes: { namespace: 'shop', verb: 'get', resource: 'pods', subresource: 'exec' } },
      ]),
    );
  });

  test('is in kube-system unless another namespace is asked for, wherever the Pods are', async () => {
    const { code } = await probed('deploy/ingress', '-n', 'shop');
    expect(code).toBe(0);
    expect(wantedPods(cluster.server)).toMatchObject([{ metadata: { namespace: 'kube-system' } }]);
  });

  test('is removed by its UID, at once', async () => {
    let uid = '';
    cluster.server.respond = ({ method }) => {
      if (method === 'DELETE') uid = cluster.server.made[0]?.json.metadata.uid ?? '';
      return null;
    };
    await probed('plain-2');
    const [request] = cluster.server.requests.filter(({ method }) => method === 'DELETE');
    expect(uid).not.toBe('');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid },
    });
    expect(request?.path).toBe(`${PODS}/${wantedPods(cluster.server)[0]?.metadata.name ?? ''}`);
  });

  test('is run one constant script in, of which -v=6 shows nothing', async () => {
    const commands: (readonly string[])[] = [];
    cluster.server.exec = (call) => {
      commands.push(call.command);
      return recordedExec(call);
    };
    const { stderr } = await probed('plain-2', '-v=6');
    await probed('leaky-2');
    expect(commands.map(([shell, flag, , name]) => [shell, flag, name])).toEqual(
      commands.map(() => ['/bin/sh', '-c', 'kubectl-hostns']),
    );
    expect(new Set(commands.map(([, , script]) => script)).size).toBe(1);
    // A marker that nobody can foresee.
    expect(new Set(commands.map(([, , , , marker]) => marker)).size).toBe(commands.length);
    expect(stderr.split('\n').find((line) => line.includes('/exec?'))).toMatch(
      /\/exec\?command=…&container=probe&stdout=true&stderr=true 101 /,
    );
    expect(stderr).not.toMatch(/begin|printf|xargs/);
  });
});

describe('ifconfig --probe', () => {
  function ifconfig(...argv: readonly string[]): Promise<Screen> {
    return cluster.run(['ifconfig', '--probe', ...argv], {}, hasty);
  }

  test.each([['plain-2'], ['plain-2', 'eth0'], ['pod-use-hostnetwork-2'], ['pod-use-hostnetwork-2', '-a']])(
    'shows the interfaces that an exec shows: %j %s',
    async (...argv) => {
      const counters = (screen: string): string =>
        screen
          .replaceAll(/(packets|bytes|dropped):\d+(?: \([\d.]+ \w+\))?/g, '$1:N')
          // Which addresses a network broadcasts to tells `ip` alone, which runs in the probe Pod's own.
          .replaceAll(/ {2}Bcast:\S+/g, '')
          .replaceAll(/(?<=^veth)\S+/gm, (name) => 'X'.repeat(name.length));
      const outside = await ifconfig(...argv);
      const inside = await cluster.run(['ifconfig', ...argv]);
      expect({ ...outside, stdout: counters(outside.stdout) }).toEqual({
        ...inside,
        stdout: counters(inside.stdout),
      });
      expect(outside.code).toBe(0);
    },
  );

  test('shows those of an image without a shell', async () => {
    const { code, stdout } = await ifconfig('distroless-net-2', 'ens192');
    expect(code).toBe(0);
    expect(stdout).toContain('inet addr:192.168.0.183  Bcast:192.168.0.255  Mask:255.255.255.0\n');
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE']);
  });

  test("asks the sandbox of a network of the Pod's own for what /sys has, and the container for nothing", async () => {
    const { code, stdout } = await ifconfig('plain-2', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { pod: 'plain-2', container: 'c' },
      items: [
        { name: 'lo', mtu: 65536 },
        { name: 'eth0', mtu: 1500, mac: expect.stringMatching(/^[\da-f:]{17}$/) },
      ],
    });
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE', 'kube-system/PROBE']);
    const questions = cluster.server.requests
      .filter(({ path }) => path.endsWith('/exec'))
      .map(({ query }) => query.getAll('command').slice(5));
    expect(questions).toEqual([
      ['node', expect.stringMatching(/^[\da-f.]{36}$/), 'networks'],
      ['devices', expect.stringMatching(/^\d+$/)],
    ]);
  });

  test.each([
    ['no process of it is there', recordedPod('plain-2').metadata.uid],
    ['the whole report is of other Pods', 'pod'],
  ])('explains itself where %s', async (_, uid) => {
    cluster.server.exec = probeReporting((report) =>
      report.replaceAll(new RegExp(`^/proc/\\d+/cgroup:.*${uid}.*\n`, 'gm'), ''),
    );
    expect(await ifconfig('plain-2')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: No process of the container c of the Pod plain-2 can be seen on the node kube-node-2.\n',
    });
  });
});

describe('a Pod that is not as wanted is read in many rounds', () => {
  test('and what the first reading alone has seen does not count', async () => {
    const pod = recordedPod('plain-2');
    cluster.server.exec = probeReporting((report, _, index) =>
      index === 0 ? movedToNode(report, pod, ['net', 'pid', 'ipc']) : report,
    );
    const { code, items } = await itemsOf('plain-2');
    const [item] = items;
    expect(item?.namespaces).toMatchObject({ network: OWN, pid: OWN, ipc: OWN });
    expect(item?.namespaces.network.evidence).toMatchObject([
      { source: 'probe', observed: 'own' },
      { source: 'kubelet', observed: 'own' },
    ]);
    expect(code).toBe(0);
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE', 'kube-system/PROBE']);
  });

  test.each([
    ['at first', (index: number) => index === 0],
    ['later', (index: number) => index > 0],
  ])(
    'and one that may move, and is in the network of its node %s only, is inconclusive',
    async (_, isMoved) => {
      const pod = recordedPod('plain-2');
      cluster.server.store.change(podsWith((one) => (one === pod ? withCapability(one, 'SYS_ADMIN') : one)));
      cluster.server.exec = probeReporting((report, _marker, index) =>
        isMoved(index) ? movedToNode(report, pod, ['net']) : report,
      );
      const { code, items } = await itemsOf('plain-2');
      expect(code).toBe(2);
      const [item] = items;
      expect(item?.namespaces).toMatchObject({
        network: { observed: 'unknown', verdict: 'inconclusive', trust: null, scope: null },
        pid: OWN,
        ipc: OWN,
      });
      const moved = expect.stringMatching(
        /^(?:the sandbox|the container c) has processes that moved into or out of the node's network namespace \(net:\[\d+\]\) during the check \(25 readings\)$/,
      );
      expect(item?.namespaces.network.evidence).toContainEqual(
        expect.objectContaining({ source: 'probe', scope: 'pod', observed: 'unknown', detail: moved }),
      );
    },
  );

  test('and one that may move is read in many rounds even where it is as wanted', async () => {
    const pod = recordedPod('plain-2');
    cluster.server.store.change(podsWith((one) => (one === pod ? withCapability(one, 'SYS_ADMIN') : one)));
    const { code, items } = await itemsOf('plain-2');
    expect(code).toBe(0);
    expect(items).toMatchObject([{ namespaces: { network: OWN, pid: OWN, ipc: OWN } }]);
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE', 'kube-system/PROBE']);
    const [, question] = cluster.server.requests.filter(({ path }) => path.endsWith('/exec'));
    expect(question?.query.getAll('command').slice(5, 8)).toEqual([
      'hold',
      expect.stringMatching(/^[\da-f.]{36}$/),
      `pod\\(${pod.metadata.uid.replaceAll('-', '.')}\\)`,
    ]);
  });

  test.each(['pid', 'ipc'] as const)('and what all rounds have seen counts: %s', async (kind) => {
    const pod = recordedPod('plain-2');
    cluster.server.exec = probeReporting((report) => movedToNode(report, pod, [kind]));
    const { code, items } = await itemsOf('plain-2');
    expect(code).toBe(1);
    const expected = { network: OWN, pid: OWN, ipc: OWN, [kind]: NOT_OWN };
    expect(items).toMatchObject([{ namespaces: expected }]);
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE', 'kube-system/PROBE']);
  });

  test('and the kubelet, which sees the sandbox, does not overrule what all rounds have seen', async () => {
    const pod = recordedPod('plain-2');
    cluster.server.exec = probeReporting((report) => movedToNode(report, pod, ['net']));
    const { code, stdout } = await probed('plain-2');
    expect(code).toBe(1);
    expect(lasting(stdout)).toContain(`
network     pod         host       mismatch   probe: the container c is in the node's network namespace (net:[INODE])
                                              the kubelet says otherwise: the sandbox has none of the node's interfaces (cni0, ens192, flannel.1)
`);
  });

  test('but what is as it should be only once', async () => {
    await probed('plain-2');
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE']);
  });

  test('by what is expected, where it is', async () => {
    expect((await probed('leaky-2', '--expect', 'network=host,pid=host,ipc=host')).code).toBe(0);
    expect(execsOf(cluster.server)).toEqual(['kube-system/PROBE']);
  });

  test('with the Pod read anew, for its container may be another by now', async () => {
    const found = recordedPod('plain-2');
    const restarted = podsWith((pod) => {
      if (pod !== found) return pod;
      const [status] = pod.status.containerStatuses ?? [];
      const containerID = `containerd://${'0123456789abcdef'.repeat(4)}`;
      return {
        ...pod,
        status: { ...pod.status, containerStatuses: [{ ...status, containerID }] as never },
      };
    });
    cluster.server.store.change(restarted);
    cluster.server.respond = (request) => {
      if (makesPod(request)) cluster.server.store.change(recordedPods);
      return null;
    };
    const { code, items } = await itemsOf('plain-2');
    expect(code).toBe(0);
    expect(items).toMatchObject([{ namespaces: { network: OWN, pid: OWN, ipc: OWN } }]);
    expect(
      requestsOf(cluster.server).filter((request) => request === `GET ${OWN_PODS}/plain-2`),
    ).toHaveLength(3);
  });

  test.each([
    ['deleted', null, 'was deleted during the inspection.'],
    [
      'replaced',
      '00000000-0000-4000-8000-000000000001',
      'was replaced by another Pod of the same name during the inspection. Try again.',
    ],
  ])('and a Pod that is %s midway is no Pod of which anything is said', async (_, uid, said) => {
    cluster.server.exec = probeReporting((report) => {
      cluster.server.store.change(
        podsWith((pod) => {
          if (pod.metadata.name !== 'leaky-2') return pod;
          return uid === null ? null : { ...pod, metadata: { ...pod.metadata, uid } };
        }),
      );
      return report;
    });
    expect(await probed('leaky-2')).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: The Pod leaky-2 ${said}\n`,
    });
  });
});
