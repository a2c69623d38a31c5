import { buffer } from 'node:stream/consumers';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { extract } from 'tar-stream';

export interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly kind: string;
  /** Of whom it is, and since when, as the archive says. */
  readonly stamp: string;
  readonly content: Buffer;
}

export async function readTarGz(archive: Buffer): Promise<Entry[]> {
  const entries = extract();
  entries.end(gunzipSync(archive));
  const found: Entry[] = [];
  for await (const entry of entries) {
    const { name, mode, type, uid, gid, uname, gname, mtime } = entry.header;
    const stamp = [uid, gid, uname, gname, mtime.toISOString()].join(' ');
    found.push({ name, mode, kind: type, stamp, content: await buffer(entry) });
  }
  return found;
}

/** By the central directory, as those who unpack do: PKWARE's APPNOTE, 4.3.12. */
export function readZip(archive: Buffer): Entry[] {
  const end = archive.lastIndexOf('PK\x05\x06');
  const found: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    const attributes = archive.readUInt16LE(at + 40);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const compressed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    found.push({
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
      mode: attributes & 0o7777,
      kind: (attributes & 0o170000) === 0o100000 ? 'file' : 'other',
      stamp: `${String(archive.readUInt16LE(at + 14))} ${String(archive.readUInt16LE(at + 12))}`,
      content: archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(compressed) : compressed,
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return found;
}
