/**
 * Splits the value of a flag at its commas, as pflag does with kubectl's lists. A part in quotes may have commas in it.
 *
 * @returns null where a quote stands within a part, or is not closed
 */
export function commaSeparated(value: string): readonly string[] | null {
  const parts: string[] = [];
  const part = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  do {
    const match = part.exec(value);
    if (match === null) return null;
    const [, quoted, plain = '', separator] = match;
    parts.push(quoted?.replaceAll('""', '"') ?? plain);
    if (separator === '') return parts;
  } while (part.lastIndex <= value.length);
  return parts;
}
