import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adminKubeconfig,
  apply,
  ask,
  createNamespace,
  hostns,
  kubectl,
  lines,
  randomName,
  removeNamespace,
} from './cluster.ts';

const namespace = randomName('manifests');
const folder = mkdtempSync(join(tmpdir(), 'hostns-manifests-'));

/** Nothing of it ever runs: it is the API server that must take it and give it back. */
const template = (spec: object): object => ({
  metadata: { labels: { app: 'web' } },
  spec: { schedulerName: 'none', ...spec, containers: [{ name: 'c', image: 'e2e.local/busybox:1' }] },
});
const selector = { matchLabels: { app: 'web' } };
const once = { restartPolicy: 'Never' };

const WORKLOADS = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { replicas: 0, selector, template: template({ hostNetwork: true }) },
  },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { selector, template: template({ hostPID: true }) } },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: { replicas: 0, selector, template: template({ hostIPC: true }) },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { spec: { template: template({ ...once, hostNetwork: true, hostPID: true }) } },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    spec: { suspend: true, template: template({ ...once, hostIPC: true }) },
  },
  { apiVersion: 'v1', kind: 'PodTemplate', template: template({ hostPID: true }) },
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    spec: { replicas: 0, template: template({ hostNetwork: true }) },
  },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: { replicas: 0, selector, template: template({}) } },
].map((workload) => ({ ...workload, metadata: { name: 'web', namespace } }));

const EXPECTED = [
  'deployment.apps/web network',
  'daemonset.apps/web pid',
  'statefulset.apps/web ipc',
  'cronjob.batch/web network,pid',
  'job.batch/web ipc',
  'podtemplate/web pid',
  'replicationcontroller/web network',
];

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly shares: readonly string[];
  readonly file: string;
}

function inShort(output: string): readonly string[] {
  return (
    (JSON.parse(output) as { items: readonly Item[] }).items
      // The Deployment makes a ReplicaSet.
      .filter((item) => item.namespace === namespace && item.name === 'web')
      .map(({ apiVersion, kind, name, shares }) => {
        const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : '';
        return `${kind.toLowerCase()}${group}/${name} ${shares.join()}`;
      })
  );
}

const kinds = WORKLOADS.map(({ kind }) => kind.toLowerCase());

beforeAll(async () => {
  await createNamespace(namespace);
  apply(...WORKLOADS);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  kubectl(['delete', kinds.join(), '--all', '-n', namespace]);
  await removeNamespace(namespace);
});

test('what the API server gives back of every kind of workload is listed, from a folder', () => {
  mkdirSync(join(folder, 'more'));
  for (const [index, kind] of kinds.entries()) {
    const format = index % 2 === 0 ? 'yaml' : 'json';
    const into = index < 4 ? folder : join(folder, 'more');
    writeFileSync(
      join(into, `${String(index)}.${format}`),
      ask('get', kind, 'web', '-n', namespace, '-o', format),
    );
  }
  const { code, stdout, stderr } = hostns('list', '-f', folder, '-R', '-o', 'json');
  expect([code, stderr]).toEqual([0, '']);
  expect(inShort(stdout)).toEqual(EXPECTED);
  const flat = hostns('list', '-f', folder, '-o', 'name');
  expect(lines(flat.stdout)).toEqual(EXPECTED.slice(0, 4).map((line) => line.split(' ')[0]));
});

test.each(['json', 'yaml'])('and from standard input, as kubectl prints them together (%s)', (format) => {
  const list = ask('get', kinds.join(), '-n', namespace, '-o', format);
  const { code, stdout, stderr } = kubectl(
    ['hostns', 'list', '-f', '-', '-o', 'json'],
    adminKubeconfig,
    list,
  );
  expect([code, stderr]).toEqual([0, '']);
  expect([...inShort(stdout)].sort()).toEqual([...EXPECTED].sort());
});

test('the Pods of the cluster as a manifest are those that list finds', () => {
  const pods = ask('get', 'pods', '-A', '-o', 'json');
  const fromFile = kubectl(['hostns', 'list', '-f', '-', '-o', 'name'], adminKubeconfig, pods);
  expect(lines(fromFile.stdout)).toEqual(
    lines(hostns('list', '-A', '--show-completed', '-o', 'name').stdout),
  );
});

test.each([
  ['hostNetwork: yes', true],
  ['hostNetwork: on', true],
  ['hostNetwork: "yes"', null],
  ['hostNetwork: no', false],
  ['hostNetwork: ~', false],
  ['hostNetwork: TRUE', true],
  ['hostNetwork: 1', null],
  ['<<: {hostNetwork: true}', true],
])('%s means what it means to the API server', (line, shares) => {
  const manifest = [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: yaml, namespace: ${namespace}}`,
    'spec:',
    `  ${line}`,
    '  containers: [{name: c, image: "e2e.local/busybox:1"}]',
  ].join('\n');
  const created = kubectl(
    ['create', '--dry-run=server', '--validate=ignore', '-f', '-', '-o', 'jsonpath={.spec.hostNetwork}'],
    adminKubeconfig,
    manifest,
  );
  expect(created.code === 0 ? created.stdout === 'true' : null).toBe(shares);
  const { code, stdout } = kubectl(['hostns', 'list', '-f', '-', '-o', 'name'], adminKubeconfig, manifest);
  expect(code === 0 ? stdout === 'pod/yaml\n' : null).toBe(shares);
});
