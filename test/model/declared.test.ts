import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { declaredModes, type Expectations, type Side, wantedSides } from '../../src/model/declared.ts';
import { namespaceKinds } from '../../src/model/sharing.ts';
import { pod } from '../support/pods.ts';

describe('what a Pod’s spec asks for', () => {
  test.each([
    ['nothing', {}, 'pod container pod'],
    ['the node’s network', { hostNetwork: true }, 'host container pod'],
    ['the node’s processes', { hostPID: true }, 'pod host pod'],
    ['the node’s IPC', { hostIPC: true }, 'pod container host'],
    ['all of the node’s', { hostNetwork: true, hostPID: true, hostIPC: true }, 'host host host'],
    ['processes of its own for all containers', { shareProcessNamespace: true }, 'pod pod pod'],
    ['both, of which the API allows but one', { hostPID: true, shareProcessNamespace: true }, 'pod host pod'],
  ])('%s', (_says, spec, expected) => {
    const { network, pid, ipc } = declaredModes(pod({ spec }));
    expect([network, pid, ipc].join(' ')).toBe(expected);
  });
});

describe('which side counts', () => {
  test('is the spec’s where the user says nothing', () => {
    expect(wantedSides(pod(), {})).toEqual({ network: 'own', pid: 'own', ipc: 'own' });
    expect(wantedSides(pod({ spec: { shareProcessNamespace: true } }), {}).pid).toBe('own');
    expect(wantedSides(pod({ spec: { hostNetwork: true, hostIPC: true } }), {})).toEqual({
      network: 'host',
      pid: 'own',
      ipc: 'host',
    });
  });

  test('is the user’s for each namespace of which he says one', () => {
    const side = fc.constantFrom<Side | undefined>('host', 'own', undefined);
    const spec = fc.record({ hostNetwork: fc.boolean(), hostPID: fc.boolean(), hostIPC: fc.boolean() });
    fc.assert(
      fc.property(spec, side, side, side, (asked, network, pid, ipc) => {
        const expected = Object.fromEntries(
          Object.entries({ network, pid, ipc }).filter(([, one]) => one !== undefined),
        ) as Expectations;
        const own = pod({ spec: asked });
        const wanted = wantedSides(own, expected);
        for (const kind of namespaceKinds) {
          const bySpec = declaredModes(own)[kind] === 'host' ? 'host' : 'own';
          expect(wanted[kind]).toBe(expected[kind] ?? bySpec);
        }
      }),
    );
  });
});
