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
  askedKinds,
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

describe('the samples of the kubelet', () => {
  test.each([
    ['of nothing', samples([], []), 'it does not report the interfaces of the node'],
    [
      'of everything but the node',
      samples([], [at(1, { eth0: [GIB, GIB] })], [at(1, { eth0: [GIB, GIB] })]),
      'it does not report the interfaces of the node',
    ],
    [
      'of everything but the Pod',
      samples([at(1, { eth0: [GIB, GIB] })], [], [at(1, { eth0: [GIB, GIB] })]),
      'it does not report the interfaces of this Pod',
    ],
  ])('%s leave it open', (_says, given, detail) => {
    expect(compareSamples(given)).toEqual({ observed: 'unclear', detail });
  });

  test('say of the sandbox what the comparison says', () => {
    const node = [at(10, { ens192: [GIB, GIB], cni0: [5000, 5000] })];
    expect(compareSamples(samples(node, [at(12, { eth0: [5, 5] })]))).toEqual({
      observed: 'own',
      detail: "the sandbox has none of the node's cni0, ens192",
    });
    expect(compareSamples(samples(node, node))).toEqual({
      observed: 'node',
      detail: "the sandbox has all of the node's cni0, ens192, with the node's counters",
    });
  });
});

describe('what the node’s own samples leave open', () => {
  /** kind: both have one eth0, and the node was read but once, before or after. */
  const node = [at(20, { eth0: [5_000_000, 7_000_000] })];
  const later = [at(30, { eth0: [9_000_000, 9_900_000] })];
  const earlier = [at(10, { eth0: [3_000, 900] })];

  test('is open without others', () => {
    expect(compareSamples(samples(node, later)).observed).toBe('unclear');
    expect(compareSamples(samples(node, earlier)).observed).toBe('unclear');
  });

  test.each([
    [
      'an older and a newer one, between which the Pod’s lies',
      [at(30, { eth0: [5_002_000, 7_003_000] })],
      [at(34, { eth0: [5_004_000, 7_004_000] })],
      'node',
    ],
    ['one that hardly differs', later, [at(31, { eth0: [9_000_000, 9_900_000] })], 'node'],
    ['one of the same moment as the node’s, which says no more', later, node, 'unclear'],
    ['none', later, [], 'unclear'],
  ] as const)('is decided by %s', (_says, own, bySandboxes, observed) => {
    expect(compareSamples(samples(node, own, bySandboxes)).observed).toBe(observed);
  });

  test('is not decided by a counter that seems to fall: one of many was read late', () => {
    const before = [at(8, { eth0: [4_800_000, 6_900_000] })];
    expect(compareSamples(samples([...before, ...node], earlier)).observed).toBe('own');
    expect(compareSamples(samples(node, earlier, before)).observed).toBe('unclear');
  });

  test('is decided by an interface that the Pod does not have, and the node had before', () => {
    const whole = [at(20, { eth0: [5_000_000, 7_000_000], cni0: [6000, 7000] })];
    const before = [at(8, { eth0: [4_900_000, 6_900_000], cni0: [5900, 6900] })];
    expect(compareSamples(samples(whole, earlier)).observed).toBe('unclear');
    expect(compareSamples(samples(whole, earlier, before))).toEqual({
      observed: 'own',
      detail:
        "the sandbox lacks the node's cni0 and has eth0 of its own, with other counters than the node's",
    });
  });

  test('is decided by their times, whatever their order', () => {
    const others = [at(34, { eth0: [5_004_000, 7_004_000] }), at(12, { eth0: [4_800_000, 6_900_000] })];
    const own = [at(30, { eth0: [5_002_000, 7_003_000] })];
    const forth = compareSamples(samples(node, own, others));
    expect(compareSamples(samples(node, own, others.toReversed()))).toEqual(forth);
    expect(forth.observed).toBe('node');
  });

  test('is all that others may decide', () => {
    const decided = samples(node, [at(22, { eth0: [3_000, 900] })]);
    expect(compareSamples(decided).observed).toBe('own');
    // Such a sample would leave it open.
    const contrary = [at(22, { eth0: [3_000, 900] })];
    expect(compareSamples({ ...decided, nodeBySandboxes: contrary })).toEqual(compareSamples(decided));
  });

  test('leaves out an interface that the node has not always had', () => {
    const young = [at(20, { eth0: [400_000_000, 9_000_000], cni0: [5000, 5000] })];
    const own = [at(19, { eth0: [400_000_000, 9_000_000] })];
    const before = [at(15, { eth0: [300_000_000, 8_000_000] })];
    expect(compareSamples(samples(young, own)).observed).toBe('unclear');
    expect(compareSamples(samples(young, own, before)).observed).toBe('node');
  });
});

describe('a network of which the counters never fall', () => {
  const names = ['eth0', 'cni0', 'flannel.1'] as const;
  interface History {
    readonly samples: readonly NetworkSample[];
  }
  /**
   * One network that is read again and again, by whomever, idle for a while or under load. Each reading is
   * said to be of a whole second, and is made up to a second later than that, or even later.
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

  type Reader = 'node' | 'pod' | 'other' | 'nobody';
  const readers = fc.array(fc.constantFrom<Reader>('node', 'pod', 'other', 'nobody'), {
    minLength: 12,
    maxLength: 12,
  });
  const readBy = (
    reader: Reader,
    all: readonly NetworkSample[],
    by: readonly Reader[],
  ): readonly NetworkSample[] => all.filter((_, index) => by[index] === reader);
  /** As the sampler finds them: those of another Pod in the node's network, if that is proven. */
  const proven = (
    node: readonly NetworkSample[],
    other: readonly NetworkSample[],
  ): readonly NetworkSample[] =>
    node.length > 0 && other.length > 0 && compareNetworks(node, other).observed === 'node' ? other : [];

  test('is never taken for two, whoever has read it and when', () => {
    fc.assert(
      fc.property(history(names), readers, ({ samples: all }, by) => {
        const [node, own, other] = [
          readBy('node', all, by),
          readBy('pod', all, by),
          readBy('other', all, by),
        ];
        expect(compareSamples(samples(node, own)).observed).not.toBe('own');
        expect(compareSamples(samples(node, own, proven(node, other))).observed).not.toBe('own');
        // Nor by those that are the node's, though that could not be proven.
        expect(compareSamples(samples(node, own, other)).observed).not.toBe('own');
      }),
      { numRuns: 3000 },
    );
  });

  test('is taken for two by no more readings of others, however late each of them was made', () => {
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

  test('is never taken for two although the node has got an interface on the way', () => {
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

  test('decides no less with the samples of others than without', () => {
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

  test('is never taken for the node’s where it lacks one of the node’s interfaces', () => {
    fc.assert(
      fc.property(
        history(names),
        history(names.filter((name) => name !== 'cni0')),
        readers,
        ({ samples: all }, { samples: foreign }, by) => {
          const [node, other] = [readBy('node', all, by), readBy('other', all, by)];
          fc.pre(node.length > 0);
          const own = readBy('pod', foreign, by);
          expect(compareSamples(samples(node, own, other)).observed).not.toBe('node');
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

const probeSees = (sandbox: ProcessNamespaces, app: ProcessNamespaces): Observations['probe'] => {
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
const SAYS_NODE: Observations['kubelet'] = { kind: 'seen', what: samples([NODE_SAMPLE], [NODE_SAMPLE]) };
const SAYS_OWN: Observations['kubelet'] = {
  kind: 'seen',
  what: samples([NODE_SAMPLE], [at(12, { eth0: [5, 5] })]),
};
const SAYS_NOTHING: Observations['kubelet'] = { kind: 'seen', what: samples([], []) };
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

const OPTIONS: VerificationOptions = { requireTrusted: false, expect: {}, isSurvey: false };

/** `own trusted match`, for each namespace. */
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

describe('all that was seen of a Pod', () => {
  test.each<readonly [string, Partial<Observations>, readonly string[]]>([
    ['the kubelet alone', { kubelet: SAYS_OWN }, ['own trusted match', UNCHECKED, UNCHECKED, 'match']],
    [
      'the kubelet alone, which contradicts the spec',
      { kubelet: SAYS_NODE },
      ['node trusted mismatch', UNCHECKED, UNCHECKED, 'mismatch'],
    ],
    [
      'the kubelet alone, which has no samples',
      { kubelet: SAYS_NOTHING },
      [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive'],
    ],
    ['nobody', {}, [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive']],
    [
      'the probe alone',
      { probe: probeSees(OWN, OWN) },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'the probe alone, which sees the node’s network',
      { probe: probeSees(IN_NETWORK, IN_NETWORK) },
      ['node trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'a probe that could not be started',
      { probe: UNSEEN, kubelet: SAYS_OWN },
      ['own trusted match', NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'the probe and the kubelet, which agree',
      { probe: probeSees(OWN, OWN), kubelet: SAYS_OWN },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'the probe and the kubelet, which see two networks',
      { probe: probeSees(OWN, OWN), kubelet: SAYS_NODE },
      [NOTHING, 'own trusted match', 'own trusted match', 'inconclusive'],
    ],
    [
      'the probe, which sees what the kubelet cannot: a container that has left the sandbox for the node',
      { probe: probeSees(OWN, IN_NETWORK), kubelet: SAYS_OWN },
      ['node trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'the probe, which sees a container that has left the node’s network, unlike its sandbox',
      { pod: HOST_NETWORK, probe: probeSees(IN_NETWORK, OWN), kubelet: SAYS_NODE },
      ['own trusted mismatch', 'own trusted match', 'own trusted match', 'mismatch'],
    ],
    [
      'the container, which contradicts the probe and says nothing by that',
      { probe: probeSees(OWN, OWN), containers: reports(CONTAINER_NODE) },
      ['own trusted match', 'own trusted match', 'own trusted match', 'match'],
    ],
    [
      'the container alone',
      { containers: reports(CONTAINER_NODE) },
      ['node self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'a container that could not be asked',
      { containers: reports(UNSEEN), kubelet: SAYS_OWN },
      ['own trusted match', NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'a container that reports the node’s network, where its sandbox has its own',
      { containers: reports(CONTAINER_NODE), kubelet: SAYS_OWN },
      ['node self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'one of three containers that reports another network',
      { containers: reports(CONTAINER_OWN, CONTAINER_OWN, CONTAINER_NODE), kubelet: SAYS_OWN },
      ['node self-reported mismatch', 'own self-reported match', 'own self-reported match', 'mismatch'],
    ],
    [
      'one of two containers that could not be asked',
      { containers: reports(CONTAINER_OWN, UNSEEN) },
      [NOTHING, NOTHING, NOTHING, 'inconclusive'],
    ],
    [
      'the kubelet, of a Pod whose privileged container may be elsewhere',
      { pod: withSecurity(BASE, { privileged: true }), kubelet: SAYS_OWN },
      [NOTHING, UNCHECKED, UNCHECKED, 'inconclusive'],
    ],
    [
      'the kubelet and the only container, which may be elsewhere',
      {
        pod: withSpec(BASE, { runtimeClassName: 'kata' }),
        kubelet: SAYS_OWN,
        containers: reports(CONTAINER_OWN),
      },
      ['own self-reported match', 'own self-reported match', 'own self-reported match', 'match'],
    ],
    [
      'the kubelet, of a hostNetwork Pod that cannot leave it',
      { pod: HOST_NETWORK, kubelet: SAYS_NODE },
      ['node trusted match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, of a hostNetwork Pod that may create user namespaces',
      { pod: withSpec(HOST_NETWORK, { seccompProfile: '' }), kubelet: SAYS_NODE },
      ['node partial match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, of a hostNetwork Pod that can make interfaces',
      { pod: withSecurity(HOST_NETWORK, { addedCapabilities: ['NET_ADMIN'] }), kubelet: SAYS_NODE },
      ['node self-reported match', UNCHECKED, UNCHECKED, 'match'],
    ],
    [
      'the kubelet, of a Pod that can make interfaces, and has the node’s',
      { pod: withSecurity(BASE, { addedCapabilities: ['NET_ADMIN'] }), kubelet: SAYS_NODE },
      ['node self-reported mismatch', UNCHECKED, UNCHECKED, 'mismatch'],
    ],
  ])('%s', (_says, change, expected) => {
    expect(verdicts(change)).toEqual(expected);
  });

  test('counts by what the user expects, where he does', () => {
    const probe = probeSees(IN_NETWORK, IN_NETWORK);
    expect(verdicts({ probe }, { network: 'node', pid: 'node' })).toEqual([
      'node trusted match',
      'own trusted mismatch',
      'own trusted match',
      'mismatch',
    ]);
    expect(verdicts({ pod: HOST_NETWORK, probe }, { network: 'own' })[0]).toBe('node trusted mismatch');
  });

  test('a container that is not as its sandbox is judged against what the user expects', () => {
    const probe = probeSees(OWN, IN_NETWORK);
    expect(verdicts({ probe }, { network: 'own' })[0]).toBe('node trusted mismatch');
    expect(verdicts({ probe }, { network: 'node' })[0]).toBe('own trusted mismatch');
  });

  test('decides nothing by the container’s word where that is not enough', () => {
    expect(
      verdicts({ containers: reports(CONTAINER_OWN), kubelet: SAYS_OWN }, {}, { requireTrusted: true }),
    ).toEqual(['own trusted match', 'own - inconclusive', 'own - inconclusive', 'inconclusive']);
    expect(
      verdicts(
        { containers: reports(CONTAINER_OWN), probe: probeSees(OWN, OWN) },
        {},
        { requireTrusted: true },
      )[3],
    ).toBe('match');
  });

  test('of a survey leaves unchecked what a container does not tell and nobody has asked about', () => {
    const survey = { isSurvey: true };
    const mute: Partial<Observations> = { containers: reports(UNSEEN), kubelet: SAYS_OWN };
    expect(verdicts(mute, {}, survey)).toEqual(['own trusted match', UNCHECKED, UNCHECKED, 'match']);
    expect(verdicts(mute, { pid: 'own' }, survey)).toEqual([
      'own trusted match',
      NOTHING,
      UNCHECKED,
      'inconclusive',
    ]);
    const shares = { ...BASE, spec: { ...BASE.spec, hostIPC: true } };
    expect(verdicts({ ...mute, pod: shares }, {}, survey)).toEqual([
      'own trusted match',
      UNCHECKED,
      NOTHING,
      'inconclusive',
    ]);
    // Of the network it is asked in any case, and where there is a probe, of all.
    expect(verdicts({ containers: reports(UNSEEN) }, {}, survey)).toEqual([
      NOTHING,
      UNCHECKED,
      UNCHECKED,
      'inconclusive',
    ]);
    expect(verdicts({ ...mute, probe: UNSEEN }, {}, survey).slice(1)).toEqual([
      NOTHING,
      NOTHING,
      'inconclusive',
    ]);
    // What it tells counts all the same.
    expect(verdicts({ containers: reports(CONTAINER_OWN), kubelet: SAYS_OWN }, {}, survey).slice(1)).toEqual([
      'own self-reported match',
      'own self-reported match',
      'match',
    ]);
  });

  test('shows the best first: the probe, the kubelet, the container', () => {
    const { namespaces } = verifyPod(
      observations({
        probe: probeSees(OWN, IN_NETWORK),
        kubelet: SAYS_OWN,
        containers: reports(CONTAINER_OWN),
      }),
      OPTIONS,
    );
    expect(namespaces.network.evidence.map(({ source, observed }) => `${source} ${observed}`)).toEqual([
      'probe node',
      'kubelet own',
      'container own',
    ]);
    expect(namespaces.pid.evidence.map(({ source }) => source)).toEqual(['probe', 'container']);
  });

  test('says of the node’s samples why they are not there', () => {
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

  test('a Pod in the node’s network is never told to have its own, whatever the kubelet’s older samples', () => {
    const kubelet: Observations['kubelet'] = {
      kind: 'seen',
      what: samples(
        [at(20, { eth0: [5_000_000, 7_000_000] })],
        [at(30, { eth0: [9_000_000, 9_900_000] })],
        [at(10, { eth0: [3_000_000, 4_000_000] })],
      ),
    };
    expect(verdicts({ pod: HOST_NETWORK, kubelet })[0]).toBe(NOTHING);
    expect(verdicts({ pod: HOST_NETWORK, kubelet, probe: probeSees(IN_NETWORK, IN_NETWORK) })[0]).toBe(
      'node trusted match',
    );
  });
});

test.each([
  ['all of a Pod that was named', BASE, false, {}, ['network', 'pid', 'ipc']],
  ['of one of many the network', BASE, true, {}, ['network']],
  [
    'what its spec says is the node’s',
    { ...BASE, spec: { ...BASE.spec, hostPID: true } },
    true,
    {},
    ['network', 'pid'],
  ],
  ['what the user expects anything of', BASE, true, { ipc: 'own' }, ['network', 'ipc']],
  ['what both say', HOST_NETWORK, true, { network: 'own', pid: 'node' }, ['network', 'pid']],
] as const)('a doubt is %s', (_says, own, isSurvey, expected, kinds) => {
  expect(askedKinds({ pod: own, probe: null }, { isSurvey, expect: expected })).toEqual(kinds);
});

test('a doubt is all of a Pod that a probe was made for', () => {
  const probe = probeSees(OWN, OWN);
  expect(askedKinds({ pod: BASE, probe }, { isSurvey: true, expect: {} })).toEqual(['network', 'pid', 'ipc']);
});

describe('what a container says is held against', () => {
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
      'its one address, of a server older than 1.28',
      '198.51.100.2',
      [],
      "it has the node's address 198.51.100.2",
    ],
    ['none where it has none', '', [], undefined],
  ] as const)('%s', (_says, hostIP, hostIPs, detail) => {
    const said = network({ pod: withIPs(hostIP, hostIPs), containers: reports(CONTAINER_NODE) });
    expect(said).toBe(detail ?? "the node's address is not known");
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
      "it has all of the node's ens192, with the node's counters",
    );
    expect(network({ pod: withIPs('', []), containers: reports(seen) })).toBe(
      "the node's address is not known",
    );
  });

  test('the signs that the node is a container itself', () => {
    const twin = { ...NODE_OBJECT, name: 'kube-node-9' };
    const twins = new Map([NODE_OBJECT, twin].map((node) => [node.name, node]));
    expect(ipc({ containers: reports(CONTAINER_OWN) })).toBe('ipc:[4026532899] is not the initial namespace');
    expect(ipc({ containers: reports(CONTAINER_OWN), nodes: twins })).toBe(
      'its ipc:[4026532899] is not the initial namespace, but the node may be a container itself (it shares its kernel with kube-node-9)',
    );
    expect(ipc({ containers: reports(CONTAINER_OWN), nodes: new Map() })).toBe(
      'its ipc:[4026532899] cannot be compared: the node could not be read, for which the right to get nodes is needed',
    );
  });

  test('what it shows of the node, where it is certainly in the node’s network', () => {
    const kubelets = [SAYS_NODE, SAYS_OWN];
    const said = kubelets.map((kubelet) => ipc({ containers: reports(CONTAINER_OWN), kubelet }));
    expect(said).toEqual([
      "its ipc:[4026532899] is not the initial namespace, but the node may be a container itself (the node's own UTS namespace, uts:[4026532899], is not the initial one)",
      'ipc:[4026532899] is not the initial namespace',
    ]);
  });
});

test('each of several containers is named with its report', () => {
  const { namespaces } = verifyPod(
    observations({ containers: reports(CONTAINER_OWN, CONTAINER_NODE), kubelet: SAYS_OWN }),
    OPTIONS,
  );
  expect(
    namespaces.network.evidence.map(({ source, container: name, observed }) => [source, name, observed]),
  ).toEqual([
    ['container', 'log', 'node'],
    ['kubelet', undefined, 'own'],
    ['container', 'c', 'own'],
  ]);
});

test('why a container may be elsewhere than its sandbox is said', () => {
  const own = withSecurity(BASE, { addedCapabilities: ['SYS_ADMIN'] });
  const { network } = verifyPod(observations({ pod: own, kubelet: SAYS_OWN }), OPTIONS).namespaces;
  expect(network.evidence.at(-1)).toEqual({
    source: 'api',
    trust: 'trusted',
    scope: null,
    observed: 'unknown',
    detail:
      'a container may be in another network than the sandbox: the container c has the capability SYS_ADMIN',
  });
});

describe('one reading of the probe Pod is enough', () => {
  const view = (sandbox: ProcessNamespaces, app: ProcessNamespaces) => {
    const seen = probeSees(sandbox, app);
    if (seen?.kind !== 'seen') throw new Error('The probe Pod saw nothing.');
    return seen.what.view;
  };

  test.each([
    ['where all is as declared', BASE, OWN, OWN, {}, true],
    ['where all is as declared, in the node’s', HOST_NETWORK, IN_NETWORK, IN_NETWORK, {}, true],
    ['but not where one is not', BASE, OWN, IN_NETWORK, {}, false],
    ['but not where one is not, in the node’s', HOST_NETWORK, IN_NETWORK, OWN, {}, false],
    ['but not where one was not read', BASE, OWN, { ...OWN, ipc: [] }, {}, false],
    ['where all is as expected', BASE, IN_NETWORK, IN_NETWORK, { network: 'node' }, true],
    ['but not where it is as declared and not as expected', BASE, OWN, OWN, { pid: 'node' }, false],
    ['but not where a process may move', withSecurity(BASE, { privileged: true }), OWN, OWN, {}, false],
  ] as const)('%s', (_says, own, sandbox, app, expected, isEnough) => {
    expect(needsHold(own, view(sandbox, app), expected)).toBe(!isEnough);
  });

  test('but not where there is nothing of the Pod', () => {
    expect(needsHold(BASE, nodeView([], { node: NODE }), {})).toBe(true);
    expect(needsHold(BASE, { ...view(OWN, OWN), node: null }, {})).toBe(true);
  });
});
