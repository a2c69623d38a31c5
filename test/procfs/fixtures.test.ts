import { expect, test } from '@jest/globals';
import { fixtures, parsers } from './fixtures.ts';

test.each(fixtures)('$name is read as what it was captured from', ({ parse, text, expected }) => {
  expect(parse(text)).toStrictEqual(expected);
});

test('every parser has a fixture', () => {
  const covered = new Set(fixtures.map(({ parse }) => parse));
  expect(Object.keys(parsers).filter((name) => !covered.has(parsers[name] ?? String))).toEqual([]);
});

test.each(fixtures)('$name is read without its last newline too', ({ parse, text, expected }) => {
  expect(parse(text.replace(/\n$/, ''))).toStrictEqual(expected);
});

// What dash and busybox make of a file without cat: `while read -r line; do echo "$line"; done`.
test.each(fixtures)(
  '$name is read without the blanks at the ends of its lines too',
  ({ parse, text, expected }) => {
    expect(parse(text.replaceAll(/^[ \t]+|[ \t]+$/gm, ''))).toStrictEqual(expected);
  },
);
