import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cellsOf, parseColumns, parseColumnsFile } from '../../../src/output/jsonpath/custom-columns.ts';
import type { Value } from '../../../src/output/jsonpath/evaluate.ts';
import { JsonPathError } from '../../../src/output/jsonpath/jsonpath-error.ts';
import { parseTemplate } from '../../../src/output/jsonpath/parse.ts';
import { printJsonPath, printJsonPathAsJson } from '../../../src/output/jsonpath/print.ts';

/** Recorded with a program of Go that calls k8s.io/client-go/util/jsonpath. */
const RECORDED = JSON.parse(readFileSync(join(import.meta.dirname, 'client-go.json'), 'utf8')) as {
  readonly documents: readonly Value[];
  readonly cases: readonly (readonly [
    template: string,
    document: number,
    text: string | null,
    json: string | null,
    error: string,
  ])[];
};

/** Returns what a template prints, or its error. */
function printed(template: string, document: Value): readonly [string | null, string | null, string] {
  try {
    const nodes = parseTemplate(template);
    return [printJsonPath(nodes, document), printJsonPathAsJson(nodes, document), ''];
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return [null, null, error.message];
  }
}

test('templates print, and fail, as those of client-go', () => {
  expect(RECORDED.cases.length).toBeGreaterThan(300);
  const wrong = RECORDED.cases.flatMap(([template, index, ...expected]) => {
    const own = printed(template, RECORDED.documents[index] ?? null);
    return own.every((part, at) => part === expected[at]) ? [] : [{ template, index, own, expected }];
  });
  expect(wrong).toEqual([]);
});

describe('templates differ from those of client-go on purpose', () => {
  test('an empty list does not end the results of those behind it', () => {
    const document = { items: [{ a: [1] }, { a: [] }, { a: [2] }] };
    expect(printed('{.items[*].a[*]}', document)[0]).toBe('1 2');
  });

  test('the values of an object come in the order of their keys, which is random in Go', () => {
    expect(printed('{.*}', { b: 1, a: 2 })[0]).toBe('2 1');
  });

  test('values cannot write to the terminal', () => {
    expect(printed('{.a}{"\\n\\t"}', { a: 'x\u001b[31m\ny' })[0]).toBe('x\\u001b[31m\\u000ay\n\t');
  });

  test('ranges are not nested without an end', () => {
    expect(printed('{range .a}'.repeat(11), { a: 1 })[2]).toBe('more than 10 ranges are nested');
  });

  test('recursive descents do not multiply without an end', () => {
    let deep: Value = 1;
    for (let level = 0; level < 100; level += 1) deep = { a: deep };
    const template = `{${'..a'.repeat(6)}}`;
    expect(printed(template, deep)[2]).toBe('the template has too many results');
  });
});

describe('custom columns', () => {
  const object = { name: 'web', n: 3, list: ['a', { k: null }], none: null, labels: { b: 'x', a: 'y' } };

  test.each([
    ['NAME:.name', ['web']],
    ['NAME:name', ['web']],
    ['NAME:{.name}', ['web']],
    ['NAME:{name},N:.n', ['web', '3']],
    ['A:.list[*]', ['a,map[k:<nil>]']],
    ['A:.list', ['[a map[k:<nil>]]']],
    ['A:.labels', ['map[a:y b:x]']],
    ['A:.missing', ['<none>']],
    ['A:.none', ['<nil>']],
    ['A:', ['<none>']],
  ])('%s', (spec, cells) => {
    expect(cellsOf(parseColumns(spec), object)).toEqual(cells);
  });

  test.each([
    ['NAME', 'unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>'],
    ['', 'unexpected custom-columns spec: , expected <header>:<json-path-expr>'],
    ['A:{.a}{.b}', /^unexpected path string, expected a 'name1.name2'/],
    ['A:.a[', 'unterminated array'],
  ])('%j is refused', (spec, message) => {
    expect(() => parseColumns(spec)).toThrow(JsonPathError);
    expect(() => parseColumns(spec)).toThrow(message);
  });

  test('of a file are two lines with spaces between the words', () => {
    const columns = parseColumnsFile('NAME   N\n{.name} .n\n');
    expect(columns.map(({ title }) => title)).toEqual(['NAME', 'N']);
    expect(cellsOf(columns, object)).toEqual(['web', '3']);
  });

  test.each([
    ['', 'missing header line'],
    ['NAME', 'missing spec line'],
    ['NAME N\n.name', "number of headers (2) and field specifications (1) don't match"],
  ])('of the file %j are refused', (content, message) => {
    expect(() => parseColumnsFile(content)).toThrow(message);
  });
});
