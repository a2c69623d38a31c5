import {
  type InterfaceAddress,
  interfaceFlags,
  type NetworkInterface,
} from '../../inspection/network-interface.ts';
import { join, type SafeText, safeLine } from '../../output/safe-text.ts';

export interface IfconfigOptions {
  /** Includes interfaces that are down. */
  readonly all: boolean;
  /** The one interface or alias to show, up or down; null for all of them. */
  readonly name: string | null;
}

const INDENT = '          ';

/** Without names in interfaceFlags: IFF_PORTSEL and IFF_AUTOMEDIA of include/uapi/linux/if.h. */
const PORTSEL = 0x2000;
const AUTOMEDIA = 0x4000;

/** ARPHRD_SLIP's compressing kinds, of include/uapi/linux/if_arp.h: CSLIP and CSLIP6. */
const COMPRESSING: readonly number[] = [257, 259];

interface HardwareKind {
  readonly title: string;
  /** Text after HWaddr, or null if there is none. */
  readonly address: (hardwareAddress: string | null) => string | null;
}

const noAddress = (): null => null;
const UNSPEC: HardwareKind = { title: 'UNSPEC', address: unspecAddress };

/** Hardware types of busybox, by ARPHRD_ of include/uapi/linux/if_arp.h. */
const HARDWARE_KINDS: ReadonlyMap<number, HardwareKind> = new Map([
  [1, { title: 'Ethernet', address: ethernetAddress }],
  [32, { title: 'InfiniBand', address: unspecAddress }],
  [512, { title: 'Point-to-Point Protocol', address: noAddress }],
  [772, { title: 'Local Loopback', address: noAddress }],
  [776, { title: 'IPv6-in-IPv4', address: noAddress }],
]);

/** busybox leaves DYNAMIC out. */
const SHOWN_FLAGS = Object.entries(interfaceFlags).filter(([name]) => name !== 'DYNAMIC');

const SCOPES: ReadonlyMap<number, string> = new Map([
  [0x00, 'Global'],
  [0x10, 'Host'],
  [0x20, 'Link'],
  [0x40, 'Site'],
  [0x80, 'Compat'],
]);

/**
 * Returns the output of busybox's ifconfig, byte for byte (1.35, networking/interface.c). It ends with an empty line, and is
 * empty if `name` is not an interface.
 *
 * Unknown values are left out, and so are those that no file under /proc or /sys has: the interrupt and memory of old network
 * cards. ifconfig shows only the first IPv4 address of each label. If the order is unknown, all addresses are shown.
 */
export function ifconfig(interfaces: readonly NetworkInterface[], options: IfconfigOptions): SafeText {
  const names = new Set(interfaces.map(({ name }) => name));
  const paragraphs = interfaces
    .flatMap((device) => paragraphsOf(device, names))
    .filter(({ name, device }) =>
      options.name === null ? options.all || mayBeUp(device) : name === options.name,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return join([...paragraphs.flatMap(linesOf).map(safeLine), safeLine('')], '\n');
}

/** Returns the addresses that ifconfig does not show: all IPv4 addresses of a label except the first. */
export function unshownAddresses(device: NetworkInterface): readonly InterfaceAddress[] {
  const shown = new Set(paragraphsOf(device, new Set([device.name])).flatMap(({ ipv4 }) => ipv4));
  return device.addresses.filter((address) => address.family === 'IPv4' && !shown.has(address));
}

interface Paragraph {
  /** Name of the interface, or of an alias. */
  readonly name: string;
  readonly device: NetworkInterface;
  readonly ipv4: readonly InterfaceAddress[];
  readonly isAlias: boolean;
}

/** Returns a block for the interface, and one for each label: SIOCGIFCONF lists labels like interfaces. */
function paragraphsOf(device: NetworkInterface, names: ReadonlySet<string>): readonly Paragraph[] {
  const labels = Map.groupBy(
    device.addresses.filter(({ family }) => family === 'IPv4'),
    ({ label }) => label,
  );
  const own = labels.get(device.name) ?? [];
  const aliases = Array.from(labels).filter(([label]) => !names.has(label));
  return [
    { name: device.name, device, ipv4: answered(own), isAlias: false },
    ...aliases.map(([name, ipv4]) => ({ name, device, ipv4: answered(ipv4), isAlias: true })),
  ];
}

/** SIOCGIFADDR returns the first address. A source without broadcast addresses does not have the order either. */
function answered(addresses: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return addresses[0]?.broadcast === undefined ? addresses : addresses.slice(0, 1);
}

/** An interface whose state is unknown is shown. */
function mayBeUp({ flags }: NetworkInterface): boolean {
  return flags === null || (flags & interfaceFlags.UP) !== 0;
}

function linesOf({ name, device, ipv4, isAlias }: Paragraph): readonly string[] {
  const ipv6 = isAlias ? [] : device.addresses.filter(({ family }) => family === 'IPv6');
  return [
    name.padEnd(9) + ' ' + hardware(device) + media(device),
    ...ipv4.map((address) => inet(device, address)),
    ...ipv6.map(inet6),
    ...flagsAndMtu(device),
    ...(isAlias ? [] : statistics(device)),
    '',
  ];
}

function hardware({ hardwareType, hardwareAddress }: NetworkInterface): string {
  if (hardwareType === null) return '';
  const { title, address } = HARDWARE_KINDS.get(hardwareType) ?? UNSPEC;
  const shown = address(hardwareAddress);
  return `Link encap:${title}  ${shown === null ? '' : `HWaddr ${shown}  `}`;
}

function ethernetAddress(hardwareAddress: string | null): string | null {
  return hardwareAddress === null ? null : hardwareAddress.toUpperCase().split(':').slice(0, 6).join(':');
}

/**
 * Formats sixteen bytes. SIOCGIFHWADDR returns the first eight. After a shorter address busybox prints uninitialized memory.
 * This prints zeros.
 */
function unspecAddress(hardwareAddress: string | null): string {
  const bytes = hardwareAddress?.toUpperCase().split(':').slice(0, 8) ?? [];
  return Array.from({ length: 16 }, (_, index) => bytes[index] ?? '00').join('-');
}

/** The port is 0, "unknown", except for drivers of the 1990s. */
function media({ flags }: NetworkInterface): string {
  if (((flags ?? 0) & PORTSEL) === 0) return '';
  return ((flags ?? 0) & AUTOMEDIA) === 0 ? 'Media:unknown' : 'Media:unknown(auto)';
}

function inet({ flags }: NetworkInterface, address: InterfaceAddress): string {
  const has = (flag: number): boolean => ((flags ?? 0) & flag) !== 0;
  const { peer, broadcast } = address;
  return [
    `${INDENT}inet addr:${address.address} `,
    ...(has(interfaceFlags.POINTOPOINT) && peer !== undefined ? [` P-t-P:${peer ?? address.address} `] : []),
    ...(has(interfaceFlags.BROADCAST) && broadcast !== undefined
      ? [` Bcast:${broadcast ?? '0.0.0.0'} `]
      : []),
    ` Mask:${netmask(address.prefixLength)}`,
  ].join('');
}

function netmask(prefixLength: number): string {
  const ones = (octet: number): number => Math.min(8, Math.max(0, prefixLength - 8 * octet));
  return [0, 1, 2, 3].map((octet) => 256 - 2 ** (8 - ones(octet))).join('.');
}

function inet6({ address, prefixLength, scope }: InterfaceAddress): string {
  // The other bits say how the address was configured.
  const name = scope === null ? 'Unknown' : (SCOPES.get(scope & 0xf0) ?? 'Unknown');
  return `${INDENT}inet6 addr: ${address}/${String(prefixLength)} Scope:${name}`;
}

function flagsAndMtu({ flags, mtu }: NetworkInterface): readonly string[] {
  if (flags === null && mtu === null) return [];
  // No file has the metric; Linux answers 0 for every interface, which is shown as 1.
  return [
    `${INDENT}${flags === null ? '' : shownFlags(flags)}${mtu === null ? '' : ` MTU:${String(mtu)} `} Metric:1`,
  ];
}

/**
 * Removes flags that ifconfig does not show. SIOCGIFFLAGS returns IFF_PROMISC and IFF_ALLMULTI only if an administrator set
 * them; sysfs always has them. A port of a bridge has both (br_add_if and br_manage_promisc of net/bridge/br_if.c), and
 * ifconfig shows neither. One alone is kept, although a packet capture may have set it.
 */
function shownFlags(flags: number): string {
  const both = interfaceFlags.PROMISC | interfaceFlags.ALLMULTI;
  const told = (flags & both) === both ? flags & ~both : flags;
  // ifr_flags has sixteen bits.
  if ((told & 0xffff) === 0) return '[NO FLAGS] ';
  return SHOWN_FLAGS.filter(([, flag]) => (told & flag) !== 0)
    .map(([name]) => `${name} `)
    .join('');
}

function statistics({ hardwareType, txQueueLength, rx, tx }: NetworkInterface): readonly string[] {
  const compresses = hardwareType !== null && COMPRESSING.includes(hardwareType);
  // Printed with %d. -1 means that the kernel does not report it.
  const queue = txQueueLength === null ? -1 : txQueueLength | 0;
  return [
    `${INDENT}RX packets:${String(rx.packets)} errors:${String(rx.errors)} dropped:${String(rx.dropped)} overruns:${String(rx.fifo)} frame:${String(rx.frame)}`,
    ...(compresses ? [`             compressed:${String(rx.compressed)}`] : []),
    `${INDENT}TX packets:${String(tx.packets)} errors:${String(tx.errors)} dropped:${String(tx.dropped)} overruns:${String(tx.fifo)} carrier:${String(tx.carrier)}`,
    `${INDENT}collisions:${String(tx.collisions)} ${compresses ? `compressed:${String(tx.compressed)} ` : ''}${queue === -1 ? '' : `txqueuelen:${String(queue)} `}`,
    `${INDENT}RX bytes:${scaled(rx.bytes)}  TX bytes:${scaled(tx.bytes)}`,
  ];
}

/** Formats bytes like print_bytes_scaled: truncated, not rounded, with TiB as the largest unit. */
function scaled(bytes: number): string {
  let whole = bytes;
  let tenths = 0;
  let unit = 0;
  while (whole >= 1024 && unit < 4) {
    tenths = Math.floor(((whole % 1024) * 10) / 1024);
    whole = Math.floor(whole / 1024);
    unit += 1;
  }
  const sign = ['', 'Ki', 'Mi', 'Gi', 'Ti'][unit] ?? '';
  return `${String(bytes)} (${String(whole)}.${String(tenths)} ${sign}B)`;
}
