import { join, safeLine, type SafeText, safeTemplateText } from '../safe-text.ts';
import { evaluate, Literal, type Value, valuesOf } from './evaluate.ts';
import type { Node } from './node.ts';

/**
 * Prints what a template finds in a document: values with a space between them, objects and lists as JSON, as kubectl
 * does. There is no line feed at the end unless the template has one.
 *
 * @throws JsonPathError
 */
export function printJsonPath(nodes: readonly Node[], document: Value): SafeText {
  const parts = evaluate(nodes, document).flatMap((results) =>
    results.flatMap((value, index) => [
      ...(index === 0 ? [] : [safeLine(' ')]),
      // The text of the template is the user's own: its line feeds and tabs stay.
      value instanceof Literal ? safeTemplateText(value.text) : safeLine(textOf(value)),
    ]),
  );
  return join(parts, '');
}

/**
 * Prints what a template finds in a document as one JSON list for each of its nodes (`-o jsonpath-as-json`).
 *
 * @throws JsonPathError
 */
export function printJsonPathAsJson(nodes: readonly Node[], document: Value): SafeText {
  const lists = evaluate(nodes, document).flatMap((results) => goJson(valuesOf(results), 4).split('\n'));
  return join([...lists.map(safeLine), safeLine('')], '\n');
}

function textOf(value: Value): string {
  if (typeof value === 'object' && value !== null) return goJson(value);
  return String(value);
}

/** JSON as encoding/json of Go writes it: the keys sorted, and the characters of HTML escaped. */
function goJson(value: Value, indent?: number): string {
  return JSON.stringify(sorted(value), null, indent).replaceAll(
    /[<>&]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
