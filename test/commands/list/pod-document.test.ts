import { describe, expect, test } from '@jest/globals';
import { sharingPodList } from '../../../src/commands/list/pod-document.ts';
import { sharingPodTable, type TableOptions } from '../../../src/commands/list/pod-table.ts';
import type { SharingPod } from '../../../src/model/sharing-pod.ts';
import { container, pod } from '../../support/pods.ts';
import { schemaErrors, validator } from '../../support/schemas.ts';

const exporter: SharingPod = {
  pod: pod({
    name: 'node-exporter-x7k2p',
    namespace: 'monitoring',
    labels: new Map([
      ['team', 'sre'],
      ['app', 'node-exporter'],
    ]),
    controller: { kind: 'DaemonSet', name: 'node-exporter' },
    spec: {
      hostNetwork: true,
      hostPID: true,
      runtimeClassName: 'runc',
      containers: [
        container('a', { ports: [{ hostPort: 9100, protocol: 'TCP' }] }),
        container('b', {
          ports: [
            { hostPort: 9100, protocol: 'TCP' },
            { hostPort: 53, protocol: 'UDP' },
          ],
        }),
      ],
    },
  }),
  shares: ['network', 'pid'],
};
const pending: SharingPod = {
  pod: pod({
    name: 'ipc',
    creationTimestamp: null,
    spec: { hostIPC: true, nodeName: '' },
    status: { phase: 'Pending', hostIP: '', podIP: '', containerStatuses: [] },
  }),
  shares: ['ipc'],
};

describe('the document of -o json', () => {
  const document = sharingPodList([exporter, pending], '4711');

  test('is what its schema says', () => {
    const validate = validator('sharing-pod-list');
    expect(schemaErrors(validate, document)).toEqual([]);
    const sharesNothing = { ...document, items: [{ ...document.items[0], shares: [] }] };
    expect(schemaErrors(validate, sharesNothing)).not.toEqual([]);
  });

  test('has a Pod with everything', () => {
    expect(document.items[0]).toEqual({
      namespace: 'monitoring',
      name: 'node-exporter-x7k2p',
      uid: '00000000-0000-4000-8000-000000000001',
      node: 'kube-node-1',
      shares: ['network', 'pid'],
      phase: 'Running',
      status: 'Running',
      nodeIP: '192.0.2.2',
      podIP: '10.244.1.7',
      owner: { kind: 'DaemonSet', name: 'node-exporter' },
      runtimeClass: 'runc',
      hostPorts: [
        { port: 9100, protocol: 'TCP', container: 'a' },
        { port: 9100, protocol: 'TCP', container: 'b' },
        { port: 53, protocol: 'UDP', container: 'b' },
      ],
      labels: { app: 'node-exporter', team: 'sre' },
      createdAt: '2026-09-21T14:13:20Z',
    });
  });

  test('says null where there is nothing yet', () => {
    expect(document.items[1]).toMatchObject({
      node: null,
      nodeIP: null,
      podIP: null,
      owner: null,
      runtimeClass: null,
      createdAt: null,
    });
  });
});

describe('the table', () => {
  const options: TableOptions = {
    withNamespace: false,
    wide: false,
    labelColumns: [],
    withLabels: false,
    withHeader: true,
    now: 1_790_000_300,
  };
  const lines = (more: Partial<TableOptions>): readonly string[] =>
    sharingPodTable([exporter, pending], { ...options, ...more }).split('\n');

  test('shows what each Pod shares', () => {
    expect(lines({})).toEqual([
      'NAME                  NODE          NETWORK   PID    IPC    STATUS    AGE',
      'node-exporter-x7k2p   kube-node-1   host      host   -      Running   5m',
      'ipc                   <none>        -         -      host   Pending   <unknown>',
      '',
    ]);
  });

  test('has more columns where they are asked for', () => {
    expect(
      lines({
        withNamespace: true,
        wide: true,
        labelColumns: ['app.kubernetes.io/name'],
        withLabels: true,
        withHeader: false,
      })[0]?.split(/ {3,}/),
    ).toEqual([
      'monitoring',
      'node-exporter-x7k2p',
      'kube-node-1',
      'host',
      'host',
      '-',
      'Running',
      '5m',
      'DaemonSet/node-exporter',
      '192.0.2.2',
      '10.244.1.7',
      '9100/TCP,53/UDP',
      'runc',
      '<none>',
      'app=node-exporter,team=sre',
    ]);
  });
});
