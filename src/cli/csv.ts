/**
 * Splits the value of a flag at its commas, as pflag does with kubectl's lists. A part in quotes can contain commas.
 *
 * @returns null if a quote is inside a part, or is not closed
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
