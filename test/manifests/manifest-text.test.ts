import { describe, expect, test } from '@jest/globals';
import { ManifestError } from '../../src/manifests/manifest-error.ts';
import { ManifestBytes } from '../../src/manifests/manifest-text.ts';

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

  test.each([
    ['little end first', [0xff, 0xfe, 0x61, 0, 0x3a, 0xd8, 0x00, 0xde], 'a\ud83a\ude00'],
    ['big end first', [0xfe, 0xff, 0, 0x61, 0xd8, 0x3a, 0xde, 0x00], 'a\ud83a\ude00'],
    ['with half of a pair', [0xfe, 0xff, 0xd8, 0x3a, 0, 0x61], '\ufffda'],
    ['with half of a character', [0xff, 0xfe, 0x61, 0, 0x62], 'a\ufffd'],
    ['without a character', [0xff, 0xfe], ''],
  ])('are UTF-16 where a byte order mark says so, %s', (_how, bytes, text) => {
    expect(bytesOf(bytes).text()).toBe(text);
  });

  test.each([
    [[0x61, 0xe9, 0x0a], 'a\ufffd\n'],
    [[0xe9], '\ufffd'],
    [[0xe2, 0x9c, 0x0a, 0xff], '\ufffd\n\ufffd'],
  ])('are replaced where they are not UTF-8: %j', (bytes, text) => {
    expect(bytesOf(bytes).text()).toBe(text);
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

  test.each([['{'], ['['], ['\uFEFF', ' \t\r\n', '{'], [' [', 'a'], ['\0', '{\0']])(
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
