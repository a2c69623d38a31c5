import { sideOf } from '../../model/declared.ts';
import type { Pod } from '../../model/pod.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { type SafeText, safeLine } from '../../output/safe-text.ts';
import { tableLine } from '../../output/table.ts';

/** Mark of a result that is self-reported by a container. */
export const SELF_REPORTED = '*';
/** Mark of a result about the sandbox, not about its containers. */
export const SANDBOX_ONLY = '+';

export interface RowOptions {
  readonly withNamespace: boolean;
  /** Shows the evidence of every Pod, not only of those that do not match. */
  readonly wide: boolean;
}

/** Table of many Pods. Each row can be printed as soon as its Pod is verified. */
export interface VerificationRows {
  readonly header: SafeText;
  row(item: PodVerification): SafeText;
}

/** Longest possible cells of the columns with results: `own, not host*`, `inconclusive`. */
const NAMESPACE_WIDTH = 14;
const VERDICT_WIDTH = 12;

/** Widths of the columns that are known before the verification. */
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

/** @param columns of each page of Pods */
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

/** Returns `host`, `own, not host*` or `unknown`; `-` if it was not checked. */
function cellOf(shown: Verdict): string {
  const { declared, expected, observed, verdict } = shown;
  if (verdict === 'unchecked') return '-';
  const mark = isSelfReported(shown) ? SELF_REPORTED : isSandboxOnly(shown) ? SANDBOX_ONLY : '';
  return `${observed}${verdict === 'mismatch' ? `, not ${sideOf(expected ?? declared)}` : ''}${mark}`;
}

/** Returns true if a container could have forged the result, even if --require-trusted makes it inconclusive. */
export function isSelfReported(shown: Verdict): boolean {
  const { observed, trust } = shown;
  return observed !== 'unknown' && trust !== 'trusted' && !isSandboxOnly(shown);
}

/** Returns true if the result is about the sandbox alone, even if --require-trusted makes it inconclusive. */
export function isSandboxOnly({ declared, expected, observed, trust, evidence }: Verdict): boolean {
  if (trust !== null) return trust === 'partial';
  return (
    observed === 'host' &&
    sideOf(expected ?? declared) === 'host' &&
    evidence.some((one) => one.scope === 'sandbox' && one.trust === 'trusted' && one.observed === 'host')
  );
}

/** Returns the best evidence about the namespace that decided the outcome. */
function evidenceOf(verdicts: readonly Verdict[], outcome: Verdict['verdict']): string {
  const decisive = verdicts.find(({ verdict }) => verdict === outcome);
  const [first] = decisive?.evidence ?? [];
  return first === undefined ? '' : `${first.source}: ${first.detail}`;
}
