import { document } from '../../output/document.ts';
import { join, safeLine, text } from '../../output/safe-text.ts';
import { verificationList } from './document.ts';
import { type ReportOptions, type TableLayout, verificationReport } from './report.ts';
import {
  type ColumnWidths,
  isSandboxOnly,
  isSelfReported,
  SANDBOX_ONLY,
  SELF_REPORTED,
  verificationRows,
} from './rows.ts';
import { namespaceKinds } from '../../model/sharing.ts';
import type { PodVerification } from '../../verdict/pod-verification.ts';
import type { Outcome } from '../../verdict/verdict.ts';
import type { CommandContext } from '../shared/context.ts';
import type { VerifyFormat } from '../shared/formats.ts';
import { type Output, printsDocuments, type TemplatePrinter } from '../shared/output.ts';

export interface ReporterOptions {
  readonly output: Output<VerifyFormat>;
  /** Prints one line for each Pod in place of a report. */
  readonly all: boolean;
  readonly allNamespaces: boolean;
  readonly exec: boolean;
  /** Column widths of each page of Pods. */
  readonly widths: readonly ColumnWidths[];
  /** Number of Pods without a running container. */
  readonly idle: number;
  /** Notes that are errors. */
  readonly failures: ReadonlySet<string>;
  /** Layout of the tables of a report. */
  readonly table: TableLayout;
}

/** Prints the result of each Pod when it is ready, and does not keep it. */
export interface Reporter {
  readonly add: (item: PodVerification) => void;
  /** @param unfinished number of Pods that were not inspected before Ctrl-C */
  readonly end: (unfinished: number) => void;
}

/** Counts for the last line. */
interface Tally {
  total: number;
  /** Number of Pods with each outcome. */
  readonly outcomes: Map<Outcome | 'failed' | 'gone', number>;
  /** Number of Pods with a namespace that was not checked. */
  unchecked: number;
  /** Number of Pods with self-reported evidence only for a namespace. */
  selfReported: number;
  sandboxOnly: number;
}

export function reporterOf(options: ReporterOptions, context: CommandContext): Reporter {
  const tally: Tally = { total: 0, outcomes: new Map(), unchecked: 0, selfReported: 0, sandboxOnly: 0 };
  const print = printer(options, tally, context);
  const noted = new Set<string>();
  return {
    add(item) {
      count(item, tally);
      printNotes(item, noted, options, context);
      print.add(item);
    },
    end: print.end,
  };
}

function count(item: PodVerification, tally: Tally): void {
  const outcome = item.kind === 'verified' ? item.verification.verdict : item.isGone ? 'gone' : 'failed';
  tally.total += 1;
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  if (item.kind === 'failed') return;
  const verdicts = namespaceKinds.map((kind) => item.verification.namespaces[kind]);
  if (verdicts.some(({ verdict }) => verdict === 'unchecked')) tally.unchecked += 1;
  if (verdicts.some(isSelfReported)) tally.selfReported += 1;
  if (verdicts.some(isSandboxOnly)) tally.sandboxOnly += 1;
}

function printer(options: ReporterOptions, tally: Tally, context: CommandContext): Reporter {
  const { output, all, table } = options;
  if (printsDocuments(output)) return documentPrinter(output, context);
  return all
    ? rowPrinter(options, tally, context)
    : reportPrinter({ wide: output === 'wide', table }, tally, context);
}

function documentPrinter(output: 'json' | 'yaml' | TemplatePrinter, { stdout }: CommandContext): Reporter {
  const items: PodVerification[] = [];
  return {
    add(item) {
      items.push(item);
    },
    end(unfinished) {
      // An empty document would mean that there are no Pods.
      if (items.length === 0 && unfinished > 0) return;
      const list = verificationList(items);
      stdout.write(typeof output === 'function' ? output(list) : document(list, output));
    },
  };
}

function reportPrinter(options: ReportOptions, tally: Tally, { stdout }: CommandContext): Reporter {
  let isFirst = true;
  return {
    add(item) {
      if (item.kind === 'failed') return;
      if (!isFirst) stdout.write(text`\n`);
      isFirst = false;
      stdout.write(verificationReport(item, options));
    },
    end(unfinished) {
      const isWorthIt = tally.total > 1 && !isFirst;
      if (isWorthIt || (unfinished > 0 && tally.total > 0)) {
        stdout.write(text`\n${counts(tally, 0, unfinished)}\n`);
      }
    },
  };
}

function rowPrinter(options: ReporterOptions, tally: Tally, { stdout, stderr }: CommandContext): Reporter {
  const { widths, allNamespaces, output, idle } = options;
  const rows = verificationRows(widths, { withNamespace: allNamespaces, wide: output === 'wide' });
  let isFirst = true;
  return {
    add(item) {
      const lines = isFirst ? [rows.header, rows.row(item)] : [rows.row(item)];
      isFirst = false;
      stdout.write(join([...lines, safeLine('')], '\n'));
    },
    end(unfinished) {
      if (tally.total + unfinished === 0) {
        stderr.write(text`${nothingFound(options)}\n`);
        return;
      }
      if (tally.total === 0) return;
      const sentences = [counts(tally, idle, unfinished), ...unchecked(tally, options), ...legend(tally)];
      stdout.write(text`\n${sentences.join(' ')}\n`);
    },
  };
}

function nothingFound({ idle, allNamespaces }: ReporterOptions): string {
  const reason = idle === 0 ? 'There is no Pod.' : `None of the ${pods(idle)} is running.`;
  return `No resources found. ${reason}${allNamespaces ? '' : ' Use -A for all namespaces.'}`;
}

/** Prints errors and notes to standard error. A note about several Pods is printed once. */
function printNotes(
  item: PodVerification,
  noted: Set<string>,
  { all, output, failures }: ReporterOptions,
  { stderr }: CommandContext,
): void {
  if (item.kind === 'failed') {
    const isRow = all && (output === 'table' || output === 'wide');
    // With --all, it is not an error that a Pod ended during the run.
    const kind = all && item.isGone ? 'Note' : 'error';
    if (!isRow) stderr.write(text`${kind}: ${item.error}\n`);
    return;
  }
  for (const note of item.notes) {
    if (!noted.has(note)) stderr.write(text`${failures.has(note) ? 'error' : 'Note'}: ${note}\n`);
    noted.add(note);
  }
}

/** `14 Pods: 10 match, 4 mismatch.` */
function counts({ total, outcomes }: Tally, idle: number, unfinished: number): string {
  const parts = [
    [outcomes.get('match'), 'match'],
    [outcomes.get('mismatch'), 'mismatch'],
    [outcomes.get('inconclusive'), 'inconclusive'],
    [outcomes.get('failed'), 'failed'],
    [outcomes.get('gone'), 'gone'],
    [unfinished, 'not checked'],
  ] as const;
  const told = parts.flatMap(([number = 0, what]) => (number > 0 ? [`${String(number)} ${what}`] : []));
  const more = idle === 0 ? '' : ` ${pods(idle)} without a running container.`;
  return `${pods(total + unfinished)}: ${told.join(', ')}.${more}`;
}

/** Returns a sentence about the namespaces that were not checked. */
function unchecked({ unchecked: left }: Tally, { exec }: ReporterOptions): readonly string[] {
  if (left === 0) return [];
  return [
    exec
      ? `PID or IPC of ${pods(left)} was not checked, because the spec does not share it; use --probe to check it.`
      : `PID and IPC of ${pods(left)} were not checked; use --probe to check them.`,
  ];
}

function legend({ selfReported, sandboxOnly }: Tally): readonly string[] {
  return [
    ...(selfReported === 0 ? [] : [`${SELF_REPORTED} reported by the container itself.`]),
    ...(sandboxOnly === 0
      ? []
      : [`${SANDBOX_ONLY} only the sandbox was checked; use --probe to check its containers.`]),
  ];
}

function pods(count: number): string {
  return count === 1 ? '1 Pod' : `${String(count)} Pods`;
}
