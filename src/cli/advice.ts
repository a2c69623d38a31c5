import { UsageError } from '../errors.ts';
import { typeBefore, typeNamed } from '../model/pod-reference.ts';
import { nearest } from './nearest.ts';

const PROGRAM = 'kubectl hostns';

/** Command to run in place of one that does not exist. */
interface Habit {
  readonly command: string;
  /** The arguments of the command if those of the line do not fit. */
  readonly example: string;
  /** True if the rest of the line means the same after `command`. */
  readonly keepsRest: boolean;
}

const list: Habit = { command: 'list', example: '', keepsRest: true };
const verify: Habit = { command: 'verify', example: 'POD', keepsRest: true };
const ifconfig: Habit = { command: 'ifconfig', example: 'POD', keepsRest: false };

/** Commands under the names that kubectl, Docker and Linux users type by habit. */
const HABITS: Readonly<Record<string, Habit>> = {
  get: list,
  ls: list,
  ps: list,
  pod: list,
  pods: list,
  po: list,
  describe: verify,
  check: verify,
  inspect: verify,
  prove: verify,
  exec: ifconfig,
  ip: ifconfig,
  addr: ifconfig,
  interfaces: ifconfig,
};

/** Flags that another command has, as `COMMAND --flag`; the key '' stands for a line without a command. */
const FLAG_HABITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { '--version': 'version' },
  verify: {
    '-f': 'list -f FILE',
    '--filename': 'list -f FILE',
    '--watch': 'list --watch',
    '-w': 'list --watch',
  },
  ifconfig: { '-l': 'verify -l SELECTOR', '--selector': 'verify -l SELECTOR', '--all-namespaces': 'list -A' },
};

/**
 * Returns the error for a command that does not exist.
 *
 * @param at the index of the command in `argv`
 * @param isCommandLine reports whether arguments are understood
 */
export function unknownCommand(
  argv: readonly string[],
  at: number,
  names: readonly string[],
  isCommandLine: (argv: readonly string[]) => boolean,
): UsageError {
  const word = argv[at] ?? '';
  const habit = (Object.hasOwn(HABITS, word) ? HABITS[word] : undefined) ?? similar(word, names);
  if (habit === null) {
    return new UsageError(`unknown command "${word}". Run '${PROGRAM} --help' for the list of commands.`);
  }
  const whole = argv.with(at, habit.command);
  const example = habit.example === '' ? [habit.command] : [habit.command, habit.example];
  const meant = habit.keepsRest && !whole.some(isSecret) && isCommandLine(whole) ? whole : example;
  return new UsageError(`unknown command "${word}". Did you mean '${commandLine(meant)}'?`);
}

function similar(word: string, names: readonly string[]): Habit | null {
  const command = nearest(word, names);
  return command === null ? null : { command, example: '', keepsRest: true };
}

/** An error may end up in the log of a pipeline: do not repeat a secret there. */
function isSecret(argument: string): boolean {
  return /^--(?:token|password)(?:=|$)|:\/\/[^/]*@/.test(argument);
}

/** Returns a command line of this program for a POSIX shell. */
function commandLine(argv: readonly string[]): string {
  const quoted = argv.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/[\\"$`]/g, '\\$&')}"`,
  );
  return [PROGRAM, ...quoted].join(' ');
}

/** Returns the error for a flag without its value. */
export function missingValue(shown: string): UsageError {
  const advice =
    shown === '-v' || shown === '--v'
      ? ` Use -v=6 to see each request, or run '${PROGRAM} version' for the version.`
      : '';
  return new UsageError(`The flag ${shown} needs a value.${advice}`);
}

/**
 * Returns the error for `verify pods`, in which no Pod is named or selected.
 *
 * @param scope the flags that choose the Pods, as they may follow `--all`
 */
export function typeAlone(type: string, scope: readonly string[]): UsageError {
  const all = commandLine(['verify', '--all', ...scope]);
  return new UsageError(
    `"${type}" is a type, and no Pod is named. Run '${all}' for every Pod, or '${PROGRAM} verify pod/${type}' for a Pod of this name.`,
  );
}

/**
 * Returns the error for a flag that a command does not have.
 *
 * @param shown the flag as it was typed, without a value
 * @param command '' for a line without a command
 * @param known the names of the flags of this command, without dashes
 */
export function unknownFlag(shown: string, command: string, known: readonly string[]): UsageError {
  const habits = FLAG_HABITS[command] ?? {};
  // A short flag may have its value attached: -fFILE.
  const flag = shown.startsWith('--') ? shown : shown.slice(0, 2);
  const habit = Object.hasOwn(habits, flag) ? habits[flag] : undefined;
  const meant = nearest(shown.replace(/^-+/, ''), known);
  const line = command === '' ? PROGRAM : `${PROGRAM} ${command}`;
  const advice =
    habit !== undefined
      ? `Run '${PROGRAM} ${habit}'.`
      : meant !== null
        ? `Did you mean --${meant}?`
        : `Run '${line} --help' for the list of flags.`;
  return new UsageError(`unknown flag: ${shown}. ${advice}`);
}

/** The flags of `list` that choose the namespace. */
interface Scope {
  readonly allNamespaces: boolean;
  /** Value of -n, or ''. */
  readonly namespace: string;
}

/**
 * Checks the arguments of `list`, which takes none, except "pods", which kubectl users type by habit.
 *
 * @throws UsageError with the command that answers the question
 */
export function refuseListArguments(words: readonly string[], scope: Scope): void {
  const [first = ''] = words;
  const type = typeNamed(first);
  const isAlone = words.length === 1;
  if (words.length === 0 || (isAlone && type === 'pod')) return;
  const got = `list takes no arguments (got "${words.join(' ')}").`;
  const own = scope.namespace === '' ? [] : ['-n', scope.namespace];
  const everywhere = scope.allNamespaces ? ['-A'] : own;
  if (isAlone && type !== null) {
    const wide = commandLine(['list', ...everywhere, '-o', 'wide']);
    throw new UsageError(`${got} Run '${wide}' for the Pods and their owners.`);
  }
  const pods = namedPods(words);
  if (pods === null) throw new UsageError(`${got} Run '${PROGRAM} list --help' for its flags.`);
  const [name = ''] = pods;
  const isOnePod = pods.length === 1 && !name.includes('/');
  const named = commandLine(['list', ...everywhere, '--field-selector', `metadata.name=${name}`]);
  if (isOnePod && scope.allNamespaces) throw new UsageError(`${got} Run '${named}' to find this Pod.`);
  const check = commandLine(['verify', ...pods, ...(scope.allNamespaces ? ['-n', 'NAMESPACE'] : own)]);
  throw new UsageError(
    isOnePod
      ? `${got} Run '${check}' to check this Pod, or '${named}'.`
      : `${got} Run '${check}' to check these Pods.`,
  );
}

/** Returns each Pod as NAME or TYPE/NAME, or null if a word cannot be one. */
function namedPods(words: readonly string[]): readonly string[] | null {
  const type = typeBefore(words);
  const named = type === null ? words : words.slice(1).map((name) => `${type}/${name}`);
  if (!named.every(isReference)) return null;
  return named.map((word) =>
    typeNamed(word.split('/', 1)[0] ?? '') === 'pod' ? word.replace(/^.*\//, '') : word,
  );
}

/** The API server's rule for the name of a Pod or workload, perhaps with a type before it. */
function isReference(word: string): boolean {
  const [type = '', name = '', ...rest] = word.includes('/') ? word.split('/') : ['pod', word];
  return rest.length === 0 && typeNamed(type) !== null && /^[\da-z](?:[\d.a-z-]*[\da-z])?$/.test(name);
}
