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
  unknown  -        -        unknown -`;

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

  test('self-reports that disagree decide nothing', () => {
    const all = [
      ...evidence('own', 'self-reported', 'container'),
      ...evidence('node', 'self-reported', 'container'),
    ];
    for (const requireTrusted of [false, true]) {
      expect(judge('node', all, { requireTrusted })).toMatchObject({
        observed: 'unknown',
        verdict: 'inconclusive',
        trust: null,
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

/**
 * Every combination: what the kubelet says of the sandbox, what the probe says of the Pod, what it says of the
 * sandbox in particular, and what follows; `?` where they disagree, `-` where the container's word is left.
 */
const PROBE_TABLE = `
  node     node     node  node
  node     node     own   node
  node     node     -     node
  node     own      node  own
  node     own      own   ?
  node     own      -     ?
  node     unknown  -     node
  node     -        -     node
  own      node     node  ?
  own      node     own   node
  own      node     -     ?
  own      own      node  own
  own      own      own   own
  own      own      -     own
  own      unknown  -     own
  own      -        -     own
  unknown  node     node  node
  unknown  node     own   node
  unknown  node     -     node
  unknown  own      node  own
  unknown  own      own   own
  unknown  own      -     own
  unknown  unknown  -     -
  unknown  -        -     -
  -        node     node  node
  -        node     own   node
  -        node     -     node
  -        own      node  own
  -        own      own   own
  -        own      -     own
  -        unknown  -     -
  -        -        -     -`;

const PROBE_ROWS = PROBE_TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/) as [Cell, Cell, 'node' | 'own' | '-', 'node' | 'own' | '?' | '-']);

describe('the verdict where a probe has looked', () => {
  const CONTAINER: readonly Cell[] = ['node', 'own', 'unknown', '-'];
  const EXPECTED = [null, 'node', 'own'] as const;

  test('the table is of every combination', () => {
    expect(new Set(PROBE_ROWS.map((row) => row.slice(0, 3).join(' '))).size).toBe(4 * (2 * 3 + 2));
  });

  test.each(PROBE_ROWS)(
    'the kubelet %s, the probe %s, of the sandbox %s: %s',
    (kubelet, probe, sandbox, follows) => {
      const outside = [
        ...evidence(probe, 'trusted', 'probe').map((one) =>
          sandbox === '-' ? one : { ...one, ofSandbox: sandbox },
        ),
        ...evidence(kubelet, 'trusted', 'kubelet'),
      ];
      for (const container of CONTAINER) {
        const all = [...evidence(container, 'self-reported', 'container'), ...outside];
        const said = container === 'node' || container === 'own' ? container : null;
        const trusted = follows === 'node' || follows === 'own' ? follows : null;
        const observed = follows === '-' ? said : trusted;
        for (const declared of MODES) {
          for (const expected of EXPECTED) {
            const isNodeWanted = expected === null ? declared === 'node' : expected === 'node';
            const decided = isNodeWanted === (observed === 'node') ? 'match' : 'mismatch';
            const doubt = all.length === 0 ? 'unchecked' : 'inconclusive';
            const verdict = judge(declared, all, { expected });
            expect(verdict).toMatchObject({
              declared,
              expected,
              observed: observed ?? 'unknown',
              verdict: observed === null ? doubt : decided,
              trust: observed === null ? null : trusted === null ? 'self-reported' : 'trusted',
            });
            // Whatever does not count is shown all the same.
            expect(new Set(verdict.evidence)).toEqual(new Set(all));
            const strict = judge(declared, all, { expected, requireTrusted: true });
            expect(strict).toEqual(trusted === null ? { ...verdict, verdict: doubt, trust: null } : verdict);
          }
        }
      }
    },
  );

  test('what a probe has seen of the containers comes before what the kubelet has of the sandbox', () => {
    const { evidence: shown } = judge('node', [
      { source: 'probe', trust: 'trusted', observed: 'own', detail: 'one is not', ofSandbox: 'node' },
      ...evidence('own', 'self-reported', 'container'),
      ...evidence('node', 'trusted', 'kubelet'),
    ]);
    expect(shown.map(({ source }) => source)).toEqual(['probe', 'kubelet', 'container']);
  });
});

test('where nobody has looked, nothing is a doubt', () => {
  for (const requireTrusted of [false, true]) {
    for (const expected of [null, 'node', 'own'] as const) {
      expect(judge('pod', [], { requireTrusted, expected })).toEqual({
        declared: 'pod',
        expected,
        observed: 'unknown',
        verdict: 'unchecked',
        trust: null,
        evidence: [],
      });
    }
  }
});

test.each([
  ['node', 'own', 'node', 'mismatch'],
  ['node', 'own', 'own', 'match'],
  ['pod', 'node', 'node', 'match'],
  ['pod', 'node', 'own', 'mismatch'],
  ['container', 'own', 'own', 'match'],
  ['container', null, 'node', 'mismatch'],
] as const)('declared %s, expected %s, observed %s: %s', (declared, expected, observed, verdict) => {
  const all = evidence(observed, 'trusted', 'probe');
  expect(judge(declared, all, { expected })).toMatchObject({ declared, expected, observed, verdict });
});

describe('the verdict on a Pod', () => {
  const of = (verdict: Verdict['verdict']): Verdict => ({
    declared: 'pod',
    expected: null,
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
    ['match unchecked unchecked', 'match'],
    ['inconclusive unchecked unchecked', 'inconclusive'],
    ['mismatch unchecked unchecked', 'mismatch'],
  ] as const)('%s is %s', (verdicts, expected) => {
    expect(overall(verdicts.split(' ').map((verdict) => of(verdict as Verdict['verdict'])))).toBe(expected);
  });
});
