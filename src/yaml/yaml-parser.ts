import type { Tag } from './yaml-properties.ts';
import { type Token, YamlScanner } from './yaml-scanner.ts';

/** Properties of a node: anchor and tag. */
export interface NodeStart {
  readonly start: number;
  readonly anchor: string | null;
  /** In full (`tag:yaml.org,2002:int`), or empty. */
  readonly tag: string;
}

/** Receives the nodes of a document in order. */
export interface NodeReceiver {
  open(kind: 'sequence' | 'mapping', node: NodeStart): void;
  close(): void;
  /** @param isPlain the value decides about the type */
  scalar(value: string, isPlain: boolean, node: NodeStart): void;
  alias(name: string, start: number): void;
}

const YAML_TAG = 'tag:yaml.org,2002:';

/** Parses the first document of a text, by the grammar of libyaml and its port go-yaml v2. */
export class YamlParser {
  readonly #scanner: YamlScanner;
  readonly #receiver: NodeReceiver;
  #handles = new Map<string, string>();

  constructor(text: string, start: number, receiver: NodeReceiver) {
    this.#scanner = new YamlScanner(text, start);
    this.#receiver = receiver;
  }

  /** @returns where something follows that go-yaml does not read, or null */
  parseFirstDocument(): number | null {
    if (this.#next('stream end')) return null;
    const hasDirectives = this.#parseDirectives();
    if (this.#next('document start')) {
      this.#scanner.take();
      if (this.#next('directive', 'document start', 'document end', 'stream end')) this.#parseNothing();
      else this.#parseNode(true, false);
    } else {
      if (hasDirectives) this.#fail('did not find expected <document start>');
      this.#parseNode(true, false);
    }
    // What stands there is not parsed, but has to be a token.
    if (this.#scanner.peek().type === 'document end') this.#scanner.take();
    return this.#nextContent();
  }

  /** Returns the offset after the first document, or null at the end. The rest is not parsed, and may be invalid. */
  #nextContent(): number | null {
    let token = this.#scanner.peekOrNull();
    while (token?.type === 'document end') {
      this.#scanner.take();
      token = this.#scanner.peekOrNull();
    }
    if (token === null) return this.#scanner.offset;
    return token.type === 'stream end' ? null : token.start;
  }

  #next(...types: readonly Token['type'][]): boolean {
    return types.includes(this.#scanner.peek().type);
  }

  #fail(reason: string): never {
    this.#scanner.fail(reason, this.#scanner.peek().start);
  }

  #parseDirectives(): boolean {
    let version: string | null = null;
    for (let token = this.#scanner.peek(); token.type === 'directive'; token = this.#scanner.peek()) {
      const { directive } = token;
      if (directive.name === 'YAML') {
        if (version !== null) this.#fail('found duplicate %YAML directive');
        version = directive.version;
        if (!/^0?1\.0?1$/.test(version)) this.#fail('found incompatible YAML document');
      } else {
        if (this.#handles.has(directive.handle)) this.#fail('found duplicate %TAG directive');
        this.#handles.set(directive.handle, directive.prefix);
      }
      this.#scanner.take();
    }
    const hasDirectives = version !== null || this.#handles.size > 0;
    this.#handles = new Map([['!', '!'], ['!!', YAML_TAG], ...this.#handles]);
    return hasDirectives;
  }

  /** @param indentless a sequence may begin in the column of the key whose value it is */
  #parseNode(inBlock: boolean, indentless: boolean): void {
    const first = this.#scanner.peek();
    if (first.type === 'alias') {
      this.#scanner.take();
      this.#receiver.alias(first.name, first.start);
      return;
    }
    const node = this.#parseProperties(first);
    const token = this.#scanner.peek();
    if (token.type === 'scalar') {
      this.#scanner.take();
      const { value, isPlain } = token;
      this.#receiver.scalar(value, (node.tag === '' && isPlain) || node.tag === '!', node);
    } else if (!this.#parseCollection(token.type, node, inBlock, indentless)) {
      if (node.anchor === null && node.tag === '') this.#fail('did not find expected node content');
      this.#receiver.scalar('', node.tag === '', node);
    }
  }

  #parseCollection(type: Token['type'], node: NodeStart, inBlock: boolean, indentless: boolean): boolean {
    if (type === 'block entry' && indentless) this.#parseIndentlessSequence(node);
    else if (type === 'flow sequence start') this.#parseFlowSequence(node);
    else if (type === 'flow mapping start') this.#parseFlowMapping(node);
    else if (type === 'block sequence start' && inBlock) this.#parseBlockSequence(node);
    else if (type === 'block mapping start' && inBlock) this.#parseBlockMapping(node);
    else return false;
    return true;
  }

  /** An anchor, a tag, or one of each in any order. */
  #parseProperties({ start }: Token): NodeStart {
    let anchor: string | null = null;
    let tag: string | null = null;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === 'anchor' && anchor === null) anchor = token.name;
      else if (token.type === 'tag' && tag === null) tag = this.#fullTag(token.tag);
      else return { start, anchor, tag: tag ?? '' };
      this.#scanner.take();
    }
  }

  #fullTag({ handle, suffix }: Tag): string {
    if (handle === '') return suffix;
    const prefix = this.#handles.get(handle);
    if (prefix === undefined) this.#fail('found undefined tag handle');
    return prefix + suffix;
  }

  /** The value of a key that has none, or an empty item. */
  #parseNothing(): void {
    this.#receiver.scalar('', true, { start: this.#scanner.peek().start, anchor: null, tag: '' });
  }

  /** A node, or nothing where one of `ends` comes next. */
  #parseNodeUnless(ends: readonly Token['type'][], inBlock: boolean, indentless: boolean): void {
    if (this.#next(...ends)) this.#parseNothing();
    else this.#parseNode(inBlock, indentless);
  }

  #parseBlockSequence(node: NodeStart): void {
    this.#receiver.open('sequence', node);
    this.#scanner.take();
    while (this.#next('block entry')) {
      this.#scanner.take();
      this.#parseNodeUnless(['block entry', 'block end'], true, false);
    }
    if (!this.#next('block end')) this.#fail("did not find expected '-' indicator");
    this.#scanner.take();
    this.#receiver.close();
  }

  #parseIndentlessSequence(node: NodeStart): void {
    this.#receiver.open('sequence', node);
    while (this.#next('block entry')) {
      this.#scanner.take();
      this.#parseNodeUnless(['block entry', 'key', 'value', 'block end'], true, false);
    }
    this.#receiver.close();
  }

  #parseBlockMapping(node: NodeStart): void {
    const ends = ['key', 'value', 'block end'] as const;
    this.#receiver.open('mapping', node);
    this.#scanner.take();
    while (this.#next('key')) {
      this.#scanner.take();
      this.#parseNodeUnless(ends, true, true);
      if (this.#next('value')) {
        this.#scanner.take();
        this.#parseNodeUnless(ends, true, true);
      } else {
        this.#parseNothing();
      }
    }
    if (!this.#next('block end')) this.#fail('did not find expected key');
    this.#scanner.take();
    this.#receiver.close();
  }

  #parseFlowSequence(node: NodeStart): void {
    this.#receiver.open('sequence', node);
    this.#scanner.take();
    for (let isFirst = true; !this.#next('flow sequence end'); isFirst = false) {
      if (!isFirst) this.#takeComma(']');
      if (this.#next('key')) this.#parsePair();
      else if (!this.#next('flow sequence end')) this.#parseNode(false, false);
    }
    this.#scanner.take();
    this.#receiver.close();
  }

  #takeComma(bracket: string): void {
    if (!this.#next('flow entry')) this.#fail(`did not find expected ',' or '${bracket}'`);
    this.#scanner.take();
  }

  /** A mapping of one key within a sequence: `[a: b]`. */
  #parsePair(): void {
    const ends = ['flow entry', 'flow sequence end'] as const;
    this.#receiver.open('mapping', { start: this.#scanner.take().start, anchor: null, tag: '' });
    this.#parseNodeUnless(['value', ...ends], false, false);
    this.#parseFlowValue(ends);
    this.#receiver.close();
  }

  #parseFlowMapping(node: NodeStart): void {
    const ends = ['flow entry', 'flow mapping end'] as const;
    this.#receiver.open('mapping', node);
    this.#scanner.take();
    for (let isFirst = true; !this.#next('flow mapping end'); isFirst = false) {
      if (!isFirst) this.#takeComma('}');
      if (this.#next('key')) {
        this.#scanner.take();
        this.#parseNodeUnless(['value', ...ends], false, false);
        this.#parseFlowValue(ends);
      } else if (!this.#next('flow mapping end')) {
        this.#parseNode(false, false);
        this.#parseNothing();
      }
    }
    this.#scanner.take();
    this.#receiver.close();
  }

  #parseFlowValue(ends: readonly Token['type'][]): void {
    if (!this.#next('value')) {
      this.#parseNothing();
      return;
    }
    this.#scanner.take();
    this.#parseNodeUnless(ends, false, false);
  }
}
