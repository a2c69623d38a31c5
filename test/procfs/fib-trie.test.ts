import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { localAddresses, parseFibTrie } from '../../src/procfs/fib-trie.ts';
import { octets } from './arbitraries.ts';
import { fixtures } from './fixtures.ts';

const table = (...nodes: readonly string[]): string =>
  ['Main:', '  +-- 0.0.0.0/0 2 0 2', ...nodes, ''].join('\n');
const leaf = (address: string, ...prefixes: readonly string[]): string =>
  [`     |-- ${address}`, ...prefixes.map((prefix) => `        ${prefix}`)].join('\n');

describe('parseFibTrie and localAddresses', () => {
  test('accept the empty file of a network namespace without addresses', () => {
    expect(parseFibTrie('')).toEqual([]);
  });

  test('read a table with a single leaf', () => {
    expect(parseFibTrie('Id -6:\n  |-- 127.0.0.1\n     /32 host LOCAL\n')).toEqual([
      { name: 'Id -6', leaves: [{ address: '127.0.0.1', prefixLength: 32, scope: 'host', type: 'LOCAL' }] },
    ]);
  });

  test('read several prefixes of one address, and numbers without a name', () => {
    const text = table(
      leaf('10.0.0.0', '/32 scope=200 type 17', '/24 link UNICAST tos=16', '/8 nowhere THROW'),
    );
    expect(parseFibTrie(text)[0]?.leaves).toEqual([
      { address: '10.0.0.0', prefixLength: 32, scope: 'scope=200', type: 'type 17' },
      { address: '10.0.0.0', prefixLength: 24, scope: 'link', type: 'UNICAST' },
      { address: '10.0.0.0', prefixLength: 8, scope: 'nowhere', type: 'THROW' },
    ]);
  });

  test('return every local address once', () => {
    const text = table(
      leaf('192.0.2.66', '/32 host LOCAL'),
      leaf('127.0.0.0', '/8 host LOCAL'),
      leaf('192.0.2.99', '/32 link LOCAL'),
      leaf('192.0.2.127', '/32 link BROADCAST'),
      leaf('10.8.0.1', '/32 link UNICAST'),
      leaf('10.8.0.2', '/32 host LOCAL', '/32 link UNICAST'),
    );
    expect(localAddresses(parseFibTrie(text + text.replace('Main', 'Local')))).toEqual([
      '192.0.2.66',
      '10.8.0.2',
    ]);
  });

  test('return the addresses of recorded namespaces', () => {
    const addresses = [
      '10.8.0.2',
      '10.20.0.1',
      '127.0.0.1',
      '172.16.100.1',
      '192.0.2.66',
      '192.0.2.130',
      '192.168.77.5',
      '198.51.100.2',
      '198.51.100.77',
      '203.0.113.9',
    ];
    const local = (name: string): readonly string[] =>
      localAddresses(parseFibTrie(fixtures.find((fixture) => fixture.name === name)?.text ?? ''));
    expect(local('fib-trie.merged')).toEqual(addresses);
    // A route of type local in another table is not an address, but looks like one.
    expect(local('fib-trie.tables')).toEqual(['192.0.2.250', ...addresses]);
  });

  test.each([
    ['no table', '  +-- 0.0.0.0/0 2 0 2\n', 'net/fib_trie, line 1: '],
    ['an error message', 'cat: /proc/net/fib_trie: Permission denied', 'instead of the name of a table'],
    ['another table', 'Other:\n', 'line 1: "Other:" instead of the name of a table'],
    ['a duplicate table', table() + table(), 'line 3: duplicate table Main'],
    ['a prefix without an address', table('     /32 host LOCAL'), 'line 3: a prefix without an address'],
    [
      'a prefix below an inner node',
      table(leaf('10.0.0.1'), '  +-- 10.0.0.0/8 2 0 2', '/32 host LOCAL'),
      'line 5: a prefix without an address',
    ],
    [
      'a prefix below the address of another table',
      `${table(leaf('10.0.0.1'))}Local:\n/32 host LOCAL`,
      'line 5: a prefix without an address',
    ],
    ['an octet of 256', table(leaf('10.0.0.256')), 'is not a node of a trie'],
    ['an address with leading zeros', table(leaf('010.0.0.1')), 'is not a node of a trie'],
    ['a node with text', table('+-- 10.0.0.0/8 2 0 two'), 'is not a node of a trie'],
    ['a prefix length of 33', table(leaf('10.0.0.1', '/33 host LOCAL')), '"/33 host LOCAL" is not a prefix'],
    ['an unknown scope', table(leaf('10.0.0.1', '/32 moon LOCAL')), '"/32 moon LOCAL" is not a prefix'],
    ['a type in lower case', table(leaf('10.0.0.1', '/32 host local')), '"/32 host local" is not a prefix'],
    [
      'an address with host bits',
      table(leaf('10.0.0.1', '/24 link UNICAST')),
      'line 4: 10.0.0.1 is longer than /24',
    ],
  ])('refuse %s', (_title, text, message) => {
    expect(() => parseFibTrie(text)).toThrow(message);
  });

  test('parse any generated file', () => {
    const prefix = fc.record({
      prefixLength: fc.constant(32),
      scope: fc.constantFrom('universe', 'site', 'link', 'host', 'nowhere', 'scope=7'),
      type: fc.constantFrom('UNICAST', 'LOCAL', 'BROADCAST', 'XRESOLVE', 'type 12'),
    });
    const leaves = fc.array(fc.tuple(octets, fc.array(prefix, { maxLength: 3 })), { maxLength: 6 });
    const name = fc.oneof(
      fc.constantFrom('Main', 'Local'),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((id) => `Id ${String(id)}`),
    );
    const tables = fc.uniqueArray(fc.tuple(name, leaves), { selector: ([title]) => title, maxLength: 4 });
    fc.assert(
      fc.property(tables, (printed) => {
        const text = printed.map(([title, nodes]) =>
          [
            `${title}:`,
            ...nodes.map(([address, prefixes]) =>
              leaf(address.join('.'), ...prefixes.map(({ scope, type }) => `/32 ${scope} ${type}`)),
            ),
            '',
          ].join('\n'),
        );
        expect(parseFibTrie(text.join(''))).toEqual(
          printed.map(([title, nodes]) => ({
            name: title,
            leaves: nodes.flatMap(([address, prefixes]) =>
              prefixes.map((fields) => ({ address: address.join('.'), ...fields })),
            ),
          })),
        );
      }),
    );
  });
});
