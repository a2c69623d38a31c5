import { describe, expect, test } from '@jest/globals';
import { interfaceDocument, interfaceList } from '../../src/output/interface-list.ts';
import { interfaceCases, interfacesOf, networkInterface } from '../support/interface-fixtures.ts';
import { schemaErrors, validator } from '../support/schemas.ts';

const where = { namespace: 'default', pod: 'web-1', container: 'web', node: 'kube-node-1' };

describe('the document of ifconfig -o json', () => {
  const validate = validator('interface-list');

  test.each(interfaceCases.flatMap((name) => [[name, 'ip-busybox'] as const, [name, null] as const]))(
    'is what its schema says: %s with %s',
    (name, ip) => {
      expect(schemaErrors(validate, interfaceList(where, interfacesOf(name, ip)))).toEqual([]);
    },
  );

  test('has nulls where nothing is known', () => {
    const document = interfaceList(where, {
      interfaces: [networkInterface()],
      unattributed: ['192.0.2.2'],
    });
    expect(schemaErrors(validate, document)).toEqual([]);
    expect(document.unattributedAddresses).toEqual(['192.0.2.2']);
    expect(document.items[0]).toMatchObject({ mac: null, mtu: null, flags: null, txQueueLength: null });
    expect(schemaErrors(validate, { ...document, items: [{ name: 'eth0' }] })).not.toEqual([]);
  });

  test('says whose interfaces they are', () => {
    expect(interfaceList(where, interfacesOf('pod', null))).toMatchObject({
      apiVersion: 'kubectl-hostns/v1',
      kind: 'InterfaceList',
      metadata: where,
    });
  });

  test('has an interface with everything', () => {
    const eth0 = interfacesOf('pod', 'ip-busybox').interfaces.find(({ name }) => name === 'eth0');
    if (eth0 === undefined) throw new Error('the fixture has an eth0');
    expect(interfaceDocument(eth0)).toEqual({
      name: 'eth0',
      mac: '02:00:00:00:00:07',
      mtu: 1500,
      flags: ['UP', 'BROADCAST', 'RUNNING', 'MULTICAST'],
      txQueueLength: 1000,
      addresses: [
        {
          address: '10.244.1.7',
          prefixLength: 24,
          family: 'IPv4',
          label: 'eth0',
          broadcast: '10.244.1.255',
        },
        { address: 'fe80::ff:fe00:7', prefixLength: 64, family: 'IPv6', scope: 'link' },
      ],
      rxBytes: eth0.rx.bytes,
      rxPackets: eth0.rx.packets,
      rxErrors: 0,
      rxDropped: 0,
      rxOverruns: 0,
      rxFrame: 0,
      txBytes: eth0.tx.bytes,
      txPackets: eth0.tx.packets,
      txErrors: 0,
      txDropped: 0,
      txOverruns: 0,
      txCarrier: 0,
      txCollisions: 0,
    });
  });

  test('has each counter in its place', () => {
    const rx = {
      bytes: 1,
      packets: 2,
      errors: 3,
      dropped: 4,
      fifo: 5,
      frame: 6,
      compressed: 7,
      multicast: 8,
    };
    const tx = {
      bytes: 11,
      packets: 12,
      errors: 13,
      dropped: 14,
      fifo: 15,
      collisions: 16,
      carrier: 17,
      compressed: 18,
    };
    expect(interfaceDocument(networkInterface({ rx, tx }))).toMatchObject({
      rxBytes: 1,
      rxPackets: 2,
      rxErrors: 3,
      rxDropped: 4,
      rxOverruns: 5,
      rxFrame: 6,
      txBytes: 11,
      txPackets: 12,
      txErrors: 13,
      txDropped: 14,
      txOverruns: 15,
      txCollisions: 16,
      txCarrier: 17,
    });
  });

  test('has the peer of a tunnel, the scopes of IPv6, and every flag in effect', () => {
    const tunnels = interfacesOf('point-to-point', 'ip-busybox').interfaces.map(interfaceDocument);
    expect(tunnels.find(({ name }) => name === 'tun0')?.addresses[0]).toEqual({
      address: '10.8.0.1',
      prefixLength: 32,
      family: 'IPv4',
      label: 'tun0',
      peer: '10.8.0.2',
    });
    const scopes = interfacesOf('ipv6', null).interfaces.flatMap((device) =>
      interfaceDocument(device).addresses.map(({ scope }) => scope),
    );
    expect(new Set(scopes)).toEqual(new Set([undefined, 'host', 'global', 'link', 'compat', 'site']));
    const port = interfacesOf('node', null).interfaces.find(({ name }) => name === 'veth1a2b3c4d');
    expect(port && interfaceDocument(port).flags).toEqual([
      'UP',
      'BROADCAST',
      'RUNNING',
      'PROMISC',
      'ALLMULTI',
      'MULTICAST',
    ]);
    expect(interfaceDocument(networkInterface({ flags: 0xffff })).flags).toHaveLength(14);
  });
});
