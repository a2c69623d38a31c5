import { describe, expect, test } from '@jest/globals';
import { verificationList } from '../../../src/commands/verify/document.ts';
import type { PodVerification } from '../../../src/verdict/pod-verification.ts';
import { sideBySide } from '../../../src/verdict/side-by-side.ts';
import { device } from '../../support/container-views.ts';
import { pod } from '../../support/pods.ts';
import { schemaErrors, validator } from '../../support/schemas.ts';
import { says, verdict, verified } from '../../support/verifications.ts';

const sample = { time: 0, interfaces: new Map([['eth0', { rxBytes: 1, txBytes: 2 }]]) };
const own = {
  source: 'probe',
  interfaces: { interfaces: [device('eth0', ['10.244.3.7'])], unattributed: [], warnings: [] },
} as const;

const BY_PROBE = verified(
  pod(),
  {
    network: verdict('pod', [says('probe', 'host'), says('kubelet', 'own')], {
      expected: 'own',
    }),
    pid: verdict('pod', []),
    ipc: verdict('pod', [says('container', 'own')], { requireTrusted: true }),
  },
  {
    interfaces: sideBySide({ node: [sample], pod: [sample], nodeBySandboxes: [sample] }, own),
    podInterfaces: { source: 'probe', unattributed: ['192.0.2.1'] },
  },
);
const FAILED: PodVerification = {
  kind: 'failed',
  namespace: 'default',
  name: 'gone',
  pod: null,
  error: 'It is gone.',
  isGone: true,
};

describe('the document of verifications', () => {
  const schema = validator('verification-list');

  test('is as the schema says, by a probe Pod or without, of a Pod or of none', () => {
    const nothing = verified(pod({ status: { hostIP: '' } }), {
      network: verdict('host', [says('kubelet', 'unknown')]),
      pid: verdict('pod', []),
      ipc: verdict('pod', []),
    });
    const document = verificationList([BY_PROBE, nothing, FAILED, { ...FAILED, pod: pod() }]);
    expect(schemaErrors(schema, JSON.parse(JSON.stringify(document)))).toEqual([]);
    expect(document.items.map(({ verdict: outcome }) => outcome)).toEqual([
      'mismatch',
      'inconclusive',
      null,
      null,
    ]);
  });

  test('says what is expected, what is not checked, and what each has seen, and nothing that is for us alone', () => {
    const [item] = verificationList([BY_PROBE]).items;
    expect(item).toMatchObject({
      namespaces: {
        network: {
          declared: 'pod',
          expected: 'own',
          observed: 'host',
          verdict: 'mismatch',
          trust: 'trusted',
          evidence: [
            { source: 'probe', trust: 'trusted', observed: 'host', detail: 'the probe says host' },
            { source: 'kubelet', trust: 'trusted', observed: 'own', detail: 'the kubelet says own' },
          ],
        },
        pid: { expected: null, observed: 'unknown', verdict: 'unchecked', trust: null, evidence: [] },
        ipc: { expected: null, observed: 'own', verdict: 'inconclusive', trust: null },
      },
      interfaces: [
        {
          name: 'eth0',
          node: { rxBytes: 1, txBytes: 2 },
          sandbox: { rxBytes: 1, txBytes: 2 },
          pod: { addresses: [{ address: '10.244.3.7' }] },
        },
      ],
      unattributedAddresses: ['192.0.2.1'],
    });
    expect(JSON.stringify(item)).not.toContain('ofSandbox');
  });
});
