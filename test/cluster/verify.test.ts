import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  apply,
  ask,
  createNamespace,
  describeOnOwnCluster,
  eventually,
  hostns,
  kubectl,
  lines,
  PROBE,
  probes,
  randomName,
  removeNamespace,
  type Result,
  stateFolder,
} from './cluster.ts';
import { type Truth, truthOf } from './kernel-truth.ts';
import { inspectionCommand } from '../../src/inspection/script.ts';
import { schemaErrors, validator } from '../support/schemas.ts';

const ours = describeOnOwnCluster(
  'the verdicts, for the truth is read from the kernel of the machine that the nodes run on.',
);

const NODES = ['kube-node-1', 'kube-node-2'] as const;
const KINDS = ['network', 'pid', 'ipc'] as const;
const VALIDATE = validator('verification-list');
type Kind = (typeof KINDS)[number];

/** How long the kubelet may take until it has looked at a new Pod. */
const FIRST_SAMPLE_SECONDS = 60;

interface Verdict {
  readonly declared: 'host' | 'pod' | 'container';
  readonly observed: 'host' | 'own' | 'unknown';
  readonly verdict: 'match' | 'mismatch' | 'inconclusive';
  readonly trust: 'trusted' | 'partial' | 'self-reported' | null;
}

interface Item {
  readonly name: string;
  readonly verdict: Verdict['verdict'] | null;
  readonly namespaces: Readonly<Record<Kind, Verdict>>;
}

interface PodJson {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName: string;
    readonly runtimeClassName?: string;
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
    readonly containers: readonly { readonly image: string }[];
  };
  readonly status: {
    readonly containerStatuses?: readonly { readonly containerID: string }[];
  };
}

function podsIn(namespace: string): readonly PodJson[] {
  return (JSON.parse(ask('get', 'pods', '-n', namespace, '-o', 'json')) as { items: readonly PodJson[] })
    .items;
}

function kernelTruth({ spec, status }: PodJson): Truth {
  return truthOf(status.containerStatuses?.[0]?.containerID ?? '', spec.nodeName);
}

/** As the document says it, once the schema has found it good. */
function verified({ stdout }: Result): readonly Item[] {
  const document = JSON.parse(stdout) as { readonly items: readonly Item[] };
  expect(schemaErrors(VALIDATE, document)).toEqual([]);
  return document.items;
}

function paired(pods: readonly PodJson[], items: readonly Item[]): readonly (readonly [PodJson, Item])[] {
  expect(items.map(({ name }) => name)).toEqual(pods.map(({ metadata }) => metadata.name));
  return pods.flatMap((pod, index) => items.slice(index, index + 1).map((item) => [pod, item] as const));
}

function declares({ spec }: PodJson, kind: Kind): boolean {
  return { network: spec.hostNetwork, pid: spec.hostPID, ipc: spec.hostIPC }[kind] === true;
}

/** True of a Pod whose runtime is the node's own. */
function isHonest({ spec }: PodJson): boolean {
  return spec.runtimeClassName === undefined;
}

function hasShell({ spec }: PodJson): boolean {
  return !(spec.containers[0]?.image ?? '').includes('distroless');
}

async function untilSampled(namespace: string): Promise<void> {
  await eventually(
    'the kubelets have looked at every Pod',
    () => {
      const uids = NODES.flatMap((node) => {
        const { pods } = JSON.parse(ask('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`)) as {
          readonly pods: readonly { readonly podRef: { readonly uid: string }; readonly network?: object }[];
        };
        return pods.filter(({ network }) => network !== undefined).map(({ podRef }) => podRef.uid);
      });
      return podsIn(namespace).every(({ metadata }) =>
        uids.includes(metadata.annotations?.['kubernetes.io/config.mirror'] ?? metadata.uid),
      );
    },
    FIRST_SAMPLE_SECONDS,
  );
}

/** Each combination of what a Pod can declare, by a runtime that is honest or not, is equally likely. */
function randomPod(namespace: string, node: string, runtimes: Readonly<Record<string, string>>): object {
  const flip = (): boolean => randomInt(2) === 1;
  const handler = ['honest', 'honest', 'leaky', 'stubborn'][randomInt(4)] ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: randomName('pod'), namespace },
    spec: {
      nodeName: node,
      hostNetwork: flip(),
      hostPID: flip(),
      hostIPC: flip(),
      ...(handler === 'honest' ? {} : { runtimeClassName: runtimes[handler] }),
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'c',
          image: randomInt(5) === 0 ? 'e2e.local/distroless:1' : 'e2e.local/busybox:1',
          imagePullPolicy: 'Never',
          securityContext: { readOnlyRootFilesystem: flip(), runAsUser: flip() ? 1000 : 0 },
        },
      ],
    },
  };
}

ours('verify on the real cluster', () => {
  const namespace = randomName('verify');
  const viewer = join(stateFolder, 'viewer.conf');
  const runtimes = { leaky: randomName('class'), stubborn: randomName('class') };
  // The kubelet knows a static Pod by another UID than the API does.
  const staticPod = randomName('static');
  const staticManifest = join(stateFolder, 'node1/static', `${staticPod}.json`);

  beforeAll(async () => {
    await createNamespace(namespace);
    apply(
      ...Object.entries(runtimes).map(([handler, name]) => ({
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name, labels: { test: namespace } },
        handler,
      })),
      ...NODES.flatMap((node) => Array.from({ length: 8 }, () => randomPod(namespace, node, runtimes))),
    );
    const honest = randomPod(namespace, '', {}) as { readonly spec: object };
    writeFileSync(
      staticManifest,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: staticPod, namespace },
        spec: { ...honest.spec, nodeName: undefined, runtimeClassName: undefined, hostNetwork: true },
      }),
    );
    const mirror = ['get', 'pod', `${staticPod}-kube-node-1`, '-n', namespace];
    await eventually('the static Pod is there', () => kubectl(mirror).code === 0);
    // What nodes/proxy is not in: the verdicts of this user rest on what the containers say.
    ask('create', 'clusterrole', namespace, '--verb=get,list,create', '--resource=pods,nodes,pods/exec');
    ask('create', 'clusterrolebinding', namespace, `--clusterrole=${namespace}`, '--user=viewer');
    const running = ['wait', '--for=condition=Ready', 'pods', '--all', '-n', namespace, '--timeout=2s'];
    await eventually('every Pod runs', () => kubectl(running).code === 0);
    await untilSampled(namespace);
    await untilSampled('default');
  });

  afterAll(async () => {
    rmSync(staticManifest, { force: true });
    await removeNamespace(namespace);
  });

  describe.each(['default', 'of random kinds'])('the Pods %s', (which) => {
    const scope = which === 'default' ? 'default' : namespace;

    test('from outside and inside: the network of honest Pods right, and nothing wrong', () => {
      const pods = podsIn(scope);
      const result = hostns(
        'verify',
        ...pods.map(({ metadata }) => metadata.name),
        '-n',
        scope,
        '-o',
        'json',
      );
      const items = verified(result);
      const outcomes = new Set<string | null>();
      for (const [pod, item] of paired(pods, items)) {
        const truth = kernelTruth(pod);
        outcomes.add(item.verdict);
        const { network, pid, ipc } = item.namespaces;
        const lies = declares(pod, 'network') !== (truth.network === 'host');
        const name = pod.metadata.name;
        expect([name, truth.network, 'unknown']).toEqual(expect.arrayContaining([name, network.observed]));
        // What a runtime of its own has placed is never a trusted match; of a network that has lo alone no kubelet tells.
        if (network.observed !== 'unknown' && network.verdict !== 'inconclusive') {
          expect([name, network.verdict]).toEqual([name, lies ? 'mismatch' : 'match']);
        }
        if (isHonest(pod)) {
          expect([name, network.observed, network.verdict]).toEqual([name, truth.network, 'match']);
          expect(['trusted', 'partial']).toContain(network.trust);
        } else if (network.verdict === 'match') expect([name, network.trust]).not.toEqual([name, 'trusted']);
        expect([truth.pid, 'unknown']).toContain(pid.observed);
        expect([truth.ipc, 'unknown']).toContain(ipc.observed);
        expect([pid.trust, ipc.trust]).not.toContain('trusted');
        // Both nodes have one boot ID, a sign that one is a container: only the initial inode tells then.
        if (hasShell(pod)) expect(pid.observed).toBe(truth.pid);
        if (hasShell(pod) && truth.ipc === 'host' && pod.spec.nodeName === 'kube-node-1') {
          expect(ipc.observed).toBe('host');
        }
        if (!hasShell(pod)) expect([pid.verdict, ipc.verdict]).toEqual(['inconclusive', 'inconclusive']);
      }
      const expected = outcomes.has('mismatch') ? 1 : outcomes.has('inconclusive') ? 2 : 0;
      expect(result.code).toBe(expected);
    });

    test('from outside alone: the network of honest Pods right, and no other Pod a trusted match', () => {
      const pods = podsIn(scope);
      const names = pods.map(({ metadata }) => metadata.name);
      const items = verified(hostns('verify', ...names, '-n', scope, '--no-exec', '-o', 'json'));
      for (const [pod, { name, namespaces }] of paired(pods, items)) {
        const { observed, verdict, trust } = namespaces.network;
        expect([kernelTruth(pod).network, 'unknown']).toContain(observed);
        if (isHonest(pod)) expect([name, verdict]).toEqual([name, 'match']);
        else if (verdict === 'match') expect([name, trust]).not.toEqual([name, 'trusted']);
      }
    });

    test('by a probe Pod: all three namespaces right and trusted', () => {
      const pods = podsIn(scope);
      const names = pods.map(({ metadata }) => metadata.name);
      const result = hostns('verify', ...names, '-n', scope, ...PROBE, '-o', 'json');
      expect(result.stderr).toBe('');
      const items = verified(result);
      for (const [pod, item] of paired(pods, items)) {
        const truth = kernelTruth(pod);
        for (const kind of KINDS) {
          expect({ pod: pod.metadata.name, kind, ...item.namespaces[kind] }).toMatchObject({
            pod: pod.metadata.name,
            kind,
            observed: truth[kind],
            verdict: declares(pod, kind) === (truth[kind] === 'host') ? 'match' : 'mismatch',
            trust: 'trusted',
          });
        }
      }
      expect(result.code).toBe(items.every(({ verdict }) => verdict === 'match') ? 0 : 1);
      expect(probes()).toEqual([]);
    });

    test('without the right to nodes/proxy: nothing trusted, nothing wrong', async () => {
      const pods = podsIn(scope);
      const names = pods.map(({ metadata }) => metadata.name);
      const verify = (): Result => kubectl(['hostns', 'verify', ...names, '-n', scope, '-o', 'json'], viewer);
      await eventually('the rights are granted', () => verify().stdout.includes('self-reported'), 20);
      const result = verify();
      expect(result.stderr).toContain('permission to get nodes/proxy');
      for (const [pod, item] of paired(pods, verified(result))) {
        if (!hasShell(pod)) {
          expect(item.verdict).toBeNull();
          continue;
        }
        const truth = kernelTruth(pod);
        for (const kind of KINDS) {
          expect([truth[kind], 'unknown']).toContain(item.namespaces[kind].observed);
          expect(item.namespaces[kind].trust).not.toBe('trusted');
        }
        expect(item.namespaces.network.observed).toBe(truth.network);
      }
    });
  });

  test('all Pods at once: those in the node’s network are found with one request for each kubelet', async () => {
    const look = () => hostns('verify', '--all', '-A', '--no-exec', '-v=6');
    let result = look();
    // One sample of a busy moment may leave a Pod open; each look is one request to each kubelet all the same.
    const isOpen = (): boolean => /^default +(?!stubborn)\S.* inconclusive /m.test(result.stdout);
    await eventually('every sample tells', () => {
      if (isOpen()) result = look();
      return !isOpen();
    });
    const asked = lines(result.stderr).filter((line) => line.includes('/stats/summary'));
    expect(asked.map((line) => /nodes\/([^/]+)/.exec(line)?.[1]).sort()).toEqual([...NODES]);
    expect(result.stderr).not.toContain('/exec');
    // A network that has lo alone looks to the kubelet like one that it could not read.
    for (const [name, cell] of [
      ['leaky', 'host, not own .* mismatch'],
      ['stubborn', 'unknown .* inconclusive'],
    ] as const) {
      for (const [index, node] of NODES.entries()) {
        expect(result.stdout).toMatch(
          new RegExp(`^default +${name}-${String(index + 1)} +${node} +${cell} +kubelet: `, 'm'),
        );
      }
    }
    // Of no Pod what the kubelets say is wrong, though of some they may leave it open.
    const pods = podsIn('default');
    for (const pod of pods) {
      const row = lines(result.stdout).find((line) => line.includes(` ${pod.metadata.name} `)) ?? '';
      const observed = /kube-node-\d +(\w+)/.exec(row)?.[1];
      expect([kernelTruth(pod).network, 'unknown']).toContain(observed);
    }
    expect(result.code).toBe(1);
  });

  test("--reach shows what the tutorial's curl does", () => {
    const { stdout, code } = hostns('verify', 'pod-use-hostnetwork', '--reach');
    expect(stdout).toMatch(
      /^http:\/\/[\d.]+:80\/ +200 +Hello MyApp \| Version: v1 \| <a href="hostname.html">/m,
    );
    expect(code).toBe(0);
    const stubborn = hostns('verify', 'stubborn-1', '--reach').stdout;
    expect(stubborn).toContain("No port of the node is known to be the Pod's own");
  });

  test('--expect counts instead of what is declared', () => {
    expect(hostns('verify', 'host-ipc-1', '--expect', 'ipc=own').code).toBe(1);
    expect(hostns('verify', 'leaky-1', '--expect', 'network=host,pid=host,ipc=host', ...PROBE).code).toBe(0);
  });

  test('one Pod that is what it declares: exit 0, and the table says why', () => {
    // Alone on its node, for ipc on a node that may be a container is inconclusive.
    const { code, stdout, stderr } = hostns('verify', 'host-ipc-1');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^network +pod +own +match +kubelet: the sandbox /m);
    expect(stdout).toMatch(
      /^ipc +host +host +match \(self-reported\) +container: its IPC namespace \(ipc:\[4026531839\]\) is the initial/m,
    );
  });
});

const FORGED_SHELL = `#!/bin/busybox sh
script=$(printf '%s' "$2" | sed 's,/proc/self/net/dev,/dev.forged,; s,/proc/self/net/fib_trie,/fib.forged,; s,^ip .*,false,')
shift 2
exec /bin/busybox sh -c "$script" "$@"
`;

/** A container whose shell prints a report that was made elsewhere, whatever it is asked. */
ours('a container that forges its report', () => {
  const namespace = randomName('forge');
  const stubborn = randomName('class');
  const leaky = randomName('class');
  const spec = (extra: object): object => ({
    nodeName: 'kube-node-2',
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' }],
    ...extra,
  });
  const pod = (name: string, extra: object): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: spec(extra),
  });
  const inside = (name: string, ...command: readonly string[]): string =>
    ask('exec', name, '-n', namespace, '--', '/bin/busybox', 'sh', '-c', ...command);
  const REPORT = ['M', 'namespaces', 'interfaces', 'sockets'];
  const body = inspectionCommand('/bin/sh', 'M', [])[2] ?? '';
  /** The true report of one container, to be printed by another. */
  const reportOf = (name: string): string => {
    const report = ask('exec', name, '-n', namespace, '--', '/bin/busybox', 'sh', '-c', body, 'x', ...REPORT);
    expect(report).toMatch(/^M done$/m);
    return report;
  };
  // Not by stdin, of which kubectl exec loses all now and then.
  const put = (name: string, path: string, content: string): void => {
    inside(name, `printf %s "$1" >${path}`, 'x', content);
  };
  const forge = (name: string, report: string): void => {
    put(name, '/forged', report);
    put(name, '/shell', '#!/bin/busybox sh\nexec /bin/busybox sed "s/^M /$4 /" /forged\n');
    inside(name, 'rm /bin/sh && cp /shell /bin/sh && chmod +x /bin/sh');
  };

  beforeAll(async () => {
    await createNamespace(namespace);
    const runtimeClass = (name: string, handler: string): object => ({
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name, labels: { test: namespace } },
      handler,
    });
    apply(
      runtimeClass(stubborn, 'stubborn'),
      runtimeClass(leaky, 'leaky'),
      pod('honest-node', { hostNetwork: true, hostPID: true, hostIPC: true }),
      pod('honest-own', {}),
      pod('claims-node', { hostNetwork: true, runtimeClassName: stubborn }),
      pod('claims-own', { runtimeClassName: leaky }),
      pod('tricks', {
        hostNetwork: true,
        runtimeClassName: stubborn,
        containers: [
          {
            name: 'c',
            image: 'e2e.local/busybox:1',
            imagePullPolicy: 'Never',
            securityContext: { privileged: true },
          },
        ],
      }),
    );
    const running = ['wait', '--for=condition=Ready', 'pods', '--all', '-n', namespace, '--timeout=2s'];
    await eventually('every Pod runs', () => kubectl(running).code === 0);
    forge('claims-node', reportOf('honest-node'));
    forge('claims-own', reportOf('honest-own'));
    // A shell that reads other files than it is told, a fake readlink, and a file of the kernel's mounted over.
    put('tricks', '/dev.forged', inside('honest-node', 'cat /proc/net/dev'));
    put('tricks', '/fib.forged', inside('honest-node', 'cat /proc/net/fib_trie'));
    put('tricks', '/shell', FORGED_SHELL);
    inside(
      'tricks',
      [
        'rm /bin/sh /bin/readlink',
        'cp /shell /bin/sh',
        'printf "#!/bin/busybox sh\necho net:[4026531833]\n" >/bin/readlink',
        'chmod +x /bin/sh /bin/readlink',
        'echo 00000000-0000-4000-8000-000000000000 >/boot.forged',
        'mount --bind /boot.forged /proc/sys/kernel/random/boot_id',
      ].join(' && '),
    );
    ask('create', 'clusterrole', namespace, '--verb=get,list,create', '--resource=pods,nodes,pods/exec');
    ask('create', 'clusterrolebinding', namespace, `--clusterrole=${namespace}`, '--user=viewer');
    await untilSampled(namespace);
  });

  afterAll(async () => {
    await removeNamespace(namespace);
  });

  test.each([
    ['claims-node', 'own', 'host'],
    ['claims-own', 'host', 'own'],
    ['tricks', 'own', 'host'],
  ])('%s: its report is shown as such, and gives no trusted match', (name, truth, claimed) => {
    const real = podsIn(namespace).filter(({ metadata }) => metadata.name === name);
    expect(real.map((pod) => kernelTruth(pod).network)).toEqual([truth]);
    const [item] = verified(hostns('verify', name, '-n', namespace, '-o', 'json'));
    const { verdict, trust } = item?.namespaces.network ?? {};
    // The kubelet sees a sandbox in the node's network, and nothing of a network that has lo alone.
    expect([verdict, trust]).toEqual(truth === 'host' ? ['mismatch', 'trusted'] : ['match', 'self-reported']);
    expect(JSON.stringify(item)).toMatch(
      new RegExp(`"trust":"self-reported","scope":"container","container":null,"observed":"${claimed}"`),
    );
    const strict = hostns('verify', name, '-n', namespace, '--require-trusted');
    expect(strict.code).toBe(truth === 'host' ? 1 : 2);
  });

  test.each(['claims-node', 'claims-own', 'tricks'])('%s: by a probe Pod right in all three', (name) => {
    const [real] = podsIn(namespace).filter(({ metadata }) => metadata.name === name);
    const [item] = verified(hostns('verify', name, '-n', namespace, ...PROBE, '-o', 'json'));
    const truth = real === undefined ? null : kernelTruth(real);
    expect(truth).not.toBeNull();
    for (const kind of KINDS) {
      expect(item?.namespaces[kind]).toMatchObject({ observed: truth?.[kind], trust: 'trusted' });
    }
  });

  test('where nobody else is asked it gets no more than a self-reported match, and with --require-trusted none', async () => {
    const verify = (...flags: readonly string[]): Result =>
      kubectl(
        ['hostns', 'verify', 'claims-node', '-n', namespace, ...flags],
        join(stateFolder, 'viewer.conf'),
      );
    await eventually('the rights are granted', () => verify().stdout !== '', 20);
    expect(verify().stdout).toMatch(/^network +host +host +match \(self-reported\)/m);
    const strict = verify('--require-trusted');
    expect(strict.stdout).toMatch(/^network +host +host +inconclusive/m);
    expect(strict.code).toBe(2);
  });
});
