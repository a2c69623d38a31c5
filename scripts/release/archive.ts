import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

export interface ArchiveFile {
  readonly name: string;
  readonly mode: 0o644 | 0o755;
  readonly content: Buffer;
}

/**
 * Packs files as a .tar.gz. The same files give the same bytes, for any user and at any time.
 *
 * @param files in their order in the archive
 */
export async function packTarGz(files: readonly ArchiveFile[]): Promise<Buffer> {
  const archive = pack();
  const written = buffer(archive.pipe(createGzip()));
  for (const { name, mode, content } of files) {
    await new Promise<void>((resolve, reject) => {
      const header = { name, mode, uid: 0, gid: 0, mtime: new Date(Date.UTC(1980, 0, 1)) };
      archive.entry(header, content, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  archive.finalize();
  return await written;
}

/** Packs files as a .zip, in the same way. */
export async function packZip(files: readonly ArchiveFile[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const { name, mode, content } of files) {
    archive.addBuffer(content, name, {
      // A zip has local times: the same one in every time zone, and nothing beside it that has a zone.
      mtime: new Date(1980, 0, 1),
      forceDosTimestamp: true,
      mode: 0o100000 | mode,
    });
  }
  archive.end();
  return await buffer(archive.outputStream);
}
