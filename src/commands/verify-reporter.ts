import { document } from '../output/document.ts';
import { join, safeLine, text } from '../output/safe-text.ts';
import { verificationList } from '../output/verification-list.ts';
import { verificationReport } from '../output/verification-report.ts';
import { isSelfReported, SELF_REPORTED, verificationRows } from '../output/verification-rows.ts';
import { allContainers } from '../pods/containers.ts';
import type { Pod } from '../pods/pod.ts';
import { namespaceKinds } from '../pods/sharing.ts';
import type { PodVerification } from '../verdict/pod-verification.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { CommandContext } from './context.ts';
import type { VerifyFormat } from './formats.ts';

export interface ReporterOptions {
  readonly output: VerifyFormat;
  /** One line for each Pod, and not a report. */
  readonly all: boolean;
  readonly allNamespaces: boolean;
  readonly container: string | null;
  readonly exec: boolean;
  /** Those that will be reported on. */
  readonly pods: readonly Pod[];
  /** How many more there are, in which nothing runs. */
  readonly idle: number;
  /** Which notes are errors. */
  readonly failures: ReadonlySet<string>;
}

/** Says what came of the verification of Pods, as it comes. */
export interface Reporter {
  /** What was added already is not said again. */
  readonly add: (item: PodVerification) => void;
  /** @param unfinished how many Pods a Ctrl-C has left */
  readonly end: (items: readonly PodVerification[], unfinished: number) => void;
}

export function reporterOf(options: ReporterOptions, context: CommandContext): Reporter {
  const print = printer(options, context);
  const said = new Set<PodVerification>();
  const noted = new Set<string>();
  return {
    add(item) {
      if (said.has(item)) return;
      said.add(item);
      sayAside(item, noted, options, context);
      print.add(item);
    },
    end: print.end,
  };
}

function printer(options: ReporterOptions, context: CommandContext): Reporter {
  const { output, all } = options;
  if (output === 'json' || output === 'yaml') {
    return {
      add: () => undefined,
      end(items, unfinished) {
        // A document without items would say that there is no Pod.
        if (items.length === 0 && unfinished > 0) return;
        context.stdout.write(document(verificationList(items), output));
      },
    };
  }
  return all ? rowPrinter(options, context) : reportPrinter(output === 'wide', context);
}

function reportPrinter(wide: boolean, { stdout }: CommandContext): Reporter {
  let isFirst = true;
  return {
    add(item) {
      if (item.kind === 'failed') return;
      if (!isFirst) stdout.write(text`\n`);
      isFirst = false;
      stdout.write(verificationReport(item, { wide }));
    },
    end(items, unfinished) {
      const isWorthIt = items.length > 1 && items.some(({ kind }) => kind === 'verified');
      if (isWorthIt || (unfinished > 0 && items.length > 0)) {
        stdout.write(text`\n${counts(items, 0, unfinished)}\n`);
      }
    },
  };
}

function rowPrinter(options: ReporterOptions, { stdout, stderr }: CommandContext): Reporter {
  const { pods, allNamespaces, output, idle } = options;
  const rows = verificationRows(pods, { withNamespace: allNamespaces, wide: output === 'wide' });
  let isFirst = true;
  return {
    add(item) {
      const lines = isFirst ? [rows.header, rows.row(item)] : [rows.row(item)];
      isFirst = false;
      stdout.write(join([...lines, safeLine('')], '\n'));
    },
    end(items, unfinished) {
      if (items.length + unfinished === 0) {
        stderr.write(text`${nothingFound(options)}\n`);
        return;
      }
      if (items.length === 0) return;
      const sentences = [counts(items, idle, unfinished), ...unchecked(items, options), ...legend(items)];
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
  { all, output, container, failures }: ReporterOptions,
  { stderr }: CommandContext,
): void {
  if (item.kind === 'failed') {
    const isRow = all && (output === 'table' || output === 'wide');
    if (!isRow) stderr.write(text`error: ${item.error}\n`);
    return;
  }
  const containers = allContainers(item.pod).map(({ name }) => name);
  if (!all && container === null && containers.length > 1 && item.pod.defaultContainer !== item.container) {
    stderr.write(text`Defaulted container "${item.container}" out of: ${containers.join(', ')}\n`);
  }
  for (const note of item.notes) {
    if (!noted.has(note)) stderr.write(text`${failures.has(note) ? 'error' : 'Note'}: ${note}\n`);
    noted.add(note);
  }
}

/** `14 Pods: 10 match, 4 mismatch.` */
function counts(items: readonly PodVerification[], idle: number, unfinished: number): string {
  const outcomes = items.map((item) => {
    if (item.kind === 'verified') return item.verification.verdict;
    return item.isGone ? 'gone' : 'failed';
  });
  const count = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
  const parts = [
    [count('match'), 'match'],
    [count('mismatch'), 'mismatch'],
    [count('inconclusive'), 'inconclusive'],
    [count('failed'), 'could not be looked at'],
    [count('gone'), 'gone meanwhile'],
    [unfinished, 'not looked at'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, what]) => `${String(number)} ${what}`);
  const more = idle === 0 ? '' : ` Nothing runs in ${String(idle)} more.`;
  return `${pods(items.length + unfinished)}: ${told.join(', ')}.${more}`;
}

/** What nobody looked at, and what would. */
function unchecked(items: readonly PodVerification[], { exec }: ReporterOptions): readonly string[] {
  const left = countWith(items, ({ verdict }) => verdict === 'unchecked');
  if (left === 0) return [];
  return [
    exec
      ? `PID or IPC of ${pods(left)}, where not declared as the node's, was not checked: --probe would.`
      : `PID and IPC of ${pods(left)} were not checked: --probe would.`,
  ];
}

function legend(items: readonly PodVerification[]): readonly string[] {
  return countWith(items, isSelfReported) === 0 ? [] : [`${SELF_REPORTED} by the container's own word.`];
}

/** How many Pods have a namespace of which this holds. */
function countWith(items: readonly PodVerification[], holds: (verdict: Verdict) => boolean): number {
  return items.filter(
    (item) =>
      item.kind === 'verified' && namespaceKinds.some((kind) => holds(item.verification.namespaces[kind])),
  ).length;
}

function pods(count: number): string {
  return count === 1 ? '1 Pod' : `${String(count)} Pods`;
}
