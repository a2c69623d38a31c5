import type { ContainerView } from '../inspection/container-view.ts';
import type { Node } from '../model/node.ts';
import type { NetworkSample } from '../model/node-summary.ts';
import type { NamespaceKind } from '../model/sharing.ts';
import type { CgroupMembership } from '../procfs/cgroup.ts';
import { initialInodes } from '../procfs/namespace.ts';
import { compareNetworks } from './compare-networks.ts';
import type { NestingSign } from './nesting.ts';
import type { Evidence, Observed } from './verdict.ts';

/** What is known of a container from elsewhere, to hold its own words against. */
export interface Surroundings {
  /** As the kubelet knows it. */
  readonly podUid: string;
  /** The addresses of the node, as the API has them. */
  readonly nodeIPs: readonly string[];
  /** Null where the user may not see the node. */
  readonly node: Node | null;
  readonly nodeSamples: readonly NetworkSample[];
  readonly signs: readonly NestingSign[];
}

interface Finding {
  readonly observed: Observed;
  readonly detail: string;
}

/** What the container's report says of each namespace. All of it is self-reported. */
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

/** One report that says both is worth nothing. */
function conclude(findings: readonly Finding[]): Finding {
  const telling = findings.filter(({ observed }) => observed !== 'unknown');
  const detail = (telling.length === 0 ? findings : telling).map((finding) => finding.detail).join('; ');
  const [observed = 'unknown', ...others] = new Set(telling.map((finding) => finding.observed));
  return others.length === 0
    ? { observed, detail }
    : { observed: 'unknown', detail: `it contradicts itself: ${detail}` };
}

function networkFindings(view: ContainerView, surroundings: Surroundings): readonly Finding[] {
  const byInode = inodeFinding('net', view, surroundings);
  return [
    // The initial network namespace has had a fixed number only since Linux 6.18: another one says nothing.
    ...(byInode.observed === 'node' ? [byInode] : []),
    addressFinding(view, surroundings),
    ...counterFinding(view, surroundings),
  ];
}

/** The node's address stands on one of the node's interfaces, and on no other Pod's. */
function addressFinding(
  { interfaces, isComplete, showsAddresses }: ContainerView,
  { nodeIPs }: Surroundings,
): Finding {
  if (interfaces === null) return { observed: 'unknown', detail: 'it does not show its interfaces' };
  const own = new Set([
    ...interfaces.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    ...interfaces.unattributed,
  ]);
  const found = nodeIPs.find((address) => own.has(address));
  if (found !== undefined) return { observed: 'node', detail: `it has the node's address ${found}` };
  if (!isComplete || !showsAddresses) {
    return { observed: 'unknown', detail: 'it does not show all of its addresses' };
  }
  const [nodeIP] = nodeIPs;
  if (nodeIP === undefined) return { observed: 'unknown', detail: "the node's address is not known" };
  return { observed: 'own', detail: `the node's address ${nodeIP} is not among its own` };
}

function counterFinding({ interfaces }: ContainerView, { nodeSamples }: Surroundings): readonly Finding[] {
  const latest = nodeSamples.at(-1);
  if (interfaces === null || latest === undefined) return [];
  const sample: NetworkSample = {
    // The kubelet may have read its counters just before or after: no order can be told.
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
  return byInode.observed === 'node' ? [byInode, byCgroup] : [byCgroup];
}

function ipcFindings(view: ContainerView, surroundings: Surroundings): readonly Finding[] {
  return [inodeFinding('ipc', view, surroundings)];
}

/**
 * The initial namespace has a fixed inode number (include/uapi/linux/nsfs.h), so that equal is the node's
 * unless the kernel is another; unequal is the container's own unless the node is a container itself.
 */
function inodeFinding(
  kind: 'net' | 'pid' | 'ipc',
  view: ContainerView,
  { node, signs }: Surroundings,
): Finding {
  const inode = view.inodes[kind];
  const unknown = (detail: string): Finding => ({ observed: 'unknown', detail });
  if (inode === null) return unknown(`it does not show its ${kind} namespace`);
  const shown = `${kind}:[${String(inode)}]`;
  if (node === null) {
    return unknown(
      `its ${shown} cannot be compared: the node could not be read, for which the right to get nodes is needed`,
    );
  }
  if (view.bootId === null) return unknown(`its ${shown} cannot be compared: it does not show its boot ID`);
  if (view.bootId !== node.bootID) {
    return unknown(`its ${shown} is of another kernel than the node's (a virtual machine, gVisor, or a lie)`);
  }
  if (inode === initialInodes[kind]) return { observed: 'node', detail: `${shown} is the initial namespace` };
  const [sign] = signs;
  if (sign !== undefined) {
    return unknown(
      `its ${shown} is not the initial namespace, but the node may be a container itself (${sign.detail})`,
    );
  }
  return { observed: 'own', detail: `${shown} is not the initial namespace` };
}

/**
 * In a PID namespace of its own, process 1 is the container's or the Pod's; in the node's it is the node's init.
 * Null where that cannot be told: the cgroups are not shown, tell no processes apart, or its /proc is that of
 * another PID namespace than its own.
 */
function cgroupFinding(
  { cgroup, cgroupOfPid1, nsPid, inodes }: ContainerView,
  { podUid }: Surroundings,
): Finding | null {
  if (nsPid !== null && nsPid.length > 1) return null;
  if (cgroup === null || cgroupOfPid1 === null) return null;
  const isNamespaced = inodes.cgroup !== null && inodes.cgroup !== initialInodes.cgroup;
  switch (nearest(cgroup, cgroupOfPid1, podUid, isNamespaced)) {
    case 'container':
      return { observed: 'own', detail: "PID 1 is in the container's own cgroup" };
    case 'pod':
      return { observed: 'own', detail: 'PID 1 is in a cgroup of the same Pod' };
    case 'foreign':
      return { observed: 'node', detail: 'PID 1 is in a cgroup outside of the Pod' };
    case null:
      return null;
  }
}

type Kinship = 'container' | 'pod' | 'foreign';

/** How process 1 is related to this container, over all hierarchies that both are in. */
function nearest(
  own: readonly CgroupMembership[],
  ofPid1: readonly CgroupMembership[],
  podUid: string,
  isNamespaced: boolean,
): Kinship | null {
  const pathsOfPid1 = new Map(ofPid1.map(({ hierarchyId, path }) => [hierarchyId, path] as const));
  const kinships = own.map(({ hierarchyId, path }) => {
    const other = pathsOfPid1.get(hierarchyId);
    return other === undefined ? null : kinshipOf(path, other, podUid, isNamespaced);
  });
  const found = new Set(kinships);
  if (found.has('foreign')) return 'foreign';
  if (found.has('pod')) return 'pod';
  return found.has('container') ? 'container' : null;
}

/**
 * Paths are the node's, and then name the Pod by its UID (cgroupfs driver with hyphens, systemd driver with
 * underscores), or relative to the container's own cgroup namespace, `/` (cgroup_namespaces(7)): then `/..` is
 * the Pod's, and what lies further up is not. `/` without such a namespace is no cgroup of its own.
 */
function kinshipOf(own: string, pid1: string, podUid: string, isNamespaced: boolean): Kinship | null {
  const isPods = (path: string): boolean =>
    path.includes(podUid) || path.includes(podUid.replaceAll('-', '_'));
  if (podUid !== '' && isPods(own)) {
    if (own === pid1 || pid1.startsWith(`${own}/`)) return 'container';
    return isPods(pid1) ? 'pod' : 'foreign';
  }
  if (own !== '/' || !isNamespaced) return null;
  const ups = pid1.split('/').filter((part) => part === '..').length;
  if (ups > 2) return 'foreign';
  // crun puts a container into a group of its own, `SCOPE/container`: then two up is the Pod's still.
  if (ups === 2) return /^(?:\/\.\.){2}\/[^/]+\/container$/.test(pid1) ? 'pod' : null;
  return ups === 1 ? 'pod' : 'container';
}
