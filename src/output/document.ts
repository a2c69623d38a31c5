import { join, safeJson, type SafeText, safeLine } from './safe-text.ts';
import { yaml, type YamlValue } from './yaml.ts';

/** What -o json and -o yaml print: one document, and a line feed behind it. */
export function document(value: YamlValue, format: 'json' | 'yaml'): SafeText {
  return format === 'yaml' ? yaml(value) : join([safeJson(value, 2), safeLine('')], '\n');
}
