import { expect, test } from '@jest/globals';
import { CheckedObject, described } from '../../src/wire/checked-object.ts';
import { arrayOf, isTrue, numberOf, objectOf, objectsOf, textOf } from '../../src/wire/json-value.ts';
import { ManifestError, manifestLimits } from '../../src/manifests/manifest-error.ts';
import { mebibytes, quoted } from '../../src/wire/wording.ts';

const VALUES: Readonly<Record<string, unknown>> = {
  text: 'a',
  number: 7,
  huge: Infinity,
  yes: true,
  no: false,
  list: [{ a: 1 }, 'b', null],
  mapping: { a: 1 },
  nothing: null,
};

test('what is of another type than asked for reads as if it were not there', () => {
  const read = <T>(of: (parent: typeof VALUES, key: string) => T, empty: T): Readonly<Record<string, T>> =>
    Object.fromEntries(
      [...Object.keys(VALUES), 'missing']
        .map((key) => [key, of(VALUES, key)] as const)
        .filter(([, value]) => JSON.stringify(value) !== JSON.stringify(empty)),
    );
  expect(read(textOf, '')).toEqual({ text: 'a' });
  expect(read(numberOf, 0)).toEqual({ number: 7 });
  expect(read(isTrue, false)).toEqual({ yes: true });
  expect(read(objectOf, {})).toEqual({ mapping: { a: 1 } });
  expect(read(arrayOf, [])).toEqual({ list: [{ a: 1 }, 'b', null] });
  expect(read(objectsOf, [])).toEqual({ list: [{ a: 1 }, {}, {}] });
});

test('a value is described in a sentence', () => {
  expect(Object.values(VALUES).map(described)).toEqual([
    'the text "a"',
    'the number 7',
    'the number Infinity',
    'true',
    'false',
    'a list',
    'a mapping',
    'null',
  ]);
});

test('an object says which of its fields has another type than the API takes', () => {
  const object = new CheckedObject(
    { spec: { a: VALUES } },
    [],
    (path, message) => new Error(message(path.join('.'))),
  );
  const checked = object.object('spec')?.object('a');
  expect(checked?.text('text')).toBe('a');
  expect(checked?.boolean('yes')).toBe(true);
  expect(checked?.list('list')).toHaveLength(3);
  expect([checked?.text('nothing'), checked?.boolean('missing'), checked?.list('toString')]).toEqual([
    '',
    false,
    [],
  ]);
  expect(checked?.object('nothing')).toBeNull();
  expect(() => checked?.text('number')).toThrow('spec.a.number is the number 7; it takes a text');
  expect(() => checked?.boolean('text')).toThrow('spec.a.text is the text "a"; it takes true or false');
  expect(() => checked?.list('mapping')).toThrow('spec.a.mapping is a mapping; it takes a list');
  expect(() => checked?.object('list')).toThrow('spec.a.list is a list; it takes a mapping');
  expect(() => checked?.objects('list')).toThrow('spec.a.list.1 is the text "b"; it takes a mapping');
});

test('a quotation has at most eighty characters', () => {
  expect(quoted('x'.repeat(80))).toBe('x'.repeat(80));
  expect(quoted('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`);
});

test('limits are told in mebibytes', () => {
  expect(mebibytes(manifestLimits.yamlFile)).toBe('16 MiB');
  expect(new ManifestError(7, 'why')).toMatchObject({
    name: 'ManifestError',
    line: 7,
    message: 'why',
    kind: 'broken',
  });
});
