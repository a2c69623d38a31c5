import { isObject } from '../wire/json-value.ts';
import { manifestLimits } from '../manifests/manifest-error.ts';
import { YamlError } from './yaml-error.ts';
import { type NodeReceiver, type NodeStart, YamlParser } from './yaml-parser.ts';
import { keyText, MERGE_TAG, type ScalarValue, scalarValue } from './yaml-scalar-value.ts';
import { mebibytes, quoted } from '../wire/wording.ts';

/** Field names and item indexes from the root of a document to a value. */
export type Path = readonly (string | number)[];

export interface DuplicateKey {
  readonly key: string;
  /** Where the second key begins. */
  readonly offset: number;
}

export interface YamlDocument {
  /** Value as from JSON.parse. An alias is the same object as its anchor. */
  readonly value: unknown;
  /** Keys that a mapping has twice, up to a limit. */
  readonly duplicates: readonly DuplicateKey[];
  /** Where something follows the document that kubectl does not read, or null. */
  readonly ignored: number | null;
}

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads the first document of a text as kubectl does, which reads no other: with sigs.k8s.io/yaml, which is go-yaml v2
 * and YAML 1.1. A reader of another dialect could show a Pod that is not the one that kubectl applies.
 *
 * The last one of duplicate keys wins. A merge key overrides the keys before it.
 *
 * @param longest in characters
 * @throws YamlError
 */
export function yamlDocument(text: string, longest: number = manifestLimits.yamlDocument): YamlDocument {
  checkText(text, longest);
  const composer = new Composer(null);
  const ignored = parserOf(text, composer).parseFirstDocument();
  return { value: composer.root, duplicates: composer.duplicates, ignored };
}

/**
 * Locates the values of the document that `yamlDocument` reads.
 *
 * @returns a function from the path of a value to the offset of its key, or of the item. If there is no such value,
 *   it is the offset of the one that would contain it
 * @throws YamlError
 */
export function yamlOffsets(text: string): (path: Path) => number {
  checkText(text, manifestLimits.yamlDocument);
  const places = new Map<unknown, Map<string, number>>();
  const composer = new Composer(places);
  parserOf(text, composer).parseFirstDocument();
  return (path) => {
    let value: unknown = composer.root;
    let offset = composer.start;
    for (const name of path) {
      const place = places.get(value)?.get(String(name));
      if (place === undefined) break;
      offset = place;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return offset;
  };
}

function parserOf(text: string, composer: Composer): YamlParser {
  return new YamlParser(text, text.startsWith(BYTE_ORDER_MARK) ? 1 : 0, composer);
}

/** Matches characters that YAML 1.1 does not allow. */
const CONTROL = /[^\t\n\r\x20-\x7E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function checkText(text: string, longest: number): void {
  if (text.length > longest) {
    const limit = mebibytes(longest);
    throw new YamlError(0, `it has more than ${limit}; a List as long as that is read as JSON only`);
  }
  const control = text.search(CONTROL);
  if (control !== -1)
    throw new YamlError(control, 'it is not valid YAML: control characters are not allowed');
}

interface Anchor {
  readonly value: unknown;
  /** Null until its node ends. */
  size: number | null;
}

interface Frame {
  readonly value: unknown[] | Record<string, unknown>;
  readonly start: number;
  readonly anchor: Anchor | null;
  /** Characters and nodes, each alias counted as what it stands for. */
  size: number;
  /** The key whose value comes next. */
  key: Key | null;
  /** The keys of a mapping that a merge key brought, and nothing after it. */
  merged: Set<string> | null;
}

interface Key {
  readonly name: string;
  readonly start: number;
  readonly isMerge: boolean;
}

/** A complete node. */
interface Node {
  readonly value: unknown;
  readonly start: number;
  readonly size: number;
  readonly isAlias?: boolean;
  readonly isMergeKey?: boolean;
}

/** Converts nodes to values like go-yaml v2 and sigs.k8s.io/yaml. */
class Composer implements NodeReceiver {
  root: unknown = null;
  /** Where the root begins. */
  start = 0;
  readonly duplicates: DuplicateKey[] = [];
  readonly #places: Map<unknown, Map<string, number>> | null;
  readonly #frames: Frame[] = [];
  readonly #anchors = new Map<string, Anchor>();

  /** @param places receives where the values of each mapping and sequence are */
  constructor(places: Map<unknown, Map<string, number>> | null) {
    this.#places = places;
  }

  open(kind: 'sequence' | 'mapping', { start, anchor }: NodeStart): void {
    if (this.#frames.length === manifestLimits.depth)
      throw new YamlError(start, `it is nested deeper than ${String(manifestLimits.depth)}`);
    const value = kind === 'sequence' ? [] : {};
    const named = this.#setAnchor(anchor, value, null);
    this.#places?.set(value, new Map());
    this.#frames.push({ value, start, anchor: named, size: 1, key: null, merged: null });
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    if (frame.anchor !== null) frame.anchor.size = frame.size;
    this.#add({ value: frame.value, start: frame.start, size: frame.size });
  }

  scalar(text: string, isPlain: boolean, { start, anchor, tag }: NodeStart): void {
    const value = scalarValue(text, isPlain, tag);
    if (value instanceof Error) throw new YamlError(start, `it is not valid YAML: ${quoted(value.message)}`);
    const size = 1 + text.length;
    this.#setAnchor(anchor, value, size);
    this.#add({ value, start, size, isMergeKey: text === '<<' && (isPlain || tag === MERGE_TAG) });
  }

  alias(name: string, start: number): void {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) throw new YamlError(start, `there is no anchor for the alias *${quoted(name)}`);
    const { value, size } = anchor;
    if (size === null) throw new YamlError(start, `the alias *${quoted(name)} stands within its own value`);
    this.#add({ value, start, size, isAlias: true });
  }

  #setAnchor(name: string | null, value: unknown, size: number | null): Anchor | null {
    if (name === null) return null;
    const anchor = { value, size };
    this.#anchors.set(name, anchor);
    return anchor;
  }

  #add(node: Node): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.start = node.start;
      this.root = jsonValue(node);
      return;
    }
    frame.size += node.size;
    if (frame.size > manifestLimits.withoutAliases) {
      const limit = mebibytes(manifestLimits.withoutAliases);
      throw new YamlError(node.start, `with its aliases written out it has more than ${limit}`);
    }
    if (Array.isArray(frame.value)) {
      this.#places?.get(frame.value)?.set(String(frame.value.length), node.start);
      frame.value.push(jsonValue(node));
    } else if (frame.key === null) {
      frame.key = keyOf(node);
    } else {
      const { key } = frame;
      frame.key = null;
      if (key.isMerge) this.#merge(frame, frame.value, node);
      else this.#set(frame, frame.value, key, jsonValue(node));
    }
  }

  #set({ merged }: Frame, mapping: Record<string, unknown>, { name, start }: Key, value: unknown): void {
    if (Object.hasOwn(mapping, name) && merged?.has(name) !== true) {
      if (this.duplicates.length < manifestLimits.errors) this.duplicates.push({ key: name, offset: start });
    }
    merged?.delete(name);
    this.#places?.get(mapping)?.set(name, start);
    put(mapping, name, value);
  }

  /** Merges sources. The first one wins, and all of them win over the keys before the merge key. */
  #merge(frame: Frame, mapping: Record<string, unknown>, { value, start, isAlias = false }: Node): void {
    const sources: readonly unknown[] = Array.isArray(value) && !isAlias ? value : [value];
    const merged = (frame.merged ??= new Set());
    for (const source of sources.toReversed()) {
      if (!isObject(source))
        throw new YamlError(start, 'a merge key takes a mapping, or a sequence of mappings');
      for (const key of Object.keys(source)) {
        if (!Object.hasOwn(mapping, key)) merged.add(key);
        const place = this.#places?.get(source)?.get(key);
        if (place !== undefined) this.#places?.get(mapping)?.set(key, place);
        put(mapping, key, source[key]);
      }
    }
  }
}

function keyOf({ value, start, isMergeKey = false }: Node): Key {
  if (typeof value === 'object' && value !== null)
    throw new YamlError(start, 'a mapping or sequence cannot be a key');
  const name = keyText(value as ScalarValue);
  if (name === null) throw new YamlError(start, `${String(value)} cannot be a key`);
  return { name, start, isMerge: isMergeKey };
}

/** JSON numbers have no infinity and no NaN. */
function jsonValue({ value, start }: Node): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new YamlError(start, `${String(value)} is not a number of JSON`);
  return value;
}

/** Sets a key like JSON.parse: `__proto__` is an ordinary key. */
function put(mapping: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') mapping[key] = value;
  else Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true });
}
