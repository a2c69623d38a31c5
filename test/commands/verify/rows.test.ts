import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnWidths, type RowOptions, verificationRows } from '../../../src/commands/verify/rows.ts';
import type { Pod } from '../../../src/model/pod.ts';
import type { PodVerification } from '../../../src/verdict/pod-verification.ts';
import { pod } from '../../support/pods.ts';
import { UNSAFE_TEXT } from '../../support/unsafe-text.ts';
import { says, verdict, verified } from '../../support/verifications.ts';

const WEB = pod({ name: 'web-7bd5658df7-zhsjz' });
const PROXY = pod({
  name: 'proxy',
  namespace: 'kube-system',
  spec: { hostNetwork: true, nodeName: 'kube-node-20' },
});
const PODS = [WEB, PROXY];

const probe = { node: [says('probe', 'host')], own: [says('probe', 'own')] };
const MATCH = {
  network: verdict('pod', probe.own),
  pid: verdict('pod', probe.own),
  ipc: verdict('pod', probe.own),
};
const SHARED = { ...MATCH, network: verdict('host', probe.node) };

/** The table of these items, line by line. */
function table(
  items: readonly PodVerification[],
  options: Partial<RowOptions> = {},
  pods: readonly Pod[] = PODS,
): readonly string[] {
  const rows = verificationRows([columnWidths(pods)], { withNamespace: false, wide: false, ...options });
  return [rows.header, ...items.map((item) => rows.row(item))];
}

describe('the table of verifications', () => {
  test('has a row for each Pod, and shows evidence of those that are not as they should be', () => {
    const items = [verified(WEB, MATCH), verified(PROXY, { ...SHARED, pid: verdict('pod', probe.node) })];
    expect(table(items)).toEqual([
      'NAME                   NODE           NETWORK          PID              IPC              VERDICT        EVIDENCE',
      'web-7bd5658df7-zhsjz   kube-node-1    own              own              own              match',
      'proxy                  kube-node-20   host             host, not own    own              mismatch       probe: the probe says host',
    ]);
  });

  test('has the namespaces in front where there are several', () => {
    expect(table([verified(WEB, MATCH), verified(PROXY, SHARED)], { withNamespace: true })).toEqual([
      'NAMESPACE     NAME                   NODE           NETWORK          PID              IPC              VERDICT        EVIDENCE',
      'default       web-7bd5658df7-zhsjz   kube-node-1    own              own              own              match',
      'kube-system   proxy                  kube-node-20   host             own              own              match',
    ]);
  });

  test('shows the evidence of every Pod where there is room', () => {
    const lines = table([verified(WEB, MATCH), verified(PROXY, SHARED)], { wide: true });
    expect(lines.slice(1).map((line) => line.slice(line.indexOf('match')))).toEqual([
      'match          probe: the probe says own',
      'match          probe: the probe says host',
    ]);
  });

  test('marks what rests on a container’s own word, and leaves out what nobody looked at', () => {
    const item = verified(WEB, {
      network: verdict('pod', [says('probe', 'own'), says('container', 'own')]),
      pid: verdict('pod', [says('container', 'own')]),
      ipc: verdict('pod', []),
    });
    expect(table([item])[1]).toBe(
      'web-7bd5658df7-zhsjz   kube-node-1    own              own*             -                match',
    );
  });

  test('marks a mismatch by a container’s word, for which the column is wide enough', () => {
    const item = verified(PROXY, { ...SHARED, network: verdict('host', [says('container', 'own')]) });
    expect(table([item])[1]).toBe(
      'proxy                  kube-node-20   own, not host*   own              own              mismatch       container: the container says own',
    );
  });

  test('marks a container’s word also where it is not enough', () => {
    const item = verified(WEB, {
      ...MATCH,
      pid: verdict('pod', [says('container', 'own')], { requireTrusted: true }),
    });
    expect(table([item])[1]).toBe(
      'web-7bd5658df7-zhsjz   kube-node-1    own              own*             own              inconclusive   container: the container says own',
    );
  });

  test('says what is not known, and why', () => {
    const item = verified(WEB, { ...MATCH, ipc: verdict('pod', [says('container', 'unknown')]) });
    expect(table([item])[1]).toBe(
      'web-7bd5658df7-zhsjz   kube-node-1    own              own              unknown          inconclusive   container: the container says unknown',
    );
  });

  test('says what was wanted by what the user expects, where he does', () => {
    const item = verified(PROXY, {
      ...SHARED,
      network: verdict('host', probe.node, { expected: 'own' }),
      pid: verdict('pod', probe.own, { expected: 'host' }),
    });
    expect(table([item])[1]).toBe(
      'proxy                  kube-node-20   host, not own    own, not host    own              mismatch       probe: the probe says host',
    );
  });

  test('gives the evidence of the namespace that decides: a mismatch before a doubt', () => {
    const item = verified(WEB, {
      network: verdict('pod', [says('kubelet', 'unknown')]),
      pid: verdict('pod', probe.node),
      ipc: verdict('pod', probe.own),
    });
    expect(table([item])[1]).toMatch(/ unknown +host, not own +own +mismatch +probe: the probe says host$/);
  });

  test('has a row for what could not be looked at', () => {
    const failed = {
      kind: 'failed',
      namespace: 'default',
      name: WEB.name,
      pod: WEB,
      error: 'The Pod has ended.',
      isGone: false,
    } as const;
    expect(table([failed, { ...failed, name: 'gone', pod: null }], { withNamespace: true }).slice(1)).toEqual(
      [
        'default       web-7bd5658df7-zhsjz   kube-node-1    -                -                -                failed         The Pod has ended.',
        'default       gone                   -              -                -                -                failed         The Pod has ended.',
      ],
    );
  });

  test('is as wide as its widest cells, and as its titles where those are wider', () => {
    const tiny = pod({ name: 'a', namespace: 'b', spec: { nodeName: 'n' } });
    expect(table([verified(tiny, MATCH)], { withNamespace: true }, [tiny])).toEqual([
      'NAMESPACE   NAME   NODE   NETWORK          PID              IPC              VERDICT        EVIDENCE',
      'b           a      n      own              own              own              match',
    ]);
    expect(table([], {}, [])).toHaveLength(1);
  });

  test('counts unsafe characters as they are shown, and lets none of them out', () => {
    const evil = pod({ name: 'e\u001b[2J\nvil', spec: { nodeName: 'n\u202e' } });
    const item = verified(evil, {
      ...MATCH,
      pid: verdict('pod', [{ ...says('probe', 'host'), detail: 'a\u0007\nb' }]),
    });
    expect(table([item, verified(WEB, MATCH)], {}, [evil, WEB])).toEqual([
      'NAME                   NODE          NETWORK          PID              IPC              VERDICT        EVIDENCE',
      String.raw`e\u001b[2J\u000avil    n\u202e       own              host, not own    own              mismatch       probe: a\u0007\u000ab`,
      'web-7bd5658df7-zhsjz   kube-node-1   own              own              own              match',
    ]);
  });

  test('counts characters, and not columns: names in a cluster are ASCII', () => {
    const wide = pod({ name: '日本語', spec: { nodeName: 'é' } });
    expect(table([verified(wide, MATCH)], {}, [wide])[1]).toMatch(/^日本語 {4}é {6}own/);
  });

  test('keeps its columns, whatever the names and the evidence', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const pods = fc
      .array(fc.tuple(name, name, name), { minLength: 1, maxLength: 5 })
      .map((all) =>
        all.map(([own, namespace, nodeName]) => pod({ name: own, namespace, spec: { nodeName } })),
      );
    fc.assert(
      fc.property(pods, fc.boolean(), name, (all, withNamespace, detail) => {
        const evidence = { ...says('probe', 'host'), detail };
        const items = all.map((one) => verified(one, { ...MATCH, ipc: verdict('pod', [evidence]) }));
        const [header = '', ...lines] = table(items, { withNamespace }, all);
        const at = header.indexOf('VERDICT');
        for (const line of lines) {
          expect(line).not.toMatch(UNSAFE_TEXT);
          expect(line).not.toContain('\n');
          expect(line.slice(at, at + 'mismatch'.length)).toBe('mismatch');
        }
      }),
      { numRuns: 100 },
    );
  });
});
