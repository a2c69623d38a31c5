import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  adminKubeconfig,
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
  type Result,
  stateFolder,
} from './cluster.ts';

const permissions = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');

const ours = describeOnOwnCluster("the user without rights, whom only the project's own cluster has.");
ours('a user without rights', () => {
  const namespace = randomName('rights');
  const viewer = join(stateFolder, 'viewer.conf');
  const list = (...flags: readonly string[]): Result => kubectl(['hostns', 'list', ...flags], viewer);

  beforeAll(async () => {
    await createNamespace(namespace);
    const spec = {
      hostNetwork: true,
      terminationGracePeriodSeconds: 0,
      nodeName: 'kube-node-1',
      containers: [{ name: 'c', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' }],
    };
    apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'visible', namespace }, spec });
  });

  afterAll(async () => {
    try {
      const bindings = ['hostns-list', 'hostns-list-cluster'];
      ask('delete', 'clusterrolebinding,clusterrole', ...bindings, '--ignore-not-found');
    } finally {
      await removeNamespace(namespace);
    }
  });

  test('is told which right is missing, where, and how to check it', () => {
    expect(list('-A')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server answers 403 Forbidden (pods is forbidden: User "viewer" cannot list resource "pods" in API group "" at the cluster scope). ' +
        'It needs permission to list pods in the whole cluster; to check: kubectl auth can-i list pods -A\n',
    });
    expect(list('-n', namespace).stderr).toContain(
      `permission to list pods in the namespace ${namespace}; to check: kubectl auth can-i list pods -n ${namespace}\n`,
    );
  });

  test('sees what one namespace grants, and no more', async () => {
    ask('create', 'role', 'list-pods', '-n', namespace, '--verb=list', '--resource=pods');
    ask('create', 'rolebinding', 'list-pods', '-n', namespace, '--role=list-pods', '--user=viewer');
    await eventually('the right is granted', () => list('-n', namespace).code === 0, 20);
    // Without permission to list nodes: that the node may run Windows is no reason to fail.
    expect(lines(list('-n', namespace, '-o', 'name').stdout)).toEqual(['pod/visible']);
    expect(list('-A').code).not.toBe(0);
    expect(list('-n', namespace, '--node', 'no-such-node').stderr).toContain(
      `No resources found in ${namespace} namespace.`,
    );
  });

  test('list works with the ClusterRoles of docs/permissions.md', async () => {
    const example =
      /^kubectl apply -f docs\/rbac\/list\.yaml\n(?:kubectl .+\n)+/m.exec(permissions)?.[0] ?? '';
    const commands = lines(example.replaceAll(/--group=\S+/g, '--user=viewer'));
    expect(commands).toHaveLength(3);
    for (const command of commands) ask(...command.split(' ').slice(1));
    const listsNodes = (): boolean => kubectl(['auth', 'can-i', 'list', 'nodes'], viewer).code === 0;
    await eventually('the rights are granted', () => list('-A').code === 0 && listsNodes(), 20);
    expect(lines(list('-A', '-o', 'name').stdout)).toEqual(lines(hostns('list', '-A', '-o', 'name').stdout));
  });

  test('who may not impersonate is told so, and as whom to check it', () => {
    expect(list('-A', '--as', 'nobody', '--context', 'hostns')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot list Pods in all namespaces: the server answers 403 Forbidden (users "nobody" is forbidden: User "viewer" cannot impersonate resource "users" in API group "" at the cluster scope). ' +
        'It needs permission to impersonate users in the whole cluster; to check: kubectl auth can-i impersonate users --context hostns\n',
    });
    const check = (): string => kubectl(['auth', 'can-i', 'impersonate', 'users'], viewer).stdout;
    expect(check()).toBe('no\n');
  });

  test('may be impersonated, and the message says as whom', () => {
    const { stderr } = kubectl(
      ['hostns', 'list', '-A', '--as', 'nobody', '--as-group', 'some group'],
      adminKubeconfig,
    );
    expect(stderr).toContain('User "nobody" cannot list');
    expect(stderr).toContain("kubectl auth can-i list pods -A --as nobody --as-group 'some group'\n");
  });
});

test('a node that does not exist is not an empty one', () => {
  expect(hostns('list', '-A', '--node', 'no-such-node')).toMatchObject({
    stdout: '',
    stderr:
      'error: There is no node "no-such-node" in the cluster; `kubectl get nodes` names those that there are.\n',
  });
});

test('a namespace that does not exist is answered as kubectl answers', () => {
  const { code, stdout, stderr } = hostns('list', '-n', 'no-such-namespace');
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/^No resources found in no-such-namespace namespace\./);
});

test.each([
  [['-l', 'a b'], "-l 'a b': unable to parse requirement: found 'b'"],
  [
    ['--field-selector', 'spec.color=red'],
    "--field-selector 'spec.color=red': field label not supported: spec.color",
  ],
])('%p is refused with what the server says of it', (flags, message) => {
  const { stdout, stderr } = hostns('list', ...flags);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: The server does not take the selector /);
  expect(stderr).toContain(message);
});
