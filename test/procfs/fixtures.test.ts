import { expect, test } from '@jest/globals';
import { fixtures, parsers } from './fixtures.ts';

test.each(fixtures)('the parser reads the fixture $name', ({ parse, text, expected }) => {
  expect(parse(text)).toStrictEqual(expected);
});

test('every parser has a fixture', () => {
  const covered = new Set(fixtures.map(({ parse }) => parse));
  expect(Object.keys(parsers).filter((name) => !covered.has(parsers[name] ?? String))).toEqual([]);
});

test.each(fixtures)(
  'the parser reads the fixture $name without the last newline',
  ({ parse, text, expected }) => {
    expect(parse(text.replace(/\n$/, ''))).toStrictEqual(expected);
  },
);

// Output of dash and busybox if there is no cat: `while read -r line; do echo "$line"; done`.
test.each(fixtures)(
  'the parser reads the fixture $name without blanks at the ends of lines',
  ({ parse, text, expected }) => {
    expect(parse(text.replaceAll(/^[ \t]+|[ \t]+$/gm, ''))).toStrictEqual(expected);
  },
);
