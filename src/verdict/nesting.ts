import type { ContainerView } from '../inspection/container-view.ts';
import type { Node } from '../model/node.ts';
import { initialInodes } from '../procfs/namespace.ts';
import { someNames } from '../some-names.ts';

/** The kubelet's directory inside the storage of a container runtime: the kubelet itself runs in a container. */
const RUNTIME_STORAGE = /(?:docker\/volumes|containers\/storage)\/.*\/pods\//;

/** A sign that a node is itself a container (kind, minikube, k3d, LXD) with namespaces that are not the initial ones. */
export interface NestingSign {
  /** A clause whose subject is the node: "it shares its kernel with kube-node-9". */
  readonly detail: string;
}

/**
 * Finds signs that a node may itself be a container. None of them proves it, and a nested node may have none. If there
 * is a sign, an inode that is not the initial one proves nothing.
 *
 * A container that is certainly in the node's network shares the node's network namespace. Under containerd it shares
 * the node's UTS namespace too, because CRI has no option for that one. If both are the initial ones, the node is not
 * a container, and all signs are ignored. Verdicts that depend on this stay self-reported: the container can forge it.
 *
 * @param others all nodes that could be read
 * @param isOnNodeNetwork true if trusted evidence shows the container in the node's network
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
  // k3s sets k3s://NODE, and k3d gives its nodes names that begin with k3d-.
  const isContainer = /^(?:kind:\/\/|k3s:\/\/k3d-)/.test(node.providerID);
  return [
    ...(twins.length === 0 ? [] : [{ detail: `it shares its kernel with ${shown}` }]),
    ...(isContainer ? [{ detail: `its providerID is ${node.providerID}` }] : []),
  ];
}

/** @param showsNode true if the container's UTS namespace is the node's */
function containerSigns({ inodes, mounts }: ContainerView, showsNode: boolean): readonly NestingSign[] {
  const { uts } = inodes;
  const hosts = mounts?.find(({ mountPoint }) => mountPoint === '/etc/hosts');
  const details = [
    showsNode && uts !== null && uts !== initialInodes.uts
      ? `the node's own UTS namespace, uts:[${String(uts)}], is not the initial one`
      : null,
    hosts !== undefined && RUNTIME_STORAGE.test(hosts.root)
      ? 'its kubelet stores its files in the storage of a container runtime'
      : null,
  ];
  return details.flatMap((detail) => (detail === null ? [] : [{ detail }]));
}
