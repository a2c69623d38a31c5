import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NamespaceMode, Side } from '../../src/model/declared.ts';
import {
  type Evidence,
  type EvidenceScope,
  judge,
  type Observed,
  overall,
  type Verdict,
} from '../../src/verdict/verdict.ts';

type Cell = Observed | '-';
/** Evidence of the probe Pod, the kubelet and the containers. `(host)`: evidence of the kubelet that a container can forge. */
type Row = readonly [probe: Cell, kubelet: Cell | '(host)', containers: string, follows: string];

/**
 * Verdicts if the host's namespace is wanted, and if the Pod's own is. T is trusted, P partial, S self-reported; `=`
 * is a match, `!` a mismatch, `?` inconclusive.
 */
const NODE_WANTED = `
  host     -        -                =T pod
  host     host     own,own          =T pod
  host     unknown  own,own          =T pod
  host     own      host,host        ?
  host     (host)   own              =T pod
  own      -        -                !T pod
  own      host     host,host        !T pod
  own      own      -                !T pod
  unknown  -        -                ?
  unknown  host     host,host        ?
  unknown  (host)   host,host        ?
  unknown  own      host,host        !T sandbox
  unknown  host     host,own         !S containers
  -        host     -                =P sandbox
  -        host     unknown          =P sandbox
  -        host     host,host        =P sandbox
  -        host     host,own         !S containers
  -        (host)   -                =S sandbox
  -        (host)   own              !S containers
  -        own      -                !T sandbox
  -        own      host,host        !T sandbox
  -        unknown  -                ?
  -        unknown  host,host        =S containers
  -        unknown  host,unknown     ?
  -        unknown  own,unknown      !S containers
  -        -        host             =S containers
  -        -        own              !S containers
  -        -        unknown          ?`;
const OWN_WANTED = `
  own      -        -                =T pod
  own      own      host,host        =T pod
  own      host     own,own          ?
  own      (host)   own              =T pod
  host     -        -                !T pod
  host     own      own,own          !T pod
  unknown  -        -                ?
  unknown  own      own,own          ?
  unknown  host     own,own          !T sandbox
  unknown  own      own,host         !S containers
  unknown  (host)   own              !S sandbox
  -        own      -                ?
  -        own      unknown          ?
  -        own      own,own          =S containers
  -        own      own,unknown      ?
  -        own      own,host         !S containers
  -        host     -                !T sandbox
  -        host     own,own          !T sandbox
  -        (host)   -                !S sandbox
  -        (host)   own              !S sandbox
  -        unknown  own,own          =S containers
  -        -        own              =S containers
  -        -        host             !S containers`;

const rowsOf = (table: string): readonly Row[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [probe, kubelet, containers = '', ...follows] = line.trim().split(/ +/);
      return [probe as Cell, kubelet as Cell, containers, follows.join(' ')] as const;
    });

function evidenceOf([probe, kubelet, containers]: readonly [
  Cell,
  Cell | '(host)',
  string,
]): readonly Evidence[] {
  const piece = (source: Evidence['source'], scope: EvidenceScope, said: string): Evidence => ({
    source,
    trust: source === 'container' || said === '(host)' ? 'self-reported' : 'trusted',
    scope,
    observed: said.replace(/[()]/g, '') as Observed,
    detail: `${source} says ${said}`,
  });
  return [
    ...containers.split(',').flatMap((said) => (said === '-' ? [] : [piece('container', 'container', said)])),
    ...(kubelet === '-' ? [] : [piece('kubelet', 'sandbox', kubelet)]),
    ...(probe === '-' ? [] : [piece('probe', 'pod', probe)]),
  ];
}

const shown = ({ verdict, trust, scope }: Verdict): string => {
  const sign = { match: '=', mismatch: '!', inconclusive: '?', unchecked: '-' }[verdict];
  return trust === null ? sign : `${sign}${trust.charAt(0).toUpperCase()} ${String(scope)}`;
};
const MODES: Readonly<Record<Side, readonly NamespaceMode[]>> = { host: ['host'], own: ['pod', 'container'] };

describe.each([
  ['host', NODE_WANTED],
  ['own', OWN_WANTED],
] as const)('judge with %s wanted', (wanted, table) => {
  const other = wanted === 'host' ? 'own' : 'host';

  test.each(rowsOf(table))(
    'probe %s, kubelet %s, containers %s: %s',
    (probe, kubelet, containers, follows) => {
      const all = evidenceOf([probe, kubelet, containers]);
      for (const declared of [...MODES.host, ...MODES.own]) {
        // The expected side replaces the declared one.
        const verdict = judge(declared, all, { expected: wanted });
        expect(shown(verdict)).toBe(follows);
        expect(verdict.observed).toBe({ '=': wanted, '!': other, '?': 'unknown' }[follows.charAt(0)]);
        expect(new Set(verdict.evidence)).toEqual(new Set(all));
        if (!MODES[wanted].includes(declared)) continue;
        expect(judge(declared, all)).toEqual({ ...verdict, expected: null });
      }
    },
  );

  test.each(rowsOf(table))(
    '--require-trusted lets only trusted evidence decide: probe %s, kubelet %s, containers %s: %s',
    (probe, kubelet, containers, follows) => {
      const strict = judge('host', evidenceOf([probe, kubelet, containers]), {
        expected: wanted,
        requireTrusted: true,
      });
      expect(shown(strict)).toBe(follows.includes('T') ? follows : '?');
    },
  );

  test('a trusted sandbox decides if no container can have left it', () => {
    const judged = (containers: string): string =>
      shown(
        judge('pod', evidenceOf(['-', wanted, containers]), { expected: wanted, sandboxCoversPod: true }),
      );
    expect(['-', 'unknown', wanted].map(judged)).toEqual(['=T pod', '=T pod', '=T pod']);
    // A container's report can still prove a mismatch of that container.
    expect(judged(other)).toBe('!S containers');
  });
});

describe('judge with any combination of evidence', () => {
  const cell = fc.constantFrom<Cell>('host', 'own', 'unknown', '-');
  const kubelet = fc.constantFrom<Cell | '(host)'>('host', 'own', 'unknown', '-', '(host)');
  const containers = fc
    .array(fc.constantFrom('host', 'own', 'unknown'), { maxLength: 3 })
    .map((all) => all.join(',') || '-');
  const wanted = fc.constantFrom<Side>('host', 'own');

  test('never bases a trusted verdict on a container’s report', () => {
    fc.assert(
      fc.property(
        cell,
        kubelet,
        containers,
        containers,
        wanted,
        fc.boolean(),
        (probe, by, first, second, expected, sandboxCoversPod) => {
          const [a, b] = [first, second].map((said) =>
            judge('pod', evidenceOf([probe, by, said]), { expected, sandboxCoversPod }),
          );
          if (a?.trust === 'trusted' && b?.trust === 'trusted') expect(a.verdict).toBe(b.verdict);
          if (a?.trust === 'trusted' && a.verdict === 'mismatch') expect(b?.verdict).toBe('mismatch');
        },
      ),
    );
  });

  test('never reports a match if the probe Pod’s evidence is unknown', () => {
    fc.assert(
      fc.property(kubelet, containers, wanted, fc.boolean(), (by, said, expected, sandboxCoversPod) => {
        const verdict = judge('pod', evidenceOf(['unknown', by, said]), { expected, sandboxCoversPod });
        expect(verdict.verdict).not.toBe('match');
      }),
    );
  });
});

test('judge sorts evidence: agreeing first, then contradicting, then unknown', () => {
  const { evidence } = judge('host', evidenceOf(['unknown', 'host', 'own']));
  expect(evidence.map(({ source }) => source)).toEqual(['container', 'kubelet', 'probe']);
});

test('judge reports a namespace without evidence as unchecked', () => {
  for (const requireTrusted of [false, true]) {
    for (const expected of [null, 'host', 'own'] as const) {
      expect(judge('pod', [], { requireTrusted, expected })).toEqual({
        declared: 'pod',
        expected,
        observed: 'unknown',
        verdict: 'unchecked',
        trust: null,
        scope: null,
        evidence: [],
      });
    }
  }
});

test('judge with requireTrusted reports the untrusted observation as inconclusive', () => {
  expect(judge('pod', evidenceOf(['-', '-', 'own']), { requireTrusted: true })).toMatchObject({
    observed: 'own',
    verdict: 'inconclusive',
    trust: null,
    scope: null,
  });
});

describe('overall', () => {
  const of = (verdict: Verdict['verdict']): Verdict => ({
    declared: 'pod',
    expected: null,
    observed: 'unknown',
    verdict,
    trust: null,
    scope: null,
    evidence: [],
  });
  test.each([
    ['match match match', 'match'],
    ['match inconclusive match', 'inconclusive'],
    ['mismatch inconclusive match', 'mismatch'],
    ['inconclusive inconclusive mismatch', 'mismatch'],
    ['match unchecked unchecked', 'match'],
    ['inconclusive unchecked unchecked', 'inconclusive'],
    ['mismatch unchecked unchecked', 'mismatch'],
  ] as const)('%s is %s', (verdicts, expected) => {
    expect(overall(verdicts.split(' ').map((verdict) => of(verdict as Verdict['verdict'])))).toBe(expected);
  });
});
