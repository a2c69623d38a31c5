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
  /** One line for each Pod, and not a report. */
  readonly all: boolean;
  readonly allNamespaces: boolean;
  readonly exec: boolean;
  /** Of each part of the Pods that will be reported on. */
  readonly widths: readonly ColumnWidths[];
  /** How many more Pods there are, in which nothing runs. */
  readonly idle: number;
  /** Which notes are errors. */
  readonly failures: ReadonlySet<string>;
  /** Layout of the tables of a report. */
  readonly table: TableLayout;
}

/** Says what came of the verification of Pods, as it comes. Keeps nothing of a Pod that it has printed. */
export interface Reporter {
  readonly add: (item: PodVerification) => void;
  /** @param unfinished how many Pods a Ctrl-C has left */
  readonly end: (unfinished: number) => void;
}

/** What the last line says of all Pods. */
interface Tally {
  total: number;
  /** How many Pods had each outcome. */
  readonly outcomes: Map<Outcome | 'failed' | 'gone', number>;
  /** How many Pods have a namespace that nobody looked at. */
  unchecked: number;
  /** How many Pods have a namespace that only the container itself reports. */
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
      sayAside(item, noted, options, context);
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
      // A document without items would say that there is no Pod.
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
  const there = idle === 0 ? 'There is no Pod to verify' : `Of ${String(idle)} Pods none runs`;
  return `No resources found. ${there}${allNamespaces ? '.' : '; -A looks in all namespaces.'}`;
}

/** What does not belong into the result; what of many Pods is the same is said once. */
function sayAside(
  item: PodVerification,
  noted: Set<string>,
  { all, output, failures }: ReporterOptions,
  { stderr }: CommandContext,
): void {
  if (item.kind === 'failed') {
    const isRow = all && (output === 'table' || output === 'wide');
    // Of many Pods, one that ended meanwhile is no failure.
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
    [outcomes.get('failed'), 'could not be looked at'],
    [outcomes.get('gone'), 'gone meanwhile'],
    [unfinished, 'not looked at'],
  ] as const;
  const told = parts.flatMap(([number = 0, what]) => (number > 0 ? [`${String(number)} ${what}`] : []));
  const more = idle === 0 ? '' : ` Nothing runs in ${String(idle)} more.`;
  return `${pods(total + unfinished)}: ${told.join(', ')}.${more}`;
}

/** What nobody looked at, and what would. */
function unchecked({ unchecked: left }: Tally, { exec }: ReporterOptions): readonly string[] {
  if (left === 0) return [];
  return [
    exec
      ? `PID or IPC of ${pods(left)}, where not declared as the node's, was not checked: --probe would.`
      : `PID and IPC of ${pods(left)} were not checked: --probe would.`,
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
