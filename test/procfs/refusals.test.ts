import { describe, expect, test } from '@jest/globals';
import { bytesFromHex, ipv4Word, ipv6Text, networkWord } from '../../src/procfs/address.ts';
import { parseCgroup } from '../../src/procfs/cgroup.ts';
import { isDeviceName } from '../../src/procfs/device-name.ts';
import { localAddresses, parseFibTrie } from '../../src/procfs/fib-trie.ts';
import { parseIfInet6 } from '../../src/procfs/if-inet6.ts';
import { columnsOf, lines, trimBlanks } from '../../src/procfs/line.ts';
import { parseMountinfo } from '../../src/procfs/mountinfo.ts';
import { parseNamespaceLink } from '../../src/procfs/namespace.ts';
import { parseNetDev } from '../../src/procfs/net-dev.ts';
import { parseNsPid } from '../../src/procfs/pid-status.ts';
import { podOfCgroup, podsBase } from '../../src/procfs/pod-cgroup.ts';
import { excerpt, ProcfsError } from '../../src/procfs/procfs-error.ts';
import { parseRoute } from '../../src/procfs/route.ts';
import { parseSockets } from '../../src/procfs/sockets.ts';

const ROUTE = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const SOCKETS =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const INET6 = 'fe80000000000000021122fffe334455 02 40 20 80 eth0';
const MOUNT = (device: string): string => `25 1 ${device} / / rw - ext4 /dev/vda rw\n`;
const socket = (rest: string): string => `${SOCKETS}   0: 0100007F:1F90 00000000:0000 ${rest}\n`;

/** Text that is nearly what the kernel prints, and the error message. */
const REFUSED: readonly (readonly [what: string, parse: () => unknown, message: string])[] = [
  [
    'a device of a mount with text before it',
    () => parseMountinfo(MOUNT('x254:0')),
    'mountinfo, line 1: the device is "x254:0"',
  ],
  [
    'a device of a mount with text after it',
    () => parseMountinfo(MOUNT('254:0x')),
    'mountinfo, line 1: the device is "254:0x"',
  ],
  [
    'a mount without source and options',
    () => parseMountinfo('25 1 254:0 / / rw - ext4\n'),
    'mountinfo, line 1: no source or no super options',
  ],
  [
    'a mount with a source and no options',
    () => parseMountinfo('25 1 254:0 / / rw - ext4 /dev/vda\n'),
    'mountinfo, line 1: no source or no super options',
  ],
  ['a control group without colons', () => parseCgroup('0\n'), 'cgroup, line 1: no two colons in "0"'],
  ['a control group with one colon', () => parseCgroup('0:/a\n'), 'cgroup, line 1: no two colons in "0:/a"'],
  [
    'flags of a route with text before them',
    () => parseRoute(`${ROUTE}eth0\t00000000\t0100A8C0\tx0003\t0\t0\t0\t00000000\t0\t0\t0\n`),
    'net/route, line 2: Flags are "x0003"',
  ],
  [
    'flags of a route with text after them',
    () => parseRoute(`${ROUTE}eth0\t00000000\t0100A8C0\t0003x\t0\t0\t0\t00000000\t0\t0\t0\n`),
    'net/route, line 2: Flags are "0003x"',
  ],
  [
    'a gateway of a route with text before it',
    () => parseRoute(`${ROUTE}eth0\t00000000\tx0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`),
    'net/route, line 2: Gateway is "x0100A8C0"',
  ],
  [
    'a mask of a route with text after it',
    () => parseRoute(`${ROUTE}eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000x\t0\t0\t0\n`),
    'net/route, line 2: Mask is "00000000x"',
  ],
  [
    'a table of a trie with text before it',
    () => parseFibTrie('xMain:\n'),
    'net/fib_trie, line 1: "xMain:" instead of the name of a table',
  ],
  [
    'a table of a trie with text after it',
    () => parseFibTrie('Main:x\n'),
    'net/fib_trie, line 1: "Main:x" instead of the name of a table',
  ],
  [
    'an inner node with text before it',
    () => parseFibTrie('Main:\n  x+-- 0.0.0.0/0 3 0 5\n'),
    'net/fib_trie, line 2: "x+-- 0.0.0.0/0 3 0 5" is not a node of a trie',
  ],
  [
    'an inner node with text after it',
    () => parseFibTrie('Main:\n  +-- 0.0.0.0/0 3 0 5x\n'),
    'net/fib_trie, line 2: "+-- 0.0.0.0/0 3 0 5x" is not a node of a trie',
  ],
  [
    'a leaf with text before it',
    () => parseFibTrie('Main:\n  x|-- 0.0.0.0\n'),
    'net/fib_trie, line 2: "x|-- 0.0.0.0" is not a node of a trie',
  ],
  [
    'a leaf with text after it',
    () => parseFibTrie('Main:\n  |-- 0.0.0.0x\n'),
    'net/fib_trie, line 2: "|-- 0.0.0.0x" is not a node of a trie',
  ],
  [
    'a leaf with an invalid address',
    () => parseFibTrie('Main:\n  |-- 0.0.0.256\n'),
    'net/fib_trie, line 2: "|-- 0.0.0.256" is not a node of a trie',
  ],
  [
    'a prefix with text after it',
    () => parseFibTrie('Main:\n  |-- 0.0.0.0\n  /0 universe UNICAST tos=16x\n'),
    'net/fib_trie, line 3: "/0 universe UNICAST tos=16x" is not a prefix',
  ],
  [
    'a prefix with text before it',
    () => parseFibTrie('Main:\n  |-- 0.0.0.0\n  /x/0 universe UNICAST\n'),
    'net/fib_trie, line 3: "/x/0 universe UNICAST" is not a prefix',
  ],
  [
    'an IPv6 address with more before',
    () => parseIfInet6(`x${INET6}\n`),
    `net/if_inet6, line 1: "x${INET6}" is not an address of a device`,
  ],
  [
    'a namespace with text before it',
    () => parseNamespaceLink('/net:[4026531833]\n'),
    'ns, line 1: "/net:[4026531833]" is not a namespace',
  ],
  ['no namespace', () => parseNamespaceLink('net\n'), 'ns, line 1: "net" is not a namespace'],
  [
    'sockets without headings',
    () => parseSockets('sx\n', 'IPv4'),
    'net/tcp or net/udp, line 1: "sx" instead of the headings',
  ],
  [
    'a socket with text before its number',
    () => parseSockets(`${SOCKETS}x 0: 0100007F:1F90 00000000:0000 0A\n`, 'IPv4'),
    'net/tcp or net/udp, line 2: no number at the start of "x 0: 0100007F:1F90 00000000:0000 0A"',
  ],
  [
    'a socket without two addresses',
    () => parseSockets(`${SOCKETS}   0: 0100007F:1F90 0A\n`, 'IPv4'),
    'net/tcp or net/udp, line 2: no two IPv4 addresses in "0100007F:1F90 0A"',
  ],
  [
    'a socket with text before its state',
    () => parseSockets(socket('x0A 00000000:00000000 00:00000000 00000000     0        0 4711 1'), 'IPv4'),
    'net/tcp or net/udp, line 2: no state, uid and inode in "x0A 00000000:00000000 00:00000000 00000000     0        0 47…"',
  ],
  [
    'a word of nine digits',
    () => networkWord('0100007F0', 'little'),
    'a 32-bit word has eight hexadecimal digits',
  ],
  [
    'a word with text before it',
    () => networkWord('x0100007F', 'little'),
    'a 32-bit word has eight hexadecimal digits',
  ],
  ['half a byte', () => bytesFromHex('012'), 'a byte has two hexadecimal digits'],
  [
    'an IPv6 address of fifteen bytes',
    () => ipv6Text(new Uint8Array(15)),
    'an IPv6 address has sixteen bytes',
  ],
  [
    'an IPv6 address of seventeen bytes',
    () => ipv6Text(new Uint8Array(17)),
    'an IPv6 address has sixteen bytes',
  ],
  ['34 process IDs', () => parseNsPid(`NSpid:${'\t1'.repeat(34)}\n`), 'status, line 1: 34 process IDs'],
];

describe('the parsers refuse', () => {
  test.each(REFUSED)('%s', (_title, parse, message) => {
    expect(parse).toThrow(expect.objectContaining({ message }));
  });

  const COUNTERS = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
  const SENT = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];
  test.each(
    [...COUNTERS.map((name) => `rx ${name}`), ...SENT.map((name) => `tx ${name}`)].map(
      (name, at) => [name, at] as const,
    ),
  )('a device whose %s are not a number', (name, at) => {
    const counters = Array.from({ length: 16 }, (_, index) => (index === at ? 'x' : '0')).join(' ');
    const text = `Inter-| Receive | Transmit\n face |bytes |bytes\n  eth0: ${counters}\n`;
    expect(() => parseNetDev(text)).toThrow(new ProcfsError('net/dev', 3, `${name} is "x"`));
  });
});

test('parseNsPid accepts 33 PID namespaces', () => {
  expect(parseNsPid(`NSpid:${'\t1'.repeat(33)}\n`)).toHaveLength(33);
});

test.each(['192.0.2', '192.0.2.1.1', '192.0.2.1 ', ' 192.0.2.1', '1e1.0.0.0', '0x1.0.0.0', '192.0.2.01', ''])(
  'no IPv4 address: %j',
  (text) => {
    expect(ipv4Word(text)).toBeNull();
  },
);

test('ipv6Text writes only ::ffff:0:0/96 and ::/96 with dots', () => {
  const text = (hex: string): string => ipv6Text(bytesFromHex(hex));
  expect(text('00000000000000000000ffffc0000201')).toBe('::ffff:192.0.2.1');
  expect(text('00000000000000000000fffec0000201')).toBe('::fffe:c000:201');
  expect(text('0000000000000000ffffffffc0000201')).toBe('::ffff:ffff:c000:201');
  expect(text('00000000000000010000ffffc0000201')).toBe('::1:0:ffff:c000:201');
});

test('parseRoute expects a little-endian machine by default', () => {
  const text = `${ROUTE}eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`;
  expect(parseRoute(text)).toMatchObject([{ destination: '10.0.2.0', prefixLength: 24 }]);
  expect(() => parseRoute(text, 'big')).toThrow('net/route, line 2: Mask 00FFFFFF is not contiguous');
});

test('localAddresses returns only addresses of type LOCAL and scope host', () => {
  const leaf = (prefix: string): string => `Main:\n  |-- 192.0.2.1\n     ${prefix}\n`;
  const found = (prefix: string): readonly string[] => localAddresses(parseFibTrie(leaf(prefix)));
  expect(found('/32 host LOCAL')).toEqual(['192.0.2.1']);
  expect(found('/32 host UNICAST')).toEqual([]);
  expect(found('/32 link LOCAL')).toEqual([]);
});

test('parseFibTrie accepts inner nodes with counts of several digits', () => {
  expect(parseFibTrie('Main:\n  +-- 0.0.0.0/0 13 10 256\n')).toEqual([{ name: 'Main', leaves: [] }]);
});

test('parseSockets accepts timeouts of several digits and negative ones', () => {
  const rest = (timeout: string): string =>
    `0A 00000000:00000000 00:00000000 00000000     0 ${timeout} 4711 1`;
  for (const timeout of ['0', '12345', '-12345']) {
    expect(parseSockets(socket(rest(timeout)), 'IPv4')).toMatchObject([{ inode: 4711, localPort: 8080 }]);
  }
});

test('trimBlanks removes spaces and tabs around a text', () => {
  expect(['', ' ', ' \t ', 'a', ' a', 'a ', '\ta b\t', '\u00a0a'].map(trimBlanks)).toEqual([
    '',
    '',
    '',
    'a',
    'a',
    'a',
    'a b',
    '\u00a0a',
  ]);
  expect(columnsOf(' a \t b ')).toEqual(['a', 'b']);
  expect(columnsOf(' \t')).toEqual([]);
});

test('lines skips empty lines and counts them', () => {
  const shown = (text: string): readonly string[] =>
    [...lines('f', text)].map((line) => `${line.text} ${line.error('e').message}`);
  expect(shown('')).toEqual([]);
  expect(shown('\n')).toEqual([]);
  expect(shown('a\n\nb')).toEqual(['a f, line 1: e', 'b f, line 3: e']);
});

test('excerpt returns at most sixty characters', () => {
  expect(excerpt('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`);
  expect(excerpt('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`);
  expect(new ProcfsError('f', 1, 'r').name).toBe('ProcfsError');
});

test('isDeviceName counts each U+FFFD as one byte', () => {
  expect(isDeviceName('\uFFFD'.repeat(15))).toBe(true);
  expect(isDeviceName('\uFFFD'.repeat(16))).toBe(false);
  expect(isDeviceName('a\u0001b')).toBe(true);
  expect(isDeviceName('a\u0008b')).toBe(true);
  expect(isDeviceName('a\u0009b')).toBe(false);
});

test('podOfCgroup matches whole group names', () => {
  const uid = '0123';
  expect(podOfCgroup(`/kubepods/pod${uid}`, '/kubepods')).toEqual({ podUid: uid, container: null });
  expect(podOfCgroup('/kubepods.slice/x-pod0_1.slice', '/kubepods.slice')).toEqual({
    podUid: '0-1',
    container: null,
  });
  expect(podOfCgroup('/kubepods.slice/x-pod0_1.slice.d', '/kubepods.slice')).toBeNull();
  expect(podOfCgroup('/kubepods/a', '/kubepods')).toBeNull();
  expect(podsBase(`/pod${uid}`, uid)).toBe('');
});
