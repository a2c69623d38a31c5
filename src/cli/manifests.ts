import type { ManifestSources } from '../commands/manifest-files.ts';
import { UsageError } from '../errors.ts';
import type { Values } from './command.ts';
import type { Flags } from './flags.ts';

/** kubectl's flags for manifests. */
export const manifestFlags: Flags = {
  filename: {
    short: 'f',
    type: 'strings',
    value: 'FILE',
    completes: 'manifests',
    describe: 'look at manifests instead of a cluster: a file, a folder, or - for standard input',
  },
  recursive: { short: 'R', type: 'boolean', describe: 'with -f: also the folders in a folder' },
};

/** What only a cluster can answer, as it is typed. */
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
 * What is to be read instead of a cluster, or null where nothing is. The connection flags change nothing then.
 *
 * @param words what stands beside the flags
 * @throws UsageError where something on the line makes no sense with it
 */
export function manifestSources(values: Values, words: readonly string[]): ManifestSources | null {
  const names = values.strings('filename');
  const recursive = values.boolean('recursive');
  if (names.length === 0) {
    if (recursive)
      throw new UsageError('The flag -R says how to read the folders that -f names, and there is none.');
    return null;
  }
  const flag = Object.keys(OF_A_CLUSTER).find((name) => values.string(name) !== undefined);
  if (flag !== undefined) {
    const shown = OF_A_CLUSTER[flag] ?? '';
    throw new UsageError(`The flag ${shown} asks a cluster; it does not go with -f, which reads manifests.`);
  }
  if (words.length > 0) {
    throw new UsageError(
      `Each file takes an -f of its own, and "${words[0] ?? ''}" has none. A folder takes one for all that is in it.`,
    );
  }
  for (const name of names) checkName(name);
  if (names.filter((name) => name === '-').length > 1) {
    throw new UsageError('Standard input can be read once only, and -f - is there twice.');
  }
  return { names, recursive };
}

function checkName(name: string): void {
  if (name === '') throw new UsageError('The flag -f takes a file, a folder or -, and its value is empty.');
  if (/^https?:\/\//i.test(name)) {
    throw new UsageError(
      `The flag -f opens no connections. To read ${name}: curl -L '${name}' | kubectl hostns list -f -`,
    );
  }
}
