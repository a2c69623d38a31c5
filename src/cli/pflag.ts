import { UsageError } from '../errors.ts';
import { missingValue, unknownFlag } from './advice.ts';
import type { Flag, Flags } from './flags.ts';

/** A parsed command line: the values of the flags, and the other arguments. */
export interface Normalized {
  readonly flags: readonly (readonly [name: string, value: string])[];
  readonly words: readonly string[];
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/**
 * Parses a command line like pflag, the parser of kubectl: `--flag value`, `--flag=value`, `-n value`, `-nvalue`,
 * `-n=value`, `-Aowide`, `--bool=false`, and `--` before arguments that look like flags.
 *
 * @param command the name of the command, for errors; '' if there is none
 * @throws UsageError for a command line that pflag rejects
 */
export function readFlags(argv: readonly string[], known: Flags, command = ''): Normalized {
  const refuse = (shown: string): UsageError => unknownFlag(shown, command, Object.keys(known));
  const flags: (readonly [string, string])[] = [];
  const words: string[] = [];
  const rest = [...argv];
  const valueOf = (shown: string, name: string, flag: Flag, attached: string | undefined): void => {
    if (flag.type === 'boolean') {
      flags.push([name, booleanValue(shown, attached ?? 'true')]);
      return;
    }
    const value = attached ?? rest.shift();
    if (value === undefined) throw missingValue(shown);
    flags.push([name, value]);
  };
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') {
      words.push(...rest);
      break;
    }
    if (argument.startsWith('--')) {
      const [shown, attached] = splitOnce(argument, '=');
      const name = shown.slice(2);
      const flag = Object.hasOwn(known, name) ? known[name] : undefined;
      if (flag === undefined) throw refuse(shown);
      valueOf(shown, name, flag, attached);
    } else if (argument.startsWith('-') && argument !== '-') {
      readShorthands(argument, known, valueOf, refuse);
    } else {
      words.push(argument);
    }
  }
  return { flags, words };
}

/** Parses `-Aowide`: flags without a value, then at most one flag whose value is the rest. */
function readShorthands(
  argument: string,
  known: Flags,
  valueOf: (shown: string, name: string, flag: Flag, attached: string | undefined) => void,
  refuse: (shown: string) => UsageError,
): void {
  let letters = argument.slice(1);
  while (letters !== '') {
    const letter = letters.charAt(0);
    const found = Object.entries(known).find(([name, { short }]) => short === letter || name === letter);
    if (found === undefined)
      throw refuse(letters.length > 1 && letters === argument.slice(1) ? argument : `-${letter}`);
    const [name, flag] = found;
    letters = letters.slice(1);
    if (flag.type === 'boolean' && !letters.startsWith('=')) {
      valueOf(`-${letter}`, name, flag, undefined);
    } else {
      valueOf(`-${letter}`, name, flag, letters === '' ? undefined : letters.replace(/^=/, ''));
      return;
    }
  }
}

function booleanValue(shown: string, value: string): string {
  if (TRUE.includes(value)) return 'true';
  if (FALSE.includes(value)) return 'false';
  throw new UsageError(`invalid value "${value}" for ${shown}. Use true or false.`);
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
