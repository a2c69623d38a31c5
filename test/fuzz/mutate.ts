import type { Random } from './random.ts';

/** What an input may grow to. */
export const MAX_INPUT = 64 * 1024;

const LINE_FEED = 0x0a;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Numbers at which something may break. */
const NUMBERS = [
  '0',
  '-1',
  '1',
  '00',
  '127',
  '128',
  '255',
  '256',
  '32768',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
  '99999999999999999999999999',
  '1e999',
  '0x7f',
  '1.5',
  'NaN',
].map(bytesOf);

/** Bytes at which something may break: ends of varints, of UTF-8, of lines. */
const BYTES = [
  [0],
  [0x0a],
  [0x0d],
  [0x7f],
  [0x80],
  [0x9b],
  [0xff],
  [0xff, 0x7f],
  [0x80, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0x0f],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0xe2, 0x80, 0xa8],
  [0xe2, 0x80, 0xae],
  [0xc2, 0x85],
  [0xc2, 0xa0],
  [0xef, 0xbb, 0xbf],
  [0xef, 0xbf, 0xbd],
  [0x1b, 0x5b, 0x32, 0x4a],
].map((bytes) => Uint8Array.from(bytes));

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Damages inputs, one change after the other, in a workspace of its own. */
export class Mutator {
  readonly #random: Random;
  readonly #words: readonly Uint8Array[];
  readonly #bytes = Buffer.alloc(MAX_INPUT);
  #length = 0;

  constructor(random: Random, words: readonly string[]) {
    this.#random = random;
    this.#words = words.length === 0 ? BYTES : words.map(bytesOf);
  }

  /** @param other gives an input to take parts of */
  mutate(input: Uint8Array, changes: number, other: () => Uint8Array): Buffer {
    this.#length = Math.min(input.length, MAX_INPUT);
    this.#bytes.set(input.subarray(0, this.#length));
    for (let change = 0; change < changes; change += 1) this.#change(other);
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #change(other: () => Uint8Array): void {
    const random = this.#random;
    const at = random.below(this.#length + 1);
    switch (random.below(16)) {
      case 0:
        this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << random.below(8));
        return;
      case 1:
        this.#bytes[at] = random.next();
        return;
      case 2:
        this.#replace(at, random.length(64), BYTES[random.below(BYTES.length)]);
        return;
      case 3:
        this.#replace(at, random.length(200), undefined);
        return;
      case 4: {
        const part = this.#bytes.subarray(at, Math.min(at + random.length(200), this.#length));
        this.#replace(at, 0, Buffer.from(part));
        return;
      }
      case 5:
        this.#replace(at, 0, random.pick(this.#words));
        return;
      case 6: {
        const word = random.pick(this.#words);
        this.#replace(at, word.length, word);
        return;
      }
      case 7:
        this.#length = at;
        return;
      case 8: {
        const tail = other();
        const from = random.below(tail.length + 1);
        this.#replace(at, this.#length - at, tail.subarray(from));
        return;
      }
      case 9: {
        const part = other();
        const from = random.below(part.length + 1);
        this.#replace(at, random.length(32), part.subarray(from, from + random.length(200)));
        return;
      }
      case 10:
      case 11:
        this.#changeNumber(at);
        return;
      case 12:
        this.#changeLine(at, other());
        return;
      case 13:
        this.#bytes[at] = (this.#bytes[at] ?? 0) + (random.once(2) ? 1 : 255);
        return;
      case 14:
        this.#replace(at, 0, BYTES[random.below(BYTES.length)]);
        return;
      default:
        this.#repeat(at);
    }
  }

  /** Puts `bytes` in the place of the next `count`, as far as they fit. */
  #replace(at: number, count: number, bytes: Uint8Array | undefined): void {
    const end = Math.min(at + count, this.#length);
    const added = (bytes ?? BYTES[0] ?? new Uint8Array()).length;
    const length = bytes === undefined ? 0 : Math.min(added, MAX_INPUT - this.#length + end - at);
    this.#bytes.copyWithin(at + length, end, this.#length);
    if (bytes !== undefined) this.#bytes.set(bytes.subarray(0, length), at);
    this.#length += length - (end - at);
  }

  #changeNumber(from: number): void {
    const isDigit = (byte: number): boolean => byte >= DIGIT_0 && byte <= DIGIT_9;
    let start = from;
    while (start < this.#length && !isDigit(this.#bytes[start] ?? 0)) start += 1;
    let end = start;
    while (end < this.#length && isDigit(this.#bytes[end] ?? 0)) end += 1;
    this.#replace(start, end - start, this.#random.pick(NUMBERS));
  }

  /** Doubles a line, drops it, or puts one of another input there. */
  #changeLine(from: number, other: Uint8Array): void {
    const random = this.#random;
    const start = lineStart(this.#bytes.subarray(0, this.#length), from);
    const line = Buffer.from(lineAt(this.#bytes.subarray(0, this.#length), start));
    const stranger = lineAt(other, lineStart(other, random.below(other.length)));
    const into = random.pick([new Uint8Array(), Buffer.concat([line, line]), stranger]);
    this.#replace(start, line.length, into);
  }

  /** Many of the same: depth, and what is quadratic. */
  #repeat(at: number): void {
    const random = this.#random;
    const unit = random.once(2)
      ? random.pick(this.#words)
      : Buffer.from(this.#bytes.subarray(at, Math.min(at + 1 + random.length(16), this.#length)));
    if (unit.length === 0) return;
    const most = random.once(1000) ? MAX_INPUT / 2 : random.once(20) ? 600 : 60;
    const times = Math.max(1, Math.floor(random.below(most) / unit.length));
    this.#replace(at, 0, Buffer.alloc(unit.length * times, unit));
  }
}

function lineStart(bytes: Uint8Array, from: number): number {
  return from === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, from - 1) + 1;
}

/** With its line feed. */
function lineAt(bytes: Uint8Array, start: number): Uint8Array {
  const end = bytes.indexOf(LINE_FEED, start);
  return bytes.subarray(start, end === -1 ? bytes.length : end + 1);
}
