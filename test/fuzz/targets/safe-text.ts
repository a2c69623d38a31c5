import { load } from 'js-yaml';
import { safeJson, safeLine, safeLines, text as safeTemplate } from '../../../src/output/safe-text.ts';
import { yaml } from '../../../src/output/yaml.ts';
import { UNSAFE_TEXT } from '../../support/unsafe-text.ts';
import type { Random } from '../random.ts';
import { demand, demandEqual, type Target } from '../target.ts';

/** Texts with unpaired surrogates are texts too, so these bytes are UTF-16. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

const PIECES = [
  'pod-1',
  ' ',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u001b[2J',
  '\u0007',
  '\u007f',
  '\u009b31m',
  '\u00a0',
  '\u00ad',
  '\u061c',
  '\u115f',
  '\u180e',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u2066',
  '\u3000',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udc00',
  '\ud83d\ude00',
  '\udb40\udc41',
  '\udbff\udfff',
  '\\u001b',
  '\\',
  '"',
  ': ',
  '#',
  '- ',
  'true',
  '1e3',
  '~',
  'é',
  '名',
];

/** Beside UNSAFE_TEXT: what has no form of its own, halves of characters, and spaces that are none. */
const INVISIBLE = /(?![ \n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

function isSafe(text: string): boolean {
  return !UNSAFE_TEXT.test(text) && !INVISIBLE.test(text);
}

function make(random: Random): Buffer {
  return bytesOf(Array.from({ length: random.below(6) }, () => random.pick(PIECES)).join(''));
}

export const safeTextTarget: Target = {
  name: 'safe-text',
  words: PIECES.map((piece) => bytesOf(piece).toString('latin1')).filter((piece) =>
    /^[\0-\x7f]*$/.test(piece),
  ),
  seeds: PIECES.map(bytesOf),
  make,
  attempt: (input) => {
    const text = input.toString('utf16le');
    const line = safeLine(text);
    demand(isSafe(line) && !line.includes('\n'), 'a line is safe, and one line');
    demand(safeLine(line) === line, 'what is safe stays as it is');
    const lines = safeLines(text);
    demand(
      isSafe(lines) && lines.split('\n').length === text.split('\n').length,
      'lines are safe, and as many',
    );
    demand(safeTemplate`pod ${text}` === `pod ${line}`, 'what is put into a template is made safe');
    const value = { [text]: [text, 1, null], a: { b: text } };
    const json = safeJson(value, 2);
    demand(isSafe(json), 'JSON is safe');
    demandEqual(JSON.parse(json), value, 'JSON says what it is to say');
    const document = yaml(value);
    demand(isSafe(document), 'YAML is safe');
    if (text !== 'a') demandEqual(load(document), value, 'YAML says what it is to say');
    return line === text;
  },
};
