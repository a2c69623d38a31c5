import { describe, expect, test } from '@jest/globals';
import { LineIndex } from '../../src/wire/line-index.ts';
import { yamlParts } from '../../src/wire/yaml-parts.ts';

describe('a stream of documents is split', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['a\n', ['a\n']],
    ['a\n---\nb\n', ['a\n', '---\nb\n']],
    ['---\na\n---\nb', ['---\na\n', '---\nb']],
    ['---\n---\n', ['---\n', '---\n']],
    ['a\r\n---\r\nb\r\n', ['a\r\n', '---\r\nb\r\n']],
    ['a\r---\rb', ['a\r', '---\rb']],
    ['--- a\n--- b\n', ['--- a\n', '--- b\n']],
    ['a\n...\nb\n', ['a\n...\n', 'b\n']],
    ['a\n...', ['a\n...']],
    ['...\na\n', ['...\n', 'a\n']],
    ['a\n---', ['a\n', '---']],
    ['a\n...\n%YAML 1.1\n---\nb\n', ['a\n...\n', '%YAML 1.1\n---\nb\n']],
    ['# first\n\n---\na\n', ['# first\n\n---\na\n']],
    ['a: |\n  ---\n  b\n---x\n ---\n', ['a: |\n  ---\n  b\n---x\n ---\n']],
    ['{"a": "\u2028---\u2028"}', ['{"a": "\u2028---\u2028"}']],
  ])('%j', (text, parts) => {
    expect(Array.from(yamlParts(text), ({ start, end }) => text.slice(start, end))).toEqual(parts);
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
