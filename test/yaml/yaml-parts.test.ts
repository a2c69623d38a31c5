import { describe, expect, test } from '@jest/globals';
import { LineIndex } from '../../src/manifests/line-index.ts';
import { yamlParts } from '../../src/yaml/yaml-parts.ts';

describe('a stream of documents is split where kubectl splits it', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['a\n', ['a\n']],
    ['a\n---\nb\n', ['a\n', 'b\n']],
    ['---\na\n---\nb', ['a\n', 'b']],
    ['---\n---\n', ['']],
    ['---\n---\na', ['', 'a']],
    ['a\r\n---\r\nb\r\n', ['a\r\n', 'b\r\n']],
    ['a\r---\rb', ['a\r---\rb']],
    ['a\n--- # b\nc\n', ['a\n', 'c\n']],
    ['a\n---#b\nc\n', ['a\n', 'c\n']],
    ['a\n--- b\nc\n---\nd', ['a\n', 'refused c\n', 'd']],
    ['a\n---b', ['a\n', 'refused ']],
    ['a\n...\nb\n', ['a\n...\nb\n']],
    ['a\n---', ['a\n']],
    ['# first\n\n---\na\n', ['a\n']],
    ['%YAML 1.1\n---\na\n', ['%YAML 1.1\n', 'a\n']],
    ['---\n# first\n---\na\n', ['# first\n', 'a\n']],
    ['a: |\n  ---\n  b\nx---\n ---\n', ['a: |\n  ---\n  b\nx---\n ---\n']],
    ['{"a": "\u2028---\u2028"}', ['{"a": "\u2028---\u2028"}']],
  ])('%j', (text, parts) => {
    expect(
      Array.from(
        yamlParts(text),
        ({ start, end, refused }) => `${refused === null ? '' : 'refused '}${text.slice(start, end)}`,
      ),
    ).toEqual(parts);
  });

  test('from any place, which begins a line', () => {
    const text = 'a---\nb\n---\nc';
    expect(Array.from(yamlParts(text, 1), ({ start, end }) => text.slice(start, end))).toEqual(['b\n', 'c']);
  });
});

test.each(['\n', '\r', '\r\n'])('lines that end with %j are counted, near and far', (end) => {
  const text = `ab${end}`.repeat(10_000);
  const lines = new LineIndex(text);
  const length = 2 + end.length;
  for (const line of [0, 9_999, 5_000, 1, 2_047, 2_048]) {
    expect(lines.lineAt(line * length)).toBe(line + 1);
    expect(lines.lineAt(line * length + 1)).toBe(line + 1);
  }
});
