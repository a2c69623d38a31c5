import { describe, expect, test } from '@jest/globals';
import { decodeNodeJson, decodeSummaryJson } from '../../src/wire/node-json.ts';

describe('a Node', () => {
  test('is read from JSON', () => {
    const node = {
      metadata: { name: 'kube-node-1' },
      spec: { providerID: 'kind://docker/kind/kind-worker' },
      status: {
        nodeInfo: {
          bootID: 'a46bf52c',
          containerRuntimeVersion: 'containerd://1.7.2',
          operatingSystem: 'linux',
          kernelVersion: '6.8.0',
        },
        conditions: [
          { type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory' },
          {
            type: 'Ready',
            status: 'False',
            reason: 'KubeletNotReady',
            message: 'the CNI plugin is not ready',
          },
        ],
      },
    };
    expect(decodeNodeJson(node)).toEqual({
      name: 'kube-node-1',
      providerID: 'kind://docker/kind/kind-worker',
      bootID: 'a46bf52c',
      containerRuntimeVersion: 'containerd://1.7.2',
      operatingSystem: 'linux',
      notReady: 'the CNI plugin is not ready',
    });
  });

  test.each([{}, { metadata: 7, spec: [], status: { nodeInfo: null, conditions: 'x' } }])(
    'of which nothing is there has nothing: %j',
    (node) => {
      expect(decodeNodeJson(node)).toEqual({
        name: '',
        providerID: '',
        bootID: '',
        containerRuntimeVersion: '',
        operatingSystem: '',
        notReady: null,
      });
    },
  );

  test.each([
    [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting' }, null],
    [
      { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting' },
      'Kubelet stopped posting',
    ],
    [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: '' }, 'NodeStatusUnknown'],
    [{ type: 'Ready', status: 'False' }, 'NotReady'],
    [{ type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure' }, null],
  ])('of the condition %j is not ready because of: %s', (condition, notReady) => {
    expect(decodeNodeJson({ status: { conditions: [condition] } }).notReady).toBe(notReady);
  });
});

describe('a summary of the kubelet', () => {
  const time = '2026-11-22T20:00:00Z';
  const eth0 = { name: 'eth0', rxBytes: 10, txBytes: 20, rxErrors: 1 };

  test('gives the networks of the node and of the Pods by their UIDs', () => {
    const summary = {
      node: {
        nodeName: 'kube-node-1',
        network: { time, name: 'eth0', interfaces: [eth0, { name: 'cni0' }] },
      },
      pods: [
        { podRef: { name: 'a', uid: 'uid-a' }, network: { time, interfaces: [eth0] } },
        { podRef: { name: 'b', uid: 'uid-b' }, network: { time: '2026-11-22T20:00:10Z' } },
      ],
    };
    expect(decodeSummaryJson(summary)).toEqual({
      node: {
        time: 1_795_377_600_000,
        interfaces: new Map([
          ['eth0', { rxBytes: 10, txBytes: 20 }],
          ['cni0', { rxBytes: 0, txBytes: 0 }],
        ]),
      },
      pods: new Map([
        ['uid-a', { time: 1_795_377_600_000, interfaces: new Map([['eth0', { rxBytes: 10, txBytes: 20 }]]) }],
      ]),
    });
  });

  test('has no network without interfaces: the kubelet may have failed to read them', () => {
    const network = { time, interfaces: [] };
    expect(decodeSummaryJson({ node: { network }, pods: [{ podRef: { uid: 'a' }, network }] })).toEqual({
      node: null,
      pods: new Map(),
    });
  });

  test('has no network without a time', () => {
    const without = [
      {},
      { network: null },
      { network: { interfaces: [eth0] } },
      { network: { time: 'now' } },
    ];
    for (const network of without) {
      expect(decodeSummaryJson({ node: network, pods: [{ podRef: { uid: 'a' }, ...network }] })).toEqual({
        node: null,
        pods: new Map(),
      });
    }
    expect(decodeSummaryJson({})).toEqual({ node: null, pods: new Map() });
  });
});
