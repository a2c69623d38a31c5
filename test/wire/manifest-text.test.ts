import { describe, expect, test } from '@jest/globals';
import { ManifestError } from '../../src/wire/manifest-error.ts';
import { ManifestBytes } from '../../src/wire/manifest-text.ts';

const MEBIBYTE = 1 << 20;

function bytesOf(...chunks: readonly (string | readonly number[])[]): ManifestBytes {
  const bytes = new ManifestBytes();
  for (const chunk of chunks) bytes.push(Buffer.from(chunk as string));
  return bytes;
}

/** The bytes before the first character, and then as many mebibytes as are taken. */
function taken(before: readonly string[], mebibytes: number): void {
  const bytes = bytesOf(...before);
  const piece = Buffer.alloc(MEBIBYTE, ' ');
  for (let pushed = 0; pushed < mebibytes; pushed += 1) bytes.push(piece);
}

describe('the bytes of a manifest', () => {
  test('are its text, wherever they are cut', () => {
    expect(bytesOf('a: ', '✓\n').text()).toBe('a: ✓\n');
    const check = [...Buffer.from('✓')];
    expect(bytesOf(check.slice(0, 1), check.slice(1)).text()).toBe('✓');
    expect(bytesOf().text()).toBe('');
  });

  test('may begin with a byte order mark, which is no part of the text', () => {
    expect(bytesOf('\uFEFFa: 1').text()).toBe('a: 1');
    expect(bytesOf('a\uFEFF').text()).toBe('a\uFEFF');
  });

  test.each<[string, readonly number[], ManifestError]>([
    [
      'UTF-16, big end first',
      [0xfe, 0xff, 0, 0x61],
      new ManifestError(null, 'it is UTF-16, and manifests are UTF-8'),
    ],
    [
      'UTF-16, little end first',
      [0xff, 0xfe, 0x61, 0],
      new ManifestError(null, 'it is UTF-16, and manifests are UTF-8'),
    ],
    ['on its first line', [0xe9, 0x0a, 0x61], new ManifestError(1, 'it is not UTF-8')],
    ['on its second line', [0x61, 0x0a, 0xe9, 0x0a], new ManifestError(2, 'it is not UTF-8')],
    ['on its last line', [0x61, 0x0a, 0x0a, 0xe9], new ManifestError(3, 'it is not UTF-8')],
    ['in its only byte', [0xe9], new ManifestError(1, 'it is not UTF-8')],
  ])('that are no UTF-8 are refused: %s', (_where, bytes, { line, message }) => {
    expect(() => bytesOf(bytes).text()).toThrow(expect.objectContaining({ line, message }));
  });

  test('of YAML are taken up to 16 MiB', () => {
    const message = 'it has more than 16 MiB; JSON is read up to 256 MiB';
    expect(() => {
      taken([], 16);
    }).not.toThrow();
    expect(() => {
      taken(['a'], 16);
    }).toThrow(expect.objectContaining({ line: null, message }));
    // A mapping of JSON further on makes no JSON of it.
    expect(() => {
      taken(['a: ', '{'], 16);
    }).toThrow(message);
  });

  test.each([['{'], ['['], ['\uFEFF', ' \t\r\n', '{'], [' [', 'a']])(
    'of JSON are taken up to 256 MiB: %j',
    (...before) => {
      expect(() => {
        taken(before, 255);
      }).not.toThrow();
      expect(() => {
        taken(before, 256);
      }).toThrow(new ManifestError(null, 'it has more than 256 MiB'));
    },
  );
});
