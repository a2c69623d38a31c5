import { isUtf8 } from 'node:buffer';
import { ManifestError, manifestLimits } from './manifest-error.ts';
import { mebibytes } from './wording.ts';

const LINE_FEED = 0x0a;
/** What may stand before the first character: a byte order mark, and space. */
const BEFORE: readonly number[] = [0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0d, LINE_FEED];
const JSON_BEGINS: readonly number[] = [0x7b, 0x5b];

/** The bytes of a manifest, as they come, up to the size that its kind may have. */
export class ManifestBytes {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Null until its first character has come. */
  #isJson: boolean | null = null;

  /** @throws ManifestError where there are more than are read */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const first = this.#isJson === null ? chunk.find((byte) => !BEFORE.includes(byte)) : undefined;
    if (first !== undefined) this.#isJson = JSON_BEGINS.includes(first);
    const limit = this.#isJson === true ? manifestLimits.jsonFile : manifestLimits.yamlFile;
    if (this.#size <= limit) return;
    this.#chunks = [];
    const way = this.#isJson === true ? '' : `; JSON is read up to ${mebibytes(manifestLimits.jsonFile)}`;
    throw new ManifestError(null, `it has more than ${mebibytes(limit)}${way}`);
  }

  /** @throws ManifestError where they are no UTF-8 */
  text(): string {
    const bytes = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    if (!isUtf8(bytes)) throw notUtf8(bytes);
    const text = bytes.toString('utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }
}

function notUtf8(bytes: Buffer): ManifestError {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return new ManifestError(null, 'it is UTF-16, and manifests are UTF-8');
  }
  // No line feed is ever a part of another character.
  for (let line = 1, start = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (!isUtf8(bytes.subarray(start, end === -1 ? bytes.length : end))) {
      return new ManifestError(line, 'it is not UTF-8');
    }
    if (end === -1) return new ManifestError(null, 'it is not UTF-8');
    start = end + 1;
  }
}
