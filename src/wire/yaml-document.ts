import {
  boolYaml11Tag,
  type Event,
  EVENT_ID,
  floatYaml11Tag,
  getScalarValue,
  intYaml11Tag,
  type MappingEvent,
  NOT_RESOLVED,
  nullYaml11Tag,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';
import { isObject } from './json-value.ts';
import { manifestLimits } from './manifest-error.ts';
import { mebibytes, quoted } from './wording.ts';

export interface YamlDocument {
  /** As JSON.parse would give it; what an alias stands for is one object in several places. */
  readonly value: unknown;
  /** Where its content begins; 0 where it has none. */
  readonly start: number;
  /** Where each mapping with a `kind` begins. */
  readonly starts: ReadonlyMap<unknown, number>;
}

/** What is wrong with a text of YAML, and where. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly offset: number;

  constructor(offset: number, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.offset = offset;
  }
}

/**
 * The documents of a text, as kubectl reads them: YAML 1.1 of sigs.k8s.io/yaml, which is go-yaml v2. Where that
 * differs from the specification, a reader that follows the specification could be shown another Pod than the API:
 * NEL, LS and PS end a line and with it a comment, and a merge key overrides what stands before it.
 * A key that is there twice is an error here; in kubectl the last one wins.
 *
 * @param longest in characters
 * @throws YamlError
 */
export function yamlDocuments(
  text: string,
  longest: number = manifestLimits.yamlDocument,
): readonly YamlDocument[] {
  if (text.length > longest) {
    const limit = mebibytes(longest);
    throw new YamlError(0, `it has more than ${limit}; a List as long as that is read as JSON only`);
  }
  // One character for another, so that no offset changes.
  const source = text.replaceAll(/[\u0085\u2028\u2029]/g, '\n');
  // kubectl reads none either: it takes the text apart at each `---` first.
  const directive = source.search(/^%TAG\b/m);
  if (directive !== -1)
    throw new YamlError(directive, 'it has a %TAG directive, which kubectl does not read');
  return new Composer(source).compose(events(source));
}

function events(source: string): readonly Event[] {
  try {
    return parseEvents(source, { maxDepth: manifestLimits.depth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const isDeep = error.reason.startsWith('nesting exceeded');
    const reason = isDeep
      ? `it is nested deeper than ${String(manifestLimits.depth)}`
      : `it is no valid YAML: ${quoted(error.reason)}`;
    throw new YamlError(error.mark?.position ?? 0, reason, { cause: error });
  }
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
  readonly isMerge: boolean;
}

/** Makes values of events; js-yaml's own constructor merges as YAML 1.2 does, and bounds no aliases. */
class Composer {
  readonly #source: string;
  readonly #documents: YamlDocument[] = [];
  #frames: Frame[] = [];
  #anchors = new Map<string, Anchor>();
  #starts = new Map<unknown, number>();
  #start: number | null = null;
  #root: unknown = null;
  /** Of the event. */
  #offset = 0;

  constructor(source: string) {
    this.#source = source;
  }

  compose(all: readonly Event[]): readonly YamlDocument[] {
    for (const event of all) {
      this.#offset = offsetOf(event) ?? this.#offset;
      switch (event.type) {
        case EVENT_ID.DOCUMENT:
          this.#anchors = new Map();
          this.#starts = new Map();
          this.#start = null;
          this.#root = null;
          break;
        case EVENT_ID.SEQUENCE:
          this.#open(event, []);
          break;
        case EVENT_ID.MAPPING:
          this.#open(event, {});
          break;
        case EVENT_ID.SCALAR:
          this.#addScalar(event);
          break;
        case EVENT_ID.ALIAS:
          this.#addAlias(this.#source.slice(event.anchorStart, event.anchorEnd));
          break;
        case EVENT_ID.POP:
          this.#close();
          break;
      }
    }
    return this.#documents;
  }

  #open(event: SequenceEvent | MappingEvent, value: Frame['value']): void {
    const anchor = this.#anchor(event, value, null);
    this.#start ??= this.#offset;
    this.#frames.push({ value, start: this.#offset, anchor, size: 1, key: null, merged: null });
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) {
      this.#documents.push({ value: this.#root, start: this.#start ?? 0, starts: this.#starts });
      return;
    }
    const { value, anchor, size, start } = frame;
    if (anchor !== null) anchor.size = size;
    if (!Array.isArray(value) && Object.hasOwn(value, 'kind')) this.#starts.set(value, start);
    this.#add(value, size, false);
  }

  #addScalar(event: ScalarEvent): void {
    const value = scalar(event, this.#source);
    const size = 1 + event.valueEnd - event.valueStart;
    this.#anchor(event, value, size);
    const tag = tagOf(event, this.#source);
    const isPlain = event.style === SCALAR_STYLE.PLAIN && tag === null;
    this.#add(value, size, value === '<<' && (isPlain || tag === '!' || tag === `${YAML_TAG}merge`));
  }

  #addAlias(name: string): void {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) this.#fail(`there is no anchor for the alias *${quoted(name)}`);
    if (anchor.size === null) this.#fail(`the alias *${quoted(name)} stands within what it stands for`);
    this.#add(anchor.value, anchor.size, false);
  }

  #anchor(
    { anchorStart, anchorEnd }: ScalarEvent | SequenceEvent | MappingEvent,
    value: unknown,
    size: number | null,
  ): Anchor | null {
    if (anchorStart === -1) return null;
    const anchor = { value, size };
    this.#anchors.set(this.#source.slice(anchorStart, anchorEnd), anchor);
    return anchor;
  }

  /** Puts a node that is complete to where it belongs. */
  #add(value: unknown, size: number, isMerge: boolean): void {
    this.#start ??= this.#offset;
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.#root = value;
      return;
    }
    frame.size += size;
    if (frame.size > manifestLimits.withoutAliases) {
      this.#fail(`with its aliases written out it has more than ${mebibytes(manifestLimits.withoutAliases)}`);
    }
    if (Array.isArray(frame.value)) {
      frame.value.push(value);
    } else if (frame.key === null) {
      if (typeof value === 'object' && value !== null) this.#fail('a mapping or sequence cannot be a key');
      frame.key = { name: String(value), isMerge };
      if (value === null) this.#fail('null cannot be a key');
    } else {
      const { key } = frame;
      frame.key = null;
      if (key.isMerge) this.#merge(frame, frame.value, value);
      else this.#set(frame, frame.value, key.name, value);
    }
  }

  #set({ merged }: Frame, mapping: Record<string, unknown>, key: string, value: unknown): void {
    if (Object.hasOwn(mapping, key) && merged?.has(key) !== true)
      this.#fail(`the key "${quoted(key)}" is there twice`);
    merged?.delete(key);
    put(mapping, key, value);
  }

  /** Of several sources the first wins; all of them win over what stands before. */
  #merge(frame: Frame, mapping: Record<string, unknown>, value: unknown): void {
    const sources: readonly unknown[] = Array.isArray(value) ? value : [value];
    const merged = (frame.merged ??= new Set());
    for (const source of sources.toReversed()) {
      if (!isObject(source)) this.#fail('a merge key takes a mapping, or a sequence of mappings');
      for (const key of Object.keys(source)) {
        if (!Object.hasOwn(mapping, key)) merged.add(key);
        put(mapping, key, source[key]);
      }
    }
  }

  #fail(reason: string): never {
    throw new YamlError(this.#offset, reason);
  }
}

/** As JSON.parse does it: `__proto__` is a key as any other. */
function put(mapping: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') mapping[key] = value;
  else Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true });
}

/** -1 stands for what is not there. */
function offsetOf(event: Event): number | null {
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return null;
  const begins = [
    event.anchorStart,
    ...(event.type === EVENT_ID.ALIAS ? [] : [event.tagStart]),
    ...(event.type === EVENT_ID.SCALAR ? [event.valueStart] : []),
    ...(event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING ? [event.start] : []),
  ].filter((offset) => offset !== -1);
  return begins.length === 0 ? null : Math.min(...begins);
}

/** What go-yaml v2 makes of a plain scalar, whatever it is: timestamps stay text. */
const RESOLVERS = [nullYaml11Tag, boolYaml11Tag, intYaml11Tag, floatYaml11Tag].map(
  ({ resolve, implicitFirstChars, tagName }) => ({ resolve, first: implicitFirstChars, tagName }),
);
const YAML_TAG = 'tag:yaml.org,2002:';
/** The tags that ask for such a value even in quotes; every other one leaves text as it is. */
const RESOLVING_TAGS: ReadonlySet<string> = new Set(
  ['null', 'bool', 'int', 'float'].map((name) => YAML_TAG + name),
);

/** In full, however it is written: `!!int`, `!<tag:yaml.org,2002:int>` and `!!%69nt` are one. */
function tagOf({ tagStart, tagEnd }: ScalarEvent, source: string): string | null {
  if (tagStart === -1) return null;
  return source
    .slice(tagStart, tagEnd)
    .replace(/^!!/, YAML_TAG)
    .replace(/^!<(.*)>$/, '$1')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}

function scalar(event: ScalarEvent, source: string): unknown {
  const value = getScalarValue(source, event);
  const tag = tagOf(event, source);
  const resolves = tag === null ? event.style === SCALAR_STYLE.PLAIN : RESOLVING_TAGS.has(tag);
  if (!resolves) return value;
  for (const { resolve, first, tagName } of RESOLVERS) {
    if (first !== null && !first.includes(value.charAt(0))) continue;
    const resolved = resolve(value, false, tagName);
    if (resolved !== NOT_RESOLVED) return resolved;
  }
  return value;
}
