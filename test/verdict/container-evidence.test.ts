import { describe, expect, test } from '@jest/globals';
import type { ContainerView } from '../../src/inspection/container-view.ts';
import type { Node } from '../../src/pods/node.ts';
import type { NamespaceKind } from '../../src/pods/sharing.ts';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { parseMountinfo } from '../../src/procfs/mountinfo.ts';
import { initialInodes } from '../../src/procfs/namespace.ts';
import { containerEvidence, type Surroundings } from '../../src/verdict/container-evidence.ts';
import { nestingSigns } from '../../src/verdict/nesting.ts';
import type { Observed } from '../../src/verdict/verdict.ts';
import { BOOT_ID, containerView, device, OWN_INODE, POD_UID } from '../support/container-views.ts';

const OTHER_BOOT = '00000000-1111-4222-8333-444444444444';
const NODE_IP = '198.51.100.2';

const NODE: Node = {
  name: 'kube-node-2',
  providerID: '',
  bootID: BOOT_ID,
  containerRuntimeVersion: 'containerd://1.7.2',
  operatingSystem: 'linux',
  notReady: null,
};

function around(overrides: Partial<Surroundings> = {}): Surroundings {
  return { podUid: POD_UID, nodeIPs: [NODE_IP], node: NODE, nodeSamples: [], signs: [], ...overrides };
}

const NESTED = { signs: [{ detail: 'it shares its kernel with kube-node-1' }] } as const;
const initial = (kind: 'net' | 'pid' | 'ipc'): Partial<ContainerView> => ({
  inodes: { ...containerView().inodes, [kind]: initialInodes[kind] },
});
/** As the container shows its own cgroup and that of process 1. */
const cgroups = (own: string | null, pid1: string | null): Partial<ContainerView> => ({
  cgroup: own === null ? null : parseCgroup(own),
  cgroupOfPid1: pid1 === null ? null : parseCgroup(pid1),
});
const PRIVATE = { inodes: { ...containerView().inodes, cgroup: OWN_INODE } };

const onNode = {
  interfaces: { interfaces: [device('ens192', ['192.168.0.183', NODE_IP])], unattributed: [], warnings: [] },
};
const sample = (bytes: number) => [
  { time: 1_000_000, interfaces: new Map([['eth0', { rxBytes: bytes, txBytes: bytes }]]) },
];

const CASES: readonly (readonly [
  kind: NamespaceKind,
  says: string,
  view: Partial<ContainerView>,
  around: Partial<Surroundings>,
  observed: Observed,
  detail?: RegExp,
])[] = [
  [
    'network',
    'the node’s address is among its own',
    onNode,
    {},
    'node',
    /it has the node's address 198\.51\.100\.2/,
  ],
  ['network', 'the node’s address is not among its own', {}, {}, 'own', /not among its own/],
  [
    'network',
    'addresses that it does not show',
    { showsAddresses: false },
    {},
    'unknown',
    /does not show all of its addresses/,
  ],
  ['network', 'a report that was cut off', { isComplete: false }, {}, 'unknown'],
  [
    'network',
    'an address of which the interface cannot be told counts, too',
    { interfaces: { interfaces: [device('eth0', [])], unattributed: [NODE_IP], warnings: [] } },
    {},
    'node',
  ],
  [
    'network',
    'the initial namespace and the node’s address',
    { ...onNode, ...initial('net') },
    {},
    'node',
    /net:\[4026531833\] is the initial namespace/,
  ],
  [
    'network',
    'the initial namespace without the node’s address: a report that contradicts itself',
    initial('net'),
    {},
    'unknown',
    /contradicts itself/,
  ],
  [
    'network',
    'the initial inode of another kernel says nothing',
    { ...initial('net'), bootId: OTHER_BOOT },
    {},
    'own',
  ],
  ['network', 'an inode that is not the initial one says nothing', { interfaces: null }, {}, 'unknown'],
  [
    'network',
    'no interfaces and no inode',
    { interfaces: null, inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
  ],
  [
    'network',
    'the node’s address is not known, and its counters are the node’s',
    { interfaces: { interfaces: [device('eth0', [], 5_000_000)], unattributed: [], warnings: [] } },
    { nodeIPs: [], nodeSamples: sample(5_000_000) },
    'node',
    /with the node's counters/,
  ],
  [
    'network',
    'the node’s address, but counters unlike the node’s',
    { interfaces: { interfaces: [device('eth9', [NODE_IP], 5_000)], unattributed: [], warnings: [] } },
    { nodeSamples: sample(5_000_000) },
    'unknown',
    /contradicts itself/,
  ],

  [
    'pid',
    'the initial namespace',
    {
      ...initial('pid'),
      ...cgroups('0::/kubepods/pod8b383731-b9c8-4947-b710-021fa332ebc2/4f1e\n', '0::/init.scope\n'),
    },
    {},
    'node',
    /pid:\[4026531836\] is the initial namespace; PID 1 is in a cgroup outside of the Pod/,
  ],
  [
    'pid',
    'the initial namespace where /proc/1 is hidden',
    { ...initial('pid'), cgroupOfPid1: null },
    {},
    'node',
  ],
  [
    'pid',
    'the initial namespace with a process 1 of its own: impossible',
    initial('pid'),
    {},
    'unknown',
    /contradicts itself/,
  ],
  ['pid', 'PID 1 in its own cgroup', {}, {}, 'own', /PID 1 is in the container's own cgroup/],
  ['pid', 'PID 1 in its own cgroup, on a node that may be a container', {}, NESTED, 'own'],
  [
    'pid',
    'shareProcessNamespace: PID 1 is the sandbox’s',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/9a9a\n`),
    {},
    'own',
    /cgroup of the same Pod/,
  ],
  [
    'pid',
    'the node’s init on a nested node',
    cgroups(
      `9:pids:/docker/abc/kubepods/pod${POD_UID}/4f1e\n0::/\n`,
      '9:pids:/docker/abc/init.scope\n0::/\n',
    ),
    NESTED,
    'node',
    /outside of the Pod/,
  ],
  [
    'pid',
    'the init of a node that is itself in another Pod',
    cgroups(
      `0::/kubepods/podouter/kind/kubepods/pod${POD_UID}/4f1e\n`,
      '0::/kubepods/podouter/kind/init.scope\n',
    ),
    NESTED,
    'node',
  ],
  ['pid', 'cgroup namespace: PID 1 in its root', { ...PRIVATE, ...cgroups('0::/\n', '0::/\n') }, {}, 'own'],
  [
    'pid',
    'cgroup namespace: PID 1 is a sibling',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../cri-containerd-9a.scope\n') },
    {},
    'own',
    /same Pod/,
  ],
  [
    'pid',
    'cgroup namespace: PID 1 is far up',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../../../init.scope\n') },
    {},
    'node',
  ],
  [
    'pid',
    'all in one root cgroup and no cgroup namespace',
    cgroups('0::/\n', '0::/\n'),
    NESTED,
    'unknown',
    /may be a container itself/,
  ],
  [
    'pid',
    'the same on a node without signs: the inode tells',
    cgroups('0::/\n', '0::/\n'),
    {},
    'own',
    /pid:\[4026532899\] is not the initial namespace/,
  ],
  [
    'pid',
    'the node’s /proc mounted over its own',
    { ...cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, '0::/init.scope\n'), nsPid: [4711, 7] },
    {},
    'own',
    /pid:\[4026532899\]/,
  ],
  ['pid', '/proc/1 hidden, no sign', { cgroupOfPid1: null }, {}, 'own'],
  ['pid', '/proc/1 hidden, a sign', { cgroupOfPid1: null }, NESTED, 'unknown'],
  [
    'pid',
    '/proc/1 hidden, another kernel',
    { cgroupOfPid1: null, bootId: OTHER_BOOT },
    {},
    'unknown',
    /another kernel/,
  ],
  [
    'pid',
    '/proc/1 hidden, the node not visible',
    { cgroupOfPid1: null },
    { node: null },
    'unknown',
    /right to get nodes/,
  ],

  ['ipc', 'the initial namespace', initial('ipc'), {}, 'node', /ipc:\[4026531839\] is the initial namespace/],
  ['ipc', 'the initial namespace, whatever the signs', initial('ipc'), NESTED, 'node'],
  ['ipc', 'not the initial one, no sign', {}, {}, 'own'],
  [
    'ipc',
    'not the initial one, a sign',
    {},
    NESTED,
    'unknown',
    /the node may be a container itself \(it shares its kernel with kube-node-1\)/,
  ],
  [
    'ipc',
    'the initial number in another kernel',
    { ...initial('ipc'), bootId: OTHER_BOOT },
    {},
    'unknown',
    /another kernel/,
  ],
  ['ipc', 'no boot ID', { bootId: null }, {}, 'unknown', /does not show its boot ID/],
  ['ipc', 'the node not visible', {}, { node: null }, 'unknown', /right to get nodes/],
  [
    'ipc',
    'no inode',
    { inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
    /does not show its ipc namespace/,
  ],
];

describe('what a container’s report says', () => {
  test.each(CASES)('%s: %s', (kind, _says, own, surroundings, observed, detail = /./) => {
    const evidence = containerEvidence(kind, containerView(own), around(surroundings));
    expect(evidence).toMatchObject({ source: 'container', trust: 'self-reported', observed });
    expect(evidence.detail).toMatch(detail);
  });
});

describe('signs that a node is itself a container', () => {
  const kind = (
    of: Node,
    others: readonly Node[],
    own: ContainerView | null,
    onNodeNetwork = false,
  ): readonly string[] => nestingSigns(of, [of, ...others], own, onNodeNetwork).map(({ detail }) => detail);
  const other = { ...NODE, name: 'kube-node-1' };

  test('none', () => {
    expect(kind(NODE, [{ ...other, bootID: OTHER_BOOT }], containerView())).toEqual([]);
  });

  test('two nodes with one boot ID', () => {
    expect(kind(NODE, [other], null)).toEqual(['it shares its kernel with kube-node-1']);
  });

  test('a kubelet that tells no boot ID has no twins', () => {
    expect(kind({ ...NODE, bootID: '' }, [{ ...other, bootID: '' }], null)).toEqual([]);
  });

  test('a providerID of kind', () => {
    const providerID = 'kind://docker/kind/kind-worker';
    expect(kind({ ...NODE, providerID }, [], null)).toEqual([`its providerID is ${providerID}`]);
  });

  test('the UTS namespace of a container that is certainly in the node’s network, under containerd alone', () => {
    expect(kind(NODE, [], containerView(), true)).toEqual([
      "the node's own UTS namespace, uts:[4026532899], is not the initial one",
    ]);
    expect(kind(NODE, [], containerView(), false)).toEqual([]);
    expect(kind({ ...NODE, containerRuntimeVersion: 'cri-o://1.30.1' }, [], containerView(), true)).toEqual(
      [],
    );
  });

  test('none where a container on the node’s network shows that the node has the initial namespaces', () => {
    const inodes = { ...containerView().inodes, net: initialInodes.net, uts: initialInodes.uts };
    expect(kind(NODE, [other], containerView({ inodes }), true)).toEqual([]);
    // Not where it may be another network than the node's, another runtime, or another kernel.
    expect(kind(NODE, [other], containerView({ inodes }), false)).toHaveLength(1);
    expect(
      kind({ ...NODE, containerRuntimeVersion: 'cri-o://1.30.1' }, [other], containerView({ inodes }), true),
    ).toHaveLength(1);
    expect(kind(NODE, [other], containerView({ inodes, bootId: OTHER_BOOT }), true)).toHaveLength(1);
    const nested = { ...inodes, uts: OWN_INODE };
    expect(kind(NODE, [other], containerView({ inodes: nested }), true)).toHaveLength(2);
  });

  test('the kubelet’s files in the storage of a container runtime', () => {
    const mounts = parseMountinfo(
      `867 852 254:0 /var/lib/docker/volumes/0f3c/_data/lib/kubelet/pods/${POD_UID}/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n`,
    );
    expect(kind(NODE, [], containerView({ mounts }))).toEqual([
      'its kubelet keeps its files in the storage of a container runtime',
    ]);
    const k3d = parseMountinfo(
      `867 852 0:30 /@/var/lib/docker/volumes/0f3c/_data/pods/${POD_UID}/etc-hosts /etc/hosts rw - btrfs /dev/vda rw\n`,
    );
    expect(kind(NODE, [], containerView({ mounts: k3d }))).toHaveLength(1);
    expect(kind({ ...NODE, providerID: 'k3s://k3d-demo-server-0' }, [], null)).toHaveLength(1);
    expect(kind({ ...NODE, providerID: 'k3s://server-1' }, [], null)).toEqual([]);
    const plain = parseMountinfo(
      `867 852 254:0 /var/lib/kubelet/pods/${POD_UID}/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n`,
    );
    expect(kind(NODE, [], containerView({ mounts: plain }))).toEqual([]);
  });
});
