/**
 * `npm run prepack`, which npm runs before it packs: makes what the package holds and the repository does not,
 * always, so that what an older build left is never packed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { readBundledPackages } from './release/bundled-packages.ts';
import type { BundledPackage } from './release/licences.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** The package has no Node.js within, and so not its licences, which those of the archives have. */
function licencesOf(packages: readonly BundledPackage[]): string {
  const sections = packages.map(({ name, version, licence, texts }) =>
    [`${'='.repeat(80)}\n${name} ${version} (${licence ?? ''})`, ...texts.map((text) => text.trim())].join(
      '\n\n',
    ),
  );
  return `main.cjs holds code of the packages below.\n\n${sections.join('\n\n')}\n`;
}

mkdirSync(dist, { recursive: true });
const metafile = await bundle(join(dist, 'main.cjs'));
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES'), licencesOf(readBundledPackages(metafile, root)));
