import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PodProcess, ProcessNamespaces } from '../../src/inspection/node-view.ts';
import type { Expectations } from '../../src/model/declared.ts';
import type { Node } from '../../src/model/node.ts';
import type { NetworkSample } from '../../src/model/node-summary.ts';
import { type ContainerSecurity, NO_SECURITY, type Pod } from '../../src/model/pod.ts';
import { namespaceKinds } from '../../src/model/sharing.ts';
import { compareNetworks } from '../../src/verdict/compare-networks.ts';
import {
  requiredKinds,
  compareSamples,
  type ContainerReport,
  type KubeletSamples,
  needsHold,
  type Observations,
  type VerificationOptions,
  verifyPod,
} from '../../src/verdict/verification.ts';
import { BOOT_ID, containerView, device, POD_UID } from '../support/container-views.ts';
import { containerId, nodeView } from '../support/node-views.ts';
import { container, containerStatus, pod } from '../support/pods.ts';
import { at } from '../support/network-samples.ts';

const GIB = 2 ** 30;

const samples = (
  node: readonly NetworkSample[],
  own: readonly NetworkSample[],
  nodeBySandboxes: readonly NetworkSample[] = [],
): KubeletSamples => ({ node, pod: own, nodeBySandboxes });

describe('compareSamples', () => {
  test.each([
    ['no samples', samples([], []), 'it did not report the interfaces of the node'],
    [
      'no samples of the node',
      samples([], [at(1, { eth0: [GIB, GIB] })], [at(1, { eth0: [GIB, GIB] })]),
      'it did not report the interfaces of the node',
    ],
    [
      'no samples of the Pod',
      samples([at(1, { eth0: [GIB, GIB] })], [], [at(1, { eth0: [GIB, GIB] })]),
      'it did not report the interfaces of this Pod',
    ],
  ])('is unclear with %s', (_title, given, detail) => {
    expect(compareSamples(given)).toEqual({ observed: 'unclear', detail });
  });

  test('names the sandbox in the detail', () => {
    const node = [at(10, { ens192: [GIB, GIB], cni0: [5000, 5000] })];
    expect(compareSamples(samples(node, [at(12, { eth0: [5, 5] })]))).toEqual({
      observed: 'own',
      detail: "the sandbox has none of the node's interfaces (cni0, ens192)",
    });
    expect(compareSamples(samples(node, node))).toEqual({
      observed: 'host',
      detail: "the sandbox has all of the node's interfaces (cni0, ens192) with matching counters",
    });
  });
});

describe('compareSamples with unclear samples of the node', () => {
  /** Node and Pod have one eth0 (kind). The node was read once, before or after the Pod. */
  const node = [at(20, { eth0: [5_000_000, 7_000_000] })];
  const later = [at(30, { eth0: [9_000_000, 9_900_000] })];
  const earlier = [at(10, { eth0: [3_000, 900] })];

  test('is unclear without samples of other sandboxes', () => {
    expect(compareSamples(samples(node, later)).observed).toBe('unclear');
    expect(compareSamples(samples(node, earlier)).observed).toBe('unclear');
  });

  test.each([
    [
      'an older and a newer sample around the Pod’s',
      [at(30, { eth0: [5_002_000, 7_003_000] })],
      [at(34, { eth0: [5_004_000, 7_004_000] })],
      'host',
    ],
    ['a sample with the Pod’s counters', later, [at(31, { eth0: [9_000_000, 9_900_000] })], 'host'],
    ['a sample of the same time as the node’s', later, node, 'unclear'],
    ['no samples', later, [], 'unclear'],
  ] as const)('compares with samples of other sandboxes: %s', (_title, own, bySandboxes, observed) => {
    expect(compareSamples(samples(node, own, bySandboxes)).observed).toBe(observed);
  });

  test('ignores a falling counter in samples of other sandboxes, which may have been read late', () => {
    const before = [at(8, { eth0: [4_800_000, 6_900_000] })];
    expect(compareSamples(samples([...before, ...node], earlier)).observed).toBe('own');
    expect(compareSamples(samples(node, earlier, before)).observed).toBe('unclear');
  });

  test('detects an interface that the node had before and the Pod does not have', () => {
    const whole = [at(20, { eth0: [5_000_000, 7_000_000], cni0: [6000, 7000] })];
    const before = [at(8, { eth0: [4_900_000, 6_900_000], cni0: [5900, 6900] })];
    expect(compareSamples(samples(whole, earlier)).observed).toBe('unclear');
    expect(compareSamples(samples(whole, earlier, before))).toEqual({
      observed: 'own',
      detail:
        "the sandbox does not have the node's cni0 and has its own eth0, with counters that differ from the node's",
    });
  });

  test('does not depend on the order of samples of other sandboxes', () => {
    const others = [at(34, { eth0: [5_004_000, 7_004_000] }), at(12, { eth0: [4_800_000, 6_900_000] })];
    const own = [at(30, { eth0: [5_002_000, 7_003_000] })];
    const forth = compareSamples(samples(node, own, others));
    expect(compareSamples(samples(node, own, others.toReversed()))).toEqual(forth);
    expect(forth.observed).toBe('host');
  });

  test('ignores samples of other sandboxes if the node’s own samples decide', () => {
    const decided = samples(node, [at(22, { eth0: [3_000, 900] })]);
    expect(compareSamples(decided).observed).toBe('own');
    // This sample alone would make the result unclear.
    const contrary = [at(22, { eth0: [3_000, 900] })];
    expect(compareSamples({ ...decided, nodeBySandboxes: contrary })).toEqual(compareSamples(decided));
  });

  test('ignores an interface that an earlier sample does not have', () => {
    const young = [at(20, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000] })];
    const own = [at(19, { eth0: [400_000_000, 9_000_000] })];
    const before = [at(15, { eth0: [300_000_000, 8_000_000] })];
    expect(compareSamples(samples(young, own)).observed).toBe('unclear');
    expect(compareSamples(samples(young, own, before)).observed).toBe('host');
  });
});

describe('compareSamples with a network whose counters never fall', () => {
  const names = ['eth0', 'cni0', 'flannel.1'] as const;
  interface History {
    readonly samples: readonly NetworkSample[];
  }
  /**
   * One network that several readers sample, idle or under load. The time of each sample is rounded down to
   * a second, and the counters are read up to a second later, or even later.
   */
  const history = (kept: readonly string[], latest = 999): fc.Arbitrary<History> =>
    fc
      .record({
        begins: fc.array(fc.nat(2 ** 40), { minLength: 6, maxLength: 6 }),
        steps: fc.array(
          fc.tuple(
            fc.nat(15_000),
            fc.nat(latest),
            fc.array(fc.oneof(fc.constant(0), fc.nat(2000), fc.nat(2 ** 31)), { minLength: 6, maxLength: 6 }),
          ),
          { minLength: 3, maxLength: 12 },
        ),
      })
      .map(({ begins, steps }) => {
        const totals = [...begins];
        let milliseconds = 0;
        return {
          samples: steps.map(([elapsed, late, growth]) => {
            milliseconds += elapsed;
            const seconds = Math.floor((milliseconds - late) / 1000);
            growth.forEach((bytes, index) => (totals[index] = (totals[index] ?? 0) + bytes));
            const counters = names.map(
              (name, index) => [name, [totals[2 * index] ?? 0, totals[2 * index + 1] ?? 0]] as const,
            );
            return at(seconds, Object.fromEntries(counters.filter(([name]) => kept.includes(name))));
          }),
        };
      });

  type Reader = 'node' | 'pod' | 'other' | 'unread';
  const readers = fc.array(fc.constantFrom<Reader>('node', 'pod', 'other', 'unread'), {
    minLength: 12,
    maxLength: 12,
  });
  const readBy = (
    reader: Reader,
    all: readonly NetworkSample[],
    by: readonly Reader[],
  ): readonly NetworkSample[] => all.filter((_, index) => by[index] === reader);
  /** Samples of another Pod as the sampler selects them: only if they prove the node's network. */
  const proven = (
    node: readonly NetworkSample[],
    other: readonly NetworkSample[],
  ): readonly NetworkSample[] =>
    node.length > 0 && other.length > 0 && compareNetworks(node, other).observed === 'host' ? other : [];

  test('never takes it for two networks', () => {
    fc.assert(
      fc.property(history(names), readers, ({ samples: all }, by) => {
        const [node, own, other] = [
          readBy('node', all, by),
          readBy('pod', all, by),
          readBy('other', all, by),
        ];
        expect(compareSamples(samples(node, own)).observed).not.toBe('own');
        expect(compareSamples(samples(node, own, proven(node, other))).observed).not.toBe('own');
        // The same with samples that are the node's, although they do not prove it.
        expect(compareSamples(samples(node, own, other)).observed).not.toBe('own');
      }),
      { numRuns: 3000 },
    );
  });

  test('late samples of other sandboxes never make it two networks', () => {
    fc.assert(
      fc.property(history(names, 20_000), readers, ({ samples: all }, by) => {
        const [node, own, other] = [
          readBy('node', all, by),
          readBy('pod', all, by),
          readBy('other', all, by),
        ];
        fc.pre(compareSamples(samples(node, own)).observed !== 'own');
        expect(compareSamples(samples(node, own, other)).observed).not.toBe('own');
      }),
      { numRuns: 2000 },
    );
  });

  test('never takes it for two networks if the node creates an interface', () => {
    fc.assert(
      fc.property(history(names), readers, fc.nat(12), ({ samples: whole }, by, moment) => {
        const all = whole.map(({ time, interfaces }, index) => ({
          time,
          interfaces: new Map([...interfaces].filter(([name]) => index >= moment || name !== 'cni0')),
        }));
        const [node, own, other] = [
          readBy('node', all, by),
          readBy('pod', all, by),
          readBy('other', all, by),
        ];
        expect(compareSamples(samples(node, own)).observed).not.toBe('own');
        expect(compareSamples(samples(node, own, other)).observed).not.toBe('own');
      }),
      { numRuns: 3000 },
    );
  });

  test('samples of other sandboxes never undo a decision', () => {
    fc.assert(
      fc.property(history(names), history(names), readers, ({ samples: all }, { samples: foreign }, by) => {
        const [node, other] = [readBy('node', all, by), readBy('other', all, by)];
        for (const own of [readBy('pod', all, by), readBy('pod', foreign, by)]) {
          const alone = compareSamples(samples(node, own));
          const helped = compareSamples(samples(node, own, proven(node, other)));
          if (alone.observed !== 'unclear') expect(helped).toEqual(alone);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('never takes a network without one of the node’s interfaces for the node’s', () => {
    fc.assert(
      fc.property(
        history(names),
        history(names.filter((name) => name !== 'cni0')),
        readers,
        ({ samples: all }, { samples: foreign }, by) => {
          const [node, other] = [readBy('node', all, by), readBy('other', all, by)];
          fc.pre(node.length > 0);
          const own = readBy('pod', foreign, by);
          expect(compareSamples(samples(node, own, other)).observed).not.toBe('host');
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const NODE_OBJECT: Node = {
  name: 'kube-node-1',
  providerID: '',
  bootID: BOOT_ID,
  containerRuntimeVersion: 'containerd://1.7.2',
  operatingSystem: 'linux',
  notReady: null,
};
const NODE = { net: 4026531833, pid: 4026531836, ipc: 4026531839 };
const OWN: ProcessNamespaces = { net: [4026532899], pid: [4026532901], ipc: [4026532900] };
const SANDBOX = containerId('5a');
const APP = containerId('a');
const BASE = pod({
  uid: POD_UID,
  kubeletUid: POD_UID,
  spec: { seccompProfile: 'RuntimeDefault' },
  status: {
    hostIP: '198.51.100.2',
    hostIPs: ['198.51.100.2'],
    containerStatuses: [containerStatus('c', { running: true }, { containerID: `containerd://${APP}` })],
  },
});
const HOST_NETWORK = { ...BASE, spec: { ...BASE.spec, hostNetwork: true } };
const withSpec = (own: Pod, spec: Partial<Pod['spec']>): Pod => ({ ...own, spec: { ...own.spec, ...spec } });
const withSecurity = (own: Pod, security: Partial<ContainerSecurity>): Pod =>
  withSpec(own, { containers: [container('c', { security: { ...NO_SECURITY, ...security } })] });

const probeFinds = (sandbox: ProcessNamespaces, app: ProcessNamespaces): Observations['probe'] => {
  const one = (pid: number, container: string, namespaces: ProcessNamespaces): PodProcess => ({
    pid,
    podUid: POD_UID,
    container,
    namespaces,
  });
  const view = nodeView([one(50, SANDBOX, sandbox), one(51, APP, app)], { node: NODE });
  return { kind: 'seen', what: { view, held: null } };
};
const IN_NETWORK = { ...OWN, net: [NODE.net] };

const UNSEEN = { kind: 'unseen', why: 'it could not be asked' } as const;
const NODE_SAMPLE = at(10, { ens192: [GIB, GIB], cni0: [5000, 5000] });
const KUBELET_NODE: Observations['kubelet'] = { kind: 'seen', what: samples([NODE_SAMPLE], [NODE_SAMPLE]) };
const KUBELET_OWN: Observations['kubelet'] = {
  kind: 'seen',
  what: samples([NODE_SAMPLE], [at(12, { eth0: [5, 5] })]),
};
const KUBELET_EMPTY: Observations['kubelet'] = { kind: 'seen', what: samples([], []) };
const CONTAINER_NODE: ContainerReport['seen'] = {
  kind: 'seen',
  what: containerView({
    interfaces: { interfaces: [device('ens192', ['198.51.100.2'])], unattributed: [], warnings: [] },
  }),
};
const CONTAINER_OWN: ContainerReport['seen'] = { kind: 'seen', what: containerView() };
const reports = (...seen: readonly ContainerReport['seen'][]): readonly ContainerReport[] =>
  seen.map((one, index) => ({ name: ['c', 'log', 'proxy'][index] ?? '', seen: one }));

const observations = (change: Partial<Observations> = {}): Observations => ({
  pod: BASE,
  nodes: new Map([['kube-node-1', NODE_OBJECT]]),
  kubelet: UNSEEN,
  probe: null,
  containers: [],
  ...change,
});

const OPTIONS: VerificationOptions = { requireTrusted: false, expect: {}, isAll: false };

/** Returns `own trusted match` or the like for each namespace, and the outcome for the Pod. */
function verdicts(
  change: Partial<Observations>,
  expected: Expectations = {},
  options: Partial<VerificationOptions> = {},
): readonly string[] {
  const { verdict, namespaces } = verifyPod(observations(change), {
    ...OPTIONS,
    expect: expected,
    ...options,
  });
  return [
    ...namespaceKinds.map((kind) => {
      const { observed, trust, verdict: outcome } = namespaces[kind];
      return [observed, trust ?? '-', outcome].join(' ');
    }),
    verdict,
  ];
}

const NOTHING = 'unknown - inconclusive';
const UNCHECKED = 'unknown - unchecked';

describe('verifyPod', () => {
  test.each<readonly [string, Partial<Observations>, readonly string[]]>([
    ['the kubelet alone', { kubelet: KUBELET_OWN }, ['own trusted match', UNCHECKED, UNCHECKED, 'match']],
    [
      'the kubelet alone, which contradicts the spec',
      { kubelet: KUBELET_NODE },
      ['host trusted mismatch', UNCHECKED, UNCHECKED, 'mismatch'],
    ],
    [
      'the kubelet alone, which has no samples',
      { kubelet: KUBELET_EMPTY },
      [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive'],
    ],
    ['no evidence source', {}, [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive']],
    [
      'the probe Pod alone',
      { probe: probeFinds(OWN, OWN) },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'the probe Pod alone, which finds the node’s network',
      { probe: probeFinds(IN_NETWORK, IN_NETWORK) },
      ['host trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'a probe Pod that could not be started',
      { probe: UNSEEN, kubelet: KUBELET_OWN },
      ['own trusted match', NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'the probe Pod and the kubelet, which agree',
      { probe: probeFinds(OWN, OWN), kubelet: KUBELET_OWN },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'the probe Pod and the kubelet, which disagree',
      { probe: probeFinds(OWN, OWN), kubelet: KUBELET_NODE },
      [NOTHING, 'own trusted match', 'own trusted match', 'inconclusive'],
    ],
    [
      'the probe Pod, which finds a container that left the sandbox for the node’s network',
      { probe: probeFinds(OWN, IN_NETWORK), kubelet: KUBELET_OWN },
      ['host trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'the probe Pod, which finds a hostNetwork container that left the node’s network',
      { pod: HOST_NETWORK, probe: probeFinds(IN_NETWORK, OWN), kubelet: KUBELET_NODE },
      ['own trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'a container’s report that contradicts the probe Pod',
      { probe: probeFinds(OWN, OWN), containers: reports(CONTAINER_NODE) },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'a container’s report alone',
      { containers: reports(CONTAINER_NODE) },
      ['host self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'a container without a report',
      { containers: reports(UNSEEN), kubelet: KUBELET_OWN },
      ['own trusted match', NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'a container’s report of the node’s network, with a sandbox in its own',
      { containers: reports(CONTAINER_NODE), kubelet: KUBELET_OWN },
      ['host self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'one of three reports that differs from the others',
      { containers: reports(CONTAINER_OWN, CONTAINER_OWN, CONTAINER_NODE), kubelet: KUBELET_OWN },
      ['host self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'two containers, one of them without a report',
      { containers: reports(CONTAINER_OWN, UNSEEN) },
      [NOTHING, NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'the kubelet, for a Pod whose privileged container may have left the sandbox',
      { pod: withSecurity(BASE, { privileged: true }), kubelet: KUBELET_OWN },
      [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive'],
    ],
    [
      'the kubelet and a report of the only container, which may have left the sandbox',
      {
        pod: withSpec(BASE, { runtimeClassName: 'kata' }),
        kubelet: KUBELET_OWN,
        containers: reports(CONTAINER_OWN),
      },
      ['own self-reported match', 'own self-reported match', 'own self-reported match', 'match'],
    ],
    [
      'the kubelet, for a hostNetwork Pod that cannot leave the node’s network',
      { pod: HOST_NETWORK, kubelet: KUBELET_NODE },
      ['host trusted match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, for a hostNetwork Pod that may create user namespaces',
      { pod: withSpec(HOST_NETWORK, { seccompProfile: '' }), kubelet: KUBELET_NODE },
      ['host partial match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, for a hostNetwork Pod that can create interfaces',
      { pod: withSecurity(HOST_NETWORK, { addedCapabilities: ['NET_ADMIN'] }), kubelet: KUBELET_NODE },
      ['host self-reported match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, for a Pod with the node’s interfaces that can create interfaces',
      { pod: withSecurity(BASE, { addedCapabilities: ['NET_ADMIN'] }), kubelet: KUBELET_NODE },
      ['host self-reported mismatch', UNCHECKED, UNCHECKED, 'mismatch'],
    ],
  ])('%s', (_title, change, expected) => {
    expect(verdicts(change)).toEqual(expected);
  });

  test('judges by the expected sides instead of the declared ones', () => {
    const probe = probeFinds(IN_NETWORK, IN_NETWORK);
    expect(verdicts({ probe }, { network: 'host', pid: 'host' })).toEqual([
      'host trusted match',
      'own trusted mismatch',
      'own trusted match',
      'mismatch',
    ]);
    expect(verdicts({ pod: HOST_NETWORK, probe }, { network: 'own' })[0]).toBe('host trusted mismatch');
  });

  test('judges a container that left its sandbox by the expected side', () => {
    const probe = probeFinds(OWN, IN_NETWORK);
    expect(verdicts({ probe }, { network: 'own' })[0]).toBe('host trusted mismatch');
    expect(verdicts({ probe }, { network: 'host' })[0]).toBe('own trusted mismatch');
  });

  test('ignores containers’ reports with requireTrusted', () => {
    expect(
      verdicts({ containers: reports(CONTAINER_OWN), kubelet: KUBELET_OWN }, {}, { requireTrusted: true }),
    ).toEqual(['own trusted match', 'own - inconclusive', 'own - inconclusive', 'inconclusive']);
    expect(
      verdicts(
        { containers: reports(CONTAINER_OWN), probe: probeFinds(OWN, OWN) },
        {},
        { requireTrusted: true },
      )[3],
    ).toBe('match');
  });

  test('with isAll, leaves namespaces unchecked that no container reported and nothing requires', () => {
    const all = { isAll: true };
    const mute: Partial<Observations> = { containers: reports(UNSEEN), kubelet: KUBELET_OWN };
    expect(verdicts(mute, {}, all)).toEqual(['own trusted match', UNCHECKED, UNCHECKED, 'match']);
    expect(verdicts(mute, { pid: 'own' }, all)).toEqual([
      'own trusted match',
      NOTHING,
      UNCHECKED,
      'inconclusive',
    ]);
    const shares = { ...BASE, spec: { ...BASE.spec, hostIPC: true } };
    expect(verdicts({ ...mute, pod: shares }, {}, all)).toEqual([
      'own trusted match',
      UNCHECKED,
      NOTHING,
      'inconclusive',
    ]);
    // The network is always required. With a probe Pod, all namespaces are.
    expect(verdicts({ containers: reports(UNSEEN) }, {}, all)).toEqual([
      NOTHING,
      UNCHECKED,
      UNCHECKED,
      'inconclusive',
    ]);
    expect(verdicts({ ...mute, probe: UNSEEN }, {}, all).slice(1)).toEqual([
      NOTHING,
      NOTHING,
      'inconclusive',
    ]);
    // A report still counts for namespaces that are not required.
    expect(verdicts({ containers: reports(CONTAINER_OWN), kubelet: KUBELET_OWN }, {}, all).slice(1)).toEqual([
      'own self-reported match',
      'own self-reported match',
      'match',
    ]);
  });

  test('sorts the evidence: probe Pod, kubelet, container', () => {
    const { namespaces } = verifyPod(
      observations({
        probe: probeFinds(OWN, IN_NETWORK),
        kubelet: KUBELET_OWN,
        containers: reports(CONTAINER_OWN),
      }),
      OPTIONS,
    );
    expect(namespaces.network.evidence.map(({ source, observed }) => `${source} ${observed}`)).toEqual([
      'probe host',
      'kubelet own',
      'container own',
    ]);
    expect(namespaces.pid.evidence.map(({ source }) => source)).toEqual(['probe', 'container']);
  });

  test('reports why an evidence source has nothing', () => {
    const { namespaces } = verifyPod(observations({ probe: UNSEEN, containers: reports(UNSEEN) }), OPTIONS);
    expect(namespaces.network.evidence).toEqual([
      { source: 'probe', trust: 'trusted', scope: null, observed: 'unknown', detail: UNSEEN.why },
      { source: 'kubelet', trust: 'trusted', scope: null, observed: 'unknown', detail: UNSEEN.why },
      {
        source: 'container',
        trust: 'self-reported',
        scope: 'container',
        observed: 'unknown',
        detail: UNSEEN.why,
      },
    ]);
  });

  test('does not take a Pod in the node’s network for its own because of older samples', () => {
    const kubelet: Observations['kubelet'] = {
      kind: 'seen',
      what: samples(
        [at(20, { eth0: [5_000_000, 7_000_000] })],
        [at(30, { eth0: [9_000_000, 9_900_000] })],
        [at(10, { eth0: [3_000_000, 4_000_000] })],
      ),
    };
    expect(verdicts({ pod: HOST_NETWORK, kubelet })[0]).toBe(NOTHING);
    expect(verdicts({ pod: HOST_NETWORK, kubelet, probe: probeFinds(IN_NETWORK, IN_NETWORK) })[0]).toBe(
      'host trusted match',
    );
  });
});

test.each([
  ['all namespaces of a selected Pod', BASE, false, {}, ['network', 'pid', 'ipc']],
  ['the network with isAll', BASE, true, {}, ['network']],
  [
    'the namespaces that the spec declares to be the node’s',
    { ...BASE, spec: { ...BASE.spec, hostPID: true } },
    true,
    {},
    ['network', 'pid'],
  ],
  ['the namespaces with an expectation', BASE, true, { ipc: 'own' }, ['network', 'ipc']],
  [
    'declared and expected namespaces together',
    HOST_NETWORK,
    true,
    { network: 'own', pid: 'host' },
    ['network', 'pid'],
  ],
] as const)('requiredKinds returns %s', (_title, own, isAll, expected, kinds) => {
  expect(requiredKinds({ pod: own, probe: null }, { isAll, expect: expected })).toEqual(kinds);
});

test('requiredKinds returns all namespaces with a probe Pod', () => {
  const probe = probeFinds(OWN, OWN);
  expect(requiredKinds({ pod: BASE, probe }, { isAll: true, expect: {} })).toEqual(['network', 'pid', 'ipc']);
});

describe('verifyPod compares a container’s report with', () => {
  const network = (change: Partial<Observations>) => {
    const { namespaces } = verifyPod(observations(change), OPTIONS);
    return namespaces.network.evidence.find(({ source }) => source === 'container')?.detail;
  };
  const ipc = (change: Partial<Observations>) => {
    const { namespaces } = verifyPod(observations(change), OPTIONS);
    return namespaces.ipc.evidence.find(({ source }) => source === 'container')?.detail;
  };
  const withIPs = (hostIP: string, hostIPs: readonly string[]) => ({
    ...BASE,
    status: { ...BASE.status, hostIP, hostIPs },
  });

  test.each([
    [
      'all addresses of the node',
      '192.0.2.9',
      ['192.0.2.9', '198.51.100.2'],
      "it has the node's address 198.51.100.2",
    ],
    [
      'the only address of the node, from an API server older than 1.28',
      '198.51.100.2',
      [],
      "it has the node's address 198.51.100.2",
    ],
    ['no address if the node has none', '', [], undefined],
  ] as const)('%s', (_title, hostIP, hostIPs, detail) => {
    const said = network({ pod: withIPs(hostIP, hostIPs), containers: reports(CONTAINER_NODE) });
    expect(said).toBe(detail ?? "the node's address is unknown");
  });

  test('the node’s counters', () => {
    const eth0 = device('ens192', [], GIB);
    const seen: ContainerReport['seen'] = {
      kind: 'seen',
      what: containerView({ interfaces: { interfaces: [eth0], unattributed: [], warnings: [] } }),
    };
    const kubelet: Observations['kubelet'] = {
      kind: 'seen',
      what: samples([at(10, { ens192: [GIB, GIB] })], []),
    };
    expect(network({ pod: withIPs('', []), containers: reports(seen), kubelet })).toBe(
      "it has all of the node's interfaces (ens192) with matching counters",
    );
    expect(network({ pod: withIPs('', []), containers: reports(seen) })).toBe(
      "the node's address is unknown",
    );
  });

  test('the signs that the node is itself a container', () => {
    const twin = { ...NODE_OBJECT, name: 'kube-node-9' };
    const twins = new Map([NODE_OBJECT, twin].map((node) => [node.name, node]));
    expect(ipc({ containers: reports(CONTAINER_OWN) })).toBe(
      "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel",
    );
    expect(ipc({ containers: reports(CONTAINER_OWN), nodes: twins })).toBe(
      "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-9)",
    );
    expect(ipc({ containers: reports(CONTAINER_OWN), nodes: new Map() })).toBe(
      "its IPC namespace (ipc:[4026532899]) cannot be compared with the node's: reading the node needs the permission to get nodes",
    );
  });

  test('the node’s UTS namespace, if the container is certainly in the node’s network', () => {
    const kubelets = [KUBELET_NODE, KUBELET_OWN];
    const said = kubelets.map((kubelet) => ipc({ containers: reports(CONTAINER_OWN), kubelet }));
    expect(said).toEqual([
      "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel, but the node may itself be a container (the node's own UTS namespace, uts:[4026532899], is not the initial one)",
      "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel",
    ]);
  });
});

test('verifyPod names the container of each report', () => {
  const { namespaces } = verifyPod(
    observations({ containers: reports(CONTAINER_OWN, CONTAINER_NODE), kubelet: KUBELET_OWN }),
    OPTIONS,
  );
  expect(
    namespaces.network.evidence.map(({ source, container: name, observed }) => [source, name, observed]),
  ).toEqual([
    ['container', 'log', 'host'],
    ['kubelet', undefined, 'own'],
    ['container', 'c', 'own'],
  ]);
});

test('verifyPod reports why a container may have left its sandbox', () => {
  const own = withSecurity(BASE, { addedCapabilities: ['SYS_ADMIN'] });
  const { network } = verifyPod(observations({ pod: own, kubelet: KUBELET_OWN }), OPTIONS).namespaces;
  expect(network.evidence.at(-1)).toEqual({
    source: 'api',
    trust: 'trusted',
    scope: null,
    observed: 'unknown',
    detail: "a container may have left the sandbox's network: the container c has the capability SYS_ADMIN",
  });
});

describe('needsHold', () => {
  const view = (sandbox: ProcessNamespaces, app: ProcessNamespaces) => {
    const seen = probeFinds(sandbox, app);
    if (seen?.kind !== 'seen') throw new Error('The probe Pod has no readings.');
    return seen.what.view;
  };

  test.each([
    ['is false if all is as declared', BASE, OWN, OWN, {}, true],
    ['is false if all is as declared, in the node’s', HOST_NETWORK, IN_NETWORK, IN_NETWORK, {}, true],
    ['is true if a namespace is not as declared', BASE, OWN, IN_NETWORK, {}, false],
    ['is true if a namespace is not as declared, in the node’s', HOST_NETWORK, IN_NETWORK, OWN, {}, false],
    ['is true if a namespace was not read', BASE, OWN, { ...OWN, ipc: [] }, {}, false],
    ['is false if all is as expected', BASE, IN_NETWORK, IN_NETWORK, { network: 'host' }, true],
    ['is true if a namespace is as declared but not as expected', BASE, OWN, OWN, { pid: 'host' }, false],
    ['is true if a process may move', withSecurity(BASE, { privileged: true }), OWN, OWN, {}, false],
  ] as const)('%s', (_title, own, sandbox, app, expected, isEnough) => {
    expect(needsHold(own, view(sandbox, app), expected)).toBe(!isEnough);
  });

  test('is true if the probe Pod found no process of the Pod', () => {
    expect(needsHold(BASE, nodeView([], { node: NODE }), {})).toBe(true);
    expect(needsHold(BASE, { ...view(OWN, OWN), node: null }, {})).toBe(true);
  });
});
