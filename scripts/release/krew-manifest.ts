import { ReleaseError } from './release-error.ts';
import { archiveNameOf, type ArchivePlatform, executableNameOf } from './platforms.ts';

export interface Release {
  /** Without a v. */
  readonly version: string;
  /** The repository's address. */
  readonly homepage: string;
  readonly archives: readonly { readonly platform: ArchivePlatform; readonly sha256: string }[];
}

/**
 * Writes the version, the homepage and the platforms into the krew manifest. The other texts and the comments are written by hand and
 * stay unchanged.
 *
 * @param manifest the current text; the platforms are its last part
 * @throws ReleaseError if one of the three is missing or repeated, or text follows the platforms
 */
export function writeKrewManifest(manifest: string, { version, homepage, archives }: Release): string {
  const platforms = archives.map(({ platform, sha256 }) => {
    const uri = `${homepage}/releases/download/v${version}/${archiveNameOf(platform, version)}`;
    return [
      '    - selector:',
      '        matchLabels:',
      `          os: ${platform.os}`,
      `          arch: ${platform.arch}`,
      `      uri: ${uri}`,
      `      sha256: '${sha256}'`,
      `      bin: ${executableNameOf(platform)}`,
    ].join('\n');
  });
  const parts: readonly [RegExp, string][] = [
    [/^ {2}version: .*$/gm, `  version: v${version}`],
    [/^ {2}homepage: .*$/gm, `  homepage: ${homepage}`],
    [/^ {2}platforms:\n(?: {4,}.*\n)*(?![^])/gm, `  platforms:\n${platforms.join('\n')}\n`],
  ];
  return parts.reduce((text, [pattern, part]) => replaceOnce(text, pattern, part), manifest);
}

function replaceOnce(text: string, pattern: RegExp, part: string): string {
  const count = text.match(pattern)?.length ?? 0;
  if (count !== 1) {
    const name = part.split(':')[0]?.trim() ?? '';
    throw new ReleaseError(
      `krew-manifest.yaml has ${name} ${String(count)} times where it should have it once.`,
    );
  }
  return text.replace(pattern, () => part);
}
