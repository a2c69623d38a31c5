import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CORE_SCHEMA, load } from 'js-yaml';
import { yaml } from '../../src/output/yaml.ts';

test('a document is written as kubectl writes its own', () => {
  const value = {
    kind: 'List',
    items: [
      { name: 'a', tags: ['x', 'z'], none: null, empty: {} },
      { name: 'b', tags: [] },
    ],
  };
  expect(yaml(value)).toBe(`kind: List
items:
- name: a
  tags:
  - x
  - z
  none: null
  empty: {}
- name: b
  tags: []
`);
});

test.each([
  'true',
  'No',
  '0',
  '1e3',
  '0x1f',
  '2026-11-22',
  '12:30',
  '~',
  '',
  ' a',
  'a: b',
  '# a',
  '- a',
  '192.0.2.1',
  '=',
  '<<',
  'null',
])('the text %p stays text', (value) => {
  expect(load(yaml({ value }))).toEqual({ value });
});

test('whatever it is, a YAML reader reads it back, and nothing unsafe is in it', () => {
  const value = fc.letrec<{ node: string | boolean | null | number | object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(
        fc.string({ minLength: 1, unit: 'binary' }).filter((key) => key !== '__proto__'),
        tie('node'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).node;
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), (items) => {
      const shown = yaml({ items } as Parameters<typeof yaml>[0]);
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u);
      expect(load(shown, { schema: CORE_SCHEMA })).toEqual({ items });
    }),
  );
});

test('a character above U+FFFF that nobody sees is one escape, as YAML wants it', () => {
  expect(yaml({ name: 'a\u{e0041}b', path: '\\\u{e0041}' })).toBe(
    String.raw`name: "a\U000e0041b"` + '\n' + String.raw`path: "\\\U000e0041"` + '\n',
  );
});
