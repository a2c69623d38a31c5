import { type JsonPart, jsonPart } from './json-parts.ts';
import { isObject, type JsonObject } from './json-value.ts';
import { LineIndex } from './line-index.ts';
import { ManifestError, manifestLimits } from './manifest-error.ts';
import { type YamlDocument, yamlDocuments, YamlError } from './yaml-document.ts';
import { type Range, yamlParts } from './yaml-parts.ts';
import { mebibytes } from './wording.ts';

/** One document of a manifest, or an item of the List that a document is. */
export interface ManifestObject {
  /** From 1, in its file; empty ones count. */
  readonly document: number;
  /** `items[3]`, or empty for the document itself. */
  readonly path: string;
  readonly value: unknown;
  /** The List whose item it is, without its items. */
  readonly list: JsonObject | null;
  /** The line of `object`, which is `value` or stands in it, as well as it is known. */
  readonly lineOf: (object: unknown) => number;
}

/**
 * The objects of a file: documents of YAML, or JSON one after the other. A document that is broken hides none of
 * the others, and is an error of its own.
 *
 * @throws ManifestError where there are too many documents
 */
export function* manifestObjects(text: string): Generator<ManifestObject | ManifestError> {
  const reader = new ManifestReader(text);
  for (const part of yamlParts(text)) yield* reader.read(part);
}

/** A value of JSON, as far as it is one. */
interface Json extends JsonPart {
  /** The value, without its items; undefined where it is no JSON. */
  readonly header: unknown;
}

class ManifestReader {
  readonly #text: string;
  readonly #lines: LineIndex;
  #document = 0;
  #parts = 0;
  /** How many characters may still be read as YAML: twice those of a file, for some are tried twice. */
  #left = 2 * manifestLimits.yamlFile;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineIndex(text);
  }

  /**
   * As kubectl reads: what begins like JSON and is none may be YAML in flow style, up to the end of the part.
   */
  *read(part: Range): Generator<ManifestObject | ManifestError> {
    this.#parts += 1;
    this.#check(this.#parts, part.start);
    let at = this.#skip(/(?:---)?\s*/y, part.start);
    let json = this.#json(at, part.end);
    if (json !== null && json.header === undefined) {
      const documents = this.#parseYaml(part);
      if (!(documents instanceof ManifestError)) {
        yield* this.#fromYaml(documents, part);
        return;
      }
    }
    if (json === null) at = part.start;
    while (at < part.end) {
      const range = json ?? { start: at, end: part.end };
      if (json?.header === undefined) yield* this.#fromYaml(this.#parseYaml(range), range);
      else yield* this.#fromJson(json, json.header);
      at = this.#skip(/\s*/y, range.end);
      json = this.#json(at, part.end);
    }
  }

  #skip(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    pattern.test(this.#text);
    return Math.max(at, pattern.lastIndex);
  }

  /** Null where nothing that looks like JSON begins and ends. */
  #json(at: number, end: number): Json | null {
    if (at >= end || !'{['.includes(this.#text.charAt(at))) return null;
    const part = jsonPart(this.#text, at, end);
    return part === null ? null : { ...part, header: this.#parseJson(part, part.items) };
  }

  /** Undefined where it is no JSON. */
  #parseJson({ start, end }: Range, without: Range | null): unknown {
    const length = end - start - (without === null ? 0 : without.end - without.start);
    if (length > manifestLimits.jsonPiece) return undefined;
    const text =
      without === null
        ? this.#text.slice(start, end)
        : `${this.#text.slice(start, without.start)}[]${this.#text.slice(without.end, end)}`;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  *#fromJson({ start, items }: Json, header: unknown): Generator<ManifestObject | ManifestError> {
    const document = this.#countDocument(start);
    yield { document, path: '', value: header, list: null, lineOf: () => this.#lines.lineAt(start) };
    if (!isObject(header) || items === null) return;
    for (const [index, element] of items.elements.entries()) {
      const place = { document, path: `items[${String(index)}]`, list: header };
      const value = this.#parseJson(element, null);
      if (value === undefined) yield* this.#asYaml(element, place);
      else yield { ...place, value, lineOf: () => this.#lines.lineAt(element.start) };
    }
  }

  /** An item that is no JSON. */
  *#asYaml(
    range: Range,
    place: Pick<ManifestObject, 'document' | 'path' | 'list'>,
  ): Generator<ManifestObject | ManifestError> {
    const documents = this.#parseYaml(range);
    if (documents instanceof ManifestError) {
      yield new ManifestError(documents.line, `${place.path}: ${documents.message}`);
      return;
    }
    for (const { value, ...rest } of documents) yield { ...place, value, lineOf: this.#linesOf(rest, range) };
  }

  #parseYaml({ start, end }: Range): readonly YamlDocument[] | ManifestError {
    const length = end - start;
    if (length > manifestLimits.yamlDocument && '{['.includes(this.#text.charAt(start))) {
      const { depth, jsonPiece } = manifestLimits;
      const reason = `it is no valid JSON, nested deeper than ${String(depth)} or longer than ${mebibytes(jsonPiece)}`;
      return new ManifestError(this.#lines.lineAt(start), reason);
    }
    if (length > this.#left) {
      const limit = mebibytes(manifestLimits.yamlFile);
      return new ManifestError(
        this.#lines.lineAt(start),
        `this is no JSON, and what is no JSON is read up to ${limit}`,
      );
    }
    this.#left -= length;
    try {
      return yamlDocuments(this.#text.slice(start, end));
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      // What is missing at its end is missing on its last line.
      return new ManifestError(this.#lines.lineAt(Math.min(start + error.offset, end - 1)), error.message);
    }
  }

  *#fromYaml(
    documents: readonly YamlDocument[] | ManifestError,
    range: Range,
  ): Generator<ManifestObject | ManifestError> {
    if (documents instanceof ManifestError) {
      this.#countDocument(range.start);
      yield documents;
      return;
    }
    for (const { value, ...rest } of documents) {
      const document = this.#countDocument(range.start + rest.start);
      if (value !== null) yield { document, path: '', value, list: null, lineOf: this.#linesOf(rest, range) };
    }
  }

  #linesOf(
    { start, starts }: Pick<YamlDocument, 'start' | 'starts'>,
    range: Range,
  ): ManifestObject['lineOf'] {
    return (object) => this.#lines.lineAt(range.start + (starts.get(object) ?? start));
  }

  #countDocument(offset: number): number {
    this.#document += 1;
    this.#check(this.#document, offset);
    return this.#document;
  }

  #check(count: number, offset: number): void {
    if (count <= manifestLimits.objects) return;
    const most = String(manifestLimits.objects);
    throw new ManifestError(
      this.#lines.lineAt(offset),
      `there are more than ${most} documents; the rest is not read`,
    );
  }
}
