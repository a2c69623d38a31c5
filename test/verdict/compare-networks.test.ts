import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NetworkSample } from '../../src/pods/node-summary.ts';
import { compareNetworks } from '../../src/verdict/compare-networks.ts';
import { at } from '../support/network-samples.ts';

const GIB = 2 ** 30;

interface Case {
  readonly says: string;
  readonly node: readonly NetworkSample[];
  readonly pod: readonly NetworkSample[];
  readonly observed: 'node' | 'own' | 'unclear';
  readonly detail?: RegExp;
}

const CASES: readonly Case[] = [
  {
    says: 'the same names and the same counters',
    node: [at(10, { ens192: [266979, 104539], 'flannel.1': [0, 0], cni0: [2784, 744] })],
    pod: [at(12, { ens192: [266979, 104539], 'flannel.1': [0, 0], cni0: [2784, 744] })],
    observed: 'node',
    detail: /^has all of the node's cni0, ens192, flannel\.1, with the node's counters$/,
  },
  {
    says: 'the same names, an older sample, one interface equal and the others near',
    node: [at(10, { ens192: [266979, 104539], cni0: [2784, 744] })],
    pod: [at(5, { ens192: [266177, 103721], cni0: [2784, 744] })],
    observed: 'node',
  },
  {
    says: 'a young node: its uplink carries more than ever; or names and one idle interface that were copied',
    node: [at(10, { ens192: [3_000_000, 9_000_000], cni0: [2784, 744] })],
    pod: [at(4, { ens192: [1_000_000, 3_000_000], cni0: [2784, 744] })],
    observed: 'unclear',
  },
  {
    says: 'the same uplink alone',
    node: [at(10, { ens192: [3_000_000, 9_000_000], cni0: [0, 0] })],
    pod: [at(4, { ens192: [1_000_000, 3_000_000], cni0: [0, 0] })],
    observed: 'unclear',
  },
  {
    says: 'two busy interfaces near to the node’s',
    node: [at(10, { eth0: [GIB, GIB], eth1: [5 * GIB, GIB] })],
    pod: [at(17, { eth0: [1.01 * GIB, 1.02 * GIB], eth1: [5.1 * GIB, 1.03 * GIB] })],
    observed: 'node',
  },
  {
    says: 'one busy interface near to the node’s, from one side only',
    node: [at(10, { eth0: [GIB, GIB] })],
    pod: [at(17, { eth0: [1.01 * GIB, 1.01 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'one busy interface between two samples of the node that hardly differ',
    node: [at(10, { eth0: [GIB, GIB] }), at(20, { eth0: [1.0008 * GIB, 1.0009 * GIB] })],
    pod: [at(15, { eth0: [1.0004 * GIB, 1.0004 * GIB] })],
    observed: 'node',
  },
  {
    says: 'a Pod that carries nearly all that its node does: between two samples that differ a lot',
    node: [at(10, { eth0: [1000 * GIB, 1000 * GIB] }), at(20, { eth0: [1012 * GIB, 1012 * GIB] })],
    pod: [at(15, { eth0: [1004 * GIB, 1004 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'a young node under load: two interfaces that grow a lot, each read in turns',
    node: [
      at(10, { ens192: [400_000, 300_000], cni0: [2_000, 1_000] }),
      at(20, { ens192: [900_000, 800_000], cni0: [9_000, 8_000] }),
    ],
    pod: [
      at(3, { ens192: [100_000, 90_000], cni0: [500, 300] }),
      at(15, { ens192: [600_000, 500_000], cni0: [5_000, 4_000] }),
    ],
    observed: 'node',
  },
  {
    says: 'the same with one interface alone',
    node: [at(10, { eth0: [400_000, 300_000] }), at(20, { eth0: [900_000, 800_000] })],
    pod: [at(15, { eth0: [600_000, 500_000] })],
    observed: 'unclear',
  },
  {
    says: 'a clock that was set back between two readings',
    node: [at(100, { eth0: [400_000_000, 400_000_000] })],
    pod: [at(75, { eth0: [401_000_000, 401_000_000] })],
    observed: 'unclear',
  },
  {
    says: 'a busy Pod beside a node with the same one interface: a counter that is lower again and again',
    node: [at(10, { eth0: [GIB, GIB] }), at(30, { eth0: [1.1 * GIB, 1.1 * GIB] })],
    pod: [at(20, { eth0: [0.9 * GIB, 0.9 * GIB] }), at(40, { eth0: [GIB, GIB] })],
    observed: 'own',
  },
  {
    says: 'the same after one such reading',
    node: [at(10, { eth0: [GIB, GIB] })],
    pod: [at(20, { eth0: [0.9 * GIB, 0.9 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'a node that just began: its CNI’s devices are younger than the sample of a hostNetwork Pod',
    node: [at(110, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000], 'flannel.1': [0, 0] })],
    pod: [at(100, { eth0: [120_000_000, 4_000_000] })],
    observed: 'unclear',
  },
  {
    says: 'the same once both have been read again',
    node: [
      at(110, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000] }),
      at(120, { eth0: [400_000_000, 9_000_000], cni0: [9000, 9000] }),
    ],
    pod: [
      at(100, { eth0: [120_000_000, 4_000_000] }),
      at(118, { eth0: [400_000_000, 9_000_000], cni0: [7000, 7000] }),
    ],
    observed: 'node',
  },
  {
    says: 'a Pod with its own eth0 beside a node with others',
    node: [at(10, { ens192: [266979, 104539], cni0: [2784, 744] })],
    pod: [at(8, { eth0: [2966, 892] })],
    observed: 'own',
    detail: /^has none of the node's cni0, ens192$/,
  },
  {
    says: 'a sandbox with nothing but lo, which the kubelet leaves out',
    node: [at(10, { ens192: [266979, 104539] })],
    pod: [at(4, {})],
    observed: 'own',
  },
  {
    says: 'kind: both have one eth0, and a newer sample of the Pod counts less',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(13, { eth0: [3_000, 900] })],
    observed: 'own',
    detail: /^has eth0 of its own, with other counters than the node's$/,
  },
  {
    says: 'kind: both have one eth0, and the sample of the Pod is older',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(7, { eth0: [3_000, 900] })],
    observed: 'unclear',
  },
  {
    says: 'kind: the same with a newer sample of the Pod beside the older one',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(7, { eth0: [3_000, 900] }), at(17, { eth0: [3_000, 900] })],
    observed: 'own',
  },
  {
    says: 'a Pod that has carried more than the node before the node was read',
    node: [at(10, { eth0: [5_000, 7_000] })],
    pod: [at(7, { eth0: [30_000, 9_000] })],
    observed: 'own',
  },
  {
    says: 'samples of one second: no order can be told, and the counters are near',
    node: [at(10, { eth0: [5_000_000, 7_000_000], cni0: [10_000, 20_000] })],
    pod: [at(11, { eth0: [4_999_000, 6_999_000], cni0: [9_990, 19_990] })],
    observed: 'node',
  },
  {
    says: 'idle interfaces, which look like any other idle ones',
    node: [at(10, { eth0: [0, 0] })],
    pod: [at(12, { eth0: [0, 0] })],
    observed: 'unclear',
  },
  {
    says: 'equal counters that are too small to say anything',
    node: [at(10, { eth0: [446, 446] })],
    pod: [at(12, { eth0: [446, 446] })],
    observed: 'unclear',
  },
  {
    says: 'Calico: devices of other Pods came and went between the samples',
    node: [at(10, { eth0: [GIB, GIB], cali1: [5000, 5000], tunl0: [9_000, 9_000] })],
    pod: [at(12, { eth0: [GIB, GIB], cali2: [7, 7], tunl0: [9_000, 9_000] })],
    observed: 'node',
    detail: /eth0, tunl0/,
  },
  {
    says: 'an interface missing, but the uplink is clearly the node’s: ask again',
    node: [at(10, { eth0: [GIB, GIB], 'nginx-4f2a1b': [900_000, 900_000] })],
    pod: [at(8, { eth0: [GIB, GIB] })],
    observed: 'unclear',
  },
  {
    says: 'the same once a sample of the node has shown that the interface is not stable',
    node: [at(10, { eth0: [GIB, GIB], 'nginx-4f2a1b': [900_000, 900_000] }), at(20, { eth0: [GIB, GIB] })],
    pod: [at(8, { eth0: [GIB, GIB] })],
    observed: 'node',
  },
  {
    says: 'counters that were reset: one falls, another is the node’s',
    node: [at(10, { eth0: [GIB, GIB], wg0: [80_000, 80_000] })],
    pod: [at(13, { eth0: [GIB, GIB], wg0: [0, 0] })],
    observed: 'unclear',
  },
  {
    says: 'a node of which the kubelet reports only devices of Pods',
    node: [at(10, { lxc1: [5_000_000, 5] })],
    pod: [at(12, { eth0: [5, 5] })],
    observed: 'unclear',
  },
];

describe('two networks side by side', () => {
  test.each(CASES)('$says: $observed', ({ node, pod, observed, detail }) => {
    const comparison = compareNetworks(node, pod);
    expect(comparison.observed).toBe(observed);
    if (detail !== undefined) expect(comparison.detail).toMatch(detail);
  });

  const names = ['eth0', 'cni0', 'flannel.1'] as const;
  /** One network that is read at several moments: its counters never fall. */
  const history = fc
    .array(
      fc.tuple(fc.integer({ min: 1, max: 15 }), fc.array(fc.nat(1_000_000), { minLength: 6, maxLength: 6 })),
      {
        minLength: 2,
        maxLength: 8,
      },
    )
    .map((steps) => {
      let time = 0;
      const totals = names.map(() => [0, 0] as [number, number]);
      return steps.map(([elapsed, growth]) => {
        time += elapsed;
        totals.forEach((total, index) => {
          total[0] += growth[2 * index] ?? 0;
          total[1] += growth[2 * index + 1] ?? 0;
        });
        return at(
          time,
          Object.fromEntries(
            names.map((name, index) => [name, [...(totals[index] ?? [0, 0])] as [number, number]]),
          ),
        );
      });
    });

  test('readings of one network in turns are never taken for two', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (samples, isNodes) => {
        const sides = samples.map((sample) => [isNodes.next().value, sample] as const);
        const node = sides.flatMap(([isNode, sample]) => (isNode === true ? [sample] : []));
        const pod = sides.flatMap(([isNode, sample]) => (isNode === true ? [] : [sample]));
        fc.pre(node.length > 0 && pod.length > 0);
        expect(compareNetworks(node, pod).observed).not.toBe('own');
      }),
      { numRuns: 2000 },
    );
  });

  test('a network that lacks one of the node’s interfaces is never taken for the node’s', () => {
    fc.assert(
      fc.property(history, history, fc.constantFrom(...names), (node, other, lost) => {
        const pod = other.map(({ time, interfaces }) => ({
          time,
          interfaces: new Map([...interfaces].filter(([name]) => name !== lost)),
        }));
        expect(compareNetworks(node, pod).observed).not.toBe('node');
      }),
    );
  });
});
