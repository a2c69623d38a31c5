import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ipv6Text } from '../../src/procfs/address.ts';
import { parseSockets } from '../../src/procfs/sockets.ts';
import { endianness, hostWord, octets } from './arbitraries.ts';

const HEADINGS =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const LISTENING =
  '   0: 020200C0:280A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 855573 2 00000000a067ec5b 100 0 0 10 0';
const tcp = (line: string): string => `${HEADINGS}${line}\n`;

describe('parseSockets', () => {
  test('accepts a file without sockets', () => {
    expect(parseSockets(HEADINGS, 'IPv4')).toEqual([]);
    expect(parseSockets(HEADINGS, 'IPv6')).toEqual([]);
  });

  test('reads hexadecimal addresses, ports and states, and decimal users and inodes', () => {
    expect(parseSockets(tcp(LISTENING), 'IPv4')).toEqual([
      {
        localAddress: '192.0.2.2',
        localPort: 10250,
        remoteAddress: '0.0.0.0',
        remotePort: 0,
        state: 10,
        uid: 1000,
        inode: 855573,
      },
    ]);
  });

  test('reads addresses in the byte order of the machine', () => {
    const words = { little: '0000000000000000FFFF0000820200C0', big: '00000000000000000000FFFFC0000282' };
    for (const order of ['little', 'big'] as const) {
      const line = LISTENING.replace('020200C0', words[order]).replace(' 00000000:', ` ${'0'.repeat(32)}:`);
      expect(parseSockets(tcp(line), 'IPv6', order)[0]).toMatchObject({
        localAddress: '::ffff:192.0.2.130',
        localPort: 10250,
        remoteAddress: '::',
      });
    }
  });

  test('accepts a line that ends with the inode, and a negative timeout', () => {
    const line =
      '12345: 0100007F:0001 0100007F:0002 01 0000002A:00000000 01:FFFFFFFFFFFFFFFF 00000000 65534       -1 0';
    expect(parseSockets(tcp(line), 'IPv4')[0]).toMatchObject({ remotePort: 2, uid: 65534, inode: 0 });
  });

  test.each([
    ['nothing', '', 'net/tcp or net/udp: no headings'],
    ['no headings', LISTENING, 'net/tcp or net/udp, line 1: '],
    ['no number', tcp(LISTENING.replace('0: ', '')), 'line 2: no number at the start of'],
    [
      'an address of seven digits',
      tcp(LISTENING.replace('020200C0', '20200C0')),
      'line 2: no two IPv4 addresses in',
    ],
    [
      'an IPv6 address',
      tcp(LISTENING.replace('020200C0', '0'.repeat(32))),
      'line 2: no two IPv4 addresses in',
    ],
    ['a port of five digits', tcp(LISTENING.replace('280A', '1280A')), 'line 2: no two IPv4 addresses in'],
    ['a state as text', tcp(LISTENING.replace(' 0A ', ' LISTEN ')), 'line 2: no state, uid and inode in'],
    ['no inode', tcp(LISTENING.slice(0, LISTENING.indexOf('855573'))), 'line 2: no state, uid and inode in'],
    [
      'letters after the inode',
      tcp(LISTENING.replace('855573', '855573x')),
      'line 2: no state, uid and inode in',
    ],
    ['a negative uid', tcp(LISTENING.replace(' 1000', ' -1')), 'line 2: no state, uid and inode in'],
    ['a uid of 2^32', tcp(LISTENING.replace('1000', '4294967296')), 'line 2: uid 4294967296 is greater than'],
    [
      'an inode that is too large for JavaScript',
      tcp(LISTENING.replace('855573', '9007199254740992')),
      'inode 9007199254740992 is greater than',
    ],
  ])('refuses %s', (_title, text, message) => {
    expect(() => parseSockets(text, 'IPv4')).toThrow(message);
  });

  test('refuses IPv4 sockets as IPv6', () => {
    expect(() => parseSockets(tcp(LISTENING), 'IPv6')).toThrow(
      'net/tcp6 or net/udp6, line 2: no two IPv6 addresses',
    );
  });

  const port = fc.nat(0xffff);
  const rest = fc.record({
    localPort: port,
    remotePort: port,
    state: fc.nat(255),
    uid: fc.nat(0xffffffff),
    inode: fc.maxSafeNat(),
  });
  const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, '0');

  test.each([
    ['IPv4', 1],
    ['IPv6', 4],
  ] as const)('parses any generated file (%s)', (family, words) => {
    const address = fc.array(octets, { minLength: words, maxLength: words });
    const text = (bytes: readonly number[]): string =>
      family === 'IPv4' ? bytes.join('.') : ipv6Text(Uint8Array.from(bytes));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(address, address, rest), { maxLength: 6 }),
        endianness,
        (printed, order) => {
          const word = (bytes: readonly number[]): string => hostWord(bytes, order);
          const lines = printed.map(
            ([local, remote, { localPort, remotePort, state, uid, inode }], index) =>
              `${String(index).padStart(4)}: ${local.map(word).join('')}:${hex(localPort, 4)} ${remote.map(word).join('')}:${hex(remotePort, 4)} ` +
              `${hex(state, 2)} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)} ${'0'.padStart(8)} ${String(inode)} 2 0000000047a82e04\n`,
          );
          expect(parseSockets(HEADINGS + lines.join(''), family, order)).toEqual(
            printed.map(([local, remote, fields]) => ({
              localAddress: text(local.flat()),
              remoteAddress: text(remote.flat()),
              ...fields,
            })),
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});
