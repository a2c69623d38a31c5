import type { ContainerView } from '../../src/inspection/container-view.ts';
import type { NetworkInterface } from '../../src/inspection/network-interface.ts';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { initialInodes } from '../../src/procfs/namespace.ts';

/** Of the Pod and the node that the views are of. */
export const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
export const BOOT_ID = 'a46bf52c-1a38-4bc6-b78b-a95c84b255db';
/** Of no initial namespace. */
export const OWN_INODE = 4026532899;

export function device(name: string, addresses: readonly string[] = [], bytes = 0): NetworkInterface {
  const zero = { packets: 0, errors: 0, dropped: 0, fifo: 0, compressed: 0 };
  return {
    name,
    hardwareType: 1,
    hardwareAddress: null,
    mtu: 1500,
    flags: 0x1003,
    txQueueLength: 1000,
    rx: { ...zero, bytes, frame: 0, multicast: 0 },
    tx: { ...zero, bytes, collisions: 0, carrier: 0 },
    addresses: addresses.map((address) => ({
      family: 'IPv4',
      address,
      prefixLength: 24,
      label: name,
      broadcast: null,
      peer: null,
      scope: null,
    })),
  };
}

/** A container in namespaces of its own, on a node with cgroup v2 and no cgroup namespaces. */
export function containerView(overrides: Partial<ContainerView> = {}): ContainerView {
  const path = `/kubepods.slice/kubepods-pod${POD_UID.replaceAll('-', '_')}.slice/cri-containerd-4f1e.scope`;
  return {
    isComplete: true,
    bootId: BOOT_ID,
    inodes: { net: OWN_INODE, pid: OWN_INODE, ipc: OWN_INODE, uts: OWN_INODE, cgroup: initialInodes.cgroup },
    cgroup: parseCgroup(`0::${path}\n`),
    cgroupOfPid1: parseCgroup(`0::${path}\n`),
    nsPid: [42],
    mounts: null,
    interfaces: { interfaces: [device('eth0', ['10.244.3.7'])], unattributed: [], warnings: [] },
    showsAddresses: true,
    listening: null,
    garbled: [],
    ...overrides,
  };
}
