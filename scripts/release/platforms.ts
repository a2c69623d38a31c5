/** Parts of the name of an archive. */
export interface ArchivePlatform {
  /** Names of Go and krew. */
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** Set for a Linux whose C library is musl, as in Alpine images; krew's selectors cannot tell it from glibc. */
  readonly libc?: 'musl';
}

export interface Platform extends ArchivePlatform {
  /** True if krew-manifest.yaml has it: krew is released for these five. */
  readonly isInKrew: boolean;
  /**
   * The npm package of Bun's executable. That for amd64 is the baseline build, which also runs on CPUs without AVX2;
   * in Bun 1.4.5 all builds for amd64 are.
   */
  readonly bun: string;
}

/** In the order of the manifest and of SHA256SUMS. */
export const platforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64', isInKrew: true, bun: '@oven/bun-linux-x64' },
  { os: 'linux', arch: 'arm64', isInKrew: true, bun: '@oven/bun-linux-aarch64' },
  { os: 'darwin', arch: 'amd64', isInKrew: true, bun: '@oven/bun-darwin-x64' },
  { os: 'darwin', arch: 'arm64', isInKrew: true, bun: '@oven/bun-darwin-aarch64' },
  { os: 'windows', arch: 'amd64', isInKrew: true, bun: '@oven/bun-windows-x64' },
  { os: 'linux', arch: 'amd64', libc: 'musl', isInKrew: false, bun: '@oven/bun-linux-x64-musl' },
  { os: 'linux', arch: 'arm64', libc: 'musl', isInKrew: false, bun: '@oven/bun-linux-aarch64-musl' },
  { os: 'windows', arch: 'arm64', isInKrew: false, bun: '@oven/bun-windows-aarch64' },
];

const partsOf = ({ os, arch, libc }: ArchivePlatform): string[] =>
  libc === undefined ? [os, arch] : [os, arch, libc];

/** The directory of a platform's executable. */
export const directoryOf = (platform: ArchivePlatform): string => partsOf(platform).join('-');

export const executableNameOf = ({ os }: ArchivePlatform): string =>
  os === 'windows' ? 'kubectl-hostns.exe' : 'kubectl-hostns';

/** Returns the name of the archive, which is also the last part of its URL. */
export const archiveNameOf = (platform: ArchivePlatform, version: string): string =>
  `kubectl-hostns_v${version}_${partsOf(platform).join('_')}.${platform.os === 'windows' ? 'zip' : 'tar.gz'}`;

/** Returns Bun's name of the platform, as in `bun build --target`. */
export function bunTargetOf({ os, arch, libc }: Platform): string {
  const cpu = arch === 'amd64' ? 'x64-baseline' : 'arm64';
  return ['bun', os, cpu, ...(libc === undefined ? [] : [libc])].join('-');
}

const osNames: Readonly<Record<string, Platform['os']>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};
const archNames: Readonly<Record<string, Platform['arch']>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Returns the platform of this process.
 *
 * @throws Error if there is no executable for it
 */
export function thisPlatform(): Platform {
  const header = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  const isMusl = process.platform === 'linux' && header.header.glibcVersionRuntime === undefined;
  const found = platforms.find(
    ({ os, arch, libc }) =>
      os === osNames[process.platform] && arch === archNames[process.arch] && (libc === 'musl') === isMusl,
  );
  if (found === undefined) throw new Error(`There is no executable for ${process.platform} ${process.arch}.`);
  return found;
}
