import { safeLine, type SafeText } from '../safe-text.ts';
import { evaluate, type Value, valuesOf } from './evaluate.ts';
import { JsonPathError } from './jsonpath-error.ts';
import type { Node } from './node.ts';
import { parseTemplate } from './parse.ts';

export interface CustomColumn {
  readonly title: SafeText;
  readonly path: readonly Node[];
}

/**
 * Parses `NAME:.name,NODE:.node`, as kubectl does for -o custom-columns (customcolumn.go, 1.35).
 *
 * @throws JsonPathError
 */
export function parseColumns(spec: string): readonly CustomColumn[] {
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon === -1) {
      throw new JsonPathError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    }
    return { title: safeLine(part.slice(0, colon)), path: relaxedPath(part.slice(colon + 1)) };
  });
}

/**
 * Parses a file of -o custom-columns-file: one line of titles, one line of paths, with spaces between them.
 *
 * @throws JsonPathError
 */
export function parseColumnsFile(content: string): readonly CustomColumn[] {
  const [titles, paths] = content.split('\n').map((line) => line.split(/\s+/).filter((word) => word !== ''));
  if (titles === undefined || titles.length === 0) throw new JsonPathError('missing header line');
  if (paths === undefined || paths.length === 0) throw new JsonPathError('missing spec line');
  if (titles.length !== paths.length) {
    throw new JsonPathError(
      `number of headers (${String(titles.length)}) and field specifications (${String(paths.length)}) don't match`,
    );
  }
  return titles.map((title, index) => ({ title: safeLine(title), path: relaxedPath(paths[index] ?? '') }));
}

/** Returns the cells of one object: values with commas between them, `<none>` if there is no value. */
export function cellsOf(columns: readonly CustomColumn[], object: Value): readonly SafeText[] {
  return columns.map(({ path }) => {
    const results = evaluate(path, object);
    const values = results.flatMap(valuesOf).map(goText);
    return safeLine([...((results[0] ?? []).length === 0 ? ['<none>'] : []), ...values].join(','));
  });
}

/** Parses a path with or without braces and with or without its first dot. */
function relaxedPath(path: string): readonly Node[] {
  if (path === '') return [];
  const [, braced, bare] = /^(?:\{\.?([^{}]+)\}|\.?([^{}]+))$/.exec(path) ?? [];
  const field = braced ?? bare;
  if (field === undefined) {
    throw new JsonPathError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  }
  return parseTemplate(`{.${field}}`);
}

/** Prints a value as fmt.Sprint of Go does: `map[a:1]`, `[a b]`, `<nil>`. */
function goText(value: Value): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}
