import { describe, expect, test } from '@jest/globals';
import { verificationReport } from '../../../src/commands/verify/report.ts';
import { table } from '../../../src/output/table.ts';
import type { PodVerification } from '../../../src/verdict/pod-verification.ts';
import { type PodNetwork, sideBySide } from '../../../src/verdict/side-by-side.ts';
import type { KubeletSamples } from '../../../src/verdict/verification.ts';
import { device } from '../../support/container-views.ts';
import { pod } from '../../support/pods.ts';
import { UNSAFE_TEXT } from '../../support/unsafe-text.ts';
import { says, verdict, verified } from '../../support/verifications.ts';

type Verified = PodVerification & { readonly kind: 'verified' };

const WEB = pod({ name: 'web-1' });
const OWN = verdict('pod', [says('probe', 'own')]);
const NODE = verdict('pod', [says('probe', 'host')]);

const sampled = (interfaces: Readonly<Record<string, number>>) => ({
  time: 0,
  interfaces: new Map(
    Object.entries(interfaces).map(([name, bytes]) => [name, { rxBytes: bytes, txBytes: bytes }] as const),
  ),
});
const kubelet = (
  node: Readonly<Record<string, number>>,
  sandbox: Readonly<Record<string, number>>,
): KubeletSamples => ({ node: [sampled(node)], pod: [sampled(sandbox)], nodeBySandboxes: [] });
const network = (source: PodNetwork['source'], ...names: readonly string[]): PodNetwork => ({
  source,
  interfaces: {
    interfaces: names.map((name) => device(name, name === 'lo' ? [] : ['10.244.3.7'])),
    unattributed: [],
    warnings: [],
  },
});

/** The report on a Pod, by line, without what is aligned. */
function report(
  namespaces: Parameters<typeof verified>[1],
  samples: KubeletSamples | null,
  own: PodNetwork | null,
  { wide = false, ...change }: Partial<Verified> & { readonly wide?: boolean } = {},
): readonly string[] {
  const podInterfaces =
    own === null ? null : { source: own.source, unattributed: own.interfaces.unattributed };
  const item = verified(WEB, namespaces, { interfaces: sideBySide(samples, own), podInterfaces, ...change });
  return verificationReport(item, { wide, table })
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, ' | '));
}

describe('the report on a Pod', () => {
  test('has the verdicts with their evidence, and the interfaces side by side', () => {
    const lines = report(
      { network: OWN, pid: OWN, ipc: verdict('pod', []) },
      kubelet({ eth0: 9, cni0: 9 }, { eth0: 5 }),
      network('probe', 'lo', 'eth0'),
    );
    expect(lines).toEqual([
      'Pod default/web-1, container c, on kube-node-1 (192.0.2.2)',
      '',
      'NAMESPACE | DECLARED | OBSERVED | VERDICT | EVIDENCE',
      'network | pod | own | match | probe: the probe says own',
      'pid | pod | own | match | probe: the probe says own',
      'ipc | pod | unknown | unchecked',
      '',
      'INTERFACE | NODE (kubelet) | POD | ADDRESSES (probe)',
      'cni0 | yes | no',
      'eth0 | yes | its own | 10.244.3.7/24',
      'lo | (not reported) | its own',
      '',
      'No interface that the kubelet reports of the node is in the Pod; it has its own eth0.',
      '',
    ]);
  });

  test('has what the user expects where he expects something', () => {
    const lines = report(
      { network: verdict('pod', [says('probe', 'host')], { expected: 'host' }), pid: OWN, ipc: OWN },
      null,
      null,
    );
    expect(lines.slice(2, 6)).toEqual([
      'NAMESPACE | DECLARED | EXPECTED | OBSERVED | VERDICT | EVIDENCE',
      'network | pod | host | host | match | probe: the probe says host',
      'pid | pod | - | own | match | probe: the probe says own',
      'ipc | pod | - | own | match | probe: the probe says own',
    ]);
    expect(lines.at(-2)).toBe('Which interfaces the node has is not known without its kubelet.');
  });

  test('says who says otherwise, and by whom nothing is known', () => {
    const lines = report(
      {
        network: verdict('pod', [
          says('probe', 'own'),
          says('kubelet', 'unknown'),
          says('container', 'host'),
        ]),
        pid: verdict('pod', [says('probe', 'unknown', { scope: null }), says('container', 'own')]),
        ipc: verdict('pod', [says('probe', 'unknown'), says('container', 'unknown')]),
      },
      null,
      null,
    );
    expect(lines.slice(3, 8)).toEqual([
      'network | pod | own | match | probe: the probe says own',
      ' | the container says otherwise: the container says host',
      'pid | pod | own | match (self-reported) | container: the container says own',
      'ipc | pod | unknown | inconclusive | probe: the probe says unknown',
      ' | container: the container says unknown',
    ]);
  });

  test('says that the kubelet has seen the sandbox otherwise, where the probe Pod counts', () => {
    const mixed = verdict('pod', [says('probe', 'host'), says('kubelet', 'own')]);
    expect(report({ network: mixed, pid: OWN, ipc: OWN }, null, null).slice(3, 5)).toEqual([
      'network | pod | host | mismatch | probe: the probe says host',
      ' | the kubelet says otherwise: the kubelet says own',
    ]);
  });

  test('has all evidence where there is room', () => {
    const agreed = verdict('pod', [says('probe', 'own'), says('kubelet', 'own'), says('api', 'unknown')]);
    const all = { network: agreed, pid: OWN, ipc: OWN };
    expect(report(all, null, null)[4]).toMatch(/^pid/);
    expect(report(all, null, null, { wide: true })[4]).toBe(' | kubelet: the kubelet says own');
  });

  test.each([
    ['probe', 'yes', 'yes'],
    ['container', 'no, though the container shows one', 'yes (self-reported)'],
  ] as const)(
    'says of what the %s has seen whether it is a container’s word',
    (source, denied, unreported) => {
      const lines = report(
        { network: NODE, pid: OWN, ipc: OWN },
        kubelet({ ens192: 9 }, {}),
        network(source, 'ens192', 'docker0'),
      );
      expect(lines.slice(7, 10)).toEqual([
        `INTERFACE | NODE (kubelet) | POD | ADDRESSES (${source})`,
        `docker0 | (not reported) | ${unreported} | 10.244.3.7/24`,
        `ens192 | yes | ${denied} | 10.244.3.7/24`,
      ]);
    },
  );

  test('tells addresses of which the interface is not known', () => {
    const own = network('probe', 'lo');
    const lines = report({ network: OWN, pid: OWN, ipc: OWN }, kubelet({ ens192: 9 }, {}), {
      ...own,
      interfaces: { ...own.interfaces, unattributed: ['192.0.2.1', '192.0.2.3'] },
    });
    expect(lines.at(-2)).toBe('Addresses on an unknown interface: 192.0.2.1, 192.0.2.3');
  });

  test('lets nothing of a Pod, of its evidence or its interfaces out that is not plain', () => {
    const evil = '\u001b[2J\u202ea\u0007';
    const lines = report(
      { network: verdict('pod', [{ ...says('probe', 'own'), detail: evil }]), pid: OWN, ipc: OWN },
      kubelet({ [evil]: 9 }, { [evil]: 9 }),
      network('probe', evil),
      { pod: pod({ name: evil, namespace: evil, spec: { nodeName: evil } }), container: evil, wide: true },
    );
    for (const line of lines) expect(line).not.toMatch(UNSAFE_TEXT);
    expect(lines.join('\n')).toContain(String.raw`\u001b[2J\u202ea\u0007`);
  });
});
