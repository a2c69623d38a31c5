export interface Platform {
  /** As Go and so krew name them. */
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
}

/** In the order of the manifest and of SHA256SUMS. */
export const platforms: readonly [Platform, ...Platform[]] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
  { os: 'windows', arch: 'amd64' },
];

/** The folder of a platform's executable. */
export const folderOf = ({ os, arch }: Platform): string => `${os}-${arch}`;

export const executableNameOf = ({ os }: Platform): string =>
  os === 'windows' ? 'kubectl-hostns.exe' : 'kubectl-hostns';

/** The archive's name, which is the last part of its address too. */
export const archiveNameOf = ({ os, arch }: Platform, version: string): string =>
  `kubectl-hostns_v${version}_${os}_${arch}.${os === 'windows' ? 'zip' : 'tar.gz'}`;

const osNames: Readonly<Record<string, Platform['os']>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};
const archNames: Readonly<Record<string, Platform['arch']>> = { x64: 'amd64', arm64: 'arm64' };

/** Whether what Node.js says of itself is this platform. */
export function isThisPlatform({ os, arch }: Platform, nodePlatform: string, nodeArch: string): boolean {
  return osNames[nodePlatform] === os && archNames[nodeArch] === arch;
}
