/**
 * `npm run prepack`, which npm runs before it packs: builds the files of the package that are not in the repository. It always builds
 * them, so that files of an older build are never packed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { readBundledPackages } from './release/bundled-packages.ts';
import { writeLicences } from './release/licences.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

mkdirSync(dist, { recursive: true });
const metafile = await bundle(join(dist, 'main.cjs'));
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES'), writeLicences(readBundledPackages(metafile, root), null));
