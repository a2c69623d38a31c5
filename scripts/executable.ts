import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installedBun } from './release/bun-packages.ts';
import { withoutCodeSignature } from './release/code-signature.ts';
import { bunTargetOf, executableNameOf, type Platform, thisPlatform } from './release/platforms.ts';
import { disableVariables } from './release/runtime-settings.ts';

export interface Executable {
  /** The path of the bundle. */
  readonly program: string;
  readonly platform: Platform;
  /** Bun's executable for that platform, as its package has it. */
  readonly bun: Buffer;
  /** The path to write to. */
  readonly output: string;
}

/**
 * Writes a single executable: Bun for one platform with the program and its bytecode. Every platform writes the same bytes.
 */
export function writeExecutable({ program, platform, bun, output }: Executable): void {
  const work = mkdtempSync(join(dirname(output), 'executable-'));
  try {
    // All paths are relative: a path of this machine must not be in the executable.
    copyFileSync(program, join(work, 'main.cjs'));
    writeFileSync(join(work, 'bun'), disableVariables(bun), { mode: 0o755 });
    const name = executableNameOf(platform);
    const args = [
      'build',
      '--compile',
      '--bytecode',
      '--minify',
      `--target=${bunTargetOf(platform)}`,
      '--compile-executable-path=bun',
      // Files of the current directory must not change what the executable does.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      '--no-compile-autoload-tsconfig',
      '--no-compile-autoload-package-json',
      '--reject-unresolved',
      'main.cjs',
      '--outfile',
      name,
    ];
    execFileSync(installedBun(thisPlatform()), args, {
      cwd: work,
      env: plainEnvironment(work),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const isOfIntelMac = platform.os === 'darwin' && platform.arch === 'amd64';
    // Bun signs executables for Apple silicon. In those for Intel it leaves an invalid signature.
    if (isOfIntelMac) writeFileSync(join(work, name), withoutCodeSignature(readFileSync(join(work, name))));
    copyFileSync(join(work, name), output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes the single executable of this platform, with the installed Bun. */
export function writeOwnExecutable(program: string, output: string): void {
  const platform = thisPlatform();
  writeExecutable({ program, platform, bun: readFileSync(installedBun(platform)), output });
}

/** Environment for reproducible bytes: no proxy, no settings of Bun. */
function plainEnvironment(directory: string): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env;
  const system = SystemRoot === undefined ? {} : { SystemRoot };
  return { PATH, HOME: directory, TMPDIR: directory, TEMP: directory, ...system };
}
