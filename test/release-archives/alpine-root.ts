import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Entry, readZip } from '../release/read-archive.ts';

/** Python packages with the files of Alpine Linux, pinned by SHA-256. */
const packages = join(import.meta.dirname, 'alpine-packages.txt');

/**
 * Makes the root directory of Alpine Linux 3.23 for amd64, with the libraries that `apk add libstdc++` installs. No
 * container image is needed: one Python package has Alpine's initial RAM disk, with musl and busybox. Another one is
 * built on Alpine, and therefore carries libstdc++ and libgcc.
 *
 * @param root the directory to create
 * @param downloads a directory for the packages
 * @throws Error if the user is not root, or the packages cannot be downloaded
 */
export function makeAlpineRoot(root: string, downloads: string): void {
  if (process.getuid?.() !== 0) throw new Error('chroot requires root. Run this test as root.');
  download(downloads);
  const files = readdirSync(downloads).flatMap((name) => readZip(readFileSync(join(downloads, name))));
  mkdirSync(root, { recursive: true });
  const initialRamDisk = gunzipSync(fileOf(files, /\.initrd$/).content);
  execFileSync('busybox', ['cpio', '-i', '-d', '-m'], { cwd: root, input: initialRamDisk, stdio: 'pipe' });
  const libraries = join(root, 'usr/lib');
  writeFileSync(join(libraries, 'libstdc++.so.6'), fileOf(files, /\/libstdc\+\+-[^/]+$/).content);
  // libstdc++ requests libgcc by the name that the package gave it.
  const libgcc = fileOf(files, /\/libgcc_s-[^/]+$/);
  writeFileSync(join(libraries, basename(libgcc.name)), libgcc.content);
}

function download(directory: string): void {
  const args = [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input'],
    ...['--require-hashes', '--no-deps', '--only-binary=:all:', '--python-version=3.13'],
    ...['--platform=musllinux_1_2_x86_64', '--platform=manylinux_2_17_x86_64'],
    ...['--dest', directory, '--requirement', packages],
  ];
  const { status, stderr, error } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim();
  throw new Error(
    `pip could not download the Alpine packages: ${reason}\nInstall python3 with pip, and check the network.`,
  );
}

function fileOf(files: readonly Entry[], pattern: RegExp): Entry {
  const [found, ...others] = files.filter(({ name }) => pattern.test(name));
  if (found === undefined || others.length > 0) {
    throw new Error(`The Alpine packages do not have exactly one file ${pattern.source}.`);
  }
  return found;
}
