import { describe, expect, test } from '@jest/globals';
import { recordedPods, recordedStatuses } from '../api-server/recorded.ts';
import { testCluster } from './cluster.ts';
import { currentTime } from './run.ts';
import { cellsOf, isLive, pathOf, podsOf, shares, sharingPods, WINDOWS_NODE } from './expected.ts';

const cluster = testCluster();

test('AGE is the age by the Date header of the server, not by the local clock', async () => {
  const ages = async (): Promise<readonly string[]> => {
    const { stdout } = await cluster.run(['list', '-n', 'kube-system', '--no-headers']);
    return stdout.split('\n').flatMap((line) => line.split(/\s+/).at(-1) || []);
  };
  const TEN_YEARS = 10 * 365.25 * 24 * 3600 * 1000;
  const local = await ages();
  cluster.server.clock = () => currentTime() + TEN_YEARS;
  const byServer = await ages();
  expect(byServer).toHaveLength(local.length);
  expect(byServer.filter((age) => !age.startsWith('10y'))).toEqual([]);
});

describe('the scope of a list', () => {
  test.each(['pods', 'pod', 'po'])('"list %s" is "list", because kubectl users type it', async (word) => {
    expect(await cluster.run(['list', word])).toEqual(await cluster.run(['list']));
  });

  test('is the namespace "default" where nothing says otherwise', async () => {
    expect(await cluster.run(['list'])).toEqual({
      code: 0,
      stdout: [
        'NAME                    NODE          NETWORK   PID   IPC   STATUS    AGE\n',
        'distroless-net-2        kube-node-2   host      -     -     Running   21d\n',
        'pod-use-hostnetwork-2   kube-node-2   host      -     -     Running   21d\n',
        'stubborn-2              kube-node-2   host      -     -     Running   21d\n',
      ].join(''),
      stderr: '',
    });
  });

  test('is the namespace of the context', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ namespace: 'ci' });
    const { stdout } = await cluster.run(['list', '-o', 'name'], { KUBECONFIG });
    expect(stdout).toMatch(/^pod\/image-builder\npod\/queued-scanner\n(pod\/runner-\w+-\w+\n){2}$/);
  });

  test('is the namespace of -n, which wins over the context', async () => {
    const KUBECONFIG = await cluster.kubeconfig({ namespace: 'ci' });
    const { stdout } = await cluster.run(['list', '-n', 'default', '-o', 'name'], { KUBECONFIG });
    expect(stdout).toBe('pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n');
    expect(cluster.server.requests.map(({ path }) => path)).toContain('/api/v1/namespaces/default/pods');
  });

  test('is all namespaces with -A: every live Pod that shares something, and no other', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '-A']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(podsOf(stdout)).toEqual(sharingPods());
  });
});

describe('a list of nothing', () => {
  test('names the namespace and the way to all others, and is no error', async () => {
    expect(await cluster.run(['list', '-n', 'no-such-place'])).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'No resources found in no-such-place namespace. There are no non-terminated Pods. Use -A for all namespaces.\n',
    });
  });

  test('says how many Pods were looked at, and for what', async () => {
    const selector = ['--field-selector', 'metadata.name=plain-1'];
    expect(await cluster.run(['list', '-A', '--shares', 'ipc', ...selector])).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'No resources found. The only non-terminated Pod does not share the ipc namespace of its node.\n',
    });
  });

  test('is a document as any other in JSON', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '-n', 'no-such-place', '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'SharingPodList', items: [] });
  });
});

describe('a table', () => {
  test('says of every Pod what it shares, and what kubectl prints under STATUS', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--show-completed']);
    const sharing = recordedPods.map(({ json }) => json).filter((pod) => shares(pod).length > 0);
    expect(cellsOf(stdout)).toEqual([
      ['NAMESPACE', 'NAME', 'NODE', 'NETWORK', 'PID', 'IPC', 'STATUS', 'AGE'],
      ...sharing.map((pod) => [
        pod.metadata.namespace,
        pod.metadata.name,
        pod.spec.nodeName ?? '<none>',
        ...['network', 'pid', 'ipc'].map((kind) => (shares(pod).includes(kind) ? 'host' : '-')),
        recordedStatuses[pathOf(pod)],
        '21d',
      ]),
    ]);
  });

  test('meets every state that was recorded', () => {
    const seen = new Set(
      recordedPods
        .filter(({ json }) => shares(json).length > 0)
        .map(({ json }) => recordedStatuses[pathOf(json)]),
    );
    expect([...seen].sort()).toEqual([
      'Completed',
      'CrashLoopBackOff',
      'ErrImageNeverPull',
      'Error',
      'ImagePullBackOff',
      'Init:0/2',
      'Pending',
      'Running',
      'SchedulingGated',
      'Terminating',
    ]);
  });

  test('has no line of titles with --no-headers', async () => {
    const { stdout } = await cluster.run(['list', '--no-headers']);
    expect(stdout).toBe(
      'distroless-net-2        kube-node-2   host   -   -   Running   21d\n' +
        'pod-use-hostnetwork-2   kube-node-2   host   -   -   Running   21d\n' +
        'stubborn-2              kube-node-2   host   -   -   Running   21d\n',
    );
  });

  test('has a column for each label of -L, as kubectl titles it', async () => {
    const argv = ['list', '-n', 'shop', '-l', 'track=canary', '-L', 'track,example.com/none', '-Lapp'];
    const { stdout } = await cluster.run(argv);
    const [titles = '', row = ''] = stdout.split('\n');
    expect(titles).toMatch(/AGE +TRACK +NONE +APP$/);
    expect(row).toMatch(/ canary +<none> +\S+$/);
  });

  test('has the labels in a column of their own with --show-labels', async () => {
    const { stdout } = await cluster.run(['list', '-n', 'shop', '--show-labels', '-l', 'track=canary']);
    expect(cellsOf(stdout).map((cells) => cells.at(-1))).toEqual([
      'LABELS',
      'app=cache,tier=edge,town=true,track=canary',
    ]);
    const { stdout: without } = await cluster.run(['list', '--show-labels', '--no-headers']);
    expect(cellsOf(without).map((cells) => cells.at(-1))).toEqual(['<none>', '<none>', '<none>']);
  });

  test('has owner, addresses, ports and RuntimeClass with -o wide', async () => {
    const { stdout } = await cluster.run([
      'list',
      '-n',
      'shop',
      '-o',
      'wide',
      '-l',
      'app in (ingress, gateway)',
    ]);
    const [titles, ingress, gateway] = cellsOf(stdout);
    expect(titles?.slice(7)).toEqual(['OWNER', 'NODE-IP', 'POD-IP', 'HOST-PORTS', 'RUNTIMECLASS']);
    expect(ingress?.slice(7)).toEqual([
      expect.stringMatching(/^ReplicaSet\/ingress-\w+$/),
      '198.51.100.2',
      '198.51.100.2',
      '8080/TCP,8443/UDP',
      '<none>',
    ]);
    expect(gateway?.[0]).toBe('legacy-gateway');
    expect(gateway?.[7]).toBe('<none>');
    expect(gateway?.[10]).toBe('7070/TCP');

    const { stdout: inDefault } = await cluster.run(['list', '-o', 'wide', '--no-headers']);
    expect(cellsOf(inDefault).map((cells) => cells.at(-1))).toEqual(['<none>', '<none>', 'stubborn']);
  });

  test('knows every kind of owner', async () => {
    const { stdout } = await cluster.run(['list', '-A', '-o', 'wide', '--show-completed']);
    const kinds = cellsOf(stdout)
      .slice(1)
      .map((cells) => cells[8]?.split('/')[0]);
    expect([...new Set(kinds)].sort()).toEqual(['<none>', 'DaemonSet', 'Job', 'ReplicaSet']);
  });
});

describe('what is selected', () => {
  test('-l selects by label', async () => {
    const { stdout } = await cluster.run(['list', '-A', '-l', 'tier=edge,track!=canary']);
    expect(podsOf(stdout)).toEqual(
      sharingPods(({ metadata: { labels } }) => labels?.['tier'] === 'edge' && labels['track'] !== 'canary'),
    );
    expect(podsOf(stdout)).toHaveLength(3);
  });

  test('--field-selector selects by field, beside what the list leaves out itself', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--field-selector', 'spec.hostNetwork=true']);
    expect(podsOf(stdout)).toEqual(sharingPods(({ spec }) => spec.hostNetwork === true));
    expect(cluster.server.requests[0]?.query.get('fieldSelector')).toBe(
      'spec.hostNetwork=true,status.phase!=Succeeded,status.phase!=Failed',
    );
  });

  test('--node selects by node', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--node', 'kube-node-2']);
    expect(podsOf(stdout)).toEqual(sharingPods(({ spec }) => spec.nodeName === 'kube-node-2'));
    expect(cluster.server.requests[0]?.query.get('fieldSelector')).toContain('spec.nodeName=kube-node-2');
  });

  test('--shares keeps those that share at least one of the named', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--shares', 'pid,ipc']);
    expect(podsOf(stdout)).toEqual(sharingPods(({ spec }) => spec.hostPID === true || spec.hostIPC === true));
    const { stdout: repeated } = await cluster.run(['list', '-A', '--shares=ipc', '--shares', 'PID']);
    expect(repeated).toBe(stdout);
  });

  test('--show-completed adds those that have ended', async () => {
    const { stdout } = await cluster.run(['list', '-n', 'shop', '--show-completed', '-o', 'name']);
    expect(stdout).toMatch(/^pod\/nightly-backup-\w+$/m);
    expect(stdout).toMatch(/^pod\/process-report-\w+$/m);
    const { stdout: without } = await cluster.run(['list', '-n', 'shop', '-o', 'name']);
    expect(without).not.toMatch(/nightly-backup|process-report/);
    expect(recordedPods.filter(({ json }) => !isLive(json))).toHaveLength(2);
  });

  test('leaves out those that have ended, even if the server does not', async () => {
    cluster.server.respond = ({ query }) => {
      query.delete('fieldSelector');
      return null;
    };
    const { stdout } = await cluster.run(['list', '-A']);
    expect(podsOf(stdout)).toEqual(sharingPods());
  });
});

describe('Windows', () => {
  const REFUSAL = {
    kind: 'status',
    status: { code: 500, reason: 'InternalError', message: 'no nodes' },
  } as const;

  test('lists a HostProcess Pod, and none whose hostNetwork changes nothing', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--node', WINDOWS_NODE ?? '']);
    expect(cellsOf(stdout).slice(1)).toEqual([
      ['monitoring', 'windows-agent', 'kube-node-3', 'host', '-', '-', 'Running', '21d'],
    ]);
  });

  test('asks for the Windows nodes beside the Pods, not after them', async () => {
    cluster.server.respond = ({ path }) => (path.endsWith('/pods') ? { kind: 'unanswered' } : null);
    expect(await cluster.run(['list', '--request-timeout=1s'])).toMatchObject({ code: 3, stdout: '' });
    expect(cluster.server.requests.map(({ path }) => path).sort()).toEqual([
      '/api/v1/namespaces/default/pods',
      '/api/v1/nodes',
    ]);
  });

  test('fails with the request for the nodes only where a Pod does not say what it runs on', async () => {
    cluster.server.respond = ({ path }) => (path === '/api/v1/nodes' ? REFUSAL : null);
    const unneeded = await cluster.run(['list', '-n', 'ci', '-l', 'app=runner', '-o', 'name']);
    expect(unneeded).toMatchObject({ code: 0, stderr: '' });
    const needed = await cluster.run(['list', '-n', 'default']);
    expect(needed).toMatchObject({ code: 3, stdout: '' });
    expect(needed.stderr).toMatch(/^error: Cannot list the Windows nodes: /);
  });

  test('lists a Pod of which only the node tells, where this user may not see nodes', async () => {
    const KUBECONFIG = await cluster.kubeconfigOf('developer');
    const { code, stdout, stderr } = await cluster.run(
      ['list', '-n', 'shop', '-l', 'app=iis', '-o', 'name'],
      {
        KUBECONFIG,
      },
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'pod/iis-by-node\n', stderr: '' });
  });
});

describe('the order', () => {
  test("is the server's: by namespace, then by name", async () => {
    const { stdout } = await cluster.run(['list', '-A']);
    expect(podsOf(stdout)).toEqual([...podsOf(stdout)].sort());
  });

  test.each(['.spec.nodeName', '{.spec.nodeName}', 'spec.nodeName'])(
    'is that of --sort-by %s, what has none first, the rest as it was',
    async (path) => {
      const { stdout } = await cluster.run(['list', '-A', '--sort-by', path]);
      const nodes = cellsOf(stdout)
        .slice(1)
        .map((cells) => cells[2] ?? '');
      expect(nodes).toEqual([...nodes].sort());
      expect(nodes.slice(0, 3)).toEqual(['<none>', '<none>', 'kube-node-1']);
      const onNode1 = sharingPods(({ spec }) => spec.nodeName === 'kube-node-1');
      expect(podsOf(stdout).filter((pod) => onNode1.includes(pod))).toEqual(onNode1);
    },
  );

  test('may be that of a label', async () => {
    const { stdout } = await cluster.run([
      'list',
      '-A',
      '--sort-by',
      '.metadata.labels.tier',
      '--show-labels',
    ]);
    const tiers = cellsOf(stdout)
      .slice(1)
      .map((cells) => /tier=(\w+)/.exec(cells.at(-1) ?? '')?.[1] ?? '');
    expect(tiers).toEqual([...tiers].sort());
    expect(tiers).toContain('edge');
  });
});

describe("the command line is kubectl's", () => {
  test.each([
    [['-owide', '-nshop']],
    [['-o=wide', '-n=shop']],
    [['-o', 'wide', '-n', 'shop']],
    [['--output=wide', '--namespace=shop']],
    [['--output', 'wide', '--namespace', 'shop']],
    [['-n', 'ci', '-n', 'shop', '-o', 'wide']],
  ])('%j', async (argv) => {
    const { stdout: expected } = await cluster.run(['list', '-n', 'shop', '-o', 'wide']);
    expect((await cluster.run(['list', ...argv])).stdout).toBe(expected);
    expect((await cluster.run([...argv, 'list'])).stdout).toBe(expected);
  });

  test.each([[['-Aoname']], [['-A', '-oname']], [['--all-namespaces', '-o=name']], [['-A=true', '-oname']]])(
    '%j',
    async (argv) => {
      const { stdout } = await cluster.run(['list', ...argv]);
      expect(stdout.trimEnd().split('\n')).toEqual(
        sharingPods().map((path) => `pod/${path.split('/')[1] ?? ''}`),
      );
    },
  );

  test('--all-namespaces=false is the current namespace', async () => {
    const { stdout } = await cluster.run(['list', '-A', '--all-namespaces=false', '-oname']);
    expect(stdout).toBe('pod/distroless-net-2\npod/pod-use-hostnetwork-2\npod/stubborn-2\n');
  });

  test('--help shows every flag and asks no cluster', async () => {
    const { code, stdout, stderr } = await cluster.run(['list', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const flag of ['--all-namespaces', '--shares', '--sort-by', '--kubeconfig', '-o, --output']) {
      expect(stdout).toContain(flag);
    }
    expect(cluster.server.requests).toEqual([]);
  });
});

describe('version', () => {
  test("shows the plugin's and the server's", async () => {
    const { code, stdout, stderr } = await cluster.run(['version']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Client Version: \d+\.\d+\.\d+\nServer Version: v1\.35\.4\n$/);
  });

  test('--client asks no cluster', async () => {
    const { code, stdout } = await cluster.run(['version', '--client', '-o', 'json']);
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['clientVersion']);
    expect(cluster.server.requests).toEqual([]);
  });
});
