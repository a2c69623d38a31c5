import type { Screen } from '../main/run.ts';
import { isOneError, type Outcome } from './matrix.ts';

interface Namespace {
  readonly observed: string;
  readonly verdict: string;
  readonly trust: string | null;
  readonly evidence: readonly {
    readonly observed: string;
    readonly trust: string;
    readonly detail: string;
  }[];
}

interface Item {
  readonly verdict: string | null;
  readonly error?: string;
  readonly namespaces: Readonly<Record<string, Namespace>>;
  readonly notes: readonly string[];
}

/** The one item of `verify -o json`; null where nothing is printed. */
function itemOf({ stdout }: Screen): Item | null {
  if (stdout === '') return null;
  const { items } = JSON.parse(stdout) as { readonly items: readonly Item[] };
  return items[0] ?? null;
}

/**
 * For `verify -o json` of one Pod. What is not the whole answer must say so: by an error and 3, or by verdicts of
 * which each is the right one or inconclusive, with what is missing in a note or in the evidence.
 *
 * @param errors how many may stand on standard error beside the verdict, each once
 */
export function judgeVerify(whole: Screen, screen: Screen, errors = 0): Outcome {
  if (screen.stdout === whole.stdout && screen.stderr === whole.stderr && screen.code === whole.code)
    return 'right';
  const failed = (why: string): Outcome => ({ failed: `${why}: ${JSON.stringify(screen).slice(0, 1500)}` });
  const [expected, item] = [itemOf(whole), itemOf(screen)];
  if (expected === null) return failed('there is nothing to compare with');
  if (item === null || item.error !== undefined) {
    const isClear = screen.code === 3 && isOneError(screen.stderr);
    return isClear ? 'error' : failed('no clear error');
  }
  const lines = screen.stderr.split('\n').slice(0, -1);
  if (new Set(lines).size < lines.length) return failed('something is said twice');
  const wrong = lines.filter(
    (line) => !/^(?:Note|error): ./.test(line) || /Internal error|undefined|NaN|\[object/.test(line),
  );
  if (wrong.length > 0) return failed('what is said makes no sense');
  const errorLines = lines.filter((line) => line.startsWith('error: ')).length;
  if (errorLines > errors) return failed('more errors than one');
  for (const [kind, right] of Object.entries(expected.namespaces)) {
    const seen = item.namespaces[kind];
    if (seen === undefined) return failed(`nothing of ${kind}`);
    if (seen.trust === 'trusted' && (right.trust !== 'trusted' || !isBacked(seen))) {
      return failed(`too much trust in the verdict on ${kind}`);
    }
    const isSame = seen.verdict === right.verdict && seen.observed === right.observed;
    const isOpen = seen.verdict === 'inconclusive' && seen.evidence.some(({ detail }) => detail !== '');
    if (!isSame && !isOpen) return failed(`another verdict on ${kind}`);
  }
  const isInconclusive = item.verdict === 'inconclusive';
  const own = item.verdict === 'mismatch' ? 1 : isInconclusive ? 2 : 0;
  if (screen.code !== (errorLines > 0 && own !== 1 ? 3 : own)) return failed('a wrong exit code');
  const known = unknownsOf(expected);
  const isSaid = lines.length > 0 || unknownsOf(item).some((each) => !known.includes(each));
  return isSaid ? 'error' : failed('what is missing is not said');
}

/** Whether somebody who is trusted has seen what is said. */
function isBacked({ observed, evidence }: Namespace): boolean {
  return evidence.some((each) => each.trust === 'trusted' && each.observed === observed);
}

/** What could not be seen, and why. */
function unknownsOf({ namespaces }: Item): readonly string[] {
  return Object.entries(namespaces).flatMap(([kind, { evidence }]) =>
    evidence.flatMap(({ observed, detail }) =>
      observed === 'unknown' && detail !== '' ? [`${kind}: ${detail}`] : [],
    ),
  );
}
