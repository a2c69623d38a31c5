import type { ManifestSources } from '../commands/list/manifest-files.ts';
import { UsageError } from '../errors.ts';
import { commaSeparated } from './csv.ts';
import type { Values } from './command.ts';
import type { Flags } from './flags.ts';

/** kubectl's flags for manifests. */
export const manifestFlags: Flags = {
  filename: {
    short: 'f',
    type: 'strings',
    value: 'FILE',
    completes: 'manifests',
    describe: 'read manifests instead of a cluster: files, directories, patterns, or - for standard input',
  },
  recursive: { short: 'R', type: 'boolean', describe: 'with -f: read subdirectories, too' },
};

/** Flags that need a cluster, as users type them. */
const OF_A_CLUSTER: Readonly<Record<string, string>> = {
  'all-namespaces': '-A',
  namespace: '-n',
  selector: '-l',
  'field-selector': '--field-selector',
  node: '--node',
  'show-completed': '--show-completed',
  'sort-by': '--sort-by',
  watch: '--watch',
  'watch-only': '--watch-only',
  'output-watch-events': '--output-watch-events',
};

/**
 * Reads -f and -R. Returns null without -f. With -f, the connection flags have no effect.
 *
 * @param words the arguments that are not flags
 * @throws UsageError if an argument or another flag does not fit -f
 */
export function manifestSources(values: Values, words: readonly string[]): ManifestSources | null {
  const names = values.strings('filename').flatMap(namesOf);
  const recursive = values.boolean('recursive');
  if (names.length === 0) {
    if (recursive) throw new UsageError('The flag -R needs -f DIRECTORY.');
    return null;
  }
  const flag = Object.keys(OF_A_CLUSTER).find((name) => values.string(name) !== undefined);
  if (flag !== undefined) {
    const shown = OF_A_CLUSTER[flag] ?? '';
    throw new UsageError(
      `The flag ${shown} needs a cluster and cannot be combined with -f, which reads manifests.`,
    );
  }
  if (words.length > 0) {
    throw new UsageError(
      `unexpected argument "${words[0] ?? ''}". Repeat -f for each file, or quote the pattern: -f '*.yaml'.`,
    );
  }
  for (const name of names) checkName(name);
  if (names.filter((name) => name === '-').length > 1) {
    throw new UsageError('-f - was given twice, but standard input can be read only once.');
  }
  return { names, recursive };
}

/** Like kubectl, accepts several names with commas between them. */
function namesOf(value: string): readonly string[] {
  const names = commaSeparated(value);
  if (names === null) {
    throw new UsageError(
      `invalid value "${value}" for -f: a name with quotes or commas takes the form '"NAME"', with each quote in it doubled`,
    );
  }
  return names;
}

function checkName(name: string): void {
  if (name === '')
    throw new UsageError('The value of -f is empty. Give a file, a directory, a pattern or -.');
  if (/^https?:\/\//i.test(name)) {
    throw new UsageError(
      `-f does not read URLs, unlike kubectl. Run: curl -L '${name}' | kubectl hostns list -f -`,
    );
  }
}
