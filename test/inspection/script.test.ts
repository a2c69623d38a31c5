import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerView, readContainerView } from '../../src/inspection/container-view.ts';
import { parseReport } from '../../src/inspection/report.ts';
import { inspectionCommand, reportParts } from '../../src/inspection/script.ts';

const MARKER = '0123456789abcdef0123456789abcdef';

/** Shells of common images. sh is one of the others on every machine. */
const SHELLS: readonly (readonly [name: string, ...command: readonly string[]])[] = [
  ['sh', '/bin/sh'],
  ['dash', '/bin/dash'],
  ['bash', '/bin/bash'],
  ['busybox ash', '/bin/busybox', 'sh'],
];
const here = SHELLS.filter(([, path = '']) => existsSync(path));
for (const [name] of SHELLS.filter((shell) => !here.includes(shell))) {
  process.stderr.write(`Not tested: the script in ${name}, which is not installed.\n`);
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux') process.stderr.write('Skipped: the script needs /proc of Linux.\n');

const asRoot = process.getuid?.() === 0 ? test : test.skip;
if (process.getuid?.() !== 0)
  process.stderr.write('Skipped: the script as another user, which only root can become.\n');

function run(shell: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const [, ...args] = inspectionCommand('', MARKER, reportParts);
  const [program = '', ...before] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...before, ...args], {
    encoding: 'utf8',
    // Other tests may have left thousands of sockets in TIME_WAIT on this machine.
    maxBuffer: 8 * 1024 * 1024,
    env: { PATH: process.env['PATH'], ...environment },
    // bash reads ~/.bashrc if its standard input is a socket.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** Results of `run` by shell, for values that do not change during these tests: each run takes a second or more. */
const views = new Map<string, ContainerView>();

function viewOf(shell: readonly string[]): ContainerView {
  const key = shell.join(' ');
  const view = views.get(key) ?? readContainerView(run(shell), MARKER);
  views.set(key, view);
  return view;
}

onLinux('the script', () => {
  test('is short enough for a URL', () => {
    const query = new URLSearchParams(
      inspectionCommand('/bin/sh', MARKER, reportParts).map((word) => ['command', word]),
    );
    expect(query.toString().length).toBeLessThan(6000);
  });

  describe.each(here)('the script in %s', (_name, ...shell) => {
    test('reports the facts of its own process', () => {
      const view = viewOf(shell);
      const inode = (kind: string): number => Number(/\d+/.exec(readlinkSync(`/proc/self/ns/${kind}`))?.[0]);
      expect(view).toMatchObject({
        isComplete: true,
        garbled: [],
        bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
        inodes: {
          net: inode('net'),
          pid: inode('pid'),
          ipc: inode('ipc'),
          uts: inode('uts'),
          cgroup: inode('cgroup'),
        },
      });
      const shown = view.interfaces?.interfaces.map(({ name }) => name) ?? [];
      expect(shown).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())));
      expect(view.cgroup?.length).toBeGreaterThan(0);
      expect(view.mounts?.map(({ mountPoint }) => mountPoint)).toContain('/proc');
    });

    test('reports the same without any program on PATH', () => {
      const empty = mkdtempSync(join(tmpdir(), 'hostns-script-'));
      try {
        const view = readContainerView(run(shell, { PATH: empty }), MARKER);
        const full = viewOf(shell);
        expect(view.garbled).toEqual([]);
        expect(view.inodes).toEqual(full.inodes);
        // Another test may mount a hierarchy of its own at the same time.
        const ofMachine = ({ cgroup }: typeof view): typeof cgroup =>
          cgroup?.filter(({ controllers }) => !controllers.join().includes('hostns-test-')) ?? null;
        expect(ofMachine(view)).toEqual(ofMachine(full));
        const names = (of: typeof view): readonly string[] | undefined =>
          of.interfaces?.interfaces.map(({ name }) => name);
        expect(names(view)).toEqual(names(full));
      } finally {
        rmSync(empty, { recursive: true });
      }
    });

    asRoot('says the same to a user who is not root', () => {
      const [, ...args] = inspectionCommand('', MARKER, ['namespaces', 'interfaces']);
      const [program = '', ...before] = shell;
      const { stdout } = spawnSync(program, [...before, ...args], {
        encoding: 'utf8',
        uid: 65534,
        gid: 65534,
      });
      const view = readContainerView(stdout, MARKER);
      expect([view.isComplete, view.garbled]).toEqual([true, []]);
      expect(view.inodes).toEqual(viewOf(shell).inodes);
    });

    test('reads the inodes from the links if fdinfo does not contain them', () => {
      const [, flag = '', script = '', ...rest] = inspectionCommand('', MARKER, reportParts);
      const [program = '', ...before] = shell;
      const old = script.replaceAll('ino:)', 'no-such-line:)').replaceAll('/proc/self/fdinfo/3', '/dev/null');
      expect(old).not.toBe(script);
      const { stdout } = spawnSync(program, [...before, flag, old, ...rest], { encoding: 'utf8' });
      expect(readContainerView(stdout, MARKER).inodes).toEqual(viewOf(shell).inodes);
    });

    test('prints only the requested parts', () => {
      const [, ...args] = inspectionCommand('', MARKER, ['interfaces']);
      const [program = '', ...before] = shell;
      const { stdout } = spawnSync(program, [...before, ...args], { encoding: 'utf8' });
      const { sections, isComplete } = parseReport(stdout, MARKER);
      expect([...sections.keys()]).toEqual(['net-dev', 'if-inet6', 'ip', 'sysfs', 'fib-trie', 'route']);
      expect(isComplete).toBe(true);
    });
  });

  test('reports which listening sockets are its own', async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const view = readContainerView(run(['/bin/sh']), MARKER);
      const found = view.listening?.filter((socket) => socket.port === port);
      expect(found).toEqual([{ protocol: 'TCP', address: '127.0.0.1', port, owner: 'pod' }]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('a fake cat can forge a section, and cannot break the report', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostns-script-'));
    try {
      writeFileSync(join(folder, 'cat'), '#!/bin/sh\necho "begin end done"\nexit 3\n');
      chmodSync(join(folder, 'cat'), 0o755);
      symlinkSync('/bin/false', join(folder, 'grep'));
      const view = readContainerView(run(['/bin/sh'], { PATH: folder }), MARKER);
      expect(view.isComplete).toBe(true);
      expect(view.inodes.net).not.toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
