import { describe, expect, test } from '@jest/globals';
import { proseOfCode, proseOfHashes, proseOfMarkdown } from '../../scripts/language/prose.ts';
import { checkProse } from '../../scripts/language/rules.ts';

/** Returns the findings of a doc comment with this text. */
function inDocComment(text: string): readonly string[] {
  return checkProse({ line: 1, kind: 'doc comment', text }).map(({ problem }) => problem);
}

describe('the language check is quiet on plain English', () => {
  test.each([
    'Ping interval of an open WebSocket.',
    'Returns the Pods of a node, sorted by name. There is no limit.',
    'How long to wait for stdout and stderr to drain before exiting.',
    'When to exec into a Pod: always, only if other evidence leaves a namespace undecided, or never.',
    'Up to 100 nodes: enough to detect nodes that share a kernel (same bootID).',
    'Waits for the probe Pod. Kubernetes no longer restarts it, which is no later than the deadline.',
    'Software that forwards a request has the permission to read it; a look at RFC 9110 helps.',
  ])('%s', (text) => {
    expect(inDocComment(text)).toEqual([]);
  });
});

describe('the language check finds', () => {
  test.each([
    ['What is read of a Pod.', 'a doc comment begins with "What": begin with a verb or a noun'],
    ['Of a node, its name.', 'a doc comment begins with "Of": begin with a verb or a noun'],
    ['Skips text that nobody reads.', '"nobody": name the subject'],
    ['Fails where it is no number.', '"is no number": write "is not a …"'],
    ['Reads twice, for it may change.', '", for it": write "because"'],
    ['Removes the probe.', '"the probe": write "probe Pod"'],
    ['Checks the right to list Pods.', '"the right to": write "permission"'],
    [
      `Reads ${'one or '.repeat(20)}more.`,
      'a sentence of 42 words: "Reads one or one or one or one or one or…"',
    ],
  ])('%s', (text, problem) => {
    expect(inDocComment(text)).toEqual([problem]);
  });
});

test('prose of code is its comments and its texts of three words, each with its line', () => {
  const source = `/** Reads a file. */
// It is one
// sentence.
const a = 'a short one';
const b = \`cannot read the file \${a} again\`;
const flag = '--output'; // eslint-disable-line some-rule
`;
  expect(proseOfCode(source)).toEqual([
    { line: 1, kind: 'doc comment', text: 'Reads a file.' },
    { line: 2, kind: 'comment', text: 'It is one sentence.' },
    { line: 4, kind: 'text', text: 'a short one' },
    { line: 5, kind: 'text', text: 'cannot read the file ' },
  ]);
});

test('prose of Markdown is its paragraphs and items, without code, tables and headings', () => {
  const source =
    '# Title\n\nA paragraph of\ntwo `code` lines.\n\n```sh\nnobody\n```\n- one\n- two\n\n| a | b |\n';
  expect(proseOfMarkdown(source)).toEqual([
    { line: 3, kind: 'paragraph', text: 'A paragraph of two CODE lines.' },
    { line: 9, kind: 'paragraph', text: '- one' },
    { line: 10, kind: 'paragraph', text: '- two' },
  ]);
});

test('prose of a shell script is its comments', () => {
  expect(proseOfHashes('#!/bin/sh\n# Starts\n# etcd.\nrun # not this\n')).toEqual([
    { line: 2, kind: 'comment', text: 'Starts etcd.' },
  ]);
});
