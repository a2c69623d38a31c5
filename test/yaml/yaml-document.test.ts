import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { yamlDocument, yamlOffsets } from '../../src/yaml/yaml-document.ts';
import { YamlError } from '../../src/yaml/yaml-error.ts';
import goYaml from '../wire/recorded/go-yaml.json' with { type: 'json' };

const read = (text: string): unknown => yamlDocument(text).value;

function errorOf(text: string): YamlError {
  try {
    yamlDocument(text);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  throw new Error('It is no error.');
}

/** Each was seen with `kubectl label --local -f - -o json` of Kubernetes 1.35. */
describe('YAML is read as kubectl reads it', () => {
  test.each([
    ['true', true],
    ['yes', true],
    ['On', true],
    ['y', true],
    ['TRUE', true],
    ['no', false],
    ['off', false],
    ['n', false],
    ['"true"', 'true'],
    ["'yes'", 'yes'],
    ['!foo true', 'true'],
    ['! true', 'true'],
    ['!!bool "true"', true],
    ['!<tag:yaml.org,2002:bool> "true"', true],
    ['!!bo%6fl "true"', true],
    ['!!int "1"', 1],
    ['!!float "1.5"', 1.5],
    ['!!null "~"', null],
    ['!!boolean "true"', 'true'],
    ['!!str true', 'true'],
    ['~', null],
    ['', null],
    ['0x1', 1],
    ['017', 15],
    ['2001-02-03', '2001-02-03'],
    ['2001-02-03T04:05:06Z', '2001-02-03T04:05:06Z'],
    ['|-\n  true', 'true'],
  ])('%s is %j', (written, value) => {
    expect(read(`hostNetwork: ${written}\n`)).toEqual({ hostNetwork: value });
  });

  test.each([
    ['0b1', 1],
    ['0o120', 80],
    ['0X1F', 31],
    ['1_000', 1000],
    ['-0b11', -3],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1:30', '1:30'],
    ['0b2', '0b2'],
    ['1e999', '1e999'],
    ['!!float 1', 1],
    ['!!binary "eA=="', 'x'],
    ['!!timestamp 2001-02-03', '2001-02-03'],
    ['"\\x41\\U0001F600"', 'A\u{1F600}'],
    ["'it''s'", "it's"],
    ['a#b #c', 'a#b'],
    ['a\t# c', 'a'],
    ['\ta', 'a'],
    ['|2\n    a', '  a'],
    ['>-\n  a\n  b\n\n  c', 'a b\nc'],
  ])('%s is %j, as a value', (written, value) => {
    expect(read(`a: ${written}`)).toEqual({ a: value });
  });

  test.each([
    ['1', '1'],
    ['0x10', '16'],
    ['1.5', '1.5'],
    ['1e6', '1e+06'],
    ['.1', '0.1'],
    ['.inf', '.inf'],
    ['yes', 'true'],
    ['!!binary eA==', 'x'],
  ])('%s is the key %j', (written, key) => {
    expect(read(`${written}: a`)).toEqual({ [key]: 'a' });
  });

  test.each(['\u0085', '\u2028', '\u2029'])('%j ends a line, and a comment with it', (end) => {
    expect(read(`a: b # nothing${end}hostNetwork: true\n`)).toEqual({ a: 'b', hostNetwork: true });
  });

  test('a merge key overrides what stands before it, and not what follows', () => {
    expect(read('a: 1\nb: 1\n<<: {a: 2, c: 2}\nc: 3\n')).toEqual({ a: 2, b: 1, c: 3 });
    expect(read('<<: [{a: 1}, {a: 2, b: 2}]\n')).toEqual({ a: 1, b: 2 });
  });

  // As `kubectl label --local` reads each of them.
  test.each(['<<', '! <<', '! "<<"', '!!merge "<<"', '!!mer%67e <<', '!<tag:yaml.org,2002:merge> <<'])(
    '%s is a merge key',
    (key) => {
      expect(read(`${key}: {hostNetwork: true}\n`)).toEqual({ hostNetwork: true });
    },
  );

  test('text is no directive where a line does not begin with it', () => {
    expect(read('a: |\n  %TAG !y! x\n')).toEqual({ a: '%TAG !y! x\n' });
  });

  test.each(['"<<"', '!!str <<', '!merge <<'])('%s is none', (key) => {
    expect(read(`${key}: {hostNetwork: true}\n`)).toEqual({ '<<': { hostNetwork: true } });
  });

  test('anchors, aliases, flow style, quotes and line ends', () => {
    expect(read('a: &x {b: [1, &y two]}\nc: *x\n*y : *y\n')).toEqual({
      a: { b: [1, 'two'] },
      c: { b: [1, 'two'] },
      two: 'two',
    });
    expect(read('a:\r\n  b: "c\\u0041"\r\n')).toEqual({ a: { b: 'cA' } });
    expect(read('a:\r  b: c\r')).toEqual({ a: { b: 'c' } });
    expect(read('? a\n: b\ntrue: c\n1: d\n')).toEqual({ a: 'b', true: 'c', 1: 'd' });
  });

  test('a closing bracket and the lines of a quoted text may stand anywhere', () => {
    expect(read('a:\n  b: [\n  c\n]\n  d: {e: f\n}\n  g: "h\ni"\n')).toEqual({
      a: { b: ['c'], d: { e: 'f' }, g: 'h i' },
    });
  });

  test('of a key that is there twice the last one wins', () => {
    const text = 'a: 1\nb: {c: 1, c: 2}\na: 3\n';
    expect(read(text)).toEqual({ a: 3, b: { c: 2 } });
    expect(yamlDocument(text).duplicates).toEqual([
      { key: 'c', offset: 15 },
      { key: 'a', offset: 21 },
    ]);
    expect(yamlDocument('<<: {a: 1}\na: 2\n').duplicates).toEqual([]);
    expect(yamlDocument('<<: {a: 1}\na: 2\na: 3\n').duplicates).toEqual([{ key: 'a', offset: 16 }]);
  });

  test.each([
    ['a: 1\n', null],
    ['a: 1\n...\n# comment\n', null],
    ['a: 1\n...\nb: 2\n', 9],
    ['a: 1\n---\nb: 2\n', 5],
    ['  a: 1\nb: 2\n', 7],
    ['{a: 1} b\n', 7],
    ['a: 1\n...\n@\n', 9],
  ])('only the first document of %j is read; the rest begins at %j', (text, ignored) => {
    expect(yamlDocument(text)).toMatchObject({ ignored });
  });

  test('directives stand in front of a document', () => {
    expect(read('%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n')).toEqual({ a: '1' });
    expect(read('\uFEFF---\na: 1\n')).toEqual({ a: 1 });
  });

  test('__proto__ is a key as any other', () => {
    const value = read('__proto__: {hostNetwork: true}\n') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(read('<<: {__proto__: {a: b}}\n') as object)).toEqual(['__proto__']);
  });

  test('a value is located by its path, as far as there is one', () => {
    const text = 'x: &a {b: 1}\n? w\n: - 2\n  - {c: 3}\nz:\n  <<: *a\n';
    const offsetOf = yamlOffsets(text);
    const at = (...path: (string | number)[]): string => text.slice(offsetOf(path)).slice(0, 4);
    expect([at(), at('x', 'b'), at('w'), at('w', 0), at('w', 1, 'c'), at('z', 'b')]).toEqual([
      'x: &',
      'b: 1',
      'w\n: ',
      '2\n  ',
      'c: 3',
      'b: 1',
    ]);
    expect([at('none'), at('w', 7), at('w', 1, 'none')]).toEqual(['x: &', 'w\n: ', '{c: ']);
    expect(yamlOffsets('# comment\n- a\n')([])).toBe(10);
  });

  test('a document may be long, and nested 199 deep', () => {
    const items = 20_000;
    expect(read('- some text\n'.repeat(items))).toHaveLength(items);
    expect(JSON.stringify(read('['.repeat(199) + ']'.repeat(199)))).toHaveLength(398);
    expect(errorOf('['.repeat(201) + ']'.repeat(201)).message).toBe('it is nested deeper than 200');
    const longest = `"${'x'.repeat((4 << 20) - 2)}"`;
    expect(read(longest)).toHaveLength((4 << 20) - 2);
    expect(errorOf(`${longest} `)).toMatchObject({ name: 'YamlError', offset: 0 });
  });
});

describe('what is no document', () => {
  test.each([
    ['a: *b\n', 4, 'there is no anchor for the alias *b'],
    ['&a [*a]\n', 5, 'the alias *a stands within its own value'],
    ['a: 1\n<<: 2\n', 9, 'a merge key takes a mapping, or a sequence of mappings'],
    ['<<: [{}, 1]\n', 9, 'a merge key takes a mapping, or a sequence of mappings'],
    ['[a]: b\n', 3, 'a mapping or sequence cannot be a key'],
    ['a: b\n~: c\n', 5, 'null cannot be a key'],
    ['a: [\n', 5, 'did not find expected node content'],
    ['a: \u0001\n', 3, 'control characters are not allowed'],
    ['a: \0\n', 3, 'control characters are not allowed'],
    ['a:\n\t- b\n', 4, 'found character that cannot start any token'],
    ['a: b: c\n', 4, 'mapping values are not allowed in this context'],
    ['a: - b\n', 3, 'block sequence entries are not allowed in this context'],
    ['a: ? b\n', 3, 'mapping keys are not allowed in this context'],
    ['a: b\nc\nd: e\n', 5, "could not find expected ':'"],
    [`${'k'.repeat(1025)}: b\n`, 1025, 'mapping values are not allowed in this context'],
    ['a: "b', 3, 'found unexpected end of stream within quotes'],
    ['a: "\n---\n"', 5, 'found unexpected document indicator within quotes'],
    ['a: "\\/"\n', 4, 'found unknown escape character'],
    ['a: "\\xg0"\n', 6, 'did not find expected hexadecimal number'],
    ['a: "\\uD800"\n', 6, 'found invalid Unicode character escape code'],
    ['a: |0\n  b\n', 5, 'found an indentation indicator equal to 0'],
    ['a: | b\n', 5, 'did not find expected comment or line break'],
    ['a: |\n\tb\n', 5, 'found a tab character where an indentation space is expected'],
    ['a:\n  b\n\tc\n', 7, 'found a tab character that violates indentation'],
    ['a: &\n', 4, 'did not find expected alphabetic or numeric character'],
    ['a: !e!x y\n', 3, 'found undefined tag handle'],
    ['a: !<x y\n', 6, "did not find the expected '>'"],
    ['a: !x%4 y\n', 3, 'did not find URI escaped octet'],
    ['%YAML 1.2\n---\n', 0, 'found incompatible YAML document'],
    ['%FOO\n---\n', 0, 'found unknown directive name'],
    ['%YAML 1.1\na: b\n', 10, 'did not find expected <document start>'],
    ['a:\n- b\nc\n', 7, "could not find expected ':'"],
    ['- a\nb: c\n', 4, "did not find expected '-' indicator"],
    ['{a: b c: d}\n', 4, "did not find expected ',' or '}'"],
    ['[a b: c d: e]\n', 8, "did not find expected ',' or ']'"],
    ['a: @b\n', 3, 'found character that cannot start any token'],
    ['a: .nan\n', 3, 'NaN is not a number of JSON'],
    ['a: !!int b\n', 3, 'cannot decode "b" as a !!int'],
    ['a: !!binary "%"\n', 3, '!!binary value contains invalid base64 data'],
    ['a: !!timestamp 2001-13-01\n', 3, 'cannot decode "2001-13-01" as a !!timestamp'],
    ['a: &b [1]\n<<: *b\n', 14, 'a merge key takes a mapping, or a sequence of mappings'],
  ])('%j, from offset %i', (text, offset, reason) => {
    const error = errorOf(text);
    expect(error.message).toContain(reason);
    expect(Math.abs(error.offset - offset)).toBeLessThanOrEqual(5);
  });
});

describe('hostile YAML ends at once', () => {
  const levels = 'abcdefghij';
  test.each([
    [
      'a billion laughs',
      `z: &z [lol]\n${Array.from(levels)
        .map(
          (name, at) =>
            `${name}: &${name} [${Array(9)
              .fill(`*${at === 0 ? 'z' : (levels[at - 1] ?? '')}`)
              .join()}]\n`,
        )
        .join('')}`,
      'with its aliases written out it has more than 16 MiB',
    ],
    [
      'one long text many times',
      `- &a "${'x'.repeat(1 << 20)}"\n${'- *a\n'.repeat(1000)}`,
      'with its aliases written out it has more than 16 MiB',
    ],
    [
      'many keys merged many times',
      `- &a {${Array.from({ length: 5000 }, (_, at) => `k${String(at)}: 1`).join(', ')}}\n${'- <<: *a\n'.repeat(5000)}`,
      'with its aliases written out it has more than 16 MiB',
    ],
    ['100,000 brackets', '['.repeat(100_000), 'it is nested deeper than 200'],
    ['100,000 braces', '{a: '.repeat(100_000), 'it is nested deeper than 200'],
    [
      'indentation',
      Array.from({ length: 1000 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
      'it is nested deeper than 200',
    ],
    ['more than 4 MiB', `a: ${'b'.repeat(4 << 20)}`, 'it has more than 4 MiB'],
  ])('%s', (_, text, reason) => {
    const { message } = errorOf(text);
    expect(message).toContain(reason);
    expect(message.length).toBeLessThan(200);
  });

  test('16 MiB with its aliases written out, and no more', () => {
    // Each element counts as its text and one more, and so does the sequence.
    const most = `- &a ${'x'.repeat(4096)}\n${'- *a\n'.repeat(4094)}`;
    expect(read(most)).toHaveLength(4095);
    expect(errorOf(`${most}- \n`).message).toBe('with its aliases written out it has more than 16 MiB');
  });
});

/** Recorded with sigs.k8s.io/yaml 1.6.0, the reader of kubectl 1.35: null is an error. */
test.each(goYaml.map(({ yaml, json }) => [yaml, json] as const))(
  '%j is read as go-yaml v2 reads it',
  (text, json) => {
    if (json === null) errorOf(text);
    else expect(read(text)).toEqual(JSON.parse(json));
  },
);

test('any text is documents or an error', () => {
  const word = fc.constantFrom(
    '- ',
    'a: ',
    '<<: ',
    '&x ',
    '*x',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '"',
    '!!bool ',
    '|',
    '? ',
  );
  const text = fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 40 });
  fc.assert(
    fc.property(text, (parts) => {
      try {
        yamlDocument(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(YamlError);
      }
    }),
    { numRuns: 2000 },
  );
});
