import { expect, test } from '@jest/globals';
import { ask, describeOnOwnCluster, hostns } from './cluster.ts';
import { schemaErrors, validator } from '../support/schemas.ts';

const ours = describeOnOwnCluster('ifconfig, for the Pods are those of our own cluster.');

/** `RX packets:44 errors:0 …` and the like: every number of a counter, in order, and all else around them. */
const COUNTERS = /((?:packets|errors|dropped|overruns|frame|carrier|collisions|bytes):)(\d+)( \([^)]*\))?/g;

function split(text: string): { readonly frame: string; readonly counters: readonly number[] } {
  const counters = [...text.matchAll(COUNTERS)].map(([, , value]) => Number(value));
  return { frame: text.replaceAll(COUNTERS, '$1N'), counters };
}

/** Its own ifconfig, ours, and its own again; once more where an interface has come or gone meanwhile. */
function undisturbed(pod: string, flags: readonly string[]) {
  const own = (): ReturnType<typeof split> => split(ask('exec', pod, '--', 'ifconfig', ...flags));
  for (let attempt = 1; ; attempt += 1) {
    const readings = { before: own(), ours: hostns('ifconfig', pod, ...flags), after: own() };
    if (readings.before.frame === readings.after.frame || attempt === 10) return readings;
  }
}

ours('ifconfig on the real cluster', () => {
  test.each([
    'pod-use-hostnetwork',
    'pod-use-hostnetwork-2',
    'leaky-1',
    'leaky-2',
    'stubborn-2',
    'plain-1',
    'plain-2',
  ])(
    '%s: what its own ifconfig prints, every byte but the counters, and those between two readings of it',
    (pod) => {
      for (const flags of [[], ['-a']]) {
        const { before, ours: found, after } = undisturbed(pod, flags);
        const { code, stdout, stderr } = found;
        expect(code).toBe(0);
        // What ifconfig does not show: its second address.
        const more =
          /^Note: ifconfig shows one address of each interface; there are more: ens192 198\.51\.100\.2\/24\n$/;
        expect(stderr).toMatch(stdout.includes('ens192') ? more : /^$/);
        const own = split(stdout);
        expect(own.frame).toBe(before.frame);
        expect(own.frame).toBe(after.frame);
        for (const [index, counter] of own.counters.entries()) {
          expect(counter).toBeGreaterThanOrEqual(before.counters[index] ?? Number.NaN);
          expect(counter).toBeLessThanOrEqual(after.counters[index] ?? Number.NaN);
        }
      }
    },
  );

  test('one interface', () => {
    const paragraph = split(ask('exec', 'pod-use-hostnetwork-2', '--', 'ifconfig', 'docker0'));
    expect(split(hostns('ifconfig', 'pod-use-hostnetwork-2', 'docker0').stdout).frame).toBe(paragraph.frame);
    const { code, stdout, stderr } = hostns('ifconfig', 'pod-use-hostnetwork-2', 'eth7');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/has no interface "eth7"; it has .*ens192/);
  });

  test('-o json is what its schema says', () => {
    const { stdout } = hostns('ifconfig', 'pod-use-hostnetwork-2', '-o', 'json');
    const document = JSON.parse(stdout) as {
      items: readonly { name: string; mac: string; addresses: readonly { address: string }[] }[];
    };
    expect(schemaErrors(validator('interface-list'), document)).toEqual([]);
    const uplink = document.items.find(({ name }) => name === 'ens192');
    expect(uplink?.mac).toBe('00:0c:29:ad:a8:d2');
    expect(uplink?.addresses.slice(0, 2).map(({ address }) => address)).toEqual([
      '192.168.0.183',
      '198.51.100.2',
    ]);
  });

  test('an image without a shell: a sentence', () => {
    expect(hostns('ifconfig', 'distroless-net-1')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: Cannot look into the container c of the Pod distroless-net-1: its image has no shell; use --probe.\n',
    });
  });
});
