import { type JsonPart, jsonPart } from './json-parts.ts';
import { isObject, type JsonObject } from '../wire/json-value.ts';
import { LineIndex } from './line-index.ts';
import { ManifestError, manifestLimits, ManifestWarning } from './manifest-error.ts';
import { type Path, type YamlDocument, yamlDocument, yamlOffsets } from '../yaml/yaml-document.ts';
import { YamlError } from '../yaml/yaml-error.ts';
import { type Range, type YamlPart, yamlParts } from '../yaml/yaml-parts.ts';
import { mebibytes, quoted } from '../wire/wording.ts';

/** One document of a manifest, or one item of a List. */
export interface ManifestObject {
  /** From 1, in its file; empty ones count. */
  readonly document: number;
  /** From the document; empty for the document itself. */
  readonly path: Path;
  readonly value: unknown;
  /** The List whose item it is, without its items. */
  readonly list: JsonObject | null;
  /** The line of a field of `value`, or of `value` itself where the path is empty. */
  readonly lineOf: (path: Path) => number;
}

export type FoundObject = ManifestObject | ManifestError | ManifestWarning;

/**
 * Returns the objects of a file: YAML documents, or consecutive JSON values. An invalid document is an error, and the others are still
 * returned.
 *
 * @throws ManifestError if there are too many documents
 */
export function manifestObjects(text: string): Generator<FoundObject> {
  return new ManifestReader(text).read();
}

/** A JSON value, or what was read of it. */
interface Json extends JsonPart {
  /** The value, without its items; undefined where it is not JSON. */
  readonly header: unknown;
}

/** Reads like YAMLOrJSONDecoder of k8s.io/apimachinery, but continues after an error. */
class ManifestReader {
  readonly #text: string;
  readonly #lines: LineIndex;
  #document = 0;
  #parts = 0;
  /** How many characters may still be read as YAML: three times those of a file, for some are read again. */
  #left = 3 * manifestLimits.yamlFile;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineIndex(text);
  }

  /** A file that begins with a brace is JSON up to what is not, and from there YAML. */
  *read(): Generator<FoundObject> {
    const text = this.#text;
    let at = this.#skip(/\s*/y, 0);
    let from = 0;
    for (let count = 0; text[at] === '{'; count += 1) {
      const json = this.#json(at, text.length);
      if (json === null) break;
      if (json.header === undefined) {
        const error = this.#errorOf(json, count > 1);
        if (error === null) break;
        this.#countDocument(at);
        yield error;
      } else {
        yield* this.#fromJson(json, json.header);
      }
      at = this.#skip(/\s*/y, json.end);
      from = this.#skip(/[^\S\n]*\n?/y, json.end);
    }
    if (at === text.length) return;
    for (const part of yamlParts(text, from)) yield* this.#readPart(part);
  }

  /** Null where it is YAML, which kubectl takes instead of JSON, but not behind two objects of JSON. */
  #errorOf(json: Range, isOnlyJson: boolean): ManifestError | null {
    const part = nextPart(this.#text, json.start);
    const isLong = part.end - part.start > manifestLimits.yamlDocument;
    const found = this.#parseYaml(isOnlyJson || isLong ? json : part);
    if (found instanceof ManifestError) return found;
    const reason = 'it is not valid JSON, which kubectl requires behind two objects of JSON';
    return isOnlyJson ? new ManifestError(this.#lines.lineAt(json.start), reason) : null;
  }

  *#readPart(part: YamlPart): Generator<FoundObject> {
    this.#parts += 1;
    this.#check(this.#parts, part.start);
    if (part.refused !== null) {
      this.#countDocument(part.refused);
      yield new ManifestError(
        this.#lines.lineAt(part.refused),
        'kubectl takes only a comment behind a --- at the beginning of a line',
      );
      return;
    }
    const json = this.#json(this.#skip(/\s*/y, part.start), part.end);
    const isJson = json?.header !== undefined && this.#skip(/\s*/y, json.end) >= part.end;
    if (isJson) yield* this.#fromJson(json, json.header);
    else yield* this.#fromYaml(this.#parseYaml(part), part);
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

  /** Undefined where it is not JSON. */
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

  *#fromJson({ start, end, items }: Json, header: unknown): Generator<FoundObject> {
    const document = this.#countDocument(start);
    const lineOf = this.#linesOf({ start, end });
    yield { document, path: [], value: header, list: null, lineOf };
    if (!isObject(header) || items === null) return;
    for (const [index, element] of items.elements.entries()) {
      const place = { document, path: ['items', index], list: header };
      const value = this.#parseJson(element, null);
      if (value === undefined) yield* this.#asYaml(element, place);
      else yield { ...place, value, lineOf: this.#linesOf(element) };
    }
  }

  /** An item that is not JSON. */
  *#asYaml(range: Range, place: Pick<ManifestObject, 'document' | 'path' | 'list'>): Generator<FoundObject> {
    const found = this.#parseYaml(range);
    if (found instanceof ManifestError)
      yield new ManifestError(found.line, `${fieldOf(place.path)}: ${found.message}`, found.kind);
    else yield { ...place, value: found.value, lineOf: this.#linesOf(range) };
  }

  #parseYaml({ start, end }: Range): YamlDocument | ManifestError {
    const length = end - start;
    if (length > manifestLimits.yamlDocument && /^\s*[{[]/.test(this.#text.slice(start, start + 100))) {
      const { depth, jsonPiece } = manifestLimits;
      const reason = `it is not valid JSON, nested deeper than ${String(depth)} or longer than ${mebibytes(jsonPiece)}`;
      return new ManifestError(this.#lines.lineAt(start), reason);
    }
    if (length > this.#left) {
      const limit = mebibytes(manifestLimits.yamlFile);
      return new ManifestError(
        this.#lines.lineAt(start),
        `this is not JSON, and what is not JSON is read up to ${limit}`,
      );
    }
    this.#left -= length;
    const text = withLastBreak(this.#text.slice(start, end));
    try {
      return yamlDocument(text);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      // What is missing at its end is missing on its last line.
      const offset = Math.max(start, Math.min(start + error.offset, end - 1));
      const reason = DIRECTIVE.test(text)
        ? 'kubectl does not read directives such as %YAML in a manifest; remove the line'
        : error.message;
      return new ManifestError(this.#lines.lineAt(offset), reason, isTemplate(text) ? 'template' : 'broken');
    }
  }

  *#fromYaml(found: YamlDocument | ManifestError, range: Range): Generator<FoundObject> {
    const document = this.#countDocument(range.start);
    if (found instanceof ManifestError) {
      yield found;
      return;
    }
    const lineAt = (offset: number): number => this.#lines.lineAt(range.start + offset);
    for (const { key, offset } of found.duplicates) {
      yield new ManifestWarning(
        lineAt(offset),
        `the key "${quoted(key)}" is there twice; kubectl takes the last one`,
      );
    }
    if (found.ignored !== null) {
      yield new ManifestWarning(
        lineAt(found.ignored),
        'kubectl ignores everything from here to the next ---, because the document ends before it',
      );
    }
    const { value } = found;
    if (value !== null) yield { document, path: [], value, list: null, lineOf: this.#linesOf(range) };
  }

  /** Reads the text again where a line is asked for, to locate its fields. JSON is YAML for that purpose. */
  #linesOf({ start, end }: Range): ManifestObject['lineOf'] {
    let offsets: ((path: Path) => number) | null = null;
    return (path) => {
      offsets ??= this.#offsetsOf(start, end);
      return this.#lines.lineAt(start + offsets(path));
    };
  }

  #offsetsOf(start: number, end: number): (path: Path) => number {
    if (end - start <= this.#left) {
      this.#left -= end - start;
      try {
        return yamlOffsets(withLastBreak(this.#text.slice(start, end)));
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
      }
    }
    const offset = this.#skip(/\s*/y, start) - start;
    return () => offset;
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

/** Like kubectl, adds a line feed to the last line, which matters in a block scalar. */
function withLastBreak(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Matches a document with only directives: kubectl splits the text before it reads them. */
const DIRECTIVE = /^(?:\s*#[^\r\n]*[\r\n])*\s*%(?:YAML|TAG)\b/;
/** Matches an action of Go's text/template, which Helm uses, at the start of a value or line. */
const ACTION = /(?:^|\n|[[,]|[:-][ \t])[ \t]*\{\{(?:[^\n{]*\}\}|-|\/\*)/;

function isTemplate(text: string): boolean {
  return ACTION.test(text);
}

/** Returns `items[3].spec`. */
export function fieldOf(path: Path): string {
  return path
    .map((name) => (typeof name === 'number' ? `[${String(name)}]` : `.${name}`))
    .join('')
    .replace(/^\./, '');
}

/** Returns the first part at `from`. */
function nextPart(text: string, from: number): Range {
  for (const part of yamlParts(text, from)) return part;
  return { start: from, end: text.length };
}
