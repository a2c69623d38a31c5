import { schemaErrors, validator } from '../../support/schemas.ts';
import type { Result } from '../cluster.ts';
import { type HostilePod, type Kind, KINDS } from './pods.ts';
import type { Sides } from './sightings.ts';

/** A verdict on one namespace, as `verify -o json` prints it. */
interface Verdict {
  readonly verdict: 'match' | 'mismatch' | 'inconclusive' | 'unchecked';
  readonly trust: 'trusted' | 'partial' | 'self-reported' | null;
  readonly scope?: 'pod' | 'sandbox' | 'containers' | null;
  readonly evidence: readonly { readonly source: string; readonly detail: string }[];
}

export interface Item {
  readonly name: string;
  readonly verdict: Verdict['verdict'] | null;
  readonly error?: string;
  readonly namespaces?: Readonly<Record<Kind, Verdict>>;
}

/** The truth about one namespace of a Pod: what differs from the declaration, at some time at least. */
interface Differs {
  readonly anything: boolean;
  readonly sandbox: boolean;
}

export type Parts = readonly (readonly [string | null, Sides])[];

export type Grade = (typeof GRADES)[number];
export const GRADES = [
  'right',
  'right (sandbox)',
  'right (self-reported)',
  'inconclusive',
  'wrong (self-reported)',
  'WRONG',
] as const;

const VALIDATE = validator('verification-list');

/** What a command printed, once the schema has accepted it. */
export function itemsOf({ stdout, stderr }: Result): readonly Item[] {
  if (stdout === '') throw new Error(`verify printed nothing: ${stderr}`);
  const document = JSON.parse(stdout) as { readonly items: readonly Item[] };
  const errors = schemaErrors(VALIDATE, document);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return document.items;
}

/** Null where a namespace was not checked. */
function gradeOf({ verdict, trust, scope }: Verdict, differs: Differs): Grade | null {
  if (verdict === 'unchecked') return null;
  if (verdict === 'inconclusive') return 'inconclusive';
  const isRight = (verdict === 'mismatch') === differs.anything;
  if (trust === 'self-reported') return isRight ? 'right (self-reported)' : 'wrong (self-reported)';
  if (trust === 'trusted') return isRight ? 'right' : 'WRONG';
  const isOfSandbox = scope === 'sandbox' && verdict === 'match' && !differs.sandbox;
  return isOfSandbox ? 'right (sandbox)' : 'WRONG';
}

function differsIn(kind: Kind, { declared }: HostilePod, parts: Parts): Differs {
  const wanted = declared[kind] ? 'host' : 'own';
  const isOff = ([, sides]: Parts[number]): boolean => [...sides[kind]].some((side) => side !== wanted);
  return { anything: parts.some(isOff), sandbox: parts.filter(([name]) => name === null).some(isOff) };
}

/** What is wrong with a verdict beyond its grade, by the rule of the Pod; null where nothing is. */
function breach(
  pod: HostilePod,
  verdict: Verdict,
  grade: Grade,
  differs: Differs,
  byProbe: boolean,
): string | null {
  if (grade === 'WRONG') return 'a wrong verdict that is trusted';
  if ((pod.rule === 'honest' || pod.rule === 'starting') && verdict.verdict === 'mismatch')
    return 'a mismatch of an honest Pod';
  if (!byProbe) return null;
  if ((pod.rule === 'honest' || pod.rule === 'steady') && grade !== 'right')
    return 'the probe Pod does not decide though nothing moves';
  if (pod.rule === 'evader' && verdict.verdict === 'match' && differs.anything)
    return 'a match of what is not as declared';
  return null;
}

/** How many verdicts of each grade there were, by kind of Pod; and those that must not be. */
export class Tally {
  readonly problems: string[] = [];
  readonly #counts = new Map<string, Map<Grade | 'error', number>>();

  /** @param command the flags by which the items were asked for */
  add(
    command: string,
    pods: readonly HostilePod[],
    items: readonly Item[],
    partsOf: (pod: HostilePod) => Parts,
  ): void {
    for (const pod of pods) {
      const item = items.find(({ name }) => name === pod.name);
      if (item?.namespaces === undefined) {
        this.#count(pod.kind, 'error');
        if (pod.rule === 'honest')
          this.problems.push(`${command}: ${pod.kind} ${pod.name}: ${item?.error ?? 'it is missing'}`);
        continue;
      }
      for (const kind of KINDS) this.#addVerdict(command, pod, kind, item.namespaces[kind], partsOf(pod));
    }
  }

  /** With a column for each grade. */
  table(): string {
    const columns = [...GRADES, 'error'] as const;
    const rows = [...this.#counts]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([kind, counts]) => [kind, ...columns.map((column) => String(counts.get(column) ?? '-'))]);
    const all = [['kind of Pod', ...columns], ...rows];
    const widths = [...columns.keys(), columns.length].map((at) =>
      Math.max(...all.map((row) => row[at]?.length ?? 0)),
    );
    const line = (row: readonly string[]): string =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ');
    return all.map(line).join('\n');
  }

  #addVerdict(command: string, pod: HostilePod, kind: Kind, verdict: Verdict, parts: Parts): void {
    const differs = differsIn(kind, pod, parts);
    const grade = gradeOf(verdict, differs);
    if (grade === null) return;
    this.#count(pod.kind, grade);
    const problem = breach(pod, verdict, grade, differs, command.includes('--probe'));
    if (problem === null) return;
    const truth = parts.map(([name, sides]) => `${name ?? 'sandbox'} ${[...sides[kind]].sort().join('+')}`);
    const declared = pod.declared[kind] ? 'host' : 'own';
    this.problems.push(
      [
        `${command}: ${pod.kind}, ${pod.name} on ${pod.node} (${pod.note}): ${problem}`,
        `${kind} declared ${declared}: ${verdict.verdict} (${String(verdict.trust)}, ${String(verdict.scope)})`,
        `truth: ${truth.join(', ')}`,
        ...verdict.evidence.map(({ source, detail }) => `${source}: ${detail}`),
      ].join('; '),
    );
  }

  #count(kind: string, grade: Grade | 'error'): void {
    const counts = this.#counts.get(kind) ?? new Map<Grade | 'error', number>();
    this.#counts.set(kind, counts);
    counts.set(grade, (counts.get(grade) ?? 0) + 1);
  }
}
