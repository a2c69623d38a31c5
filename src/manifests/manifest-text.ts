import { decodeText } from '../yaml/decode-text.ts';
import { ManifestError, manifestLimits } from './manifest-error.ts';
import { mebibytes } from '../wire/wording.ts';

/** Bytes before the first character: byte order marks, spaces, and the zeros of UTF-16. */
const BEFORE: readonly number[] = [0xef, 0xbb, 0xbf, 0xfe, 0xff, 0x20, 0x09, 0x0d, 0x0a, 0];
const JSON_BEGINS: readonly number[] = [0x7b, 0x5b];

/** Collects the bytes of a manifest, up to the maximum size of YAML or JSON. */
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

  text(): string {
    const bytes = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    return decodeText(bytes);
  }
}
