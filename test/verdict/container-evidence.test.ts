import { describe, expect, test } from '@jest/globals';
import type { ContainerView } from '../../src/inspection/container-view.ts';
import type { Node } from '../../src/model/node.ts';
import type { NamespaceKind } from '../../src/model/sharing.ts';
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
  detail: string,
])[] = [
  [
    'network',
    'the node’s address is among its own',
    onNode,
    {},
    'node',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'the node’s address is not among its own',
    {},
    {},
    'own',
    "the node's address 198.51.100.2 is not among its own",
  ],
  [
    'network',
    'addresses that it does not show',
    { showsAddresses: false },
    {},
    'unknown',
    'it does not show all of its addresses',
  ],
  [
    'network',
    'a report that was cut off',
    { isComplete: false },
    {},
    'unknown',
    'it does not show all of its addresses',
  ],
  [
    'network',
    'an address of which the interface cannot be told counts, too',
    { interfaces: { interfaces: [device('eth0', [])], unattributed: [NODE_IP], warnings: [] } },
    {},
    'node',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'the initial namespace and the node’s address',
    { ...onNode, ...initial('net') },
    {},
    'node',
    "net:[4026531833] is the initial namespace; it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'the initial namespace without the node’s address: a report that contradicts itself',
    initial('net'),
    {},
    'unknown',
    "it contradicts itself: net:[4026531833] is the initial namespace; the node's address 198.51.100.2 is not among its own",
  ],
  [
    'network',
    'the initial inode of another kernel says nothing',
    { ...initial('net'), bootId: OTHER_BOOT },
    {},
    'own',
    "the node's address 198.51.100.2 is not among its own",
  ],
  [
    'network',
    'an inode that is not the initial one says nothing',
    { interfaces: null },
    {},
    'unknown',
    'it does not show its interfaces',
  ],
  [
    'network',
    'no interfaces and no inode',
    { interfaces: null, inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
    'it does not show its interfaces',
  ],
  [
    'network',
    'the node’s address is not known, and its counters are the node’s',
    { interfaces: { interfaces: [device('eth0', [], 5_000_000)], unattributed: [], warnings: [] } },
    { nodeIPs: [], nodeSamples: sample(5_000_000) },
    'node',
    "it has all of the node's eth0, with the node's counters",
  ],
  [
    'network',
    'the node’s address, but counters unlike the node’s',
    { interfaces: { interfaces: [device('eth9', [NODE_IP], 5_000)], unattributed: [], warnings: [] } },
    { nodeSamples: sample(5_000_000) },
    'unknown',
    "it contradicts itself: it has the node's address 198.51.100.2; it has none of the node's eth0",
  ],

  [
    'network',
    'counters that fit the node’s and prove nothing: they say nothing',
    { interfaces: { interfaces: [device('eth0', [], 5_000)], unattributed: [], warnings: [] } },
    { nodeSamples: sample(6_000) },
    'own',
    "the node's address 198.51.100.2 is not among its own",
  ],
  [
    'network',
    'the node’s address is not known, and nobody has read its counters',
    {},
    { nodeIPs: [] },
    'unknown',
    "the node's address is not known",
  ],
  [
    'network',
    'the node’s second address is among its own',
    onNode,
    { nodeIPs: ['2001:db8::2', NODE_IP] },
    'node',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'no interfaces, and the node’s counters',
    { interfaces: null },
    { nodeSamples: sample(5_000_000) },
    'unknown',
    'it does not show its interfaces',
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
    'pid:[4026531836] is the initial namespace; PID 1 is in a cgroup outside of the Pod',
  ],
  [
    'pid',
    'the initial namespace where /proc/1 is hidden',
    { ...initial('pid'), cgroupOfPid1: null },
    {},
    'node',
    'pid:[4026531836] is the initial namespace',
  ],
  [
    'pid',
    'the initial namespace with a process 1 of its own: impossible',
    initial('pid'),
    {},
    'unknown',
    "it contradicts itself: pid:[4026531836] is the initial namespace; PID 1 is in the container's own cgroup",
  ],
  ['pid', 'PID 1 in its own cgroup', {}, {}, 'own', "PID 1 is in the container's own cgroup"],
  [
    'pid',
    'PID 1 in its own cgroup, on a node that may be a container',
    {},
    NESTED,
    'own',
    "PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'shareProcessNamespace: PID 1 is the sandbox’s',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/9a9a\n`),
    {},
    'own',
    'PID 1 is in a cgroup of the same Pod',
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
    'PID 1 is in a cgroup outside of the Pod',
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
    'PID 1 is in a cgroup outside of the Pod',
  ],
  [
    'pid',
    'cgroup namespace: PID 1 in its root',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/\n') },
    {},
    'own',
    "PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'cgroup namespace: PID 1 is a sibling',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../cri-containerd-9a.scope\n') },
    {},
    'own',
    'PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'cgroup namespace: PID 1 is far up',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../../../init.scope\n') },
    {},
    'node',
    'PID 1 is in a cgroup outside of the Pod',
  ],
  [
    'pid',
    'all in one root cgroup and no cgroup namespace',
    cgroups('0::/\n', '0::/\n'),
    NESTED,
    'unknown',
    'its pid:[4026532899] is not the initial namespace, but the node may be a container itself (it shares its kernel with kube-node-1)',
  ],
  [
    'pid',
    'the same on a node without signs: the inode tells',
    cgroups('0::/\n', '0::/\n'),
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'the node’s /proc mounted over its own',
    { ...cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, '0::/init.scope\n'), nsPid: [4711, 7] },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    '/proc/1 hidden, no sign',
    { cgroupOfPid1: null },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    '/proc/1 hidden, a sign',
    { cgroupOfPid1: null },
    NESTED,
    'unknown',
    'its pid:[4026532899] is not the initial namespace, but the node may be a container itself (it shares its kernel with kube-node-1)',
  ],
  [
    'pid',
    '/proc/1 hidden, another kernel',
    { cgroupOfPid1: null, bootId: OTHER_BOOT },
    {},
    'unknown',
    "its pid:[4026532899] is of another kernel than the node's (a virtual machine, gVisor, or a lie)",
  ],
  [
    'pid',
    '/proc/1 hidden, the node not visible',
    { cgroupOfPid1: null },
    { node: null },
    'unknown',
    'its pid:[4026532899] cannot be compared: the node could not be read, for which the right to get nodes is needed',
  ],

  [
    'pid',
    'PID 1 in a group that the container has made below its own',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/4f1e/init\n`),
    {},
    'own',
    "PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'PID 1 in a group whose name only begins as its own',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/4f1eab\n`),
    {},
    'own',
    'PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'a kernel that does not tell the PIDs of a process',
    { nsPid: null },
    {},
    'own',
    "PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'its own cgroup hidden',
    cgroups(null, '0::/init.scope\n'),
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'a Pod of which the UID is not known',
    {},
    { podUid: '' },
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'a hierarchy that PID 1 is not in',
    cgroups(`9:pids:/kubepods/pod${POD_UID}/4f1e\n`, '0::/init.scope\n'),
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'of two hierarchies the one that says more',
    cgroups(
      `9:pids:/kubepods/pod${POD_UID}/4f1e\n8:cpu:/kubepods/pod${POD_UID}/4f1e\n`,
      `9:pids:/kubepods/pod${POD_UID}/4f1e\n8:cpu:/kubepods/pod${POD_UID}/9a9a\n`,
    ),
    {},
    'own',
    'PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'a kernel without cgroup namespaces, and paths that look like those of one',
    {
      inodes: { ...containerView().inodes, cgroup: null },
      ...cgroups('0::/\n', '0::/../cri-containerd-9a.scope\n'),
    },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'cgroup namespace: its own group is not the root of it',
    { ...PRIVATE, ...cgroups('0::/a\n', '0::/a\n') },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'cgroup namespace: crun, which puts each container into a group of its own',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../crio-9a9a.scope/container\n') },
    {},
    'own',
    'PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'cgroup namespace: two up, and no group of crun’s',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../init.scope\n') },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'cgroup namespace: two up, and below a group of crun’s',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../crio-9a9a.scope/container/a\n') },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'cgroup namespace: two up from elsewhere',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/a/../../crio-9a9a.scope/container\n') },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],
  [
    'pid',
    'cgroup namespace: two up, to what is only called container',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../container\n') },
    {},
    'own',
    'pid:[4026532899] is not the initial namespace',
  ],

  ['ipc', 'the initial namespace', initial('ipc'), {}, 'node', 'ipc:[4026531839] is the initial namespace'],
  [
    'ipc',
    'the initial namespace, whatever the signs',
    initial('ipc'),
    NESTED,
    'node',
    'ipc:[4026531839] is the initial namespace',
  ],
  ['ipc', 'not the initial one, no sign', {}, {}, 'own', 'ipc:[4026532899] is not the initial namespace'],
  [
    'ipc',
    'not the initial one, a sign',
    {},
    NESTED,
    'unknown',
    'its ipc:[4026532899] is not the initial namespace, but the node may be a container itself (it shares its kernel with kube-node-1)',
  ],
  [
    'ipc',
    'the initial number in another kernel',
    { ...initial('ipc'), bootId: OTHER_BOOT },
    {},
    'unknown',
    "its ipc:[4026531839] is of another kernel than the node's (a virtual machine, gVisor, or a lie)",
  ],
  [
    'ipc',
    'no boot ID',
    { bootId: null },
    {},
    'unknown',
    'its ipc:[4026532899] cannot be compared: it does not show its boot ID',
  ],
  [
    'ipc',
    'the node not visible',
    {},
    { node: null },
    'unknown',
    'its ipc:[4026532899] cannot be compared: the node could not be read, for which the right to get nodes is needed',
  ],
  [
    'ipc',
    'no inode',
    { inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
    'it does not show its ipc namespace',
  ],
];

describe('what a container’s report says', () => {
  test.each(CASES)('%s: %s', (kind, _says, own, surroundings, observed, detail) => {
    const evidence = containerEvidence(kind, containerView(own), around(surroundings));
    expect(evidence).toEqual({ observed, detail });
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

  test('more nodes with one boot ID, by their names', () => {
    const twins = ['node-c', 'node-a', 'node-b'].map((name) => ({ ...NODE, name }));
    expect(kind(NODE, twins.slice(0, 2), null)).toEqual(['it shares its kernel with node-a and node-c']);
    expect(kind(NODE, twins, null)).toEqual(['it shares its kernel with node-a and 2 more']);
  });

  test('a kubelet that tells no boot ID has no twins', () => {
    expect(kind({ ...NODE, bootID: '' }, [{ ...other, bootID: '' }], null)).toEqual([]);
  });

  test('a providerID of kind', () => {
    const providerID = 'kind://docker/kind/kind-worker';
    expect(kind({ ...NODE, providerID }, [], null)).toEqual([`its providerID is ${providerID}`]);
    expect(kind({ ...NODE, providerID: `other://${providerID}` }, [], null)).toEqual([]);
  });

  test('the UTS namespace of a container that is certainly in the node’s network, under containerd alone', () => {
    expect(kind(NODE, [], containerView(), true)).toEqual([
      "the node's own UTS namespace, uts:[4026532899], is not the initial one",
    ]);
    expect(kind(NODE, [], containerView(), false)).toEqual([]);
    expect(kind(NODE, [other], null, true)).toEqual(['it shares its kernel with kube-node-1']);
    const inodes = { ...containerView().inodes, uts: null };
    expect(kind(NODE, [], containerView({ inodes }), true)).toEqual([]);
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
    const elsewhere = { ...inodes, net: OWN_INODE };
    expect(kind(NODE, [other], containerView({ inodes: elsewhere }), true)).toHaveLength(1);
  });

  test('the kubelet’s files in the storage of a container runtime', () => {
    const mounts = parseMountinfo(
      `866 852 0:30 / / rw - overlay overlay rw\n867 852 254:0 /var/lib/docker/volumes/0f3c/_data/lib/kubelet/pods/${POD_UID}/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n`,
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
