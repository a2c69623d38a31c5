import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonPart } from '../../src/manifests/json-parts.ts';
import { ManifestError } from '../../src/manifests/manifest-error.ts';

describe('JSON is split by its brackets', () => {
  test.each<[string, string, readonly string[] | null]>([
    ['{}{}', '{}', null],
    ['{"a":"}\\"{"} x', '{"a":"}\\"{"}', null],
    ['[1,[2]]\n{}', '[1,[2]]', null],
    ['{"items":[]}', '{"items":[]}', []],
    [
      '{"kind": "List", "items" : [ {"a":[1,2]} , 3,"x]" ] , "z":null} {}',
      '{"kind": "List", "items" : [ {"a":[1,2]} , 3,"x]" ] , "z":null}',
      ['{"a":[1,2]}', '3', '"x]"'],
    ],
    ['{"\\u0069tems":[true]}', '{"\\u0069tems":[true]}', ['true']],
    ['{"items":[1],"items":[2]}', '{"items":[1],"items":[2]}', ['2']],
    ['{"items":[1],"items":2}', '{"items":[1],"items":2}', null],
    ['{"items":1,"items":[2]}', '{"items":1,"items":[2]}', ['2']],
    [
      `{"apiVersion":"v1","metadata":{"resourceVersion":"${'0'.repeat(60)}"},"items":[1]}`,
      `{"apiVersion":"v1","metadata":{"resourceVersion":"${'0'.repeat(60)}"},"items":[1]}`,
      ['1'],
    ],
    ['{"spec":{"items":[1]}}', '{"spec":{"items":[1]}}', null],
  ])('%s', (text, whole, items) => {
    const part = jsonPart(text, 0, text.length);
    expect(text.slice(part?.start, part?.end)).toBe(whole);
    expect(part?.items?.elements.map(({ start, end }) => text.slice(start, end)) ?? null).toEqual(items);
  });

  test.each(['{', '[', '{"a', '{"a": [1}', '['.repeat(1e5)])('%.20s has no end', (text) => {
    expect(jsonPart(text, 0, text.length)).toBeNull();
  });

  test.each([
    '{"a" 1}',
    '{a: 1}',
    '{"items":[1 2]}',
    '{"items":[1,]}',
    '{"items":[1]]',
    '{"\\x":1,"items":[1]}',
    `{${'a'.repeat(101)}":"\\"","items":[1]}`,
  ])('%s ends, though it is no JSON, and has no items', (text) => {
    expect(jsonPart(`${text} {}`, 0, text.length + 3)).toEqual({ start: 0, end: text.length, items: null });
  });

  test('nothing is read behind the end', () => {
    const text = '{"a":"b","items":[{"c":[1]},23,"d\\""]}';
    for (let end = 0; end < text.length; end += 1) expect(jsonPart(text, 0, end)).toBeNull();
    for (let end = 0; end < 6; end += 1) expect(jsonPart('[["a"]]', 0, end)).toBeNull();
  });

  test('what is nested 200 deep is read, and not what is nested deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(jsonPart(nested(200), 0, 400)?.end).toBe(400);
    expect(jsonPart(nested(201), 0, 402)).toBeNull();
  });

  test('a List of more items than are read is refused', () => {
    const listOf = (items: number): string => `{"items":[${'1,'.repeat(items - 1)}1]}`;
    const most = listOf(100_000);
    expect(jsonPart(most, 0, most.length)?.items?.elements).toHaveLength(100_000);
    const more = listOf(100_001);
    expect(() => jsonPart(more, 0, more.length)).toThrow(
      new ManifestError(null, 'a List has more than 100000 items; it is not read, nor is what follows it'),
    );
  });

  test('whatever JSON it is, with whatever behind it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(jsonPart(`${text}]}"`, 0, text.length + 3)?.end).toBe(text.length);
      }),
    );
  });
});
