import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { recordedExec } from '../api-server/kubelet.ts';
import { recordedPods } from '../api-server/recorded.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { testCluster } from './cluster.ts';
import { Collector, inProcessTest } from './run.ts';
import { execOnMachine, lasting, podsWith, recordedPod, separateNodes } from './verifying.ts';

const cluster = testCluster();
const VALIDATE = validator('verification-list');
const POD_USE_HOSTNETWORK = '/api/v1/namespaces/default/pods/pod-use-hostnetwork-2';

interface Item {
  readonly namespace: string;
  readonly name: string;
  readonly verdict: string | null;
  readonly namespaces: Readonly<Record<string, { readonly verdict: string; readonly trust: string | null }>>;
}

async function verified(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stderr: string; readonly items: readonly Item[] }> {
  const { code, stdout, stderr } = await cluster.run(['verify', ...argv, '-o', 'json']);
  const document = JSON.parse(stdout) as { readonly items: readonly Item[] };
  expect(schemaErrors(VALIDATE, document)).toEqual([]);
  return { code, stderr, items: document.items };
}

/** The lines of a table of several Pods that name a Pod. */
function headlines(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => line.startsWith('Pod '));
}

/** As if the nodes were machines and not themselves containers. */
function onMachine(): void {
  cluster.server.nodes = separateNodes;
  cluster.server.exec = execOnMachine;
}

describe('the screen of one Pod', () => {
  test('is the same for NAME, TYPE/NAME and TYPE NAME', async () => {
    const screens = [
      await cluster.run(['verify', 'plain-2']),
      await cluster.run(['verify', 'pod/plain-2']),
      await cluster.run(['verify', 'pod', 'plain-2']),
    ];
    expect(new Set(screens.map((screen) => JSON.stringify(screen))).size).toBe(1);
  });

  test("has each namespace's verdict with its evidence, and the interfaces side by side", async () => {
    const { code, stdout, stderr } = await cluster.run(['verify', 'pod-use-hostnetwork-2']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(lasting(stdout)).toBe(`\
Pod default/pod-use-hostnetwork-2, container myapp, on kube-node-2 (198.51.100.2)

NAMESPACE   DECLARED    OBSERVED   VERDICT                 EVIDENCE
network     host        host       match (sandbox)         kubelet: the sandbox has all of the node's interfaces (cni0, ens192, flannel.1) with matching counters
pid         container   own        match (self-reported)   container: its PID 1 is in the container's own cgroup
ipc         pod         unknown    inconclusive            container: its IPC namespace (ipc:[INODE]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-1)

INTERFACE   NODE (kubelet)   POD   ADDRESSES (container)
cni0   yes   yes   10.244.3.1/24 fe80::X/64
docker0   (not reported)   yes (self-reported)   172.17.0.1/16
ens192   yes   yes   192.168.0.183/24 198.51.100.2/24 fe80::X/64
flannel.1   yes   yes   10.244.3.0/32 fe80::X/64
lo   (not reported)   yes (self-reported)   127.0.0.1/8 ::1/128
veth* (N)   (not reported)   yes (self-reported)

All 3 interfaces that the kubelet reports of the node are in the Pod, too.
`);
  });

  inProcessTest('wraps the evidence to the width of a terminal', async () => {
    const terminal = Object.assign(new Collector(), { columns: 100 });
    const { stdout } = await cluster.run(['verify', 'pod-use-hostnetwork-2'], {}, { stdout: terminal });
    expect(stdout).toBe('');
    expect(lasting(terminal.text).split('\n\n')[1]).toBe(`\
NAMESPACE   DECLARED    OBSERVED   VERDICT                 EVIDENCE
network     host        host       match (sandbox)         kubelet: the sandbox has all of the
                                                           node's interfaces (cni0, ens192,
                                                           flannel.1) with matching counters
pid         container   own        match (self-reported)   container: its PID 1 is in the
                                                           container's own cgroup
ipc         pod         unknown    inconclusive            container: its IPC namespace
                                                           (ipc:[INODE]) is not the initial one
                                                           of the node's kernel, but the node may
                                                           itself be a container (it shares its
                                                           kernel with kube-node-1)`);
  });

  test('shows a Pod that declares the network of its node and has one of its own', async () => {
    const { code, stdout, stderr } = await cluster.run(['verify', 'stubborn-2']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lasting(stdout)).toBe(`\
Pod default/stubborn-2, container c, on kube-node-2 (198.51.100.2)

NAMESPACE   DECLARED    OBSERVED   VERDICT                    EVIDENCE
network     host        own        mismatch (self-reported)   container: it does not have the node's address 198.51.100.2; it has none of the node's interfaces (cni0, ens192, flannel.1)
pid         container   own        match (self-reported)      container: its PID 1 is in the container's own cgroup
ipc         pod         unknown    inconclusive               container: its IPC namespace (ipc:[INODE]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-1)

INTERFACE   NODE (kubelet)   POD   ADDRESSES (container)
cni0   yes   (unknown)
ens192   yes   (unknown)
flannel.1   yes   (unknown)
lo   (not reported)   yes (self-reported)   127.0.0.1/8 ::1/128

Which of them the Pod has the kubelet does not tell.
`);
  });

  test('shows a Pod that declares nothing and is in the network and among the processes of its node', async () => {
    const { code, stdout } = await cluster.run(['verify', 'leaky-2']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^network +pod +host +mismatch +kubelet: the sandbox has all of the node's /m);
    expect(stdout).toMatch(
      /^pid +container +host +mismatch \(self-reported\) +container: its PID 1 is in a cgroup outside the Pod$/m,
    );
  });

  test('proves the network of an image without a shell all the same', async () => {
    const { code, stdout, stderr } = await cluster.run(['verify', 'distroless-net-2']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(lasting(stdout)).toBe(`\
Pod default/distroless-net-2, container c, on kube-node-2 (198.51.100.2)

NAMESPACE   DECLARED    OBSERVED   VERDICT           EVIDENCE
network     host        host       match (sandbox)   kubelet: the sandbox has all of the node's interfaces (cni0, ens192, flannel.1) with matching counters
pid         container   unknown    inconclusive      container: its image has no shell; use --probe
ipc         pod         unknown    inconclusive      container: its image has no shell; use --probe

INTERFACE   NODE (kubelet)   POD   ADDRESSES (container)
cni0   yes   yes
ens192   yes   yes
flannel.1   yes   yes

All 3 interfaces that the kubelet reports of the node are in the Pod, too.
`);
  });

  test('has all evidence and every device with -o wide', async () => {
    const { stdout } = await cluster.run(['verify', 'pod-use-hostnetwork-2', '-o', 'wide']);
    const [, , , network, second] = stdout.split('\n');
    expect(network).toContain('kubelet: the sandbox has all of');
    expect(second?.trim()).toMatch(
      /^container: it has the node's address 198\.51\.100\.2(?:; it has all of the node's .*)?$/,
    );
    expect(stdout).toMatch(
      /^INTERFACE +NODE \(kubelet\) +POD +ADDRESSES \(container\) +MTU +HWADDR +FLAGS +RX-BYTES \(container\) +TX-BYTES \(container\)$/m,
    );
    expect(stdout).toMatch(
      /^flannel\.1 +yes +yes +10\.244\.3\.0\/32 fe80::\S+\/64 +1450 +[\da-f:]{17} +UP,BROADCAST,RUNNING,MULTICAST +0 +0$/m,
    );
    expect(stdout).toMatch(/^veth[\da-f]{8} +\(not reported\) +yes \(self-reported\) +fe80::\S+\/64 +1500 /m);
    expect(stdout).not.toContain('veth*');
  });
});

describe('a document', () => {
  test('says in JSON what the table says, and what listens', async () => {
    const { code, stderr, items } = await verified('pod-use-hostnetwork-2', 'stubborn-2');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(items).toMatchObject([
      {
        namespace: 'default',
        name: 'pod-use-hostnetwork-2',
        container: 'myapp',
        node: 'kube-node-2',
        nodeIP: '198.51.100.2',
        verdict: 'inconclusive',
        namespaces: {
          network: {
            declared: 'host',
            observed: 'host',
            verdict: 'match',
            trust: 'partial',
            scope: 'sandbox',
          },
          pid: { declared: 'container', observed: 'own', verdict: 'match', trust: 'self-reported' },
          ipc: { declared: 'pod', observed: 'unknown', verdict: 'inconclusive', trust: null },
        },
        unattributedAddresses: [],
        notes: [],
      },
      {
        name: 'stubborn-2',
        verdict: 'mismatch',
        namespaces: {
          network: {
            declared: 'host',
            observed: 'own',
            verdict: 'mismatch',
            trust: 'self-reported',
            scope: 'containers',
          },
        },
        interfaces: [
          { name: 'cni0', sandbox: null, pod: null },
          { name: 'ens192', sandbox: null, pod: null },
          { name: 'flannel.1', sandbox: null, pod: null },
          { name: 'lo', node: null, sandbox: null, pod: { addresses: [{ address: '127.0.0.1' }, {}] } },
        ],
      },
    ]);
    expect((items[0] as unknown as { listening: readonly object[] }).listening).toContainEqual({
      port: 80,
      protocol: 'TCP',
      address: '::',
      owner: 'pod',
    });
  });

  test('is the same in YAML', async () => {
    const argv = ['verify', 'pod-use-hostnetwork-2', 'nope', 'plain-2'];
    const json = await cluster.run([...argv, '-o', 'json']);
    const yaml = await cluster.run([...argv, '-o', 'yaml']);
    expect(yaml.stdout).toMatch(/^apiVersion: kubectl-hostns\/v1\nkind: VerificationList\n/);
    expect(load(yaml.stdout)).toEqual(JSON.parse(json.stdout));
    expect({ code: yaml.code, stderr: yaml.stderr }).toEqual({ code: json.code, stderr: json.stderr });
  });

  test('names a Pod that could not be looked at, and why', async () => {
    const { code, stderr, items } = await verified('nope', 'plain-2');
    expect(code).toBe(3);
    expect(items).toMatchObject([
      { name: 'nope', verdict: null, error: expect.stringMatching(/^There is no Pod "nope" /) },
      { name: 'plain-2', verdict: 'inconclusive' },
    ]);
    expect(stderr).toMatch(/^error: There is no Pod "nope" in the namespace default; .*\n$/);
  });
});

describe('several Pods', () => {
  test('come in the order in which they were asked for, and a line sums them up', async () => {
    const { code, stdout, stderr } = await cluster.run([
      'verify',
      'stubborn-2',
      'plain-2',
      'leaky-2',
      'pod-use-hostnetwork-2',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(headlines(stdout)).toEqual([
      'Pod default/stubborn-2, container c, on kube-node-2 (198.51.100.2)',
      'Pod default/plain-2, container c, on kube-node-2 (198.51.100.2)',
      'Pod default/leaky-2, container c, on kube-node-2 (198.51.100.2)',
      'Pod default/pod-use-hostnetwork-2, container myapp, on kube-node-2 (198.51.100.2)',
    ]);
    expect(stdout).toContain('the Pod has the kubelet does not tell.\n\nPod default/plain-2, ');
    expect(stdout).toContain('; it has its own eth0.\n\nPod default/leaky-2, ');
    expect(stdout).toMatch(/ in the Pod, too\.\n\n4 Pods: 2 mismatch, 2 inconclusive\.\n$/);
  });

  test('are each looked at once, however often they are named', async () => {
    const { stdout } = await cluster.run(['verify', 'plain-2', 'pod/plain-2', 'po/plain-2', 'Pods/plain-2']);
    expect(headlines(stdout)).toHaveLength(1);
    expect(stdout).not.toContain('Pods:');
    expect(cluster.server.requests.filter(({ path }) => path.endsWith('/exec'))).toHaveLength(1);
  });

  test('may be those of a workload', async () => {
    const { code, items } = await verified('deploy/web', '-n', 'shop', '--no-exec');
    const own = recordedPods
      .map(({ json }) => json.metadata)
      .filter(({ labels }) => labels?.['app'] === 'web');
    expect(items.map(({ name }) => name)).toEqual(own.map(({ name }) => name));
    // One of them is on a node whose kubelet is down.
    expect(code).toBe(3);
    expect(cluster.server.requests.map(({ path }) => path)).toContain(
      '/apis/apps/v1/namespaces/shop/deployments/web',
    );
  });

  test.each([
    ['deployment.apps/ingress', 'shop', 'ingress'],
    ['deployments/ingress', 'shop', 'ingress'],
    ['statefulset/db', 'shop', 'db'],
    ['sts/db', 'shop', 'db'],
    ['replicaset/RS', 'shop', 'ingress'],
    ['ds/kube-proxy', 'kube-system', 'kube-proxy'],
  ])('%s', async (word, namespace, prefix) => {
    const names = recordedPods
      .map(({ json }) => json.metadata)
      .filter((own) => own.namespace === namespace && own.name.startsWith(`${prefix}-`))
      .map(({ name }) => name);
    const { items } = await verified(
      word.replace('RS', names[0]?.replace(/-\w+$/, '') ?? ''),
      '-n',
      namespace,
    );
    expect(names).not.toEqual([]);
    expect(items.map(({ name }) => name)).toEqual(names);
  });

  test('may be those of a selector, beside those that are named', async () => {
    const { items } = await verified('packet-capture', '-l', 'app in (db, ingress)', '-n', 'shop');
    expect(items.map(({ name }) => name)).toEqual([
      'packet-capture',
      'db-0',
      recordedPod('ingress').metadata.name,
    ]);
  });

  test('are asked for with as few requests as will do', async () => {
    await cluster.run([
      'verify',
      'pod-use-hostnetwork-2',
      'plain-2',
      'leaky-2',
      'stubborn-2',
      'distroless-net-2',
    ]);
    const count = (pattern: RegExp): number =>
      cluster.server.requests.filter(({ path }) => pattern.test(path)).length;
    expect(count(/^\/api\/v1\/nodes$/)).toBe(1);
    expect(count(/\/proxy\/stats\/summary$/)).toBe(1);
    // The image without a shell is asked twice, for it may be elsewhere on its PATH.
    expect(count(/\/exec$/)).toBe(6);
    // Each Pod is read again for each exec.
    expect(count(/\/pods\/[^/]+$/)).toBe(5 + 6);
    expect(cluster.server.requests).toHaveLength(19);
  });

  test('are no more than --parallel at a time', async () => {
    let most = 0;
    let open = 0;
    cluster.server.respond = ({ path }) => {
      if (path.endsWith('/exec')) {
        open += 1;
        most = Math.max(most, open);
      } else if (open > 0 && /\/pods\/[^/]+$/.test(path)) {
        open -= 1;
      }
      return null;
    };
    await cluster.run([
      'verify',
      'plain-2',
      'leaky-2',
      'stubborn-2',
      'pod-use-hostnetwork-2',
      '--parallel',
      '1',
    ]);
    expect(most).toBe(1);
  });
});

describe('one Pod is asked for', () => {
  test('once from outside, once from inside, and again at the end', async () => {
    await cluster.run(['verify', 'pod-use-hostnetwork-2']);
    const paths = cluster.server.requests.map(({ path }) => path);
    expect([...paths].sort()).toEqual(
      [
        POD_USE_HOSTNETWORK,
        POD_USE_HOSTNETWORK,
        `${POD_USE_HOSTNETWORK}/exec`,
        '/api/v1/nodes',
        '/api/v1/nodes/kube-node-2/proxy/stats/summary',
      ].sort(),
    );
    expect(paths.at(-1)).toBe(POD_USE_HOSTNETWORK);
    expect(cluster.server.requests.at(-1)?.headers.accept).toContain('as=PartialObjectMetadata;');
  });

  test('of which -v=6 notes each request, without the script', async () => {
    const { stderr } = await cluster.run(['verify', 'pod-use-hostnetwork-2', '-v=6']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.find((line) => line.includes('/exec?'))).toMatch(
      /^GET \/api\/v1\/namespaces\/default\/pods\/pod-use-hostnetwork-2\/exec\?command=…&container=myapp&stdout=true&stderr=true 101 /,
    );
    // No line holds a part of it, encoded or not.
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
    expect(stderr).not.toMatch(/begin|printf|kubectl-hostns/);
  });

  test('from outside alone with --no-exec', async () => {
    const { code, stdout, stderr } = await cluster.run(['verify', 'pod-use-hostnetwork-2', '--no-exec']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toMatch(/^network +host +host +match \(sandbox\) +kubelet: /m);
    expect(stdout).toMatch(/^ipc +pod +unknown +inconclusive +container: it was not asked \(--no-exec\)$/m);
    expect(cluster.server.requests.some(({ path }) => path.endsWith('/exec'))).toBe(false);
  });
});

describe('the containers of a Pod', () => {
  const execedInto = (): readonly (string | null)[] =>
    cluster.server.requests
      .filter(({ path }) => path.endsWith('/exec'))
      .map(({ query }) => query.get('container'))
      .sort();

  test('are all asked, and each piece of evidence names its own', async () => {
    const { stdout, stderr } = await cluster.run(['verify', 'deploy/ingress', '-n', 'shop', '-o', 'wide']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Pod shop\/ingress-\S+, container ingress, on /);
    expect(stdout).toMatch(
      /^pid +container +own +match \(self-reported\) +container ingress: its PID 1 is in /m,
    );
    expect(stdout).toMatch(/^ +container log-shipper: its PID 1 is in the container's own cgroup$/m);
    expect(execedInto()).toEqual(['ingress', 'log-shipper']);
  });

  test('are not a match where one of them cannot be asked', async () => {
    cluster.server.exec = (call) =>
      call.container === 'log-shipper' ? { exit: 'no such container' } : recordedExec(call);
    const { code, items } = await verified('deploy/ingress', '-n', 'shop');
    expect(code).toBe(2);
    expect(items).toMatchObject([{ namespaces: { pid: { observed: 'unknown', verdict: 'inconclusive' } } }]);
  });

  test('are a mismatch where one of them reports otherwise, which is then named', async () => {
    const { namespace, name } = recordedPod('plain-2').metadata;
    cluster.server.exec = (call) =>
      recordedExec(
        call.container === 'log-shipper' ? { ...call, namespace, pod: name, container: 'c' } : call,
      );
    const { stdout } = await cluster.run(['verify', 'deploy/ingress', '-n', 'shop']);
    expect(stdout).toMatch(
      /^network +host +own +mismatch \(self-reported\) +container log-shipper: it does not have the node's address \S+/m,
    );
    expect(stdout).toMatch(/^ +the container ingress says otherwise: it has the node's address /m);
  });

  test('are not asked but for the one that -c names, which may be a sidecar or one that prepares', async () => {
    const sidecar = await cluster.run(['verify', 'deploy/ingress', '-n', 'shop', '-c', 'log-shipper']);
    expect(execedInto()).toEqual(['log-shipper']);
    expect(sidecar.stderr).toMatch(
      /^Note: Of the Pod ingress-\S+, these containers were not asked \(-c\): ingress\.\n$/,
    );
    expect(sidecar.stdout).toMatch(/, container log-shipper, on kube-node-2 /);
    const { stdout } = await cluster.run(['verify', 'packet-capture', '-n', 'shop', '--container', 'wait']);
    expect(stdout).toMatch(/^pid +container +own +match \(self-reported\)/m);
  });

  test('is the one that the annotation means, which needs no word', async () => {
    cluster.server.store.change(
      podsWith((pod) =>
        pod === recordedPod('ingress')
          ? {
              ...pod,
              metadata: {
                ...pod.metadata,
                annotations: { 'kubectl.kubernetes.io/default-container': 'log-shipper' },
              },
            }
          : pod,
      ),
    );
    const name = recordedPod('ingress').metadata.name;
    const { stdout, stderr } = await cluster.run(['verify', name, '-n', 'shop']);
    cluster.server.store.change(recordedPods);
    expect(stderr).toBe('');
    expect(stdout).toContain(', container log-shipper, on ');
  });
});

describe('the exit code', () => {
  test('is 0 where all match', async () => {
    onMachine();
    const { code, stdout } = await cluster.run(['verify', 'pod-use-hostnetwork-2', 'plain-2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ipc +pod +own +match \(self-reported\) +container: its IPC namespace \(ipc:\[\d+\]\) is not the initial one of the node's kernel$/m,
    );
    expect(stdout).toMatch(/\n2 Pods: 2 match\.\n$/);
  });

  test.each([
    [1, ['plain-2', 'stubborn-2'], '1 match, 1 mismatch'],
    [1, ['nope', 'stubborn-2', 'distroless-net-2'], '1 mismatch, 1 inconclusive, 1 failed'],
    [2, ['plain-2', 'distroless-net-2'], '1 match, 1 inconclusive'],
    [3, ['plain-2', 'nope', 'distroless-net-2'], '1 match, 1 inconclusive, 1 failed'],
    [3, ['plain-2', 'plain-1'], '1 match, 1 failed'],
  ])('is %i of %j', async (expected, pods, counts) => {
    onMachine();
    const { code, stdout } = await cluster.run(['verify', ...pods]);
    expect(code).toBe(expected);
    expect(stdout).toMatch(new RegExp(`\\n${String(pods.length)} Pods: ${counts}\\.\\n$`));
  });
});

describe('--require-trusted', () => {
  test('lets nothing be decided by what a container says of itself', async () => {
    onMachine();
    const { code, items } = await verified('plain-2', '--require-trusted');
    expect(code).toBe(2);
    expect(items).toMatchObject([
      {
        namespaces: {
          network: { observed: 'own', verdict: 'match', trust: 'trusted' },
          pid: { observed: 'own', verdict: 'inconclusive', trust: null },
          ipc: { observed: 'own', verdict: 'inconclusive', trust: null },
        },
      },
    ]);
  });

  test('turns a self-reported mismatch into doubt, too', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('insider');
    const argv = ['verify', 'stubborn-2'];
    expect((await cluster.run(argv, { KUBECONFIG })).code).toBe(1);
    const { code, stdout } = await cluster.run([...argv, '--require-trusted'], { KUBECONFIG });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^network +host +own +inconclusive +container: /m);
  });
});
