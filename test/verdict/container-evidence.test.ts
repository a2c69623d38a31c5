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
/** The cgroups of the container's own process and of process 1 in its report. */
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
  title: string,
  view: Partial<ContainerView>,
  around: Partial<Surroundings>,
  observed: Observed,
  detail: string,
])[] = [
  [
    'network',
    'a report with the node’s address',
    onNode,
    {},
    'host',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'a report without the node’s address',
    {},
    {},
    'own',
    "it does not have the node's address 198.51.100.2",
  ],
  [
    'network',
    'a report without its addresses',
    { showsAddresses: false },
    {},
    'unknown',
    'it did not report all of its addresses',
  ],
  [
    'network',
    'a report that was cut off',
    { isComplete: false },
    {},
    'unknown',
    'it did not report all of its addresses',
  ],
  [
    'network',
    'a report with the node’s address on an unknown interface',
    { interfaces: { interfaces: [device('eth0', [])], unattributed: [NODE_IP], warnings: [] } },
    {},
    'host',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'the initial namespace and the node’s address',
    { ...onNode, ...initial('net') },
    {},
    'host',
    "its network namespace (net:[4026531833]) is the initial one of the node's kernel; it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'the initial namespace without the node’s address',
    initial('net'),
    {},
    'unknown',
    "its report contradicts itself: its network namespace (net:[4026531833]) is the initial one of the node's kernel; it does not have the node's address 198.51.100.2",
  ],
  [
    'network',
    'the initial inode of another kernel is ignored',
    { ...initial('net'), bootId: OTHER_BOOT },
    {},
    'own',
    "it does not have the node's address 198.51.100.2",
  ],
  [
    'network',
    'an inode that is not the initial one is ignored',
    { interfaces: null },
    {},
    'unknown',
    'it did not report its interfaces',
  ],
  [
    'network',
    'no interfaces and no inode',
    { interfaces: null, inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
    'it did not report its interfaces',
  ],
  [
    'network',
    'the node’s counters where the node’s address is unknown',
    { interfaces: { interfaces: [device('eth0', [], 5_000_000)], unattributed: [], warnings: [] } },
    { nodeIPs: [], nodeSamples: sample(5_000_000) },
    'host',
    "it has all of the node's interfaces (eth0) with matching counters",
  ],
  [
    'network',
    'the node’s address with counters that differ from the node’s',
    { interfaces: { interfaces: [device('eth9', [NODE_IP], 5_000)], unattributed: [], warnings: [] } },
    { nodeSamples: sample(5_000_000) },
    'unknown',
    "its report contradicts itself: it has the node's address 198.51.100.2; it has none of the node's interfaces (eth0)",
  ],

  [
    'network',
    'inconclusive counters are ignored',
    { interfaces: { interfaces: [device('eth0', [], 5_000)], unattributed: [], warnings: [] } },
    { nodeSamples: sample(6_000) },
    'own',
    "it does not have the node's address 198.51.100.2",
  ],
  [
    'network',
    'neither the node’s address nor its counters are known',
    {},
    { nodeIPs: [] },
    'unknown',
    "the node's address is unknown",
  ],
  [
    'network',
    'a report with the node’s second address',
    onNode,
    { nodeIPs: ['2001:db8::2', NODE_IP] },
    'host',
    "it has the node's address 198.51.100.2",
  ],
  [
    'network',
    'no interfaces, although the node’s counters are known',
    { interfaces: null },
    { nodeSamples: sample(5_000_000) },
    'unknown',
    'it did not report its interfaces',
  ],

  [
    'pid',
    'the initial namespace',
    {
      ...initial('pid'),
      ...cgroups('0::/kubepods/pod8b383731-b9c8-4947-b710-021fa332ebc2/4f1e\n', '0::/init.scope\n'),
    },
    {},
    'host',
    "its PID namespace (pid:[4026531836]) is the initial one of the node's kernel; its PID 1 is in a cgroup outside the Pod",
  ],
  [
    'pid',
    'the initial namespace where /proc/1 is hidden',
    { ...initial('pid'), cgroupOfPid1: null },
    {},
    'host',
    "its PID namespace (pid:[4026531836]) is the initial one of the node's kernel",
  ],
  [
    'pid',
    'the initial namespace, with a process 1 in the container’s own cgroup',
    initial('pid'),
    {},
    'unknown',
    "its report contradicts itself: its PID namespace (pid:[4026531836]) is the initial one of the node's kernel; its PID 1 is in the container's own cgroup",
  ],
  ['pid', 'PID 1 in the container’s own cgroup', {}, {}, 'own', "its PID 1 is in the container's own cgroup"],
  [
    'pid',
    'PID 1 in the container’s own cgroup, on a node that may be a container',
    {},
    NESTED,
    'own',
    "its PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'PID 1 of the sandbox (shareProcessNamespace)',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/9a9a\n`),
    {},
    'own',
    'its PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'PID 1 of the node, which may be a container',
    cgroups(
      `9:pids:/docker/abc/kubepods/pod${POD_UID}/4f1e\n0::/\n`,
      '9:pids:/docker/abc/init.scope\n0::/\n',
    ),
    NESTED,
    'host',
    'its PID 1 is in a cgroup outside the Pod',
  ],
  [
    'pid',
    'PID 1 of a node that runs in another Pod',
    cgroups(
      `0::/kubepods/podouter/kind/kubepods/pod${POD_UID}/4f1e\n`,
      '0::/kubepods/podouter/kind/init.scope\n',
    ),
    NESTED,
    'host',
    'its PID 1 is in a cgroup outside the Pod',
  ],
  [
    'pid',
    'cgroup namespace: PID 1 in its root cgroup',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/\n') },
    {},
    'own',
    "its PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'cgroup namespace: PID 1 in a sibling cgroup',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../cri-containerd-9a.scope\n') },
    {},
    'own',
    'its PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'cgroup namespace: PID 1 four levels up',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../../../init.scope\n') },
    {},
    'host',
    'its PID 1 is in a cgroup outside the Pod',
  ],
  [
    'pid',
    'all processes in the root cgroup, on a node that may be a container',
    cgroups('0::/\n', '0::/\n'),
    NESTED,
    'unknown',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-1)",
  ],
  [
    'pid',
    'all processes in the root cgroup',
    cgroups('0::/\n', '0::/\n'),
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'the node’s /proc mounted over the container’s',
    { ...cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, '0::/init.scope\n'), nsPid: [4711, 7] },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    '/proc/1 hidden',
    { cgroupOfPid1: null },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    '/proc/1 hidden, on a node that may be a container',
    { cgroupOfPid1: null },
    NESTED,
    'unknown',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-1)",
  ],
  [
    'pid',
    '/proc/1 hidden, in another kernel',
    { cgroupOfPid1: null, bootId: OTHER_BOOT },
    {},
    'unknown',
    "its PID namespace (pid:[4026532899]) belongs to another kernel than the node's (a virtual machine, gVisor, or a forged report)",
  ],
  [
    'pid',
    '/proc/1 hidden, and no permission to read the node',
    { cgroupOfPid1: null },
    { node: null },
    'unknown',
    "its PID namespace (pid:[4026532899]) cannot be compared with the node's: reading the node needs the permission to get nodes",
  ],

  [
    'pid',
    'PID 1 in a cgroup below the container’s own',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/4f1e/init\n`),
    {},
    'own',
    "its PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'PID 1 in a cgroup whose name starts with the container’s',
    cgroups(`0::/kubepods/pod${POD_UID}/4f1e\n`, `0::/kubepods/pod${POD_UID}/4f1eab\n`),
    {},
    'own',
    'its PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'a kernel that does not report NSpid',
    { nsPid: null },
    {},
    'own',
    "its PID 1 is in the container's own cgroup",
  ],
  [
    'pid',
    'the container’s own cgroup hidden',
    cgroups(null, '0::/init.scope\n'),
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'a Pod with an unknown UID',
    {},
    { podUid: '' },
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'PID 1 in other hierarchies than the container',
    cgroups(`9:pids:/kubepods/pod${POD_UID}/4f1e\n`, '0::/init.scope\n'),
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'PID 1 in a sibling cgroup in one of two hierarchies',
    cgroups(
      `9:pids:/kubepods/pod${POD_UID}/4f1e\n8:cpu:/kubepods/pod${POD_UID}/4f1e\n`,
      `9:pids:/kubepods/pod${POD_UID}/4f1e\n8:cpu:/kubepods/pod${POD_UID}/9a9a\n`,
    ),
    {},
    'own',
    'its PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'relative paths on a kernel without cgroup namespaces',
    {
      inodes: { ...containerView().inodes, cgroup: null },
      ...cgroups('0::/\n', '0::/../cri-containerd-9a.scope\n'),
    },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'cgroup namespace: the container’s cgroup is not the root',
    { ...PRIVATE, ...cgroups('0::/a\n', '0::/a\n') },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'cgroup namespace: PID 1 in a cgroup that crun adds below the scope of a sibling',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../crio-9a9a.scope/container\n') },
    {},
    'own',
    'its PID 1 is in a cgroup of the same Pod',
  ],
  [
    'pid',
    'cgroup namespace: PID 1 two levels up',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../init.scope\n') },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'cgroup namespace: PID 1 below a cgroup that crun adds',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../crio-9a9a.scope/container/a\n') },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'cgroup namespace: a path with .. in the middle',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/a/../../crio-9a9a.scope/container\n') },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'pid',
    'cgroup namespace: PID 1 two levels up, in a cgroup named container',
    { ...PRIVATE, ...cgroups('0::/\n', '0::/../../container\n') },
    {},
    'own',
    "its PID namespace (pid:[4026532899]) is not the initial one of the node's kernel",
  ],

  [
    'ipc',
    'the initial namespace',
    initial('ipc'),
    {},
    'host',
    "its IPC namespace (ipc:[4026531839]) is the initial one of the node's kernel",
  ],
  [
    'ipc',
    'the initial namespace, on a node that may be a container',
    initial('ipc'),
    NESTED,
    'host',
    "its IPC namespace (ipc:[4026531839]) is the initial one of the node's kernel",
  ],
  [
    'ipc',
    'another namespace than the initial one',
    {},
    {},
    'own',
    "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel",
  ],
  [
    'ipc',
    'another namespace than the initial one, on a node that may be a container',
    {},
    NESTED,
    'unknown',
    "its IPC namespace (ipc:[4026532899]) is not the initial one of the node's kernel, but the node may itself be a container (it shares its kernel with kube-node-1)",
  ],
  [
    'ipc',
    'the initial inode of another kernel',
    { ...initial('ipc'), bootId: OTHER_BOOT },
    {},
    'unknown',
    "its IPC namespace (ipc:[4026531839]) belongs to another kernel than the node's (a virtual machine, gVisor, or a forged report)",
  ],
  [
    'ipc',
    'no boot ID',
    { bootId: null },
    {},
    'unknown',
    "its IPC namespace (ipc:[4026532899]) cannot be compared with the node's: it did not report its boot ID",
  ],
  [
    'ipc',
    'no permission to read the node',
    {},
    { node: null },
    'unknown',
    "its IPC namespace (ipc:[4026532899]) cannot be compared with the node's: reading the node needs the permission to get nodes",
  ],
  [
    'ipc',
    'no inode',
    { inodes: { net: null, pid: null, ipc: null, uts: null, cgroup: null } },
    {},
    'unknown',
    'it did not report its IPC namespace',
  ],
];

describe('containerEvidence from a report', () => {
  test.each(CASES)('%s: %s', (kind, _title, own, surroundings, observed, detail) => {
    const evidence = containerEvidence(kind, containerView(own), around(surroundings));
    expect(evidence).toEqual({ observed, detail });
  });
});

describe('nestingSigns', () => {
  const kind = (
    of: Node,
    others: readonly Node[],
    own: ContainerView | null,
    onNodeNetwork = false,
  ): readonly string[] => nestingSigns(of, [of, ...others], own, onNodeNetwork).map(({ detail }) => detail);
  const other = { ...NODE, name: 'kube-node-1' };

  test('finds none on a node with a boot ID of its own', () => {
    expect(kind(NODE, [{ ...other, bootID: OTHER_BOOT }], containerView())).toEqual([]);
  });

  test('reports another node with the same boot ID', () => {
    expect(kind(NODE, [other], null)).toEqual(['it shares its kernel with kube-node-1']);
  });

  test('reports several nodes with the same boot ID, sorted by name', () => {
    const twins = ['node-c', 'node-a', 'node-b'].map((name) => ({ ...NODE, name }));
    expect(kind(NODE, twins.slice(0, 2), null)).toEqual(['it shares its kernel with node-a and node-c']);
    expect(kind(NODE, twins, null)).toEqual(['it shares its kernel with node-a and 2 more']);
  });

  test('does not compare empty boot IDs', () => {
    expect(kind({ ...NODE, bootID: '' }, [{ ...other, bootID: '' }], null)).toEqual([]);
  });

  test('reports a providerID of kind', () => {
    const providerID = 'kind://docker/kind/kind-worker';
    expect(kind({ ...NODE, providerID }, [], null)).toEqual([`its providerID is ${providerID}`]);
    expect(kind({ ...NODE, providerID: `other://${providerID}` }, [], null)).toEqual([]);
  });

  test('reports the UTS namespace that containerd shares with a container in the node’s network', () => {
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

  test('ignores all signs if a container in the node’s network shows the initial namespaces', () => {
    const inodes = { ...containerView().inodes, net: initialInodes.net, uts: initialInodes.uts };
    expect(kind(NODE, [other], containerView({ inodes }), true)).toEqual([]);
    // It does not if the container may be in another network, has another runtime, or runs in another kernel.
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

  test('reports a kubelet directory in the storage of a container runtime', () => {
    const mounts = parseMountinfo(
      `866 852 0:30 / / rw - overlay overlay rw\n867 852 254:0 /var/lib/docker/volumes/0f3c/_data/lib/kubelet/pods/${POD_UID}/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n`,
    );
    expect(kind(NODE, [], containerView({ mounts }))).toEqual([
      'its kubelet stores its files in the storage of a container runtime',
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
