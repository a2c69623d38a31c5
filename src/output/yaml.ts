import { type SafeText, safeLines } from './safe-text.ts';

export type YamlValue =
  string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** Strings that every YAML 1.1 and 1.2 reader reads as strings without quotes. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./-]*$/;
const RESERVED = /^(y|yes|n|no|true|false|on|off|null|nan|inf)$/i;

/**
 * Formats a YAML document in block style. All other strings have double quotes and the escapes of JSON, which are valid in
 * YAML. No library is used because none escapes the characters that are unsafe on a terminal.
 */
export function yaml(value: YamlValue): SafeText {
  return safeLines(astralEscapes(safeLines(`${block(value, '').trimStart()}\n`)));
}

/** JSON needs two escapes for a character above U+FFFF. YAML has one. */
function astralEscapes(text: string): string {
  return text.replaceAll(
    /(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/g,
    (_, before: string, high: string, low: string) => {
      const codePoint =
        (Number.parseInt(high, 16) - 0xd800) * 0x400 + Number.parseInt(low, 16) - 0xdc00 + 0x10000;
      return `${before}\\U${codePoint.toString(16).padStart(8, '0')}`;
    },
  );
}

function block(value: YamlValue, indent: string): string {
  if (isArray(value)) {
    if (value.length === 0) return ' []';
    return value.map((item) => `\n${indent}- ${block(item, `${indent}  `).trimStart()}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return ' {}';
    return entries
      .map(
        ([key, item]) => `\n${indent}${scalar(key)}:${block(item, isArray(item) ? indent : `${indent}  `)}`,
      )
      .join('');
  }
  return ` ${scalar(value)}`;
}

function isArray(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}
