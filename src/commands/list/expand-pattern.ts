import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/** A backslash separates directories on Windows, and escapes the next character on other systems. */
const ESCAPES = sep === '/';
const SPECIAL = ESCAPES ? /[*?[\\]/ : /[*?[]/;

/**
 * Returns the paths that a pattern matches, sorted, as filepath.Glob of Go does for `kubectl -f`. `*` and `?` match within a
 * name, including names that begin with a dot. A directory that cannot be read has no matches.
 *
 * @returns null if it is not a pattern
 */
export async function expandPattern(pattern: string): Promise<readonly string[] | null> {
  if (!SPECIAL.test(pattern)) {
    const exists = await lstat(pattern).catch(() => null);
    return exists === null ? [] : [pattern];
  }
  const name = namePattern(basename(pattern));
  const directory = dirname(pattern);
  if (name === null || directory === pattern) return null;
  const directories = SPECIAL.test(directory) ? await expandPattern(directory) : [directory];
  if (directories === null) return null;
  const paths: string[] = [];
  for (const parent of directories) {
    const names = await readdir(parent).catch(() => []);
    for (const found of names.sort()) if (name.test(found)) paths.push(join(parent, found));
  }
  return paths;
}

/** Compiles a pattern of filepath.Match of Go. Null if a bracket is not closed, or a backslash is the last character. */
function namePattern(pattern: string): RegExp | null {
  let source = '';
  let at = 0;
  const literal = (): string | null => {
    if (ESCAPES && pattern[at] === '\\') at += 1;
    const code = pattern.codePointAt(at);
    if (code === undefined) return null;
    at += code > 0xff_ff ? 2 : 1;
    return `\\u{${code.toString(16)}}`;
  };
  const range = (): string | null => {
    const low = literal();
    if (low === null || pattern[at] !== '-') return low;
    at += 1;
    const high = literal();
    return high === null ? null : `${low}-${high}`;
  };
  const bracket = (): string | null => {
    at += 1;
    const isNegated = pattern[at] === '^';
    if (isNegated) at += 1;
    let members = '';
    while (members === '' || pattern[at] !== ']') {
      const member = pattern[at] === ']' || pattern[at] === '-' ? null : range();
      if (member === null) return null;
      members += member;
    }
    at += 1;
    return `[${isNegated ? '^' : ''}${members}]`;
  };
  while (at < pattern.length) {
    const char = pattern[at];
    const isWildcard = char === '*' || char === '?';
    if (isWildcard) at += 1;
    const part = isWildcard ? (char === '*' ? '.*' : '.') : char === '[' ? bracket() : literal();
    if (part === null) return null;
    source += part;
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return null;
  }
}
