/** Returns the first names for a sentence: `a, b and 7 more`. */
export function someNames(all: readonly string[], most: number): string {
  const rest = all.length - most;
  return all.slice(0, most).join(', ') + (rest > 0 ? ` and ${String(rest)} more` : '');
}
