import { type SafeText, safeLines } from './safe-text.ts';

type YamlValue =
  string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** Text that no YAML reader, 1.1 or 1.2, takes for anything but that text. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./-]*$/;
const RESERVED = /^(y|yes|n|no|true|false|on|off|null|nan|inf)$/i;

/**
 * A YAML document in block style. Every other string is written with double quotes and JSON's escapes,
 * which YAML shares; that is why no library does it: none escapes what is unsafe on a terminal.
 */
export function yaml(value: YamlValue): SafeText {
  return safeLines(`${block(value, '').trimStart()}\n`);
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
