import type { ContainerView } from '../inspection/container-view.ts';
import type { Node } from '../model/node.ts';
import { initialInodes } from '../procfs/namespace.ts';
import { someNames } from '../some-names.ts';

/** A container runtime's own storage, before the kubelet's folder: the kubelet itself runs in a container. */
const RUNTIME_STORAGE = /(?:docker\/volumes|containers\/storage)\/.*\/pods\//;

/** A sign that a node is itself a container (kind, minikube, k3d, LXD), so that its namespaces are not the initial ones. */
export interface NestingSign {
  /** A clause. */
  readonly detail: string;
}

/**
 * The signs that a node may itself be a container. None of them proves it, and a single nested node may show
 * none; where one stands, an inode that is not the initial one says nothing.
 *
 * A container that is certainly in the node's network shows the node's own network namespace, and under
 * containerd its UTS namespace, too (CRI has no option for that one). Where both are the initial ones, the
 * node is no container, whatever else may look like it. That is the container's word: what is judged by it
 * stays self-reported.
 *
 * @param others every node that is known
 * @param isOnNodeNetwork whether something trusted says that the container is in the node's network
 */
export function nestingSigns(
  node: Node,
  others: Iterable<Node>,
  view: ContainerView | null,
  isOnNodeNetwork: boolean,
): readonly NestingSign[] {
  const showsNode = isOnNodeNetwork && node.containerRuntimeVersion.startsWith('containerd:');
  if (view !== null && showsNode && hasInitialNetworkAndUts(view, node)) return [];
  return [...apiSigns(node, others), ...(view === null ? [] : containerSigns(view, showsNode))];
}

function hasInitialNetworkAndUts({ bootId, inodes }: ContainerView, { bootID }: Node): boolean {
  return bootId === bootID && inodes.net === initialInodes.net && inodes.uts === initialInodes.uts;
}

function apiSigns(node: Node, others: Iterable<Node>): readonly NestingSign[] {
  const twins = [...others]
    .filter(({ name, bootID }) => name !== node.name && bootID !== '' && bootID === node.bootID)
    .map(({ name }) => name)
    .sort();
  const shown = twins.length > 2 ? someNames(twins, 1) : twins.join(' and ');
  // k3d's nodes are k3s's, but for their name.
  const isContainer = /^(?:kind:\/\/|k3s:\/\/k3d-)/.test(node.providerID);
  return [
    ...(twins.length === 0 ? [] : [{ detail: `it shares its kernel with ${shown}` }]),
    ...(isContainer ? [{ detail: `its providerID is ${node.providerID}` }] : []),
  ];
}

/** @param showsNode whether the container's UTS namespace is the node's */
function containerSigns({ inodes, mounts }: ContainerView, showsNode: boolean): readonly NestingSign[] {
  const { uts } = inodes;
  const hosts = mounts?.find(({ mountPoint }) => mountPoint === '/etc/hosts');
  const details = [
    showsNode && uts !== null && uts !== initialInodes.uts
      ? `the node's own UTS namespace, uts:[${String(uts)}], is not the initial one`
      : null,
    hosts !== undefined && RUNTIME_STORAGE.test(hosts.root)
      ? 'its kubelet keeps its files in the storage of a container runtime'
      : null,
  ];
  return details.flatMap((detail) => (detail === null ? [] : [{ detail }]));
}
