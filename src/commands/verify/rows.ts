import { sideOf } from '../../model/declared.ts';
import type { Pod } from '../../model/pod.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { type SafeText, safeLine } from '../../output/safe-text.ts';
import { tableLine } from '../../output/table.ts';

/** What marks a word that rests on what a container reports of itself. */
export const SELF_REPORTED = '*';
/** What marks a word that is about the sandbox, and not about its containers. */
export const SANDBOX_ONLY = '+';

export interface RowOptions {
  readonly withNamespace: boolean;
  /** Shows the evidence of every Pod, and not only of those that are not what they declare. */
  readonly wide: boolean;
}

/** The table of many Pods, of which each row can be printed as soon as its Pod is verified. */
export interface VerificationRows {
  readonly header: SafeText;
  row(item: PodVerification): SafeText;
}

/** The longest cells of the columns whose cells are not known before: `own, not host*`, `inconclusive`. */
const NAMESPACE_WIDTH = 14;
const VERDICT_WIDTH = 12;

/** How wide the columns are whose cells are known before anything is verified. */
export interface ColumnWidths {
  readonly namespace: number;
  readonly name: number;
  readonly node: number;
}

export function columnWidths(pods: readonly Pod[]): ColumnWidths {
  const width = (cell: (pod: Pod) => string): number =>
    pods.reduce((widest, pod) => Math.max(widest, safeLine(cell(pod)).length), 0);
  return {
    namespace: width(({ namespace }) => namespace),
    name: width(({ name }) => name),
    node: width(({ spec }) => spec.nodeName),
  };
}

/** @param columns of each part of the Pods that will have a row */
export function verificationRows(columns: readonly ColumnWidths[], options: RowOptions): VerificationRows {
  const width = (title: 'NAMESPACE' | 'NAME' | 'NODE', column: keyof ColumnWidths): number =>
    columns.reduce((widest, part) => Math.max(widest, part[column]), title.length);
  const widths = [
    ...(options.withNamespace ? [width('NAMESPACE', 'namespace')] : []),
    width('NAME', 'name'),
    width('NODE', 'node'),
    ...namespaceKinds.map(() => NAMESPACE_WIDTH),
    VERDICT_WIDTH,
  ];
  const line = (namespace: string, ...cells: readonly string[]): SafeText =>
    tableLine((options.withNamespace ? [namespace, ...cells] : cells).map(safeLine), widths);
  return {
    header: line(
      'NAMESPACE',
      'NAME',
      'NODE',
      ...namespaceKinds.map((kind) => kind.toUpperCase()),
      'VERDICT',
      'EVIDENCE',
    ),
    row: (item) => {
      if (item.kind === 'failed') {
        const unknown = namespaceKinds.map(() => '-');
        return line(
          item.namespace,
          item.name,
          item.pod?.spec.nodeName ?? '-',
          ...unknown,
          item.isGone ? 'gone' : 'failed',
          item.error,
        );
      }
      const { pod, verification } = item;
      const verdicts = namespaceKinds.map((kind) => verification.namespaces[kind]);
      const evidence = evidenceOf(verdicts, verification.verdict);
      return line(
        pod.namespace,
        pod.name,
        pod.spec.nodeName,
        ...verdicts.map(cellOf),
        verification.verdict,
        options.wide || verification.verdict !== 'match' ? evidence : '',
      );
    },
  };
}

/** `node`, `own, not host*`, `unknown`; `-` where nobody looked. */
function cellOf(shown: Verdict): string {
  const { declared, expected, observed, verdict } = shown;
  if (verdict === 'unchecked') return '-';
  const mark = isSelfReported(shown) ? SELF_REPORTED : isSandboxOnly(shown) ? SANDBOX_ONLY : '';
  return `${observed}${verdict === 'mismatch' ? `, not ${sideOf(expected ?? declared)}` : ''}${mark}`;
}

/** True if a container could have forged what is shown, even where --require-trusted keeps it from deciding. */
export function isSelfReported(shown: Verdict): boolean {
  const { observed, trust } = shown;
  return observed !== 'unknown' && trust !== 'trusted' && !isSandboxOnly(shown);
}

/** True if what is shown is of the sandbox alone, even where --require-trusted keeps it from deciding. */
export function isSandboxOnly({ declared, expected, observed, trust, evidence }: Verdict): boolean {
  if (trust !== null) return trust === 'partial';
  return (
    observed === 'host' &&
    sideOf(expected ?? declared) === 'host' &&
    evidence.some((one) => one.scope === 'sandbox' && one.trust === 'trusted' && one.observed === 'host')
  );
}

/** The best evidence of the namespace that has made the outcome. */
function evidenceOf(verdicts: readonly Verdict[], outcome: Verdict['verdict']): string {
  const decisive = verdicts.find(({ verdict }) => verdict === outcome);
  const [first] = decisive?.evidence ?? [];
  return first === undefined ? '' : `${first.source}: ${first.detail}`;
}
