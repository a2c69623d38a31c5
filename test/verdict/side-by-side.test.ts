import { describe, expect, test } from '@jest/globals';
import type { NetworkSample } from '../../src/pods/node-summary.ts';
import { sideBySide } from '../../src/verdict/side-by-side.ts';
import { containerView, device } from '../support/container-views.ts';

const sample = (...names: readonly string[]): NetworkSample => ({
  time: 1000,
  interfaces: new Map(names.map((name) => [name, { rxBytes: 10, txBytes: 20 }])),
});

const shown = (
  kubelet: Parameters<typeof sideBySide>[0],
  view: Parameters<typeof sideBySide>[1],
): readonly string[] =>
  sideBySide(kubelet, view).map((pair) =>
    [pair.name, pair.onNode, pair.inSandbox, pair.inContainer === null ? '-' : 'shown'].join(' '),
  );

describe('the interfaces of node and Pod side by side', () => {
  test('all that anybody sees, by name, each with who sees it', () => {
    const view = containerView({
      interfaces: {
        interfaces: [device('lo'), device('ens192'), device('veth1')],
        unattributed: [],
        warnings: [],
      },
    });
    expect(shown({ node: [sample('ens192', 'cni0')], pod: [sample('ens192', 'cni0')] }, view)).toEqual([
      'cni0 yes yes -',
      'ens192 yes yes shown',
      'lo not reported not reported shown',
      'veth1 not reported not reported shown',
    ]);
  });

  test('what the container shows and the kubelet does not see is not there', () => {
    const view = containerView({
      interfaces: { interfaces: [device('ens192')], unattributed: [], warnings: [] },
    });
    expect(shown({ node: [sample('ens192')], pod: [sample()] }, view)).toEqual(['ens192 yes no shown']);
  });

  test('the newest samples count', () => {
    expect(shown({ node: [sample('a'), sample('b')], pod: [sample(), sample('b')] }, null)).toEqual([
      'b yes yes -',
    ]);
  });

  test('without the kubelet the container’s word is all there is', () => {
    expect(shown(null, containerView())).toEqual(['eth0 unknown unknown shown']);
    expect(shown(null, null)).toEqual([]);
  });
});
