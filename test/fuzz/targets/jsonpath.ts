import { cellsOf, parseColumns, parseColumnsFile } from '../../../src/output/jsonpath/custom-columns.ts';
import type { Value } from '../../../src/output/jsonpath/evaluate.ts';
import { JsonPathError } from '../../../src/output/jsonpath/jsonpath-error.ts';
import { parseTemplate } from '../../../src/output/jsonpath/parse.ts';
import { printJsonPath, printJsonPathAsJson } from '../../../src/output/jsonpath/print.ts';
import { bytesOf } from '../mutate.ts';
import type { Random } from '../random.ts';
import { accepted, demand, type Target } from '../target.ts';

const WORDS = [
  ...['{', '}', '[', ']', '.', '..', '*', '@', '$', ',', ':', ' ', '\\', '"', "'", '(', ')', '[?(', ')]'],
  ...[
    'range ',
    'end',
    '.items[*]',
    '.name',
    '.a',
    '==',
    '!=',
    '<',
    '>=',
    '0',
    '-1',
    '1.5',
    'true',
    '{"\\n"}',
  ],
  ...['{range .items[*]}', '{end}', "['a','b']", '[0:2:1]', '\\u0041', '\\x', '\n', '\t', '\u001b'],
];

const DOCUMENTS: readonly Value[] = [
  {
    items: [
      { name: 'a\u001b', a: [1, [2]], b: null },
      { name: 'b', a: [], b: { c: 'x' } },
    ],
    kind: 'L',
  },
  { a: 'text', b: -1, c: 1.5, d: true, e: { a: { a: {} } } },
  [],
  null,
];

function make(random: Random): Uint8Array {
  const words = Array.from({ length: random.below(12) }, () => random.pick(WORDS)).join('');
  return bytesOf(random.once(2) ? `{${words}}` : words);
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** No template prints a control character, however it is made, but line feeds and tabs of its own. */
export const jsonPathTarget: Target = {
  name: 'jsonpath',
  words: WORDS,
  seeds: [
    '{range .items[?(@.name=="a")]}{.name}{"\\n"}{end}',
    '{.items[0:2].a[*]}',
    'NAME:.name,A:{.a[0]}',
    'NAME A\n.name {.a}\n',
  ].map(bytesOf),
  make,
  attempt: (input) => {
    const text = input.toString('utf8');
    const refusals = { errors: [JsonPathError], quotesRaw: true };
    const nodes = accepted(refusals, () => parseTemplate(text))?.value;
    for (const document of nodes === undefined ? [] : DOCUMENTS) {
      const printed = accepted(refusals, () => printJsonPath(nodes ?? [], document))?.value ?? '';
      const json = accepted(refusals, () => printJsonPathAsJson(nodes ?? [], document))?.value ?? '';
      demand(!UNSAFE.test(printed) && !UNSAFE.test(json), 'what is printed is safe');
    }
    for (const parse of [parseColumns, parseColumnsFile]) {
      const columns = accepted(refusals, () => parse(text))?.value;
      for (const document of columns === undefined ? [] : DOCUMENTS) {
        const cells = accepted(refusals, () => cellsOf(columns ?? [], document))?.value ?? [];
        demand(
          !cells.some((cell) => UNSAFE.test(cell) || cell.includes('\n')),
          'a cell is safe, and one line',
        );
      }
    }
    return nodes !== undefined;
  },
};
