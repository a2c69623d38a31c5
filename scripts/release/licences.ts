/** A package whose code is in the program. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** The SPDX identifier that its package.json names. */
  readonly licence: string | undefined;
  /** Its licence and its notices, as they stand in its files. */
  readonly texts: readonly string[];
}

/** Licences that require only a notice. */
export const permissive: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
];

const rule = '='.repeat(80);

/**
 * Returns the text with the licences of other packages, for each archive and the npm package.
 *
 * @param bun Bun's licence, which also names the libraries in Bun; null for the npm package, which has no Bun
 */
export function writeLicences(
  packages: readonly BundledPackage[],
  bun: { readonly version: string; readonly licence: string } | null,
): string {
  const head =
    bun === null
      ? 'kubectl-hostns is a program that holds code of the packages below. Their licences follow.\n'
      : 'kubectl-hostns is one executable: Bun, and a program that holds code of the packages below.\n' +
        'Their licences follow; that of Bun, with those of its libraries, is the last.\n';
  const sections = packages.map((each) =>
    section(`${each.name} ${each.version} (${each.licence ?? ''})`, each.texts),
  );
  const last = bun === null ? [] : [section(`Bun ${bun.version}`, [bun.licence])];
  return [head, ...sections, ...last].join('\n');
}

function section(title: string, texts: readonly string[]): string {
  return `${rule}\n${title}\n${rule}\n\n${texts.map((text) => `${text.replaceAll('\r\n', '\n').trim()}\n`).join('\n')}`;
}
