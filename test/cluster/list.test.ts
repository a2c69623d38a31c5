import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  apply,
  ask,
  createNamespace,
  eventually,
  hostns,
  describeOnOwnCluster,
  kubectl,
  lines,
  randomName,
  removeNamespace,
  stateFolder,
} from './cluster.ts';
import { strangers, subjects } from './states.ts';

const ours = describeOnOwnCluster(
  "Pods in every state, for they need the images and runtimes of the project's own cluster.",
);

const NODES = ['kube-node-1', 'kube-node-2'] as const;

interface PodJson {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
    readonly nodeName?: string;
    readonly os?: { readonly name: string };
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly securityContext?: { readonly windowsOptions?: { readonly hostProcess?: boolean } };
  };
  readonly status: { readonly phase: string };
}

/** What a list must hold, from kubectl's JSON by other code than the plugin's. */
function expectedNames(...scope: readonly string[]): readonly string[] {
  const { items } = JSON.parse(ask('get', 'pods', ...scope, '-o', 'json')) as {
    readonly items: readonly PodJson[];
  };
  const windowsNodes = lines(ask('get', 'nodes', '-l', 'kubernetes.io/os=windows', '-o', 'name')).map(
    (name) => name.replace('node/', ''),
  );
  return items
    .filter(({ status }) => !['Succeeded', 'Failed'].includes(status.phase))
    .filter(({ spec }) => {
      const windows =
        spec.os?.name === 'windows' ||
        spec.nodeSelector?.['kubernetes.io/os'] === 'windows' ||
        windowsNodes.includes(spec.nodeName ?? '');
      const network =
        spec.hostNetwork === true && (!windows || spec.securityContext?.windowsOptions?.hostProcess === true);
      return network || spec.hostPID === true || spec.hostIPC === true;
    })
    .map(({ metadata }) => `pod/${metadata.name}`);
}

test('kubectl finds the plugin, and has nothing to warn of', () => {
  const { code, stdout, stderr } = kubectl(['plugin', 'list']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\S+\/kubectl-hostns$/m);
});

test('version tells its own and the version of the server', () => {
  const { gitVersion } = (
    JSON.parse(ask('version', '-o', 'json')) as { serverVersion: { gitVersion: string } }
  ).serverVersion;
  expect(hostns('version').stdout).toContain(`Server Version: ${gitVersion}\n`);
});

test('every Pod that shares something is listed, and no other', () => {
  expect(lines(hostns('list', '-A', '-o', 'name').stdout)).toEqual(expectedNames('-A'));
});

ours('Pods in every state', () => {
  const namespace = randomName('states');
  const all = subjects(namespace, NODES);
  const count = all.reduce((sum, { pods }) => sum + pods, 0) + 1;
  const staticPod = randomName('static');
  const staticManifest = join(stateFolder, 'node1/static', `${staticPod}.json`);

  beforeAll(async () => {
    await createNamespace(namespace);
    apply(...all.map(({ manifest }) => manifest), ...strangers(namespace));
    const spec = {
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'main', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never', command: ['sleep', '86400'] },
      ],
    };
    writeFileSync(
      staticManifest,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: staticPod, namespace, labels: { app: staticPod } },
        spec,
      }),
    );
    await eventually('the Pod to be debugged runs', () =>
      ask('get', 'pod', 'ephemeral', '-n', namespace, '--no-headers').includes('Running'),
    );
    ask(
      'debug',
      'ephemeral',
      '-n',
      namespace,
      '--image=e2e.local/busybox:1',
      '--image-pull-policy=Never',
      '--target=main',
      '--',
      'sleep',
      '86400',
    );
    await eventually('the Pod to be deleted runs', () =>
      ask('get', 'pod', 'terminating', '-n', namespace, '--no-headers').includes('Running'),
    );
    ask('delete', 'pod', 'terminating', 'terminating-pending', '-n', namespace, '--wait=false');
    await compareUntilSettled();
  });

  afterAll(async () => {
    rmSync(staticManifest, { force: true });
    kubectl([
      'patch',
      'pod',
      'terminating-pending',
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    await removeNamespace(namespace);
  });

  /** `Pod STATUS` of every row that was found the same, and what was not the same three times in a row. */
  const agreed = new Set<string>();
  const differences = new Map<string, unknown>();

  /**
   * Compares the plugin's rows with kubectl's from the Pods' first moment until each has come to its state,
   * so that the states on the way are compared too. kubectl is asked before and after, for a state may
   * change between two commands.
   */
  async function compareUntilSettled(): Promise<void> {
    const inARow = new Map<string, number>();
    const compare = (): void => {
      const columnNames = ['NAME', 'STATUS', 'AGE', 'NODE', 'LABELS'];
      const theirs = () =>
        columns(ask('get', 'pods', '-n', namespace, '-o', 'wide', '--show-labels'), [...columnNames, 'IP']);
      const before = theirs();
      const { stdout } = hostns('list', '-n', namespace, '--show-completed', '-o', 'wide', '--show-labels');
      const after = theirs();
      for (const [name, row] of columns(stdout, [...columnNames, 'POD-IP'])) {
        const [then, now] = [before.get(name) ?? [], after.get(name) ?? []];
        const isSame = row.every((value, index) => value === then[index] || value === now[index]);
        inARow.set(name, isSame ? 0 : (inARow.get(name) ?? 0) + 1);
        if (isSame) agreed.add(`${name} ${row[1] ?? ''}`);
        if (inARow.get(name) === 3) differences.set(name, { row, then, now });
      }
    };
    await eventually(
      'every Pod has come to its state',
      () => {
        compare();
        return unsettled().length === 0;
      },
      200,
    ).catch((error: unknown) => {
      throw new Error(unsettled().join('\n'), { cause: error });
    });
  }

  function unsettled(): readonly string[] {
    const seen = [...agreed];
    return [...all, { name: `${staticPod}-${NODES[0]}`, status: 'Running', pods: 1 }].flatMap(
      ({ name, status, pods }) => {
        const suffix = '(-[a-z0-9]{8,10})?(-[a-z0-9]{5}|-0)';
        const found = seen.filter((row) => new RegExp(`^${name}(${suffix})? (${status})$`).test(row));
        return found.length >= pods ? [] : [`${name} has not come to ${status}`];
      },
    );
  }

  /** The columns that kubectl and the plugin share, by Pod. */
  function columns(output: string, names: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const [header = '', ...rows] = lines(output);
    const starts = new Map([...header.matchAll(/\S+(?: \S+)*/g)].map((match) => [match[0], match.index]));
    const edges = [...starts.values(), undefined];
    const cell = (row: string, name: string): string => {
      const start = starts.get(name);
      if (start === undefined) throw new Error(`there is no column ${name} in: ${header}`);
      return row.slice(start, edges[edges.indexOf(start) + 1]).trimEnd();
    };
    return new Map(rows.map((row) => [cell(row, 'NAME'), names.map((name) => cell(row, name))]));
  }

  test(`NAME, STATUS, AGE, NODE, IP and LABELS are kubectl's for all ${String(count)} Pods, from their first moment on`, () => {
    expect([...differences.values()]).toEqual([]);
    expect(new Set([...agreed].map((row) => row.split(' ')[0])).size).toBeGreaterThanOrEqual(count);
    expect(count).toBeGreaterThanOrEqual(30);
  });

  test('only live Pods are listed, in the order of the server', () => {
    expect(lines(hostns('list', '-n', namespace, '-o', 'name').stdout)).toEqual(
      expectedNames('-n', namespace),
    );
    const completed = lines(hostns('list', '-n', namespace, '--show-completed', '-o', 'name').stdout);
    expect(completed).toEqual(
      expect.arrayContaining(['pod/completed', 'pod/failed', 'pod/deadline', 'pod/killed']),
    );
    expect(completed).toHaveLength(count);
  });

  test.each([
    [
      ['-l', 'app in (pid, ipc), app.kubernetes.io/part-of=states'],
      ['pod/ipc', 'pod/pid'],
    ],
    [['--selector=app=pid'], ['pod/pid']],
    [['--field-selector', 'metadata.name=all'], ['pod/all']],
    [
      ['--shares', 'ipc', '-l', 'app in (all, ipc, network)'],
      ['pod/all', 'pod/ipc'],
    ],
    [
      ['--shares=pid,ipc', '-l', 'app in (all, ipc, network)'],
      ['pod/all', 'pod/ipc'],
    ],
    [['--node', 'kube-node-2', '-l', 'app in (all, ipc, network)'], ['pod/all']],
    [['-l', 'app in (host-process, windows-by-os, windows-by-selector, leaky, plain)'], ['pod/host-process']],
  ])('%p selects %p', (flags, names) => {
    const { stdout, stderr } = hostns('list', '-n', namespace, '-o', 'name', ...flags);
    expect([lines(stdout), stderr]).toEqual([names, '']);
  });

  test.each(['.metadata.name', '{.spec.nodeName}', '.status.podIP', '.metadata.labels.app'])(
    '%s sorts as kubectl sorts',
    (path) => {
      // Where keys are equal kubectl's order is left to chance, so only the keys are compared.
      const scope = ['-n', namespace, '-l', 'app.kubernetes.io/part-of=states', '--sort-by', path];
      const field = path.replace(/[{}]/g, '');
      const key = (name: string): string =>
        ask('get', 'pod', name, '-n', namespace, '-o', `jsonpath={${field}}`);
      const theirs = lines(ask('get', 'pods', ...scope, '--no-headers')).map(
        (line) => line.split(/ +/)[0] ?? '',
      );
      const mine = lines(hostns('list', ...scope, '--show-completed', '--no-headers').stdout).map(
        (line) => line.split(/ +/)[0] ?? '',
      );
      const listed = theirs.filter((name) => mine.includes(name));
      expect(mine.map(key)).toEqual(listed.map(key));
      expect(mine.length).toBeGreaterThan(20);
    },
  );

  test('JSON tells of owners, host ports and runtime classes', () => {
    const { items } = JSON.parse(hostns('list', '-n', namespace, '-o', 'json').stdout) as {
      readonly items: readonly Record<string, unknown>[];
    };
    const item = (begin: string) => items.find(({ name }) => String(name).startsWith(begin));
    expect(item('agent-')).toMatchObject({
      owner: { kind: 'DaemonSet', name: 'agent' },
      shares: ['network', 'pid'],
    });
    expect(item('web-')).toMatchObject({ owner: { kind: 'ReplicaSet' }, shares: ['ipc'] });
    expect(item('running-batch-')).toMatchObject({ owner: { kind: 'Job', name: 'running-batch' } });
    expect(item(staticPod)).toMatchObject({ owner: { kind: 'Node', name: NODES[0] }, node: NODES[0] });
    expect(item('runtime-class')).toMatchObject({ runtimeClass: 'stubborn', owner: null });
    expect(item('host-port')).toMatchObject({
      hostPorts: [{ port: 18081, protocol: 'TCP', container: 'main' }],
    });
    expect(item('network')).toMatchObject({
      hostPorts: [
        { port: 18080, protocol: 'TCP', container: 'main' },
        { port: 18053, protocol: 'UDP', container: 'main' },
      ],
    });
    expect(item('sidecar')).toMatchObject({ hostPorts: [{ port: 15001, container: 'proxy' }] });
    expect(item('pending')).toMatchObject({ node: null, nodeIP: null, podIP: null, status: 'Pending' });
  });
});
