import type { YamlCursor } from './yaml-cursor.ts';

/** Reads the name after `&` or `*`. */
export function readAnchor(cursor: YamlCursor): string {
  cursor.at += 1;
  const name = cursor.read(/[\w-]*/y);
  if (name === '' || !(cursor.isBlankOrEnd() || '?:,]}%@`'.includes(cursor.char())))
    cursor.fail('did not find expected alphabetic or numeric character');
  return name;
}

export interface Tag {
  /** `!`, `!!`, `!name!`, or empty where the suffix is the whole tag. */
  readonly handle: string;
  readonly suffix: string;
}

export function readTag(cursor: YamlCursor): Tag {
  const tag = cursor.char(1) === '<' ? readVerbatimTag(cursor) : readShortTag(cursor);
  if (!cursor.isBlankOrEnd()) cursor.fail('did not find expected whitespace or line break behind a tag');
  return tag;
}

function readVerbatimTag(cursor: YamlCursor): Tag {
  cursor.at += 2;
  const suffix = readUri(cursor);
  if (suffix === '') cursor.fail('did not find expected tag URI');
  if (cursor.char() !== '>') cursor.fail("did not find the expected '>'");
  cursor.at += 1;
  return { handle: '', suffix };
}

function readShortTag(cursor: YamlCursor): Tag {
  const handle = cursor.read(HANDLE);
  if (handle.length > 1 && handle.endsWith('!')) {
    const suffix = readUri(cursor);
    if (suffix === '') cursor.fail('did not find expected tag URI');
    return { handle, suffix };
  }
  const suffix = handle.slice(1) + readUri(cursor);
  return suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix };
}

const HANDLE = /![\w-]*!?/y;

function readUri(cursor: YamlCursor): string {
  const start = cursor.at;
  const written = cursor.read(/[\w;/?:@&=+$,.!~*'()[\]%-]*/y);
  if (!written.includes('%')) return written;
  try {
    return decodeURIComponent(written);
  } catch (error) {
    if (error instanceof URIError) cursor.fail('did not find URI escaped octet', start);
    throw error;
  }
}

/** `%YAML 1.1`, or a handle with its prefix. */
export type Directive =
  | { readonly name: 'YAML'; readonly version: string }
  | { readonly name: 'TAG'; readonly handle: string; readonly prefix: string };

/** Reads a directive with its line break. */
export function readDirective(cursor: YamlCursor): Directive {
  cursor.at += 1;
  const name = cursor.read(/[\w-]*/y);
  if (!cursor.isBlankOrEnd() || (name !== 'YAML' && name !== 'TAG'))
    cursor.fail('found unknown directive name');
  cursor.skipBlanks();
  const directive = name === 'YAML' ? readVersion(cursor) : readTagDirective(cursor);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!cursor.isBreakOrEnd()) cursor.fail('did not find expected comment or line break behind a directive');
  cursor.readBreak();
  return directive;
}

function readVersion(cursor: YamlCursor): Directive {
  const version = cursor.read(/\d{1,2}\.\d{1,2}/y);
  if (version === '') cursor.fail('did not find expected version number');
  return { name: 'YAML', version };
}

function readTagDirective(cursor: YamlCursor): Directive {
  const handle = cursor.read(HANDLE);
  if (handle === '' || (handle !== '!' && !handle.endsWith('!'))) cursor.fail("did not find expected '!'");
  if (!cursor.isBlank()) cursor.fail('did not find expected whitespace');
  cursor.skipBlanks();
  const prefix = readUri(cursor);
  if (prefix === '') cursor.fail('did not find expected tag URI');
  if (!cursor.isBlankOrEnd()) cursor.fail('did not find expected whitespace or line break');
  return { name: 'TAG', handle, prefix };
}
