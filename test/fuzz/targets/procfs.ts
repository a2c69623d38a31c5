import { isIPv4 } from 'node:net';
import {
  ipv4FromHex,
  ipv4Text,
  ipv4Word,
  ipv6Text,
  bytesFromHex,
  networkWord,
} from '../../../src/procfs/address.ts';
import { type CgroupMembership, parseCgroup } from '../../../src/procfs/cgroup.ts';
import { isDeviceName } from '../../../src/procfs/device-name.ts';
import { type FibTable, localAddresses, parseFibTrie } from '../../../src/procfs/fib-trie.ts';
import { type Inet6Address, parseIfInet6 } from '../../../src/procfs/if-inet6.ts';
import { type Mount, parseMountinfo } from '../../../src/procfs/mountinfo.ts';
import { inodeOfFdinfo, parseNamespaceLink } from '../../../src/procfs/namespace.ts';
import { type NetDevice, parseNetDev } from '../../../src/procfs/net-dev.ts';
import { parseNsPid } from '../../../src/procfs/pid-status.ts';
import { podOfCgroup, podsBase } from '../../../src/procfs/pod-cgroup.ts';
import { ProcfsError } from '../../../src/procfs/procfs-error.ts';
import { parseRoute, type Route } from '../../../src/procfs/route.ts';
import { parseSockets, type Socket } from '../../../src/procfs/sockets.ts';
import { hostWord } from '../../procfs/arbitraries.ts';
import { fixtures } from '../../procfs/fixtures.ts';
import { bytesOf } from '../mutate.ts';
import type { Random } from '../random.ts';
import { demand, demandEqual, type Target } from '../target.ts';
import { textTarget } from './texts.ts';

function textsOf(parser: string): readonly string[] {
  return fixtures.filter(({ name }) => name.startsWith(`${parser}.`)).map(({ text }) => text);
}

function dotted(address: string): string {
  return hostWord(address.split('.').map(Number), 'little');
}

/** As many hexadecimal digits as an IPv6 address has bytes, twice; from any form of RFC 5952. */
function ipv6Digits(address: string): string {
  const colons = address.replace(/[0-9.]+$/, (tail) =>
    tail.includes('.') ? hostWord(tail.split('.').map(Number), 'big').replace(/^(....)/, '$1:') : tail,
  );
  const [head = '', tail] = colons.split('::');
  const words = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const after = words(tail ?? '');
  const zeros = Array<string>(tail === undefined ? 0 : 8 - words(head).length - after.length).fill('0');
  return [...words(head), ...zeros, ...after].map((word) => word.toLowerCase().padStart(4, '0')).join('');
}

/** Of four words in the order of the machine. */
function ipv6Words(address: string): string {
  const digits = ipv6Digits(address).toUpperCase();
  return digits.replace(/(..)(..)(..)(..)/g, '$4$3$2$1');
}

/** A number that had 64 bits, and may have been rounded to more than they hold. */
function counter(value: number): string {
  const exact = BigInt(value);
  return String(exact >= 2n ** 64n ? 2n ** 64n - 1n : exact);
}

function printNetDev(devices: readonly NetDevice[]): string {
  const lines = devices.map(({ name, rx, tx }) => {
    const received = [
      rx.bytes,
      rx.packets,
      rx.errors,
      rx.dropped,
      rx.fifo,
      rx.frame,
      rx.compressed,
      rx.multicast,
    ];
    const sent = [
      tx.bytes,
      tx.packets,
      tx.errors,
      tx.dropped,
      tx.fifo,
      tx.collisions,
      tx.carrier,
      tx.compressed,
    ];
    return `${name.padStart(6)}: ${[...received, ...sent].map(counter).join(' ')}\n`;
  });
  return `Inter-|\n face |\n${lines.join('')}`;
}

function printRoutes(routes: readonly Route[]): string {
  const lines = routes.map((route) => {
    const flags = route.flags.toString(16).toUpperCase().padStart(4, '0');
    const mask = dotted(ipv4Text(route.prefixLength === 0 ? 0 : (-1 << (32 - route.prefixLength)) >>> 0));
    const ends = [dotted(route.destination), dotted(route.gateway)];
    return `${[route.interface, ...ends, flags, 0, 0, route.metric, mask, 0, 0, 0].join('\t')}\n`;
  });
  return routes.length === 0 ? '' : `Iface\tDestination\tGateway\n${lines.join('')}`;
}

function printSockets(sockets: readonly Socket[], address: (text: string) => string): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  const lines = sockets.map(
    (socket, index) =>
      `${String(index).padStart(4)}: ${address(socket.localAddress)}:${hex(socket.localPort, 4)} ` +
      `${address(socket.remoteAddress)}:${hex(socket.remotePort, 4)} ${hex(socket.state, 2)} ` +
      `00000000:00000000 00:00000000 00000000 ${String(socket.uid).padStart(5)}        0 ${String(socket.inode)}\n`,
  );
  return `  sl  local_address\n${lines.join('')}`;
}

function printInet6(addresses: readonly Inet6Address[]): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return addresses
    .map(
      (one) =>
        `${ipv6Digits(one.address)} ${hex(one.interfaceIndex)} ${hex(one.prefixLength)} ${hex(one.scope)} ` +
        `${hex(one.flags)} ${one.interface.padStart(8)}\n`,
    )
    .join('');
}

function printFibTrie(tables: readonly FibTable[]): string {
  const leaf = ({ address, prefixLength, scope, type }: FibTable['leaves'][number]): string =>
    `     |-- ${address}\n        /${String(prefixLength)} ${scope} ${type}\n`;
  return tables
    .map(({ name, leaves }) => `${name}:\n  +-- 0.0.0.0/0 3 0 5\n${leaves.map(leaf).join('')}`)
    .join('');
}

function printCgroup(memberships: readonly CgroupMembership[]): string {
  return memberships
    .map(({ hierarchyId, controllers, path }) => `${String(hierarchyId)}:${controllers.join(',')}:${path}\n`)
    .join('');
}

function printMountinfo(mounts: readonly Mount[]): string {
  const escape = (text: string): string =>
    text.replaceAll(/[ \t\n\\,]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return mounts
    .map((mount) =>
      [
        mount.mountId,
        mount.parentId,
        mount.device,
        escape(mount.root),
        escape(mount.mountPoint),
        mount.options.map(escape).join(','),
        'shared:1',
        '-',
        escape(mount.fileSystemType),
        escape(mount.source),
        `${mount.superOptions.map(escape).join(',')}\n`,
      ].join(' '),
    )
    .join('');
}

/** One text, which a kernel file has in it. */
function wordTarget(
  name: string,
  texts: readonly string[],
  words: readonly string[],
  attempt: (text: string) => boolean,
): Target {
  return {
    name,
    words,
    seeds: texts.map(bytesOf),
    make: (random: Random) => {
      const pieces = Array.from({ length: 1 + random.below(4) }, () => random.pick(words));
      return bytesOf(random.once(2) ? random.pick(texts) : pieces.join(''));
    },
    attempt: (input) => attempt(input.toString('utf8')),
  };
}

function tryAddress(text: string): boolean {
  const word = ipv4Word(text);
  demand((word !== null) === isIPv4(text), 'an IPv4 address is what Node.js takes for one');
  if (word !== null) {
    demand(ipv4Text(word) === text, 'an IPv4 address is written as it was read');
    demand(
      ipv4FromHex(dotted(text), 'little') === text,
      'an IPv4 address is read from its hexadecimal digits',
    );
  }
  const digits = text.replaceAll(/[^0-9A-Fa-f]/g, '');
  const hex = digits.slice(0, 8);
  if (hex.length === 8) {
    const swapped = Number.parseInt(hex, 16) >>> 0;
    demand(
      networkWord(hex, 'big') === swapped,
      'a word of a big-endian machine is in the order of the network',
    );
    demand(
      ipv4FromHex(hex, 'little') === ipv4Text(swapped).split('.').toReversed().join('.'),
      'a word is turned',
    );
  }
  if (digits.length < 32) return word !== null;
  const bytes = bytesFromHex(digits.slice(0, 32));
  const written = ipv6Text(bytes);
  demandEqual(bytesFromHex(ipv6Digits(written)), bytes, 'an IPv6 address is written so that it can be read');
  const isShort = written.includes('::') || !/(?:^|:)0:0(?::|$)/.test(written);
  demand(
    isShort && !/(?:^|:)0[0-9a-f]|::.*::|::0(?::|$)|(?:^|:)0::|[A-F]/.test(written),
    'an IPv6 address is written as short as can be',
  );
  return true;
}

function tryDeviceName(text: string): boolean {
  const isName = isDeviceName(text);
  if (text.includes('\ufffd')) return isName;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const kernel = /^[^\0/: \t-\r\xa0]{1,15}$/.test(bytes) && bytes !== '.' && bytes !== '..';
  demand(isName === kernel, 'a name of a device is what dev_valid_name takes for one');
  return isName;
}

const UID = '7680d84a-6947-4528-86af-6bcb60615622';
const CONTAINER = '6dacb8df6b2180a19f8503d36e9cdabb3245084596d3138744c722b121cd93b7';
const CGROUPS = [
  `/kubepods/besteffort/pod${UID}/${CONTAINER}`,
  `/kubepods/pod${UID}`,
  `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-${CONTAINER}.scope`,
  `/node-2/kubepods-pod${UID.replaceAll('-', '_')}.slice:cri-containerd:${CONTAINER}`,
  `/../../pod${UID}/crio-${CONTAINER}.scope/init`,
];

function tryPodCgroup(path: string): boolean {
  const found = podOfCgroup(path, '');
  const base = podsBase(path, UID);
  demand(
    base === '' || path.replaceAll(/\.slice:[a-z-]{1,32}:/g, '.slice/').startsWith(`${base}/`),
    'the base begins the path',
  );
  if (found === null) return false;
  demand(found.podUid !== '' && !found.podUid.includes('/'), 'a UID is one name');
  if (found.container === null) return true;
  demand(/^[0-9a-f]{64}$/.test(found.container), 'a container has 64 digits');
  const below = `${path}/pod00000000-0000-4000-8000-000000000000/${'0'.repeat(64)}`;
  demandEqual(podOfCgroup(below, ''), found, 'what is below the group of a container does not count');
  return true;
}

/** Two inodes must not become one number. */
function withExact<T>(value: T, numbers: (value: T) => readonly number[]): T {
  demand(numbers(value).every(Number.isSafeInteger), 'an inode is exact');
  return value;
}

function inodesOf(sockets: readonly Socket[]): readonly number[] {
  return sockets.map(({ inode }) => inode);
}

const parser = { error: ProcfsError, headings: 0 } as const;

/** One for each file of src/procfs that reads something. */
export const procfsTargets: readonly Target[] = [
  wordTarget(
    'procfs-address',
    [
      '192.0.2.2',
      '0100007F',
      'fe8000000000000068000bfffe0b26b5',
      '00000000000000000000ffffc0000202',
      '0'.repeat(32),
    ],
    [
      '0',
      '00',
      '0000',
      '255',
      '256',
      '.',
      '1.',
      '01.',
      'FFFFFFFF',
      'ffff',
      '0001',
      '00000000',
      'a',
      '::',
      ' ',
    ],
    tryAddress,
  ),
  textTarget({
    ...parser,
    name: 'procfs-cgroup',
    texts: textsOf('cgroup'),
    words: [':', '::', '0::/', ',', 'name=', '/..', 'pids', ' (deleted)'],
    parse: parseCgroup,
    print: printCgroup,
  }),
  wordTarget(
    'procfs-device-name',
    ['lo', 'eth0', 'abcdefghijklmno', 'é€', '*', '..'],
    [
      '.',
      '/',
      ':',
      ' ',
      '\t',
      '\v',
      'a',
      'abcdefgh',
      'é',
      '\u00a0',
      '\u2028',
      '€',
      '\ud83d\ude00',
      '\ufffd',
      '\0',
      '\u0001',
      'à',
    ],
    tryDeviceName,
  ),
  textTarget({
    ...parser,
    name: 'procfs-fib-trie',
    headings: 1,
    texts: textsOf('fib-trie'),
    words: [
      'Main:\n',
      'Local:\n',
      'Id -1:\n',
      '  |-- ',
      '  +-- ',
      '/32 host LOCAL\n',
      '/0 universe UNICAST',
      ' tos=16',
      'scope=7',
      'type 9',
      '10.0.0.0',
      '255.255.255.255',
    ],
    parse: (text) => {
      const tables = parseFibTrie(text);
      demand(
        localAddresses(tables).every((address) => isIPv4(address)),
        'a local address is an address',
      );
      return tables;
    },
    print: printFibTrie,
  }),
  textTarget({
    ...parser,
    name: 'procfs-if-inet6',
    texts: textsOf('if-inet6'),
    words: ['0'.repeat(32), 'f'.repeat(32), ' 01', ' 80', ' 81', '       lo', '-'],
    parse: parseIfInet6,
    print: printInet6,
  }),
  textTarget({
    ...parser,
    name: 'procfs-mountinfo',
    texts: textsOf('mountinfo'),
    words: [
      ' - ',
      ' -',
      '\\040',
      '\\134',
      '\\000',
      '\\054',
      ',',
      '/',
      '8:1',
      'net:[4026531833]',
      'shared:1',
      '  ',
    ],
    parse: parseMountinfo,
    print: printMountinfo,
  }),
  textTarget({
    ...parser,
    name: 'procfs-namespace-link',
    most: 1,
    texts: textsOf('namespace-link'),
    words: ['net', ':[', ']', '4026531833', '4294967296', 'pid_for_children'],
    parse: (text) => withExact(parseNamespaceLink(text), ({ inode }) => [inode]),
    print: ({ kind, inode }) => `${kind}:[${String(inode)}]\n`,
  }),
  textTarget({
    ...parser,
    name: 'procfs-fdinfo',
    texts: textsOf('fdinfo'),
    words: ['ino:', 'ino:\t4026531833\n', 'pos:\t0', '\t'],
    parse: (text) => withExact(inodeOfFdinfo(text), (inode) => [inode ?? 0]),
    print: (inode) => (inode === null ? 'pos:\t0\n' : `ino:\t${String(inode)}\n`),
  }),
  textTarget({
    ...parser,
    name: 'procfs-net-dev',
    texts: textsOf('net-dev'),
    headings: 2,
    words: ['Inter-|', ' face |', ':', 'eth0:', ' 0 0 0 0 0 0 0 0', '  '],
    parse: parseNetDev,
    print: printNetDev,
  }),
  textTarget({
    ...parser,
    name: 'procfs-status',
    texts: textsOf('status'),
    words: ['NSpid:', 'NSpid:\t1\n', '\t1', '4194304', '4194305', 'Name:\t'],
    parse: parseNsPid,
    print: (pids) => (pids.length === 0 ? '' : `NSpid:\t${pids.join('\t')}\n`),
  }),
  wordTarget(
    'procfs-pod-cgroup',
    CGROUPS,
    [
      '/',
      '/kubepods',
      '.slice',
      '-pod',
      'pod',
      'pod_',
      `pod${UID}`,
      CONTAINER,
      'cri-containerd-',
      '.scope',
      ':cri-containerd:',
      '/..',
      'burstable',
      '_',
      '-',
    ],
    tryPodCgroup,
  ),
  textTarget({
    ...parser,
    name: 'procfs-route',
    texts: textsOf('route'),
    headings: 1,
    words: ['Iface\tDestination\t', '\t', 'FFFFFFFF', '00000000', '*', '-1', '0003', 'FCFFFFFF'],
    parse: (text) => parseRoute(text),
    print: printRoutes,
  }),
  textTarget({
    ...parser,
    name: 'procfs-sockets',
    texts: textsOf('sockets'),
    headings: 1,
    words: [
      '  sl  ',
      ':0050',
      '0100007F',
      ' 0A ',
      ' 07 ',
      '00000000:00000000',
      ' 0 ',
      '-1',
      '9007199254740992',
    ],
    parse: (text) => withExact(parseSockets(text, 'IPv4'), inodesOf),
    print: (sockets) => printSockets(sockets, dotted),
  }),
  textTarget({
    ...parser,
    name: 'procfs-sockets6',
    texts: textsOf('sockets6'),
    headings: 1,
    words: ['  sl  ', ':0050', '0000000000000000FFFF00000100007F', '0'.repeat(32), ' 0A ', ' 0 ', '-1'],
    parse: (text) => withExact(parseSockets(text, 'IPv6'), inodesOf),
    print: (sockets) => printSockets(sockets, ipv6Words),
  }),
];
