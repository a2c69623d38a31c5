import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { YamlError, yamlDocuments } from '../../src/wire/yaml-document.ts';

const read = (text: string): unknown => yamlDocuments(text)[0]?.value;
const startOf = (text: string): number | undefined => yamlDocuments(text).at(-1)?.start;

function errorOf(text: string): YamlError {
  try {
    yamlDocuments(text);
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

  test('__proto__ is a key as any other', () => {
    const value = read('__proto__: {hostNetwork: true}\n') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(read('<<: {__proto__: {a: b}}\n') as object)).toEqual(['__proto__']);
  });

  test.each([
    ['{\n  a: 1}', 0],
    ['# none\n[\n  a]', 7],
    ['a: 1\n---\n# none\n{a: 1}', 16],
    ['a: 1\n---\n- a', 9],
    ['!!map\n{a: 1}', 0],
    ['&a\n{a: 1}', 1],
    ['&a !!str text', 1],
    ['# nothing\n---\n', 0],
  ])('the document at the end of %j begins at %i', (text, start) => {
    expect(startOf(text)).toBe(start);
  });

  test('what has a kind begins somewhere', () => {
    const text = 'kind: List\nitems:\n- kind: Pod\n- {a: b}\n- [kind]\n- x: {kind: Pod}\n';
    const starts = [0, text.indexOf('kind: Pod'), text.indexOf('{kind: Pod')];
    expect([...(yamlDocuments(text)[0]?.starts.values() ?? [])].toSorted((a, b) => a - b)).toEqual(starts);
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
    ['a: 1\nb: 2\na: 3\n', 10, 'the key "a" is there twice'],
    ['<<: {a: 1}\na: 2\na: 3\n', 16, 'the key "a" is there twice'],
    ['a: 1\n<<: {a: 2}\na: 3\n', 15, 'the key "a" is there twice'],
    ['a: *b\n', 4, 'there is no anchor for the alias *b'],
    ['&a [*a]\n', 5, 'the alias *a stands within what it stands for'],
    ['a: 1\n<<: 2\n', 9, 'a merge key takes a mapping, or a sequence of mappings'],
    ['<<: [{}, 1]\n', 9, 'a merge key takes a mapping, or a sequence of mappings'],
    ['[a]: b\n', 3, 'a mapping or sequence cannot be a key'],
    ['a: b\n~: c\n', 5, 'null cannot be a key'],
    ['%TAG !y! tag:yaml.org,2002:\n---\na: b\n', 0, 'it has a %TAG directive, which kubectl does not read'],
    ['a: [\n', 5, 'it is no valid YAML: '],
    ['a: \u0001\n', 3, 'it is no valid YAML: '],
    ['a:\n\t- b\n', 3, 'it is no valid YAML: '],
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
    ['a long key twice', `${'k'.repeat(100_000)}: 1\n${'k'.repeat(100_000)}: 1\n`, '…" is there twice'],
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
        yamlDocuments(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(YamlError);
      }
    }),
    { numRuns: 2000 },
  );
});
