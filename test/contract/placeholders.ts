/** Puts a name that is always the same into the place of what no two clusters have in common. */
export class Placeholders {
  readonly #names: readonly (readonly [string, string])[];
  readonly #tokens: string[] = [];
  readonly #uids: string[] = [];

  /** @param names what is called differently on each side, and what it is called here */
  constructor(names: Readonly<Record<string, string>>) {
    // A name may begin with another.
    this.#names = Object.entries(names).sort(([a], [b]) => b.length - a.length);
  }

  text(text: string): string {
    let shown = text.replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, (uid) => this.uid(uid));
    for (const [name, placeholder] of this.#names) shown = shown.replaceAll(name, placeholder);
    for (const [index, token] of this.#tokens.entries()) {
      shown = shown.replaceAll(token, `TOKEN-${String(index + 1)}`);
    }
    return shown
      .replaceAll(/(failed to start exec )\W*[\da-f]{64}/g, '$1"EXEC')
      .replaceAll(/(too old resource version: \d+) \(\d+\)/g, '$1 (VERSION)')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME');
  }

  uid(uid: string): string {
    return uid === '' ? '' : numbered('UID', this.#uids, uid);
  }

  token(token: string): string {
    return token === '' ? '' : numbered('TOKEN', this.#tokens, token);
  }

  /** All texts in a document. */
  document(document: unknown): unknown {
    if (typeof document === 'string') return this.text(document);
    if (Array.isArray(document)) return document.map((element) => this.document(element));
    if (typeof document !== 'object' || document === null) return document;
    return Object.fromEntries(
      Object.entries(document).map(([key, value]) => [this.text(key), this.document(value)]),
    );
  }
}

/** By the order in which they are seen for the first time. */
function numbered(what: string, known: string[], value: string): string {
  if (!known.includes(value)) known.push(value);
  return `${what}-${String(known.indexOf(value) + 1)}`;
}

/** Without all that says nothing: what is empty, null or false reads as if it were not there. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, part]): readonly [string, unknown] => [key, pruned(part)])
    .filter(([, part]) => !isNothing(part));
  return Object.fromEntries(entries);
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === null || value === false || value === 0 || value === undefined;
}
