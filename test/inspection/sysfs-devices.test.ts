import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ReportError } from '../../src/inspection/report-error.ts';
import { parseSysfsDevices } from '../../src/inspection/sysfs-devices.ts';
import { fixture, interfaceCases } from '../support/interface-fixtures.ts';

describe('parseSysfsDevices', () => {
  test('reads one device per line', () => {
    expect(
      parseSysfsDevices(
        'eth0 2 1 1500 0x1003 1000 up 02:42:ac:11:00:02\nlo 1 772 65536 0x9 1000 unknown 00:00:00:00:00:00\n',
      ),
    ).toEqual([
      {
        name: 'eth0',
        ifindex: 2,
        type: 1,
        mtu: 1500,
        flags: 0x1003,
        txQueueLength: 1000,
        operstate: 'up',
        address: '02:42:ac:11:00:02',
      },
      {
        name: 'lo',
        ifindex: 1,
        type: 772,
        mtu: 65536,
        flags: 0x9,
        txQueueLength: 1000,
        operstate: 'unknown',
        address: '00:00:00:00:00:00',
      },
    ]);
  });

  test.each(['gone - - - - - - -', 'gone - - - - - -', 'gone - - - - - - '])(
    'reads a device without any values: %j',
    (line) => {
      expect(parseSysfsDevices(line)).toEqual([
        {
          name: 'gone',
          ifindex: null,
          type: null,
          mtu: null,
          flags: null,
          txQueueLength: null,
          operstate: null,
          address: null,
        },
      ]);
    },
  );

  test('reads a negative queue length as an unsigned number', () => {
    expect(parseSysfsDevices('eth7 9 1 1500 0x82 -1 down -')[0]?.txQueueLength).toBe(4294967295);
  });

  test('accepts an empty text', () => {
    expect(parseSysfsDevices('')).toEqual([]);
  });

  test.each([
    ['an invalid device name', 'a/b 2 1 1500 0x1003 1000 up -'],
    ['a name that is too long', 'abcdefghijklmnop 2 1 1500 0x1003 1000 up -'],
    ['no name', ' 2 1 1500 0x1003 1000 up -'],
    ['flags that are not hexadecimal', 'eth0 2 1 1500 4099 1000 up -'],
    ['a number that is too long', 'eth0 2 1 15000000000 0x1003 1000 up -'],
    ['a column too many', 'eth0 2 1 1500 0x1003 1000 up - -'],
    ['a column too few', 'eth0 2 1 1500 0x1003 1000'],
    ['an address in capitals', 'eth0 2 1 1500 0x1003 1000 up 02:42:AC:11:00:02'],
    ['an address of 33 bytes', `eth0 2 1 1500 0x1003 1000 up ${Array(33).fill('00').join(':')}`],
    ['a carriage return', 'eth0 2 1 1500 0x1003 1000 up -\r'],
    ['a device twice', 'lo 1 772 65536 0x9 1000 unknown -\nlo 1 772 65536 0x9 1000 unknown -'],
    ['a very long line', `eth0 2 1 1500 0x1003 1000 up ${'00:'.repeat(1_000_000)}00`],
  ])('refuses %s', (_title, text) => {
    expect(() => parseSysfsDevices(text)).toThrow(ReportError);
  });

  test('reads or refuses any text', () => {
    const column = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('-', '1', '0x9', 'up', 'eth0'));
    const line = fc.oneof(
      fc.array(column, { maxLength: 9 }).map((columns) => columns.join(' ')),
      fc.constantFrom(...interfaceCases.flatMap((name) => fixture(name, 'sysfs').split('\n'))),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join('\n');
        try {
          expect(parseSysfsDevices(text).length).toBeLessThanOrEqual(text.split('\n').length);
        } catch (error) {
          if (!(error instanceof ReportError)) throw error;
        }
      }),
    );
  });
});
