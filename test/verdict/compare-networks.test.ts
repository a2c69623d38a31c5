import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NetworkSample } from '../../src/model/node-summary.ts';
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
    detail: /^cannot be compared: the node has no interface that the kubelet reports$/,
  },
];

const BUSY: Counters = [GIB, GIB];
const TIMES = (factor: number): Counters => [factor * GIB, factor * GIB];
/** Of one interface beside others. */
const CNI0 = { cni0: [5000, 5000] } as const;

type Counters = readonly [rx: number, tx: number];

/** The limits of each rule, as far as they are known: what is just within, and what is just outside. */
const LIMITS: readonly Case[] = [
  {
    says: 'a counter that is lower by exactly half: clocks can feign that',
    node: [at(10, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(20, { eth0: [500_000, 500_000] })],
    observed: 'unclear',
    detail: /^may or may not have the node's eth0: the samples do not tell$/,
  },
  {
    says: 'a counter that is lower by more than half',
    node: [at(10, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(20, { eth0: [499_999, 1_000_000] })],
    observed: 'own',
  },
  {
    says: 'a Pod that has carried more than the node exactly two seconds before',
    node: [at(10, { eth0: [5_000, 7_000] })],
    pod: [at(8, { eth0: [30_000, 30_000] })],
    observed: 'own',
  },
  {
    says: 'two interfaces that differ by exactly a twentieth',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [950_000, 950_000], eth1: [950_000, 950_000] })],
    observed: 'node',
  },
  {
    says: 'two interfaces that differ by more',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [949_999, 949_999], eth1: [950_000, 950_000] })],
    observed: 'unclear',
  },
  {
    says: 'two interfaces of which only what they receive is near',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [999_000, 900_000], eth1: [999_000, 900_000] })],
    observed: 'unclear',
  },
  {
    says: 'the least that says something',
    node: [at(10, { eth0: [500, 500] })],
    pod: [at(11, { eth0: [500, 500] })],
    observed: 'node',
  },
  {
    says: 'a little less',
    node: [at(10, { eth0: [500, 499] })],
    pod: [at(11, { eth0: [500, 499] })],
    observed: 'unclear',
  },
  {
    says: 'one interface of which only what it receives is the same',
    node: [at(10, { eth0: BUSY })],
    pod: [at(11, { eth0: [GIB, 1.01 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'a counter that is lower, beside one that is not',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: [0.99 * GIB, GIB], ...CNI0 })],
    observed: 'unclear',
  },
  {
    says: 'a counter that is far lower where no order can be told, beside an interface that is the same',
    node: [at(10, { eth0: [3_000_000, 9_000_000], ...CNI0 })],
    pod: [at(4, { eth0: [900_000, 9_000_000], ...CNI0 })],
    observed: 'unclear',
  },
  {
    says: 'counters that may have doubled within seconds, for they are small, beside one that is the same',
    node: [at(10, { eth0: [1_000_000, 1_000_000], ...CNI0 })],
    pod: [at(4, { eth0: [100_000, 100_000], ...CNI0 })],
    observed: 'node',
  },
  {
    says: 'a counter that is lower than two of the node’s, read once',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.1) })],
    pod: [at(30, { eth0: TIMES(0.9) })],
    observed: 'unclear',
  },
  {
    says: 'a counter that is lower than one of the node’s, read twice',
    node: [at(10, { eth0: BUSY })],
    pod: [at(20, { eth0: TIMES(0.9) }), at(30, { eth0: TIMES(0.95) })],
    observed: 'unclear',
  },
  {
    says: 'a counter that is lower once, and between two of the node’s another time',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: TIMES(1.0004) }), at(30, { eth0: TIMES(1.0007) })],
    observed: 'unclear',
  },
  {
    says: 'a counter that is far lower once, and between two of the node’s another time',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: TIMES(1.0004) }), at(30, { eth0: TIMES(0.1) })],
    observed: 'own',
  },
  {
    says: 'a counter that is lower than one of the node’s and near another, beside an interface that is near',
    node: [at(10, { eth0: BUSY, eth1: BUSY }), at(20, { eth0: TIMES(1.001), eth1: TIMES(1.001) })],
    pod: [at(30, { eth0: TIMES(1.0005), eth1: TIMES(1.002) })],
    observed: 'unclear',
  },
  {
    says: 'counters behind those between which they would be near enough',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(21, { eth0: TIMES(1.0004) })],
    observed: 'unclear',
  },
  {
    says: 'counters before those between which they would be near enough',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(9, { eth0: TIMES(1.0004) })],
    observed: 'unclear',
  },
  {
    says: 'counters of the same moment as the earlier of two',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(10, { eth0: TIMES(1.0004) })],
    observed: 'node',
  },
  {
    says: 'counters of the same moment as the later of two',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(20, { eth0: TIMES(1.0004) })],
    observed: 'node',
  },
  {
    says: 'one counter as the earlier of two, and one between them',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: [GIB, 1.0004 * GIB] })],
    observed: 'node',
  },
  {
    says: 'one counter as the later of two, and one between them',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: [1.0004 * GIB, 1.0008 * GIB] })],
    observed: 'node',
  },
  {
    says: 'a counter below both of two',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(11, { eth0: [0.9999 * GIB, 1.0004 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'a counter above both of two',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(19, { eth0: [1.0004 * GIB, 1.0009 * GIB] })],
    observed: 'unclear',
  },
  {
    says: 'two of the node’s that differ by exactly a thousandth',
    node: [at(10, { eth0: [999_000, 999_000] }), at(20, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(15, { eth0: [999_500, 999_500] })],
    observed: 'node',
  },
  {
    says: 'two of the node’s that differ by more',
    node: [at(10, { eth0: [998_999, 999_000] }), at(20, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(15, { eth0: [999_500, 999_500] })],
    observed: 'unclear',
  },
  {
    says: 'two interfaces that carry something for the first time',
    node: [at(10, { eth0: [0, 0], eth1: [0, 0] }), at(20, { eth0: [900, 900], eth1: [900, 900] })],
    pod: [at(15, { eth0: [600, 500], eth1: [600, 500] })],
    observed: 'node',
  },
  {
    says: 'two interfaces that carry just enough to say something',
    node: [at(10, { eth0: [100, 100], eth1: [100, 100] }), at(20, { eth0: [500, 500], eth1: [500, 500] })],
    pod: [at(15, { eth0: [300, 300], eth1: [300, 300] })],
    observed: 'node',
  },
  {
    says: 'two interfaces that carry too little to say something',
    node: [at(10, { eth0: [100, 100], eth1: [100, 100] }), at(20, { eth0: [500, 499], eth1: [500, 499] })],
    pod: [at(15, { eth0: [300, 300], eth1: [300, 300] })],
    observed: 'unclear',
  },
];

/** Beside cni0, which the Pod does not have and the node had before: what resembles the node's leaves it open. */
const WITHOUT_CNI0: readonly Case[] = [
  {
    says: 'an interface that is the same',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: BUSY })],
    observed: 'unclear',
  },
  {
    says: 'an interface that is near',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(1.01) })],
    observed: 'unclear',
  },
  {
    says: 'an interface that fits',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(1.2) })],
    observed: 'unclear',
  },
  {
    says: 'an interface between two readings of the node',
    node: [at(10, { eth0: [400_000, 300_000], ...CNI0 }), at(30, { eth0: [900_000, 800_000], ...CNI0 })],
    pod: [at(20, { eth0: [600_000, 500_000] })],
    observed: 'unclear',
  },
  {
    says: 'an interface that says something in one of two readings',
    node: [at(10, { eth0: [0, 0], ...CNI0 }), at(15, { eth0: [5000, 5000], ...CNI0 })],
    pod: [at(25, { eth0: [5000, 5000] })],
    observed: 'unclear',
  },
  {
    says: 'an interface that just says something',
    node: [at(10, { eth0: [500, 500], ...CNI0 })],
    pod: [at(20, { eth0: [500, 500] })],
    observed: 'unclear',
  },
  {
    says: 'an idle interface',
    node: [at(10, { eth0: [500, 499], ...CNI0 })],
    pod: [at(20, { eth0: [500, 499] })],
    observed: 'own',
    detail: /^lacks the node's cni0$/,
  },
  {
    says: 'an interface whose counter is lower',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(0.9) })],
    observed: 'own',
    detail: /^lacks the node's cni0$/,
  },
  {
    says: 'one whose counter is far lower',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(0.1) })],
    observed: 'own',
    detail: /^lacks the node's cni0 and has eth0 of its own, with other counters than the node's$/,
  },
  {
    says: 'one whose counter is lower, in samples of which only one is later than the node’s',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(9, { eth0: TIMES(1.1) }), at(12, { eth0: TIMES(0.9) })],
    observed: 'own',
  },
  {
    says: 'one whose counter is lower, in a sample that is too near to the node’s to have an order',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(11, { eth0: TIMES(0.1) })],
    observed: 'unclear',
  },
];

describe('two networks side by side', () => {
  test.each([...CASES, ...LIMITS, ...WITHOUT_CNI0])('$says: $observed', ({ node, pod, observed, detail }) => {
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
