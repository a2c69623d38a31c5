import { UsageError } from '../errors.ts';
import { typeNamed } from '../model/pod-reference.ts';
import { nearest } from './nearest.ts';

const PROGRAM = 'kubectl hostns';

/** Commands under the names that kubectl, Docker and Linux users type by habit. */
const HABITS: Readonly<Record<string, string>> = {
  get: 'list',
  ls: 'list',
  ps: 'list',
  pod: 'list',
  pods: 'list',
  po: 'list',
  describe: 'verify POD',
  check: 'verify POD',
  inspect: 'verify POD',
  prove: 'verify POD',
  exec: 'ifconfig POD',
  ip: 'ifconfig POD',
  addr: 'ifconfig POD',
  interfaces: 'ifconfig POD',
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

/** Returns the error for a command that does not exist. */
export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const habit = Object.hasOwn(HABITS, word) ? HABITS[word] : undefined;
  const meant = habit ?? nearest(word, names);
  const advice =
    meant === null
      ? `Run '${PROGRAM} --help' for the list of commands.`
      : `Did you mean '${PROGRAM} ${meant}'?`;
  return new UsageError(`unknown command "${word}". ${advice}`);
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

/**
 * Checks the arguments of `list`, which takes none, except "pods", which kubectl users type by habit.
 *
 * @param scope the flags that choose the namespace, as they were given: `-A`, or ''
 * @throws UsageError with the command that answers the question
 */
export function refuseListArguments(words: readonly string[], scope: string): void {
  const [first = ''] = words;
  if (words.length === 0 || (words.length === 1 && typeNamed(first) === 'pod')) return;
  const got = `list takes no arguments (got "${words.join(' ')}").`;
  if (first === 'help') throw new UsageError(`${got} Run '${PROGRAM} list --help' for its help.`);
  const { type, name } = typeAndName(words);
  if (typeNamed(type) !== 'pod') {
    throw new UsageError(`${got} Run '${PROGRAM} verify ${type}/${name}' to check the Pods of a workload.`);
  }
  const list = `list${scope === '' ? '' : ` ${scope}`} --field-selector metadata.name=${name}`;
  throw new UsageError(`${got} Run '${PROGRAM} verify ${name}' to check this Pod, or '${PROGRAM} ${list}'.`);
}

/** Reads `TYPE/NAME`, `TYPE NAME` or `NAME`; the type is "pod" if there is none. */
function typeAndName([first = '', second]: readonly string[]): {
  readonly type: string;
  readonly name: string;
} {
  const [type = '', name] = first.split('/', 2);
  if (name !== undefined) return { type, name };
  return second !== undefined && typeNamed(first) !== null
    ? { type: first, name: second }
    : { type: 'pod', name: first };
}
