import { JsonPathError } from './jsonpath-error.ts';
import type { Node, Slice } from './node.ts';

/** A value of a JSON document. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A number in a template. Go never compares an integer with a float. */
class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Text of the template itself. */
export class Literal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Found = Value | Float | Literal;

/** `..` on each result of `..` multiplies: more than this many values are an error. */
const MAX_RESULTS = 1_000_000;
/** The nodes after an unclosed range are evaluated twice, so that the time would double with each nested range. */
const MAX_RANGES = 10;

/**
 * Applies a template to a document, as k8s.io/client-go/util/jsonpath (1.35) does with missing keys allowed. Keys of an
 * object come in their order, which is random in kubectl.
 *
 * @returns the results of each node of the template that has any to print
 * @throws JsonPathError
 */
export function evaluate(nodes: readonly Node[], document: Value): readonly (readonly (Value | Literal)[])[] {
  return new Evaluation()
    .results(nodes, 0, document)
    .map((results) => results.map((value) => (value instanceof Float ? value.value : value)));
}

/** Returns the values of one node's results; text of the template is a string. */
export function valuesOf(results: readonly (Value | Literal)[]): readonly Value[] {
  return results.map((value) => (value instanceof Literal ? value.text : value));
}

class Evaluation {
  #beginRange = 0;
  #inRange = 0;
  #endRange = 0;
  #lastEnd = -1;

  /** Evaluates the nodes from an index on, up to the `end` of the innermost range. */
  results(nodes: readonly Node[], from: number, document: Found): (readonly Found[])[] {
    const all: (readonly Found[])[] = [];
    for (let at = from; at < nodes.length; at += 1) {
      const node = nodes[at];
      if (node === undefined) break;
      const results = this.#walk([document], node);
      if (this.#endRange > 0 && this.#endRange <= this.#inRange) {
        this.#endRange -= 1;
        this.#lastEnd = at;
        break;
      }
      if (this.#beginRange === 0) {
        all.push(results);
        continue;
      }
      this.#beginRange -= 1;
      this.#inRange += 1;
      if (this.#inRange > MAX_RANGES) {
        throw new JsonPathError(`more than ${String(MAX_RANGES)} ranges are nested`);
      }
      // Without results the nodes of the range are walked once for nothing, to find their end.
      for (const value of results) all.push(...this.results(nodes, at + 1, value));
      if (results.length === 0) this.results(nodes, at + 1, null);
      this.#inRange -= 1;
      if (this.#lastEnd > at) at = this.#lastEnd;
    }
    return all;
  }

  #walk(input: readonly Found[], node: Node): readonly Found[] {
    const results = this.#evaluated(input, node);
    if (results.length > MAX_RESULTS) throw new JsonPathError('the template has too many results');
    return results;
  }

  #evaluated(input: readonly Found[], node: Node): readonly Found[] {
    switch (node.kind) {
      case 'text':
        return [new Literal(node.text)];
      case 'list':
        return this.#list(input, node.nodes);
      case 'field':
        return input.flatMap((value) =>
          isObject(value) && Object.hasOwn(value, node.name) ? [value[node.name] ?? null] : [],
        );
      case 'array':
        return input.flatMap((value) => (value === null ? [] : sliced(value, node.slice)));
      case 'filter':
        return input.flatMap((value) => this.#filtered(value, node));
      case 'union':
        return node.lists.flatMap((list) => this.#list(input, list));
      case 'wildcard':
        return input.flatMap(childrenOf);
      case 'recursive':
        return input.flatMap(descendantsOf);
      case 'integer':
      case 'boolean':
        return input.map(() => node.value);
      case 'float':
        return input.map(() => new Float(node.value));
      case 'identifier':
        return this.#identifier(input, node.name);
    }
  }

  #list(input: readonly Found[], nodes: readonly Node[]): readonly Found[] {
    let current = input;
    for (const node of nodes) current = this.#walk(current, node);
    return current;
  }

  #identifier(input: readonly Found[], name: string): readonly Found[] {
    switch (name) {
      case 'range':
        this.#beginRange += 1;
        return input;
      case 'end':
        if (this.#inRange === 0) throw new JsonPathError('not in range, nothing to end');
        this.#endRange += 1;
        return [];
      default:
        throw new JsonPathError(`unrecognized identifier ${name}`);
    }
  }

  #filtered(value: Found, { left, right, operator }: Node & { readonly kind: 'filter' }): readonly Value[] {
    if (!Array.isArray(value)) {
      throw new JsonPathError(`${shown(value)} is not array or slice and cannot be filtered`);
    }
    const items: readonly Value[] = value;
    return items.filter((item) => {
      const lefts = this.#list([item], left);
      if (operator === 'exists') return lefts.length > 0;
      if (lefts.length === 0) return false;
      const rights = lefts.length > 1 ? [] : this.#list([item], right);
      if (lefts.length > 1 || rights.length > 1) {
        throw new JsonPathError('can only compare one element at a time');
      }
      const [a, b] = [lefts[0], rights[0]];
      return a !== undefined && b !== undefined && compares(a, b, operator);
    });
  }
}

function sliced(value: Found, { start, end, step, isIndex }: Slice): readonly Value[] {
  if (!Array.isArray(value)) throw new JsonPathError(`${typeOf(value)} is not array or slice`);
  const items: readonly Value[] = value;
  const { length } = items;
  const first = (start ?? 0) < 0 ? (start ?? 0) + length : (start ?? 0);
  const isBehindLast = (end ?? length) < 0 || (end === 0 && isIndex);
  const last = isBehindLast ? (end ?? length) + length : (end ?? length);
  if (first === last) return [];
  if (first >= length || first < 0) throw outOfBounds(first, length);
  if (last > length || last < 0) throw outOfBounds(last - 1, length);
  if (first > last) {
    throw new JsonPathError(`starting index ${String(first)} is greater than ending index ${String(last)}`);
  }
  if (step !== null && step <= 0) throw new JsonPathError('step must be > 0');
  return items.slice(first, last).filter((_, index) => index % (step ?? 1) === 0);
}

function outOfBounds(index: number, length: number): JsonPathError {
  return new JsonPathError(`array index out of bounds: index ${String(index)}, length ${String(length)}`);
}

function childrenOf(value: Found): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (value instanceof Literal) return childrenOf(value.text);
  if (isObject(value))
    return Object.keys(value)
      .sort()
      .map((key) => value[key] ?? null);
  // Go has the bytes of a string as its elements.
  return typeof value === 'string' ? [...Buffer.from(value, 'utf8')] : [];
}

/** The value and all below it that have children, each before its own. */
function descendantsOf(value: Found): readonly Value[] {
  const found: Value[] = [];
  const visit = (one: Found): void => {
    const children = childrenOf(one);
    if (children.length === 0 || one instanceof Float) return;
    found.push(one instanceof Literal ? one.text : one);
    for (const child of children) visit(child);
  };
  visit(value);
  return found;
}

/** Compares like text/template: only values of the same basic kind. */
function compares(a: Found, b: Found, operator: string): boolean {
  const kind = kindOf(a);
  if (kind === null || kindOf(b) === null) throw new JsonPathError('invalid type for comparison');
  if (kind !== kindOf(b)) throw new JsonPathError('incompatible types for comparison');
  const [left, right] = [plain(a) as string | number | boolean, plain(b) as string | number | boolean];
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
  }
  if (kind === 'bool') throw new JsonPathError('invalid type for comparison');
  switch (operator) {
    case '<':
      return isLess(left, right);
    case '<=':
      return isLess(left, right) || left === right;
    case '>':
      return !isLess(left, right) && left !== right;
    case '>=':
      return !isLess(left, right);
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
}

/** Compares strings by their bytes, as in Go. */
function isLess(a: string | number | boolean, b: string | number | boolean): boolean {
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  return a < b;
}

function kindOf(value: Found): 'bool' | 'string' | 'int' | 'float' | null {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string' || value instanceof Literal) return 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return value instanceof Float ? 'float' : null;
}

function isObject(value: Found): value is Readonly<Record<string, Value>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof Literal)
  );
}

function plain(value: Found): Value {
  if (value instanceof Literal) return value.text;
  return value instanceof Float ? value.value : value;
}

function shown(value: Found): string {
  return value === null ? '<nil>' : typeof value === 'object' ? 'a map' : String(value);
}

/** The type in Go of a value that was read from JSON. */
function typeOf(value: Found): string {
  if (isObject(value)) return 'map[string]interface {}';
  const kind = kindOf(value);
  return kind === 'int' ? 'int64' : kind === 'float' ? 'float64' : (kind ?? 'interface {}');
}
