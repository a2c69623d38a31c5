type Environment = Readonly<Record<string, string | undefined>>;

/** Abilities of a terminal. */
export interface TerminalStyle {
  readonly color: boolean;
  /** True if it can show characters outside of ASCII. */
  readonly unicode: boolean;
}

/**
 * Returns the style of the terminal from TERM, NO_COLOR (no-color.org), CLICOLOR and CLICOLOR_FORCE
 * (bixense.com/clicolors) and the locale; null for TERM=dumb, which cannot rewrite a line.
 */
export function terminalStyle(environment: Environment): TerminalStyle | null {
  if (environment['TERM'] === 'dumb') return null;
  return { color: hasColor(environment), unicode: hasUnicode(environment) };
}

function hasColor({ NO_COLOR = '', CLICOLOR = '1', CLICOLOR_FORCE = '0' }: Environment): boolean {
  if (NO_COLOR !== '') return false;
  return CLICOLOR !== '0' || !['', '0'].includes(CLICOLOR_FORCE);
}

/** An empty variable counts as unset; without any, the locale is "C" (setlocale(3)). */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  return /utf-?8(?:@|$)/i.test(LC_ALL || LC_CTYPE || LANG || 'C');
}
