import { describe, expect, test } from '@jest/globals';
import type { NamespaceMode } from '../../src/pods/declared.ts';
import { type Evidence, judge, type Observed, overall, type Verdict } from '../../src/verdict/verdict.ts';

/**
 * Every combination: what two trusted sources say (`-` where there is no second), what the container says of
 * itself, and what follows. T is trusted, S self-reported, `unknown` inconclusive.
 */
const TABLE = `
  node     node     node     node    T
  node     node     own      node    T
  node     node     unknown  node    T
  node     own      node     unknown -
  node     own      own      unknown -
  node     own      unknown  unknown -
  node     unknown  node     node    T
  node     unknown  own      node    T
  node     unknown  unknown  node    T
  node     -        node     node    T
  node     -        own      node    T
  node     -        unknown  node    T
  own      own      node     own     T
  own      own      own      own     T
  own      own      unknown  own     T
  own      unknown  node     own     T
  own      unknown  own      own     T
  own      unknown  unknown  own     T
  own      -        node     own     T
  own      -        own      own     T
  own      -        unknown  own     T
  unknown  unknown  node     node    S
  unknown  unknown  own      own     S
  unknown  unknown  unknown  unknown -
  unknown  -        node     node    S
  unknown  -        own      own     S
  unknown  -        unknown  unknown -
  -        -        node     node    S
  -        -        own      own     S
  -        -        unknown  unknown -
  node     -        -        node    T
  own      -        -        own     T
  unknown  -        -        unknown -
  -        -        -        unknown -`;

const ROWS = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/) as [Cell, Cell, Cell, Observed, 'T' | 'S' | '-']);
type Cell = Observed | '-';

const evidence = (cell: Cell, trust: Evidence['trust'], source: Evidence['source']): Evidence[] =>
  cell === '-' ? [] : [{ source, trust, observed: cell, detail: `${source} says ${cell}` }];

const MODES: readonly NamespaceMode[] = ['node', 'pod', 'container'];

describe('the verdict on one namespace', () => {
  test.each(ROWS)(
    'trusted %s and %s, the container %s: %s (%s)',
    (first, second, container, observed, trust) => {
      const all = [
        ...evidence(container, 'self-reported', 'container'),
        ...evidence(first, 'trusted', 'kubelet'),
        ...evidence(second, 'trusted', 'api'),
      ];
      for (const declared of MODES) {
        const verdict = judge(declared, all);
        const matches = (declared === 'node') === (observed === 'node');
        expect(verdict).toMatchObject({
          declared,
          observed,
          verdict: observed === 'unknown' ? 'inconclusive' : matches ? 'match' : 'mismatch',
          trust: { T: 'trusted', S: 'self-reported', '-': null }[trust],
        });
        expect(new Set(verdict.evidence)).toEqual(new Set(all));
      }
    },
  );

  test.each(ROWS)(
    'with --require-trusted, trusted %s and %s, the container %s',
    (first, second, container, observed, trust) => {
      const all = [
        ...evidence(first, 'trusted', 'kubelet'),
        ...evidence(second, 'trusted', 'api'),
        ...evidence(container, 'self-reported', 'container'),
      ];
      for (const declared of MODES) {
        const strict = judge(declared, all, { requireTrusted: true });
        if (trust === 'T') expect(strict).toEqual(judge(declared, all));
        else expect(strict).toMatchObject({ observed, verdict: 'inconclusive', trust: null });
      }
    },
  );

  test('whatever a container says changes nothing where trusted evidence decides', () => {
    const kubelet = evidence('own', 'trusted', 'kubelet');
    for (const cell of ['node', 'own', 'unknown', '-'] as const) {
      const { observed, verdict, trust } = judge('node', [
        ...evidence(cell, 'self-reported', 'container'),
        ...kubelet,
      ]);
      expect({ observed, verdict, trust }).toEqual({
        observed: 'own',
        verdict: 'mismatch',
        trust: 'trusted',
      });
    }
  });

  test('shows what decides first', () => {
    const { evidence: shown } = judge('node', [
      ...evidence('unknown', 'trusted', 'api'),
      ...evidence('own', 'self-reported', 'container'),
      ...evidence('node', 'trusted', 'kubelet'),
    ]);
    expect(shown.map(({ source }) => source)).toEqual(['kubelet', 'container', 'api']);
  });
});

describe('the verdict on a Pod', () => {
  const of = (verdict: Verdict['verdict']): Verdict => ({
    declared: 'pod',
    observed: 'unknown',
    verdict,
    trust: null,
    evidence: [],
  });
  test.each([
    ['match match match', 'match'],
    ['match inconclusive match', 'inconclusive'],
    ['mismatch inconclusive match', 'mismatch'],
    ['inconclusive inconclusive mismatch', 'mismatch'],
  ] as const)('%s is %s', (verdicts, expected) => {
    expect(overall(verdicts.split(' ').map((verdict) => of(verdict as Verdict['verdict'])))).toBe(expected);
  });
});
