import { AST_TOKEN_TYPES, parse } from '@typescript-eslint/typescript-estree';
import type { Prose } from './rules.ts';

/** A text of fewer words is a name, a flag or a format, not prose. */
const MIN_WORDS = 3;

/** Returns the comments of TypeScript or JavaScript, and its texts of three words or more. */
export function proseOfCode(source: string): readonly Prose[] {
  const { comments: found, tokens } = parse(source, { loc: true, comment: true, tokens: true });
  const comments = joinLines(
    found.map(({ type, value, loc }) => ({
      line: loc.start.line,
      lastLine: loc.end.line,
      isLine: type === AST_TOKEN_TYPES.Line,
      isDoc: type === AST_TOKEN_TYPES.Block && value.startsWith('*'),
      text: value,
    })),
  );
  const texts = tokens
    .filter(({ type }) => type === AST_TOKEN_TYPES.String || type === AST_TOKEN_TYPES.Template)
    .map(({ value, loc }): Prose => ({
      line: loc.start.line,
      kind: 'text',
      text: value.replaceAll(/^[`'"}]|(?:\$\{|[`'"])$/g, ''),
    }))
    .filter(({ text }) => text.split(/\s+/).filter((word) => /^[A-Za-z]+/.test(word)).length >= MIN_WORDS);
  return [...comments, ...texts].toSorted((a, b) => a.line - b.line);
}

interface Comment {
  readonly line: number;
  readonly lastLine: number;
  readonly isLine: boolean;
  readonly isDoc: boolean;
  readonly text: string;
}

/** Joins `//` comments of consecutive lines: a sentence may go on in the next line. */
function joinLines(comments: readonly Comment[]): readonly Prose[] {
  const joined: Comment[] = [];
  for (const comment of comments) {
    const before = joined.at(-1);
    if (before?.isLine === true && comment.isLine && comment.line === before.lastLine + 1) {
      joined[joined.length - 1] = {
        ...before,
        lastLine: comment.lastLine,
        text: `${before.text} ${comment.text}`,
      };
    } else {
      joined.push(comment);
    }
  }
  return joined
    .filter(({ text }) => !/^\s*(?:eslint-|prettier-|Stryker |@ts-|#)/.test(text))
    .map(({ line, isDoc, text }) => ({
      line,
      kind: isDoc ? 'doc comment' : 'comment',
      text: plain(text.replaceAll(/^[ \t]*\*+/gm, '')),
    }));
}

/** Returns the paragraphs of Markdown, without code, tables, headings and HTML. */
export function proseOfMarkdown(source: string): readonly Prose[] {
  const found: Prose[] = [];
  let paragraph: string[] = [];
  let isCode = false;
  const lines = source.split('\n');
  const end = (line: number): void => {
    if (paragraph.length > 0) {
      found.push({ line: line - paragraph.length, kind: 'paragraph', text: plain(paragraph.join(' ')) });
    }
    paragraph = [];
  };
  for (const [index, line] of lines.entries()) {
    const isFence = /^\s*(?:```|~~~)/.test(line);
    if (isFence) isCode = !isCode;
    const isItem = /^\s*(?:[-*]|\d+\.)\s/.test(line);
    if (isCode || isFence || line.trim() === '' || /^(?:\s{4,}|\s*[|#<>])/.test(line)) end(index + 1);
    else {
      if (isItem) end(index + 1);
      paragraph.push(line);
    }
  }
  end(lines.length + 1);
  return found;
}

/** Returns the `#` comments of shell, YAML and the like, joined where lines follow each other. */
export function proseOfHashes(source: string): readonly Prose[] {
  const found: Comment[] = [];
  for (const [index, line] of source.split('\n').entries()) {
    const text = /^\s*#(?!!)(.*)$/.exec(line)?.[1];
    if (text !== undefined) {
      found.push({ line: index + 1, lastLine: index + 1, isLine: true, isDoc: false, text });
    }
  }
  return joinLines(found);
}

/** Takes out code and links, whose words are not prose, and the spaces of line breaks. */
function plain(text: string): string {
  return text
    .replaceAll(/`[^`]*`/g, 'CODE')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/"[^"]*"/g, 'QUOTATION')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
