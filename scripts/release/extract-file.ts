import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { ReleaseError } from './release-error.ts';

/** @returns the bytes of one file of an npm package's tarball */
export async function extractFile(tarball: Uint8Array, name: string): Promise<Buffer> {
  const entries = Readable.from([tarball]).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    if (entry.header.name === name) return await buffer(entry);
    entry.resume();
  }
  throw new ReleaseError(`The tarball has no ${name}.`);
}
