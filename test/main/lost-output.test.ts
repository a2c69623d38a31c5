import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster } from './cluster.ts';
import { programCommand } from './run.ts';

const cluster = testCluster();

/** Every command and every format, each with a line of its answer. */
const COMMANDS: readonly (readonly string[])[] = [
  ['--help'],
  ['list', '--help'],
  ['help', 'verify'],
  ['version', '--client'],
  ['version', '-o', 'json'],
  ['completion'],
  ['__complete', 'list', '--'],
  ['__complete', 'verify', ''],
  ['list', '-A'],
  ['list', '-A', '-o', 'wide'],
  ['list', '-A', '-o', 'json'],
  ['list', '-A', '-o', 'yaml'],
  ['list', '-A', '-o', 'name'],
  ['list', '-A', '--watch'],
  ['list', '-A', '-w', '-o', 'json'],
  ['list', '-f', 'examples'],
  ['list', '-f', 'examples', '-o', 'json'],
  ['verify', 'plain-2'],
  ['verify', 'plain-2', '-o', 'json'],
  ['verify', '--all'],
  ['verify', '--all', '-o', 'yaml'],
  ['verify', 'plain-2', '--probe', '--dry-run=client', '-o', 'yaml'],
  ['ifconfig', 'plain-2'],
  ['ifconfig', 'plain-2', '-o', 'json'],
];

/** A process for each command would take a minute. */
const SOME_COMMANDS = COMMANDS.filter((_, index) => index % 4 === 0);

interface End {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the program with these file descriptors as standard output and standard error. */
async function end(
  argv: readonly string[],
  stdout: number | 'closed',
  stderr: number | 'closed' | 'pipe' = 'pipe',
): Promise<End> {
  const [command, ...args] = programCommand;
  const child = spawn(command, [...args, ...argv], {
    env: { HOME: cluster.folder, KUBECONFIG: await cluster.kubeconfig() },
    stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, stderr === 'closed' ? 'pipe' : stderr],
  });
  if (stdout === 'closed') child.stdout?.destroy();
  let shown = '';
  if (stderr === 'closed') child.stderr?.destroy();
  else child.stderr?.on('data', (chunk: Buffer) => (shown += chunk.toString('utf8')));
  return new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      fulfil({ code, stderr: shown });
    });
  });
}

const LOST = 'error: Cannot write to standard output: no space left on the device.\n';

(existsSync('/dev/full') ? describe : describe.skip)('/dev/full', () => {
  let full = -1;
  beforeAll(() => {
    full = openSync('/dev/full', 'w');
  });
  afterAll(() => {
    closeSync(full);
  });

  test.each(COMMANDS)('as standard output is an error: %s %s %s %s', async (...argv) => {
    const { code, stderr } = await end(argv, full);
    expect(code).toBe(3);
    expect(stderr).toContain(LOST);
  });

  test('as standard output and standard error is an error without a message', async () => {
    expect(await end(['list', '-A'], full, full)).toMatchObject({ code: 3 });
  });

  test('as standard error does not change the exit code', async () => {
    const out = openSync(join(cluster.folder, 'out'), 'w');
    expect(await end(['list', '--bogus'], out, full)).toMatchObject({ code: 4 });
    expect(await end(['list', '-A', '-v=6'], out, full)).toMatchObject({ code: 0 });
    closeSync(out);
  });
});

describe('a closed pipe', () => {
  test.each(SOME_COMMANDS)(
    'as standard output ends the command without an error: %s %s %s %s',
    async (...argv) => {
      const { code, stderr } = await end(argv, 'closed');
      expect(code).toBe(0);
      expect(stderr).not.toContain('standard output');
    },
  );

  test('as standard error does not change the exit code', async () => {
    const out = openSync(join(cluster.folder, 'out'), 'w');
    expect(await end(['list', '--bogus'], out, 'closed')).toMatchObject({ code: 4 });
    expect(await end(['list', '-A', '-v=6'], out, 'closed')).toMatchObject({ code: 0 });
    expect(await end(['list', '--context', 'nowhere'], out, 'closed')).toMatchObject({ code: 3 });
    closeSync(out);
  });
});

describe('a disk that becomes full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostns-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12k', 'tmpfs', folder]).status === 0;
  if (!mounted) process.stderr.write('Skipped: a small file system, which only root can mount.\n');
  afterAll(() => {
    if (mounted) spawnSync('umount', [folder]);
    rmdirSync(folder);
  });

  (mounted ? test : test.skip).each([
    [['list', '-A', '-o', 'json']],
    [['list', '--help']],
    [['list', '-A', '-o', 'json', '--watch']],
    [['verify', '--all', '-o', 'json']],
  ])('in the middle of the output of %j is an error', async (argv) => {
    const path = join(folder, 'out');
    // Of three pages, one is free.
    writeFileSync(join(folder, 'used'), Buffer.alloc(8000));
    const out = openSync(path, 'w');
    const { code, stderr } = await end(argv, out);
    closeSync(out);
    expect(statSync(path).size).toBe(4096);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(LOST) });
  });

  test('and a file on a disk with room has the whole output', async () => {
    const path = join(cluster.folder, 'whole');
    const out = openSync(path, 'w');
    expect(await end(['list', '-A', '-o', 'json'], out)).toEqual({ code: 0, stderr: '' });
    closeSync(out);
    const { items } = JSON.parse(readFileSync(path, 'utf8')) as { readonly items: readonly unknown[] };
    expect(items.length).toBeGreaterThan(0);
  });
});
