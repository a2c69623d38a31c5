import type { Candidate, Completion, LiveCompletion, Wanted } from '../commands/completion/complete.ts';
import type { ConnectionOptions } from '../commands/shared/context.ts';
import { UsageError } from '../errors.ts';
import {
  parsePodReferences,
  type PodReference,
  typeBefore,
  typeNamed,
  workloadTypes,
} from '../model/pod-reference.ts';
import { type Command, Values } from './command.ts';
import { commandPosition } from './command-position.ts';
import { connectionOptions } from './connection.ts';
import { commonFlags, type Completes, type Flag, type Flags, groupedConnectionFlags } from './flags.ts';
import { awaitedFlag, readUnfinished } from './unfinished.ts';

const NOTHING: Completion = { kind: 'words', candidates: [] };
const FILES: Completion = { kind: 'files', extensions: [] };
/** The extensions that kubectl completes after -f. */
const MANIFESTS: Completion = { kind: 'files', extensions: ['json', 'yaml', 'yml'] };

/** The command line before the word to complete. */
interface Line {
  readonly values: Values;
  readonly words: readonly string[];
}

/** The word to complete: a part that each candidate repeats, and a part that each candidate extends. */
interface Typed {
  readonly before: string;
  readonly begin: string;
}

/**
 * Completes the last word of a command line. An invalid command line has no candidates.
 *
 * @param argv the arguments after the program's name; the last one is completed, and may be empty
 */
export function completionOf(argv: readonly string[], commands: readonly Command[]): Completion {
  const typed = argv.at(-1) ?? '';
  const { name, rest, isHelp } = commandNamed(argv.slice(0, -1), commands);
  const command = commands.find((candidate) => candidate.name === name);
  if (name !== null && command === undefined) return NOTHING;
  const flags: Flags = command?.flags ?? { ...commonFlags, ...groupedConnectionFlags };
  const { awaiting, isBehindDashes, ...read } = readUnfinished(rest, flags);
  const line = { values: new Values(read.flags), words: read.words };
  if (awaiting !== null) return valueOf(ownFlag(flags, awaiting), { before: '', begin: typed }, line);
  if (typed.startsWith('-') && !isBehindDashes) return flagOf(typed, flags, line);
  if (command === undefined) return commandOf(typed, commands, isHelp);
  return isHelp ? NOTHING : podOf(typed, command, line);
}

/** Finds the command. The name is null if there is none yet. */
function commandNamed(
  argv: readonly string[],
  commands: readonly Command[],
): { readonly name: string | null; readonly rest: readonly string[]; readonly isHelp: boolean } {
  const at = commandPosition(argv, commands);
  const name = argv[at];
  if (name === undefined) return { name: null, rest: argv, isHelp: false };
  const rest = argv.toSpliced(at, 1);
  return name === 'help' ? { ...commandNamed(rest, commands), isHelp: true } : { name, rest, isHelp: false };
}

function commandOf(typed: string, commands: readonly Command[], isHelp: boolean): Completion {
  const help = { name: 'help', describe: 'Show the help of a command' };
  return wordsOf(
    [...commands, ...(isHelp ? [] : [help])].map(({ name, describe }) => ({ value: name, describe })),
    typed,
  );
}

function wordsOf(candidates: readonly Candidate[], begin: string): Completion {
  return { kind: 'words', candidates: candidates.filter(({ value }) => value.startsWith(begin)) };
}

/** Completes `--na`, `--namespace=kube`, `-nkube` and `-Aowi`. */
function flagOf(typed: string, flags: Flags, line: Line): Completion {
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(typed) ?? [];
  // Shells complete only the part after the =.
  if (name !== undefined) return valueOf(ownFlag(flags, name), { before: '', begin: value ?? '' }, line);
  const attached = attachedValue(typed, flags);
  return attached === null
    ? flagNames(typed, flags, line)
    : valueOf(ownFlag(flags, attached.name), attached, line);
}

function ownFlag(flags: Flags, name: string): Flag | undefined {
  return Object.hasOwn(flags, name) ? flags[name] : undefined;
}

/** Returns the value that is attached to a short flag: `kube` of `-nkube` and of `-n=kube`. */
function attachedValue(typed: string, flags: Flags): ({ readonly name: string } & Typed) | null {
  if (typed.startsWith('--')) return null;
  for (let length = 2; length < typed.length; length += 1) {
    const before = typed.slice(0, length);
    const name = awaitedFlag(before, flags);
    const rest = typed.slice(length);
    if (name !== null)
      return rest.startsWith('=')
        ? { name, before: '', begin: rest.slice(1) }
        : { name, before, begin: rest };
  }
  return null;
}

/** Returns the long and short forms of all flags, without given flags that cannot be repeated. cobra does the same. */
function flagNames(typed: string, flags: Flags, { values }: Line): Completion {
  const candidates = Object.entries(flags)
    .filter(([name, { type }]) => type === 'strings' || values.string(name) === undefined)
    .flatMap(([name, { short, describe }]) =>
      [name.length === 1 ? `-${name}` : `--${name}`, ...(short === undefined ? [] : [`-${short}`])].map(
        (value) => ({
          value,
          describe,
        }),
      ),
    );
  return wordsOf(candidates, typed);
}

function valueOf(flag: Flag | undefined, typed: Typed, line: Line): Completion {
  const completes: Completes = flag?.completes ?? 'nothing';
  if (typeof completes === 'object') {
    return 'oneOf' in completes ? oneOf(completes.oneOf, typed) : someOf(completes.someOf, typed);
  }
  switch (completes) {
    case 'nothing':
      return NOTHING;
    case 'files':
    case 'manifests':
      // The shell completes file names from the whole word.
      if (typed.before !== '') return NOTHING;
      return completes === 'files' ? FILES : MANIFESTS;
    case 'containers': {
      const [pod] = podReferences(line.words, typeBefore(line.words));
      return pod === undefined ? NOTHING : live({ kind: 'containers', pod }, typed, line);
    }
    default:
      return live({ kind: completes }, typed, line);
  }
}

function oneOf(allowed: readonly string[], { before, begin }: Typed): Completion {
  return wordsOf(
    allowed.map((value) => ({ value: before + value })),
    before + begin,
  );
}

/** Completes `network,pi`, without the words that are given already: neither `pid=own` nor `pid=host` after `pid=host`. */
function someOf(allowed: readonly string[], { before, begin }: Typed): Completion {
  const keyOf = (value: string): string => value.split('=', 1)[0] ?? '';
  const [last = '', ...others] = begin.split(',').toReversed();
  const used = others.map(keyOf);
  const head = begin.slice(0, begin.length - last.length);
  const left = allowed.filter((value) => value.startsWith(last) && !used.includes(keyOf(value)));
  // kubectl's completion for bash escapes the commas of a single candidate, and repeats the whole value after a =.
  if (head.includes('=') && left.length === 1) return NOTHING;
  return oneOf(left, { before: before + head, begin: last });
}

/**
 * Pods, and the workloads that stand for Pods, as kubectl completes them: `web-1`, `deployment/`, `deployment/web`, and
 * `web` after `deployment`.
 */
function podOf(typed: string, { pods }: Command, line: Line): Completion {
  if (pods === undefined) return NOTHING;
  if (pods.insteadOf.some((flag) => isSet(line.values.string(flag)))) return NOTHING;
  const separateType = typeBefore([...line.words, typed]);
  if (line.words.length - (separateType === null ? 0 : 1) >= pods.most) return NOTHING;
  const named = podReferences(line.words, separateType);
  if (separateType !== null) return nameOf(separateType, { before: '', begin: typed }, named, line);
  const slash = typed.indexOf('/');
  if (slash === -1) {
    const types = workloadTypes.map((type) => `${type}/`).filter((type) => type.startsWith(typed));
    return live({ kind: 'pods' }, { before: '', begin: typed }, line, {
      except: named.flatMap((pod) => (pod.kind === 'pod' ? [pod.name] : [])),
      unfinished: types,
    });
  }
  const word = { before: typed.slice(0, slash + 1), begin: typed.slice(slash + 1) };
  return nameOf(typed.slice(0, slash), word, named, line);
}

/** Returns the names of a type, without those that are on the command line. */
function nameOf(typeName: string, typed: Typed, named: readonly PodReference[], line: Line): Completion {
  const type = typeNamed(typeName);
  if (type === null) return NOTHING;
  const isOfType = (pod: PodReference): boolean =>
    pod.kind === 'pod' ? type === 'pod' : pod.workload === type;
  return live(type === 'pod' ? { kind: 'pods' } : { kind: 'workloads', workload: type }, typed, line, {
    except: named.filter(isOfType).map(({ name }) => name),
    unfinished: [],
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false';
}

function live(
  wanted: Wanted,
  typed: Typed,
  { values }: Line,
  others: Pick<LiveCompletion, 'except' | 'unfinished'> = { except: [], unfinished: [] },
): Completion {
  const connection = orNull(() => connectionOptions(values));
  return connection === null ? NOTHING : { kind: 'live', wanted, connection, ...typed, ...others };
}

/** Returns the Pods on an unfinished command line, without arguments that cannot be one. */
function podReferences(words: readonly string[], type: string | null): readonly PodReference[] {
  const single = type === null ? words : words.slice(1);
  return single.flatMap(
    (word) => orNull(() => parsePodReferences(type === null ? [word] : [type, word])) ?? [],
  );
}

/** Returns null if the finished command line would be invalid. */
function orNull<T extends readonly PodReference[] | ConnectionOptions>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
