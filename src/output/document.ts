import { join, safeJson, type SafeText, safeLine } from './safe-text.ts';
import { yaml, type YamlValue } from './yaml.ts';

/** Formats a document for -o json or -o yaml, with a line feed at the end. */
export function document(value: YamlValue, format: 'json' | 'yaml'): SafeText {
  return format === 'yaml' ? yaml(value) : join([safeJson(value, 2), safeLine('')], '\n');
}
