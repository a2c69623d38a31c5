const TAG = 'tag:yaml.org,2002:';
const NAMES = ['str', 'bool', 'int', 'float', 'null', 'timestamp'] as const;
type TypeName = (typeof NAMES)[number];
const RESOLVED: ReadonlyMap<string, TypeName> = new Map(NAMES.map((name) => [TAG + name, name]));

export const MERGE_TAG = `${TAG}merge`;
const BINARY_TAG = `${TAG}binary`;

type Word = readonly [TypeName, boolean | number | null];

const WORDS: ReadonlyMap<string, Word> = new Map([
  ...words(['bool', true], ['y', 'Y', ...cases('yes'), ...cases('true'), ...cases('on')]),
  ...words(['bool', false], ['n', 'N', ...cases('no'), ...cases('false'), ...cases('off')]),
  ...words(['null', null], ['', '~', ...cases('null')]),
  ...words(['float', Number.NaN], ['.nan', '.NaN', '.NAN']),
  ...words(['float', Infinity], ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']),
  ...words(['float', -Infinity], ['-.inf', '-.Inf', '-.INF']),
]);

function words(value: Word, written: readonly string[]): readonly (readonly [string, Word])[] {
  return written.map((word) => [word, value]);
}

function cases(word: string): readonly string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

export type ScalarValue = string | boolean | number | bigint | null;

/**
 * Returns the value of a scalar in go-yaml v2. An integer is a bigint. Timestamps stay text.
 *
 * @param isPlain true if the value determines the type
 * @param tag in full, or empty
 * @returns an error if the value does not have the type of the tag
 */
export function scalarValue(value: string, isPlain: boolean, tag: string): ScalarValue | Error {
  if (tag === BINARY_TAG) return decodeBase64(value);
  const wanted = RESOLVED.get(tag);
  if (wanted === 'str' || (tag === '' && !isPlain) || (tag !== '' && wanted === undefined)) return value;
  if (wanted === 'timestamp') return isTimestamp(value) ? value : mismatch(value, wanted);
  const [type, resolved] = resolve(value);
  if (wanted === undefined || wanted === type) return resolved;
  if (wanted === 'float' && type === 'int') return Number(resolved);
  return mismatch(value, wanted);
}

function mismatch(value: string, wanted: string): Error {
  return new Error(`cannot decode "${value}" as a !!${wanted}`);
}

function resolve(value: string): readonly [TypeName, ScalarValue] {
  const word = WORDS.get(value);
  if (word !== undefined) return word;
  if (/^[-+\d]/.test(value)) {
    // go-yaml takes an underscore anywhere.
    const digits = value.replaceAll('_', '');
    const integer = parseInteger(digits);
    if (integer !== null) return ['int', integer];
    if (FLOAT.test(digits) && Number.isFinite(Number(digits))) return ['float', Number(digits)];
  } else if (/^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(value)) {
    const number = Number(value.replaceAll('_', ''));
    if (Number.isFinite(number)) return ['float', number];
  }
  return ['str', value];
}

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;

/** Parses like strconv.ParseInt of Go, with a base by its prefix, or like ParseUint, which accepts no sign. */
function parseInteger(digits: string): bigint | null {
  const match = INTEGER.exec(digits);
  if (match === null) return null;
  const [, sign = '', hexadecimal, binary, octal, decimal = ''] = match;
  const magnitude = BigInt(
    hexadecimal !== undefined
      ? `0x${hexadecimal}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal,
  );
  const most = sign === '' ? (1n << 64n) - 1n : sign === '-' ? 1n << 63n : (1n << 63n) - 1n;
  if (magnitude > most) return null;
  return sign === '-' ? -magnitude : magnitude;
}

/** Timestamp formats of go-yaml. */
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+]\d{2}:\d{2})| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/;

function isTimestamp(value: string): boolean {
  const match = TIMESTAMP.exec(value);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, ...time] = match.slice(1).map((digits) => Number(digits || 0));
  const [hour = 0, minute = 0, second = 0] = time.slice(time.length === 6 && match[4] === undefined ? 3 : 0);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return (
    month >= 1 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  );
}

/** Replaces invalid UTF-8, as the JSON of kubectl does. */
function decodeBase64(value: string): string | Error {
  const base64 = value.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(base64))
    return new Error('!!binary value contains invalid base64 data');
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Formats a key like sigs.k8s.io/yaml. Null if it does not accept the type. */
export function keyText(value: ScalarValue): string | null {
  if (value === null || (typeof value === 'bigint' && value >= 1n << 63n)) return null;
  return typeof value === 'number' ? floatKey(value) : String(value);
}

/** Formats like strconv.FormatFloat(value, 'g', -1, 32) of Go. */
function floatKey(value: number): string {
  const float = Math.fround(value);
  if (Number.isNaN(float)) return '.nan';
  if (!Number.isFinite(float)) return float < 0 ? '-.inf' : '.inf';
  if (float === 0) return Object.is(float, -0) ? '-0' : '0';
  const digits = Array.from({ length: 9 }, (_, index) => float.toExponential(index));
  const shortest = digits.find((text) => Math.fround(Number(text)) === float) ?? String(float);
  const [mantissa = '', exponent = '0'] = shortest.split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return Number(shortest).toString();
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
