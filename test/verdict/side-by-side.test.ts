import { describe, expect, test } from '@jest/globals';
import type { NetworkSample } from '../../src/model/node-summary.ts';
import { type PodNetwork, sideBySide } from '../../src/verdict/side-by-side.ts';
import type { KubeletSamples } from '../../src/verdict/verification.ts';
import { device } from '../support/container-views.ts';

const sample = (...names: readonly string[]): NetworkSample => ({
  time: 1000,
  interfaces: new Map(names.map((name) => [name, { rxBytes: 10, txBytes: 20 }])),
});

const kubelet = (node: readonly NetworkSample[], pod: readonly NetworkSample[]): KubeletSamples => ({
  node,
  pod,
  nodeBySandboxes: [],
});

const network = (...names: readonly string[]): PodNetwork => ({
  source: 'container',
  interfaces: { interfaces: names.map((name) => device(name)), unattributed: [], warnings: [] },
});

const shown = (samples: KubeletSamples | null, own: PodNetwork | null): readonly string[] =>
  sideBySide(samples, own).map((pair) =>
    [pair.name, pair.onNode, pair.inSandbox, pair.inPod === null ? '-' : 'shown'].join(' '),
  );

describe('sideBySide', () => {
  test('lists the interfaces of all sources by name', () => {
    const both = sample('ens192', 'cni0');
    expect(shown(kubelet([both], [both]), network('lo', 'ens192', 'veth1'))).toEqual([
      'cni0 yes yes -',
      'ens192 yes yes shown',
      'lo not reported not reported shown',
      'veth1 not reported not reported shown',
    ]);
  });

  test('keeps an interface that the Pod reports and the kubelet does not', () => {
    expect(shown(kubelet([sample('ens192')], [sample()]), network('ens192'))).toEqual([
      'ens192 yes no shown',
    ]);
  });

  test('uses the newest samples', () => {
    const samples = kubelet([sample('a'), sample('b')], [sample(), sample('b')]);
    expect(shown(samples, null)).toEqual(['b yes yes -']);
  });

  test('ignores the samples of the node by other sandboxes', () => {
    const samples = { ...kubelet([sample('a')], [sample('a')]), nodeBySandboxes: [sample('a', 'old')] };
    expect(shown(samples, null)).toEqual(['a yes yes -']);
  });

  test('pairs the counters of the node with the device of the Pod', () => {
    const [pair] = sideBySide(kubelet([sample('eth0')], []), {
      ...network('eth0'),
      source: 'probe',
    });
    expect(pair).toEqual({
      name: 'eth0',
      onNode: 'yes',
      nodeCounters: { rxBytes: 10, txBytes: 20 },
      inSandbox: 'unknown',
      sandboxCounters: null,
      inPod: device('eth0'),
    });
  });

  test('lists only the Pod’s interfaces without samples of the kubelet', () => {
    expect(shown(null, network('eth0'))).toEqual(['eth0 unknown unknown shown']);
    expect(shown(null, null)).toEqual([]);
  });
});
