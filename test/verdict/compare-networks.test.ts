import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NetworkSample } from '../../src/model/node-summary.ts';
import { compareNetworks } from '../../src/verdict/compare-networks.ts';
import { at } from '../support/network-samples.ts';

const GIB = 2 ** 30;

interface Case {
  readonly title: string;
  readonly node: readonly NetworkSample[];
  readonly pod: readonly NetworkSample[];
  readonly observed: 'host' | 'own' | 'unclear';
  readonly detail?: RegExp;
}

const CASES: readonly Case[] = [
  {
    title: 'equal names and equal counters',
    node: [at(10, { ens192: [266979, 104539], 'flannel.1': [0, 0], cni0: [2784, 744] })],
    pod: [at(12, { ens192: [266979, 104539], 'flannel.1': [0, 0], cni0: [2784, 744] })],
    observed: 'host',
    detail: /^has all of the node's interfaces \(cni0, ens192, flannel\.1\) with matching counters$/,
  },
  {
    title: 'equal names, an older sample, one interface with equal and one with near counters',
    node: [at(10, { ens192: [266979, 104539], cni0: [2784, 744] })],
    pod: [at(5, { ens192: [266177, 103721], cni0: [2784, 744] })],
    observed: 'host',
  },
  {
    title: 'an uplink that tripled since the sample of the Pod, and one equal interface',
    node: [at(10, { ens192: [3_000_000, 9_000_000], cni0: [2784, 744] })],
    pod: [at(4, { ens192: [1_000_000, 3_000_000], cni0: [2784, 744] })],
    observed: 'unclear',
  },
  {
    title: 'an uplink that tripled since the sample of the Pod, and an idle interface',
    node: [at(10, { ens192: [3_000_000, 9_000_000], cni0: [0, 0] })],
    pod: [at(4, { ens192: [1_000_000, 3_000_000], cni0: [0, 0] })],
    observed: 'unclear',
  },
  {
    title: 'two busy interfaces with counters near the node’s',
    node: [at(10, { eth0: [GIB, GIB], eth1: [5 * GIB, GIB] })],
    pod: [at(17, { eth0: [1.01 * GIB, 1.02 * GIB], eth1: [5.1 * GIB, 1.03 * GIB] })],
    observed: 'host',
  },
  {
    title: 'one busy interface with counters near the node’s, compared with one sample',
    node: [at(10, { eth0: [GIB, GIB] })],
    pod: [at(17, { eth0: [1.01 * GIB, 1.01 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'one busy interface between two samples of the node that hardly differ',
    node: [at(10, { eth0: [GIB, GIB] }), at(20, { eth0: [1.0008 * GIB, 1.0009 * GIB] })],
    pod: [at(15, { eth0: [1.0004 * GIB, 1.0004 * GIB] })],
    observed: 'host',
  },
  {
    title: 'one busy interface between two samples of the node that differ a lot',
    node: [at(10, { eth0: [1000 * GIB, 1000 * GIB] }), at(20, { eth0: [1012 * GIB, 1012 * GIB] })],
    pod: [at(15, { eth0: [1004 * GIB, 1004 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'two interfaces that grow a lot, with samples of node and Pod in turn',
    node: [
      at(10, { ens192: [400_000, 300_000], cni0: [2_000, 1_000] }),
      at(20, { ens192: [900_000, 800_000], cni0: [9_000, 8_000] }),
    ],
    pod: [
      at(3, { ens192: [100_000, 90_000], cni0: [500, 300] }),
      at(15, { ens192: [600_000, 500_000], cni0: [5_000, 4_000] }),
    ],
    observed: 'host',
  },
  {
    title: 'one interface that grows a lot, with samples of node and Pod in turn',
    node: [at(10, { eth0: [400_000, 300_000] }), at(20, { eth0: [900_000, 800_000] })],
    pod: [at(15, { eth0: [600_000, 500_000] })],
    observed: 'unclear',
  },
  {
    title: 'a sample that seems older because the clock was set back',
    node: [at(100, { eth0: [400_000_000, 400_000_000] })],
    pod: [at(75, { eth0: [401_000_000, 401_000_000] })],
    observed: 'unclear',
  },
  {
    title: 'a counter of the Pod that is lower than the node’s in two samples',
    node: [at(10, { eth0: [GIB, GIB] }), at(30, { eth0: [1.1 * GIB, 1.1 * GIB] })],
    pod: [at(20, { eth0: [0.9 * GIB, 0.9 * GIB] }), at(40, { eth0: [GIB, GIB] })],
    observed: 'own',
  },
  {
    title: 'a counter of the Pod that is lower than the node’s in one sample',
    node: [at(10, { eth0: [GIB, GIB] })],
    pod: [at(20, { eth0: [0.9 * GIB, 0.9 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'a new node that created its CNI devices after the sample of the Pod',
    node: [at(110, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000], 'flannel.1': [0, 0] })],
    pod: [at(100, { eth0: [120_000_000, 4_000_000] })],
    observed: 'unclear',
  },
  {
    title: 'a new node that created its CNI devices between two samples of the Pod',
    node: [
      at(110, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000] }),
      at(120, { eth0: [400_000_000, 9_000_000], cni0: [9000, 9000] }),
    ],
    pod: [
      at(100, { eth0: [120_000_000, 4_000_000] }),
      at(118, { eth0: [400_000_000, 9_000_000], cni0: [7000, 7000] }),
    ],
    observed: 'host',
  },
  {
    title: 'a Pod with eth0 and a node without one',
    node: [at(10, { ens192: [266979, 104539], cni0: [2784, 744] })],
    pod: [at(8, { eth0: [2966, 892] })],
    observed: 'own',
    detail: /^has none of the node's interfaces \(cni0, ens192\)$/,
  },
  {
    title: 'a sandbox without interfaces except lo, which the kubelet does not report',
    node: [at(10, { ens192: [266979, 104539] })],
    pod: [at(4, {})],
    observed: 'own',
  },
  {
    title: 'eth0 in both, with a lower counter in a newer sample of the Pod',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(13, { eth0: [3_000, 900] })],
    observed: 'own',
    detail: /^has its own eth0, with counters that differ from the node's$/,
  },
  {
    title: 'eth0 in both, with a lower counter in an older sample of the Pod',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(7, { eth0: [3_000, 900] })],
    observed: 'unclear',
  },
  {
    title: 'eth0 in both, with a lower counter in an older and in a newer sample of the Pod',
    node: [at(10, { eth0: [5_000_000, 7_000_000] })],
    pod: [at(7, { eth0: [3_000, 900] }), at(17, { eth0: [3_000, 900] })],
    observed: 'own',
  },
  {
    title: 'a higher counter in an older sample of the Pod',
    node: [at(10, { eth0: [5_000, 7_000] })],
    pod: [at(7, { eth0: [30_000, 9_000] })],
    observed: 'own',
  },
  {
    title: 'near counters in samples that are one second apart, whose order is unknown',
    node: [at(10, { eth0: [5_000_000, 7_000_000], cni0: [10_000, 20_000] })],
    pod: [at(11, { eth0: [4_999_000, 6_999_000], cni0: [9_990, 19_990] })],
    observed: 'host',
  },
  {
    title: 'idle interfaces',
    node: [at(10, { eth0: [0, 0] })],
    pod: [at(12, { eth0: [0, 0] })],
    observed: 'unclear',
  },
  {
    title: 'equal counters that are too small to prove anything',
    node: [at(10, { eth0: [446, 446] })],
    pod: [at(12, { eth0: [446, 446] })],
    observed: 'unclear',
  },
  {
    title: 'Calico: devices of other Pods came and went between the samples',
    node: [at(10, { eth0: [GIB, GIB], cali1: [5000, 5000], tunl0: [9_000, 9_000] })],
    pod: [at(12, { eth0: [GIB, GIB], cali2: [7, 7], tunl0: [9_000, 9_000] })],
    observed: 'host',
    detail: /eth0, tunl0/,
  },
  {
    title: 'a missing interface, and an uplink with the node’s counters',
    node: [at(10, { eth0: [GIB, GIB], 'nginx-4f2a1b': [900_000, 900_000] })],
    pod: [at(8, { eth0: [GIB, GIB] })],
    observed: 'unclear',
  },
  {
    title: 'a missing interface that a later sample of the node does not have either',
    node: [at(10, { eth0: [GIB, GIB], 'nginx-4f2a1b': [900_000, 900_000] }), at(20, { eth0: [GIB, GIB] })],
    pod: [at(8, { eth0: [GIB, GIB] })],
    observed: 'host',
  },
  {
    title: 'one counter that was reset, and one that is equal',
    node: [at(10, { eth0: [GIB, GIB], wg0: [80_000, 80_000] })],
    pod: [at(13, { eth0: [GIB, GIB], wg0: [0, 0] })],
    observed: 'unclear',
  },
  {
    title: 'a node whose only reported interfaces are devices of Pods',
    node: [at(10, { lxc1: [5_000_000, 5] })],
    pod: [at(12, { eth0: [5, 5] })],
    observed: 'unclear',
    detail: /^cannot be compared with the node: the kubelet reports none of its permanent interfaces$/,
  },
];

const BUSY: Counters = [GIB, GIB];
const TIMES = (factor: number): Counters => [factor * GIB, factor * GIB];
/** A second interface of the node. */
const CNI0 = { cni0: [5000, 5000] } as const;

type Counters = readonly [rx: number, tx: number];

/** Values just inside and just outside the limits of each rule. */
const LIMITS: readonly Case[] = [
  {
    title: 'a counter that is lower by exactly half, which different clocks can cause',
    node: [at(10, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(20, { eth0: [500_000, 500_000] })],
    observed: 'unclear',
    detail: /^may or may not have the node's interfaces \(eth0\): the samples are inconclusive$/,
  },
  {
    title: 'a counter that is lower by more than half',
    node: [at(10, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(20, { eth0: [499_999, 1_000_000] })],
    observed: 'own',
  },
  {
    title: 'a higher counter of the Pod exactly two seconds before the node’s sample',
    node: [at(10, { eth0: [5_000, 7_000] })],
    pod: [at(8, { eth0: [30_000, 30_000] })],
    observed: 'own',
  },
  {
    title: 'two interfaces that differ by exactly 5 %',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [950_000, 950_000], eth1: [950_000, 950_000] })],
    observed: 'host',
  },
  {
    title: 'two interfaces that differ by more than 5 %',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [949_999, 949_999], eth1: [950_000, 950_000] })],
    observed: 'unclear',
  },
  {
    title: 'two interfaces with received bytes near the node’s, and sent bytes that are not',
    node: [at(10, { eth0: [1_000_000, 1_000_000], eth1: [1_000_000, 1_000_000] })],
    pod: [at(11, { eth0: [999_000, 900_000], eth1: [999_000, 900_000] })],
    observed: 'unclear',
  },
  {
    title: 'equal counters of 1000 bytes in total',
    node: [at(10, { eth0: [500, 500] })],
    pod: [at(11, { eth0: [500, 500] })],
    observed: 'host',
  },
  {
    title: 'equal counters of 999 bytes in total',
    node: [at(10, { eth0: [500, 499] })],
    pod: [at(11, { eth0: [500, 499] })],
    observed: 'unclear',
  },
  {
    title: 'one interface with equal received bytes and different sent bytes',
    node: [at(10, { eth0: BUSY })],
    pod: [at(11, { eth0: [GIB, 1.01 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'a counter that is lower, and an interface that is equal',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: [0.99 * GIB, GIB], ...CNI0 })],
    observed: 'unclear',
  },
  {
    title: 'a counter that is far lower in an older sample, and an interface that is equal',
    node: [at(10, { eth0: [3_000_000, 9_000_000], ...CNI0 })],
    pod: [at(4, { eth0: [900_000, 9_000_000], ...CNI0 })],
    observed: 'unclear',
  },
  {
    title: 'small counters that may have grown tenfold within seconds, and an interface that is equal',
    node: [at(10, { eth0: [1_000_000, 1_000_000], ...CNI0 })],
    pod: [at(4, { eth0: [100_000, 100_000], ...CNI0 })],
    observed: 'host',
  },
  {
    title: 'a counter in one sample that is lower than in two samples of the node',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.1) })],
    pod: [at(30, { eth0: TIMES(0.9) })],
    observed: 'unclear',
  },
  {
    title: 'a counter in two samples that is lower than in one sample of the node',
    node: [at(10, { eth0: BUSY })],
    pod: [at(20, { eth0: TIMES(0.9) }), at(30, { eth0: TIMES(0.95) })],
    observed: 'unclear',
  },
  {
    title: 'a counter that is lower in one sample, and between the node’s in another',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: TIMES(1.0004) }), at(30, { eth0: TIMES(1.0007) })],
    observed: 'unclear',
  },
  {
    title: 'a counter that is far lower in one sample, and between the node’s in another',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: TIMES(1.0004) }), at(30, { eth0: TIMES(0.1) })],
    observed: 'own',
  },
  {
    title: 'a counter that is lower than one of the node’s and near another, and an interface that is near',
    node: [at(10, { eth0: BUSY, eth1: BUSY }), at(20, { eth0: TIMES(1.001), eth1: TIMES(1.001) })],
    pod: [at(30, { eth0: TIMES(1.0005), eth1: TIMES(1.002) })],
    observed: 'unclear',
  },
  {
    title: 'counters between the node’s in a sample later than the node’s',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(21, { eth0: TIMES(1.0004) })],
    observed: 'unclear',
  },
  {
    title: 'counters between the node’s in a sample earlier than the node’s',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(9, { eth0: TIMES(1.0004) })],
    observed: 'unclear',
  },
  {
    title: 'counters between the node’s at the time of the earlier sample',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(10, { eth0: TIMES(1.0004) })],
    observed: 'host',
  },
  {
    title: 'counters between the node’s at the time of the later sample',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(20, { eth0: TIMES(1.0004) })],
    observed: 'host',
  },
  {
    title: 'one counter equal to the node’s earlier one, and one between the node’s',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: [GIB, 1.0004 * GIB] })],
    observed: 'host',
  },
  {
    title: 'one counter equal to the node’s later one, and one between the node’s',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(15, { eth0: [1.0004 * GIB, 1.0008 * GIB] })],
    observed: 'host',
  },
  {
    title: 'a counter below both samples of the node',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(11, { eth0: [0.9999 * GIB, 1.0004 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'a counter above both samples of the node',
    node: [at(10, { eth0: BUSY }), at(20, { eth0: TIMES(1.0008) })],
    pod: [at(19, { eth0: [1.0004 * GIB, 1.0009 * GIB] })],
    observed: 'unclear',
  },
  {
    title: 'a counter between two samples of the node that differ by exactly 0.1 %',
    node: [at(10, { eth0: [999_000, 999_000] }), at(20, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(15, { eth0: [999_500, 999_500] })],
    observed: 'host',
  },
  {
    title: 'a counter between two samples of the node that differ by more than 0.1 %',
    node: [at(10, { eth0: [998_999, 999_000] }), at(20, { eth0: [1_000_000, 1_000_000] })],
    pod: [at(15, { eth0: [999_500, 999_500] })],
    observed: 'unclear',
  },
  {
    title: 'two interfaces between the node’s, which were idle in its first sample',
    node: [at(10, { eth0: [0, 0], eth1: [0, 0] }), at(20, { eth0: [900, 900], eth1: [900, 900] })],
    pod: [at(15, { eth0: [600, 500], eth1: [600, 500] })],
    observed: 'host',
  },
  {
    title: 'two interfaces between the node’s with 1000 bytes in total',
    node: [at(10, { eth0: [100, 100], eth1: [100, 100] }), at(20, { eth0: [500, 500], eth1: [500, 500] })],
    pod: [at(15, { eth0: [300, 300], eth1: [300, 300] })],
    observed: 'host',
  },
  {
    title: 'two interfaces between the node’s with 999 bytes in total',
    node: [at(10, { eth0: [100, 100], eth1: [100, 100] }), at(20, { eth0: [500, 499], eth1: [500, 499] })],
    pod: [at(15, { eth0: [300, 300], eth1: [300, 300] })],
    observed: 'unclear',
  },
];

/** The Pod does not have cni0, which the node had before. An interface that resembles the node's makes it unclear. */
const WITHOUT_CNI0: readonly Case[] = [
  {
    title: 'cni0 missing, an equal interface',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: BUSY })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an interface with near counters',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(1.01) })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an interface with higher counters',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(1.2) })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an interface between two samples of the node',
    node: [at(10, { eth0: [400_000, 300_000], ...CNI0 }), at(30, { eth0: [900_000, 800_000], ...CNI0 })],
    pod: [at(20, { eth0: [600_000, 500_000] })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an interface that is idle in one of two samples of the node',
    node: [at(10, { eth0: [0, 0], ...CNI0 }), at(15, { eth0: [5000, 5000], ...CNI0 })],
    pod: [at(25, { eth0: [5000, 5000] })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an equal interface of 1000 bytes in total',
    node: [at(10, { eth0: [500, 500], ...CNI0 })],
    pod: [at(20, { eth0: [500, 500] })],
    observed: 'unclear',
  },
  {
    title: 'cni0 missing, an equal interface of 999 bytes in total',
    node: [at(10, { eth0: [500, 499], ...CNI0 })],
    pod: [at(20, { eth0: [500, 499] })],
    observed: 'own',
    detail: /^does not have the node's cni0$/,
  },
  {
    title: 'cni0 missing, an interface with lower counters',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(0.9) })],
    observed: 'own',
    detail: /^does not have the node's cni0$/,
  },
  {
    title: 'cni0 missing, an interface with far lower counters',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(20, { eth0: TIMES(0.1) })],
    observed: 'own',
    detail: /^does not have the node's cni0 and has its own eth0, with counters that differ from the node's$/,
  },
  {
    title: 'cni0 missing, an interface with lower counters in the later of two samples',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(9, { eth0: TIMES(1.1) }), at(12, { eth0: TIMES(0.9) })],
    observed: 'own',
  },
  {
    title: 'cni0 missing, an interface with far lower counters one second after the node’s sample',
    node: [at(10, { eth0: BUSY, ...CNI0 })],
    pod: [at(11, { eth0: TIMES(0.1) })],
    observed: 'unclear',
  },
];

describe('compareNetworks', () => {
  test.each([...CASES, ...LIMITS, ...WITHOUT_CNI0])(
    '$title: $observed',
    ({ node, pod, observed, detail }) => {
      const comparison = compareNetworks(node, pod);
      expect(comparison.observed).toBe(observed);
      if (detail !== undefined) expect(comparison.detail).toMatch(detail);
    },
  );

  const names = ['eth0', 'cni0', 'flannel.1'] as const;
  /** Samples of one network at several times: no counter falls. */
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

  test('samples of one network are never taken for two networks', () => {
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

  test('a network without one of the node’s interfaces is never taken for the node’s', () => {
    fc.assert(
      fc.property(history, history, fc.constantFrom(...names), (node, other, lost) => {
        const pod = other.map(({ time, interfaces }) => ({
          time,
          interfaces: new Map([...interfaces].filter(([name]) => name !== lost)),
        }));
        expect(compareNetworks(node, pod).observed).not.toBe('host');
      }),
    );
  });
});
