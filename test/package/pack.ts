import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './npm.ts';

/** What `npm pack --json` says of a package, as far as it is used here. */
export interface Packed {
  /** The path of the archive. */
  readonly tarball: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** Packs as a clean clone would: what an earlier build made is neither needed nor packed. */
export function pack(folder: string): Packed {
  for (const made of ['main.cjs', 'THIRD-PARTY-LICENSES']) {
    rmSync(join(root, 'dist', made), { force: true });
  }
  const output = npm('pack', '--json', '--pack-destination', folder);
  const [packed] = JSON.parse(output) as [{ filename: string; files: Packed['files'] }];
  return { tarball: join(folder, packed.filename), files: packed.files };
}
