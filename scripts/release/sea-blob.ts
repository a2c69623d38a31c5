import { ReleaseError } from './release-error.ts';
import { sliceOf } from './slice-of.ts';

export interface SeaBlob {
  /** Whether a code cache of V8 is within, which is good for one platform alone. */
  readonly hasCodeCache: boolean;
  /** The program, as scripts/executable.ts puts it there. */
  readonly program: Buffer | undefined;
}

/** The constants of Node.js' src/node_sea.h. */
const magic = 0x0143da20;
const kUseCodeCache = 1 << 2;
const kIncludeAssets = 1 << 3;

/**
 * Reads what `node --build-sea` puts into an executable: Node.js' src/node_sea.cc, SeaSerializer.
 *
 * @throws ReleaseError where it is no such blob
 * @throws RangeError where it is cut off
 */
export function readSeaBlob(blob: Buffer): SeaBlob {
  if (blob.readUInt32LE(0) !== magic) throw new ReleaseError('The NODE_SEA_BLOB is none of Node.js.');
  const flags = blob.readUInt32LE(4);
  // Two bytes of settings, then texts, each with its length before it.
  let at = 10;
  const nextLength = (): number => {
    at += 8;
    return Number(blob.readBigUInt64LE(at - 8));
  };
  const next = (): Buffer => {
    const length = nextLength();
    at += length;
    return sliceOf(blob, at - length, length);
  };
  next(); // The name of where the executable begins.
  next(); // And that code.
  const hasOwnCache = (flags & kUseCodeCache) !== 0;
  if (hasOwnCache) next();
  const assets = new Map<string, Buffer>();
  for (let left = (flags & kIncludeAssets) === 0 ? 0 : nextLength(); left > 0; left -= 1) {
    assets.set(next().toString(), next());
  }
  return { hasCodeCache: hasOwnCache || assets.size > 1, program: assets.get('main.cjs') };
}
