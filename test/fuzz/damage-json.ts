import type { Random } from './random.ts';

type Json = string | number | boolean | null | Json[] | JsonMap;

interface JsonMap {
  [key: string]: Json;
}

/** A value that is nested too deeply for JSON.stringify stands here until all the rest is text. */
const DEEP = '\u0001deep';

/** Values that no API server sends, where it may send something else. */
const STRANGE: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5',
  '65536',
  '2147483648',
  '-2147483649',
  '9007199254740993',
  '18446744073709551615',
  '1e308',
  '-0',
  '""',
  '"\\u001b[2J"',
  '"\\u202egnp.exe"',
  '"\\ud800"',
  '"\\u0000"',
  '"\\u2028\\r\\n"',
  '"1960-01-01T00:00:00Z"',
  '"+275760-09-13T00:00:00Z"',
  '"0001-01-01T00:00:00Z"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '{"toString":null,"valueOf":null}',
  '{"__proto__":{"hostNetwork":true}}',
  '{"constructor":1,"length":-1}',
  '{"0":{},"length":4294967295}',
];

/** Keys that mean something to JavaScript, or to nobody. */
const KEYS: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '0',
  '\u001b',
];

/** JSON texts with some of their values replaced, dropped, doubled or put elsewhere; they stay JSON. */
export class JsonDamage {
  readonly #texts: readonly string[];

  /** @param values of which each is JSON */
  constructor(values: readonly unknown[]) {
    this.#texts = values.map((value) => JSON.stringify(value));
  }

  /** @param changes how many at most; none leaves a value as it is */
  make(random: Random, changes = 3): string {
    const root: Json[] = [JSON.parse(random.pick(this.#texts)) as Json];
    for (let change = random.below(changes + 1); change > 0; change -= 1) damage(root, random);
    const text = JSON.stringify(root[0] ?? null);
    if (!text.includes('\\u0001deep')) return text;
    const depth = random.once(50) ? 20_000 : random.below(600);
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    return text.replaceAll(JSON.stringify(DEEP), `${open.repeat(depth)}1${close.repeat(depth)}`);
  }
}

interface Place {
  readonly holder: Json[] | JsonMap;
  readonly key: string;
}

function damage(root: Json[], random: Random): void {
  const { holder, key } = anyPlace(root, random);
  const kind = random.below(8);
  const set = (value: Json): void => {
    put(holder, key, value);
  };
  if (kind < 4) {
    set(random.once(30) ? DEEP : (JSON.parse(random.pick(STRANGE)) as Json));
  } else if (kind === 4) {
    if (Array.isArray(holder)) holder.splice(Number(key), holder === root ? 0 : 1);
    else Reflect.deleteProperty(holder, key);
  } else if (kind === 5) {
    const other = anyPlace(root, random);
    set(JSON.parse(JSON.stringify(valueAt(other))) as Json);
  } else if (kind === 6) {
    const value = valueAt({ holder, key });
    if (Array.isArray(value)) value.push(...value.slice(0, 3));
    else if (typeof value === 'object' && value !== null) put(value, random.pick(KEYS), firstOf(value));
  } else {
    set([valueAt({ holder, key })]);
  }
}

/** Goes down a few steps, and stays on one of them. */
function anyPlace(root: Json[], random: Random): Place {
  let place: Place = { holder: root, key: '0' };
  for (;;) {
    const value = valueAt(place);
    if (typeof value !== 'object' || value === null) return place;
    const keys = Object.keys(value);
    if (keys.length === 0 || random.once(6)) return place;
    place = { holder: value, key: random.pick(keys) };
  }
}

function valueAt({ holder, key }: Place): Json {
  return (holder as JsonMap)[key] ?? null;
}

function firstOf(value: JsonMap): Json {
  return Object.values(value)[0] ?? null;
}

function put(holder: Json[] | JsonMap, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
