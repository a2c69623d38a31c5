import {
  type InterfaceAddress,
  interfaceFlags,
  type Interfaces,
  type NetworkInterface,
} from '../inspection/network-interface.ts';

/** The document of `ifconfig -o json` and `-o yaml`; docs/schema/interface-list.schema.json describes it. */
export type InterfaceList = {
  readonly apiVersion: 'kubectl-hostns/v1';
  readonly kind: 'InterfaceList';
  readonly metadata: InspectedContainer;
  readonly items: readonly InterfaceDocument[];
  readonly unattributedAddresses: readonly string[];
};

export type InspectedContainer = {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
};

export type InterfaceDocument = ReturnType<typeof interfaceDocument>;

type AddressDocument = {
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 'IPv4' | 'IPv6';
  readonly label?: string;
  readonly broadcast?: string;
  readonly peer?: string;
  readonly scope?: string;
};

/** Names of ip-address(8) and ifconfig(8), in lower case. */
const SCOPES: ReadonlyMap<number, string> = new Map([
  [0x00, 'global'],
  [0x10, 'host'],
  [0x20, 'link'],
  [0x40, 'site'],
  [0x80, 'compat'],
]);

export function interfaceList(
  { namespace, pod, container, node }: InspectedContainer,
  { interfaces, unattributed }: Pick<Interfaces, 'interfaces' | 'unattributed'>,
): InterfaceList {
  return {
    apiVersion: 'kubectl-hostns/v1',
    kind: 'InterfaceList',
    metadata: { namespace, pod, container, node },
    items: interfaces.map(interfaceDocument),
    unattributedAddresses: unattributed,
  };
}

/** Returns the document of one interface. Null means unknown. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- InterfaceDocument is its type
export function interfaceDocument({
  name,
  hardwareAddress,
  mtu,
  flags,
  txQueueLength,
  ...rest
}: NetworkInterface) {
  const { addresses, rx, tx } = rest;
  return {
    name,
    mac: hardwareAddress,
    mtu,
    flags: flags === null ? null : flagNames(flags),
    txQueueLength,
    addresses: addresses.map(addressDocument),
    rxBytes: rx.bytes,
    rxPackets: rx.packets,
    rxErrors: rx.errors,
    rxDropped: rx.dropped,
    rxOverruns: rx.fifo,
    rxFrame: rx.frame,
    txBytes: tx.bytes,
    txPackets: tx.packets,
    txErrors: tx.errors,
    txDropped: tx.dropped,
    txOverruns: tx.fifo,
    txCarrier: tx.carrier,
    txCollisions: tx.collisions,
  };
}

/** Returns the names of the flags, in the order of ifconfig. */
export function flagNames(flags: number): readonly string[] {
  return Object.entries(interfaceFlags)
    .filter(([, flag]) => (flags & flag) !== 0)
    .map(([name]) => name);
}

/** Removes absent and unknown values. */
function addressDocument(address: InterfaceAddress): AddressDocument {
  const { family, label, broadcast, peer, scope } = address;
  return {
    address: address.address,
    prefixLength: address.prefixLength,
    family,
    ...(family === 'IPv4' && { label }),
    ...(typeof broadcast === 'string' && { broadcast }),
    ...(typeof peer === 'string' && { peer }),
    ...(scope !== null && { scope: SCOPES.get(scope & 0xf0) ?? 'unknown' }),
  };
}
