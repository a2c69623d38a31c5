import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { join, safeJson, safeLine, safeLines, text } from '../../src/output/safe-text.ts';

/** What a terminal may act on, or a reader cannot see. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

describe('text from the cluster', () => {
  test.each([
    ['an escape sequence', '\u001b[31mred', String.raw`\u001b[31mred`],
    ['a C1 control', '\u009b31m', String.raw`\u009b31m`],
    ['a backspace', 'a\bb', String.raw`a\u0008b`],
    ['a bell', '\u0007', String.raw`\u0007`],
    ['DEL', '\u007f', String.raw`\u007f`],
    ['a line feed', 'a\nb', String.raw`a\u000ab`],
    ['a carriage return', 'a\rb', String.raw`a\u000db`],
    ['a tab', 'a\tb', String.raw`a\u0009b`],
    ['a bidirectional override', 'a\u202eb', String.raw`a\u202eb`],
    ['a zero-width space', 'a\u200bb', String.raw`a\u200bb`],
    ['a line separator', 'a\u2028b', String.raw`a\u2028b`],
    ['a no-break space', 'a\u00a0b', String.raw`a\u00a0b`],
    ['an invisible Hangul filler', 'a\u3164b', String.raw`a\u3164b`],
    ['a tag character', 'a\u{e0041}b', String.raw`a\udb40\udc41b`],
    ['a lone surrogate', 'a\ud800b', String.raw`a\ud800b`],
  ])('shows %s as an escape', (_what, raw, shown) => {
    expect(safeLine(raw)).toBe(shown);
  });

  test.each(['web-1', 'Ünïcödé', '日本語', '🙂', 'a b', '~!@#$%^&*()\\"'])('leaves %s as it is', (plain) => {
    expect(safeLine(plain)).toBe(plain);
  });

  test('is safe whatever it is, and making it safe twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const shown = safeLine(raw);
        expect(shown).not.toMatch(DANGEROUS);
        expect(safeLine(shown)).toBe(shown);
        expect(safeLines(raw).replaceAll('\n', '')).not.toMatch(DANGEROUS);
      }),
    );
  });

  test('means the same in JSON, though it is safe there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const shown = safeJson(value, indent);
        expect(shown.replaceAll('\n', '')).not.toMatch(DANGEROUS);
        expect(JSON.stringify(JSON.parse(shown))).toBe(JSON.stringify(value));
      }),
    );
    expect(JSON.parse(safeJson({ 'k\u202e': '\u{e0041}\u009b\n' }))).toEqual({
      'k\u202e': '\u{e0041}\u009b\n',
    });
  });

  test('cannot break out of a template', () => {
    expect(text`Pod ${'a\nb'} has ${3} ports\n`).toBe('Pod a\\u000ab has 3 ports\n');
    expect(text`${[safeLine('a'), safeLine('b')]}`).toBe('a b');
    expect(join([safeLine('a'), safeLine('b')], '\n')).toBe('a\nb');
  });
});
