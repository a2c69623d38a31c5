import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { checkExecutable } from '../../scripts/release/check-executable.ts';
import { archiveNameOf, executableNameOf, directoryOf, platforms } from '../../scripts/release/platforms.ts';
import { brokenRules, type Manifest } from '../release/krew-rules.ts';
import { readTarGz, readZip, type Entry } from '../release/read-archive.ts';
import { makeAlpineRoot } from './alpine-root.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'hostns-release-'));
/** Neither is the repository itself, whose krew-manifest.yaml a release writes. */
const one = join(scratch, 'one');
const other = join(scratch, 'another folder', 'deeper');

const archiveNames = platforms.map((platform) => archiveNameOf(platform, packageJson.version));
const krewArchives = platforms
  .filter(({ isInKrew }) => isInKrew)
  .map((platform) => archiveNameOf(platform, packageJson.version));
const inRelease = (copy: string, name: string): Buffer => readFileSync(join(copy, 'dist/release', name));
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Packages must be real files, for esbuild tells of the place that a link leads to. */
function copyRepository(to: string): void {
  const isLeftOut = /^(?:\.git|\.cluster|coverage|dist)$/;
  for (const name of readdirSync(repository).filter((each) => !isLeftOut.test(each))) {
    cpSync(join(repository, name), join(to, name), { recursive: true, verbatimSymlinks: true });
  }
}

async function release(copy: string, umask: string, TZ: string, args = ''): Promise<string> {
  const command = `umask ${umask} && npm run --silent release -- ${args}`;
  const { stdout } = await run('bash', ['-c', command], { cwd: copy, env: { ...process.env, TZ } });
  return stdout;
}

let printed: string;

beforeAll(async () => {
  copyRepository(one);
  cpSync(one, other, { recursive: true, verbatimSymlinks: true });
  [printed] = await Promise.all([release(one, '022', 'UTC'), release(other, '077', 'Pacific/Kiritimati')]);
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

test('two releases are the same bytes: in another folder, time zone and with another umask', () => {
  const names = [...archiveNames, 'SHA256SUMS'];
  expect(names.map((name) => [name, sha256(inRelease(other, name))])).toEqual(
    names.map((name) => [name, sha256(inRelease(one, name))]),
  );
  const manifests = [one, other].map((copy) => readFileSync(join(copy, 'krew-manifest.yaml'), 'utf8'));
  expect(manifests[1]).toBe(manifests[0]);
});

test('dist/release has the archives, their checksums and the executables, and nothing else', () => {
  expect(readdirSync(join(one, 'dist/release')).sort()).toEqual(
    ['SHA256SUMS', 'executables', ...archiveNames].sort(),
  );
  expect(readdirSync(join(one, 'dist/release/executables')).sort()).toEqual(
    platforms.map(directoryOf).sort(),
  );
});

test('a line for each archive tells its name, size and checksum', () => {
  const lines = archiveNames.map((name) => {
    const archive = inRelease(one, name);
    return `${name} ${(archive.length / 2 ** 20).toFixed(1)} MiB ${sha256(archive)}\n`;
  });
  expect(printed).toBe(lines.join(''));
});

test('sha256sum finds SHA256SUMS right', async () => {
  const { stdout } = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: join(one, 'dist/release') });
  expect(stdout).toBe(archiveNames.map((name) => `${name}: OK\n`).join(''));
});

describe.each(platforms.map((platform) => ({ name: directoryOf(platform), platform })))(
  '$name',
  ({ platform }) => {
    let entries: Entry[];
    beforeAll(async () => {
      const archive = inRelease(one, archiveNameOf(platform, packageJson.version));
      entries = platform.os === 'windows' ? readZip(archive) : await readTarGz(archive);
    });

    test('the archive has the executable and the licences, of nobody', () => {
      const stamp = platform.os === 'windows' ? '33 0' : '0 0   1980-01-01T00:00:00.000Z';
      expect(entries.map(({ name, mode, kind, stamp }) => ({ name, mode, kind, stamp }))).toEqual([
        { name: executableNameOf(platform), mode: 0o755, kind: 'file', stamp },
        { name: 'LICENSE', mode: 0o644, kind: 'file', stamp },
        { name: 'THIRD-PARTY-LICENSES', mode: 0o644, kind: 'file', stamp },
      ]);
    });

    test('the executable is for the platform, holds the program and is signed for macOS', () => {
      expect(() => {
        checkExecutable(entries[0]?.content ?? Buffer.of(), platform);
      }).not.toThrow();
    });

    test('the executable has none of the variables that would change Bun', () => {
      const content = entries[0]?.content ?? Buffer.of();
      for (const name of ['BUN_BE_BUN', 'BUN_BYTECODE_ORDER_OUT', 'BUN_INSPECT', 'BUN_OPTIONS']) {
        expect([name, content.includes(`\0${name}\0`)]).toEqual([name, false]);
      }
    });

    test('the licences are ours, those of what is bundled and that of Bun', () => {
      expect(entries[1]?.content.equals(readFileSync(join(repository, 'LICENSE')))).toBe(true);
      const text = entries[2]?.content.toString() ?? '';
      for (const name of ['yargs', 'ws', '@kubernetes/client-node', 'proxy-agent-negotiate']) {
        expect(text).toMatch(new RegExp(`^=+\\n${name} \\d\\S+ \\((?:MIT|ISC|Apache-2.0)\\)\\n=+$`, 'm'));
      }
      expect(text).toContain(`\nBun ${packageJson.devDependencies.bun}\n`);
      expect(text).toContain('JavaScriptCore (and WebKit) which is LGPL-2 licensed');
    });
  },
);

test('what is unpacked runs where there is nothing else', async () => {
  const folder = join(scratch, 'unpacked');
  mkdirSync(join(folder, 'home'), { recursive: true });
  const [archive] = archiveNames;
  await run('tar', ['-xzf', join(one, 'dist/release', archive ?? ''), '-C', folder]);
  const environment = { cwd: folder, env: { PATH: '', HOME: join(folder, 'home') } };
  const version = await run(join(folder, 'kubectl-hostns'), ['version', '--client'], environment);
  expect(version.stdout).toContain(packageJson.version);
  const examples = join(repository, 'examples');
  const list = await run(join(folder, 'kubectl-hostns'), ['list', '-f', examples], environment);
  expect(list.stdout).toMatch(/ pod-use-hostnetwork +host +- +-\n/);
  expect(readdirSync(join(folder, 'home'))).toEqual([]);
});

describe('the musl executable in an Alpine root directory', () => {
  const root = join(scratch, 'alpine');
  const platform = { os: 'linux', arch: 'amd64', libc: 'musl' } as const;

  beforeAll(async () => {
    makeAlpineRoot(root, join(scratch, 'alpine-packages'));
    const archive = join(one, 'dist/release', archiveNameOf(platform, packageJson.version));
    await run('tar', ['-xzf', archive, '-C', join(root, 'usr/bin')]);
    cpSync(join(repository, 'examples'), join(root, 'examples'), { recursive: true });
  });

  const runInRoot = (...args: string[]): Promise<{ stdout: string }> =>
    run('chroot', [root, '/usr/bin/kubectl-hostns', ...args], {
      env: { PATH: process.env['PATH'], HOME: '/' },
    });

  test('prints its version', async () => {
    expect((await runInRoot('version', '--client')).stdout).toBe(`Client Version: ${packageJson.version}\n`);
  });

  test('lists the Pods of manifests', async () => {
    expect((await runInRoot('list', '-f', '/examples')).stdout).toMatch(/ pod-use-hostnetwork +host +- +-\n/);
  });

  test('requires libstdc++', async () => {
    const library = join(root, 'usr/lib/libstdc++.so.6');
    renameSync(library, `${library}.hidden`);
    const result = runInRoot('version', '--client');
    await expect(result).rejects.toMatchObject({
      stderr: expect.stringContaining('Error loading shared library libstdc++.so.6'),
    });
    renameSync(`${library}.hidden`, library);
  });
});

test('the manifest keeps krew’s rules and names these archives', () => {
  const manifest = load(readFileSync(join(one, 'krew-manifest.yaml'), 'utf8')) as Manifest; // brokenRules() looks.
  expect(brokenRules(manifest, 'hostns')).toEqual([]);
  const named = manifest.spec?.platforms?.map(({ uri, sha256: sum }) => [uri?.split('/').at(-1), sum]);
  expect(named).toEqual(krewArchives.map((name) => [name, sha256(inRelease(one, name))]));
});

describe('the real krew', () => {
  const tools = join(scratch, 'tools');
  const index = join(scratch, 'index');
  const home = join(scratch, 'home');
  const krewRoot = join(scratch, 'krew');
  /** An index has each manifest under the name of its plugin. */
  const manifest = join(index, 'plugins', 'hostns.yaml');

  beforeAll(async () => {
    const commands = ['krew', 'validate-krew-manifest'].map((name) => `sigs.k8s.io/krew/cmd/${name}`);
    await run('go', ['build', '-o', `${tools}/`, ...commands], { cwd: join(import.meta.dirname, 'krew') });
    mkdirSync(join(index, 'plugins'), { recursive: true });
    mkdirSync(home);
    cpSync(join(one, 'krew-manifest.yaml'), manifest);
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
      [...author, 'commit', '--quiet', '-m', 'index'],
    ]) {
      await run('git', args, {
        cwd: index,
        env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', HOME: home },
      });
    }
    await krew(['update']);
  });

  async function krew(args: readonly string[], os = 'linux', arch = 'amd64'): Promise<string> {
    const { stdout } = await run(join(tools, 'krew'), args, {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        KREW_ROOT: krewRoot,
        KREW_DEFAULT_INDEX_URI: index,
        KREW_OS: os,
        KREW_ARCH: arch,
      },
    });
    return stdout;
  }

  function installed(): string[] {
    return readdirSync(krewRoot, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('hostns') && !path.startsWith('index/'))
      .sort();
  }

  test('finds the manifest right, and shows it', async () => {
    await run(join(tools, 'validate-krew-manifest'), ['-manifest', manifest, '-skip-install']);
    expect(await krew(['search', 'hostns'])).toMatch(/^hostns +Prove which Pods share node namespaces +no$/m);
  });

  test.each(
    platforms
      .filter(({ isInKrew }) => isInKrew)
      .map((platform) => ({ name: directoryOf(platform), platform })),
  )(
    'installs the archive of $name, and leaves nothing behind when it is uninstalled',
    async ({ platform }) => {
      const archive = join(one, 'dist/release', archiveNameOf(platform, packageJson.version));
      const { os, arch } = platform;
      await krew(['install', `--manifest=${manifest}`, `--archive=${archive}`], os, arch);
      const store = `store/hostns/v${packageJson.version}`;
      expect(installed()).toEqual(
        [
          `bin/kubectl-hostns${os === 'windows' ? '.exe' : ''}`,
          'receipts/hostns.yaml',
          'store/hostns',
          store,
          ...[executableNameOf(platform), 'LICENSE', 'THIRD-PARTY-LICENSES'].map(
            (name) => `${store}/${name}`,
          ),
        ].sort(),
      );
      if (os === process.platform && arch === 'amd64') {
        const { stdout } = await run(join(krewRoot, 'bin/kubectl-hostns'), ['version', '--client'], {
          env: { PATH: '', HOME: home },
        });
        expect(stdout).toBe(`Client Version: ${packageJson.version}\n`);
      }
      await krew(['uninstall', 'hostns'], os, arch);
      expect(installed()).toEqual([]);
      expect(readdirSync(home)).toEqual([]);
    },
  );

  test('refuses an archive of another checksum', async () => {
    const [archive = ''] = archiveNames;
    const changed = join(scratch, archive);
    writeFileSync(changed, Buffer.concat([inRelease(one, archive), Buffer.of(0)]));
    await expect(krew(['install', `--manifest=${manifest}`, `--archive=${changed}`])).rejects.toMatchObject({
      stderr: expect.stringContaining('checksum does not match'),
    });
    expect(installed()).toEqual([]);
  });
});

test('an argument is refused in one sentence', async () => {
  await expect(release(one, '022', 'UTC', '--sign')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('release takes no arguments (got "--sign").\n'),
  });
});
