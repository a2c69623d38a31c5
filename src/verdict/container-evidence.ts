import type { ContainerView } from '../inspection/container-view.ts';
import type { Node } from '../model/node.ts';
import type { NetworkSample } from '../model/node-summary.ts';
import type { NamespaceKind } from '../model/sharing.ts';
import type { CgroupMembership } from '../procfs/cgroup.ts';
import { initialInodes } from '../procfs/namespace.ts';
import { compareNetworks } from './compare-networks.ts';
import { namespaceName, namespaceText } from './namespace-text.ts';
import type { NestingSign } from './nesting.ts';
import type { Evidence, Observed } from './verdict.ts';

/** Facts from other sources, to compare a container's report with. */
export interface Surroundings {
  /** UID of the Pod in the kubelet's directory and control group names. */
  readonly podUid: string;
  /** Addresses of the node by the API. */
  readonly nodeIPs: readonly string[];
  /** Null if the Node object could not be read. */
  readonly node: Node | null;
  readonly nodeSamples: readonly NetworkSample[];
  readonly signs: readonly NestingSign[];
}

interface Finding {
  readonly observed: Observed;
  readonly detail: string;
}

/** Derives evidence about one namespace from a container's report. The container can forge all of it. */
export function containerEvidence(
  kind: NamespaceKind,
  view: ContainerView,
  surroundings: Surroundings,
): Pick<Evidence, 'observed' | 'detail'> {
  const findings = {
    network: networkFindings,
    pid: pidFindings,
    ipc: ipcFindings,
  }[kind](view, surroundings);
  return conclude(findings);
}

/** Combines findings. A report that contains evidence for both sides proves nothing. */
function conclude(findings: readonly Finding[]): Finding {
  const decisive = findings.filter(({ observed }) => observed !== 'unknown');
  const detail = (decisive.length === 0 ? findings : decisive).map((finding) => finding.detail).join('; ');
  const [observed = 'unknown', ...others] = new Set(decisive.map((finding) => finding.observed));
  return others.length === 0
    ? { observed, detail }
    : { observed: 'unknown', detail: `its report contradicts itself: ${detail}` };
}

function networkFindings(view: ContainerView, surroundings: Surroundings): readonly Finding[] {
  const byInode = inodeFinding('net', view, surroundings);
  return [
    // The initial network namespace has a fixed inode only since Linux 6.18: any other inode proves nothing.
    ...(byInode.observed === 'host' ? [byInode] : []),
    addressFinding(view, surroundings),
    ...counterFinding(view, surroundings),
  ];
}

/** Searches the container's addresses for one of the node's, which no Pod with a network of its own can have. */
function addressFinding(
  { interfaces, isComplete, showsAddresses }: ContainerView,
  { nodeIPs }: Surroundings,
): Finding {
  if (interfaces === null) return { observed: 'unknown', detail: 'it did not report its interfaces' };
  const own = new Set([
    ...interfaces.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    ...interfaces.unattributed,
  ]);
  const found = nodeIPs.find((address) => own.has(address));
  if (found !== undefined) return { observed: 'host', detail: `it has the node's address ${found}` };
  if (!isComplete || !showsAddresses) {
    return { observed: 'unknown', detail: 'it did not report all of its addresses' };
  }
  const [nodeIP] = nodeIPs;
  if (nodeIP === undefined) return { observed: 'unknown', detail: "the node's address is unknown" };
  return { observed: 'own', detail: `it does not have the node's address ${nodeIP}` };
}

function counterFinding({ interfaces }: ContainerView, { nodeSamples }: Surroundings): readonly Finding[] {
  const latest = nodeSamples.at(-1);
  if (interfaces === null || latest === undefined) return [];
  const sample: NetworkSample = {
    // The kubelet may have read its counters before or after the container did, so claim the same time for both.
    time: latest.time,
    interfaces: new Map(
      interfaces.interfaces.map(({ name, rx, tx }) => [name, { rxBytes: rx.bytes, txBytes: tx.bytes }]),
    ),
  };
  const { observed, detail } = compareNetworks([latest], [sample]);
  return observed === 'unclear' ? [] : [{ observed, detail: `it ${detail}` }];
}

function pidFindings(view: ContainerView, surroundings: Surroundings): readonly Finding[] {
  const byInode = inodeFinding('pid', view, surroundings);
  const byCgroup = cgroupFinding(view, surroundings);
  if (byCgroup === null) return [byInode];
  return byInode.observed === 'host' ? [byInode, byCgroup] : [byCgroup];
}

function ipcFindings(view: ContainerView, surroundings: Surroundings): readonly Finding[] {
  return [inodeFinding('ipc', view, surroundings)];
}

/**
 * Compares a namespace with the kernel's initial one, whose inode is a constant (include/uapi/linux/nsfs.h).
 *
 * The initial namespace is the node's, unless the container runs in another kernel. Any other namespace is the
 * container's own, unless the node is itself a container.
 */
function inodeFinding(
  kind: 'net' | 'pid' | 'ipc',
  view: ContainerView,
  { node, signs }: Surroundings,
): Finding {
  const inode = view.inodes[kind];
  const unknown = (detail: string): Finding => ({ observed: 'unknown', detail });
  if (inode === null) return unknown(`it did not report its ${namespaceName(kind)}`);
  const namespace = `its ${namespaceText(kind, inode)}`;
  if (node === null) {
    return unknown(
      `${namespace} cannot be compared with the node's: reading the node needs the permission to get nodes`,
    );
  }
  if (view.bootId === null) {
    return unknown(`${namespace} cannot be compared with the node's: it did not report its boot ID`);
  }
  if (view.bootId !== node.bootID) {
    return unknown(
      `${namespace} belongs to another kernel than the node's (a virtual machine, gVisor, or a forged report)`,
    );
  }
  if (inode === initialInodes[kind]) {
    return { observed: 'host', detail: `${namespace} is the initial one of the node's kernel` };
  }
  const initial = `${namespace} is not the initial one of the node's kernel`;
  const [sign] = signs;
  if (sign !== undefined) {
    return unknown(`${initial}, but the node may itself be a container (${sign.detail})`);
  }
  return { observed: 'own', detail: initial };
}

/**
 * Compares the cgroup of process 1 with the container's. In a PID namespace of its own, process 1 belongs to the
 * container or its Pod. In the node's PID namespace it is the node's init.
 *
 * @returns null if that proves nothing: the container did not report its cgroups, they do not distinguish processes,
 * or its /proc belongs to another PID namespace
 */
function cgroupFinding(
  { cgroup, cgroupOfPid1, nsPid, inodes }: ContainerView,
  { podUid }: Surroundings,
): Finding | null {
  if (nsPid !== null && nsPid.length > 1) return null;
  if (cgroup === null || cgroupOfPid1 === null) return null;
  const isNamespaced = inodes.cgroup !== null && inodes.cgroup !== initialInodes.cgroup;
  switch (ownerOfPid1(cgroup, cgroupOfPid1, podUid, isNamespaced)) {
    case 'container':
      return { observed: 'own', detail: "its PID 1 is in the container's own cgroup" };
    case 'pod':
      return { observed: 'own', detail: 'its PID 1 is in a cgroup of the same Pod' };
    case 'foreign':
      return { observed: 'host', detail: 'its PID 1 is in a cgroup outside the Pod' };
    case null:
      return null;
  }
}

/** Owner of the cgroup of process 1: this container, another part of its Pod, or something outside the Pod. */
type CgroupOwner = 'container' | 'pod' | 'foreign';

/** Finds the owner of process 1 in all hierarchies that both processes are in. The most distant one counts. */
function ownerOfPid1(
  own: readonly CgroupMembership[],
  ofPid1: readonly CgroupMembership[],
  podUid: string,
  isNamespaced: boolean,
): CgroupOwner | null {
  const pathsOfPid1 = new Map(ofPid1.map(({ hierarchyId, path }) => [hierarchyId, path] as const));
  const owners = own.map(({ hierarchyId, path }) => {
    const other = pathsOfPid1.get(hierarchyId);
    return other === undefined ? null : ownerOf(path, other, podUid, isNamespaced);
  });
  const found = new Set(owners);
  if (found.has('foreign')) return 'foreign';
  if (found.has('pod')) return 'pod';
  return found.has('container') ? 'container' : null;
}

/**
 * Finds the owner of process 1 in one hierarchy.
 *
 * A path of the node's contains the Pod's UID (cgroupfs driver: with hyphens, systemd driver: with underscores).
 * A path may also be relative to the container's own cgroup namespace (cgroup_namespaces(7)). Then `/` is the
 * container's, `/..` the Pod's, and anything further up outside the Pod. `/` without a cgroup namespace is the root of
 * the hierarchy, which all processes share.
 */
function ownerOf(own: string, pid1: string, podUid: string, isNamespaced: boolean): CgroupOwner | null {
  const isPods = (path: string): boolean =>
    path.includes(podUid) || path.includes(podUid.replaceAll('-', '_'));
  if (podUid !== '' && isPods(own)) {
    if (own === pid1 || pid1.startsWith(`${own}/`)) return 'container';
    return isPods(pid1) ? 'pod' : 'foreign';
  }
  if (own !== '/' || !isNamespaced) return null;
  const ups = pid1.split('/').filter((part) => part === '..').length;
  if (ups > 2) return 'foreign';
  // crun adds a group below the container's scope, `SCOPE/container`: then the second `..` is still the Pod's.
  if (ups === 2) return /^(?:\/\.\.){2}\/[^/]+\/container$/.test(pid1) ? 'pod' : null;
  return ups === 1 ? 'pod' : 'container';
}
