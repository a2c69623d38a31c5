import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseLabelledLines } from '../../src/inspection/labelled-lines.ts';
import { type NodeView, readDevices, readNodeView } from '../../src/inspection/node-view.ts';
import { probeCommand, type ProbeQuestion } from '../../src/inspection/probe-script.ts';
import { parseReport } from '../../src/inspection/report.ts';

const MARKER = '0123456789abcdef0123456789abcdef';
/** What is said of processes, in its order. */
const OF_PROCESSES = [
  'self',
  'cgroups',
  'pid',
  'ipc',
  'net',
  'threads-net',
  'threads-ipc',
  'cgroups-again',
  'parent',
];
const NEEDED = ['xargs', 'grep', 'stat', 'awk', 'cat'];

/** The shells and their programs that a probe's image may have: what this machine has, and busybox alone. */
const SHELLS: readonly (readonly [name: string, shell: readonly string[], isBusybox: boolean])[] = [
  ['sh', ['/bin/sh'], false],
  ['dash', ['/bin/dash'], false],
  ['bash', ['/bin/bash'], false],
  ['busybox', ['/bin/busybox', 'sh'], true],
];
const here = SHELLS.filter(([, [path = '']]) => existsSync(path));
for (const [name] of SHELLS.filter((shell) => !here.includes(shell))) {
  process.stderr.write(`Not tried: the probe's script in ${name}, which this machine does not have.\n`);
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  process.stderr.write('Skipped: the probe’s script, for it reads /proc of Linux.\n');

/** Programs of busybox alone, as its image has them. */
let onlyBusybox = '';
beforeAll(() => {
  onlyBusybox = mkdtempSync(join(tmpdir(), 'hostns-busybox-'));
  for (const program of [...NEEDED, 'ip']) symlinkSync('/bin/busybox', join(onlyBusybox, program));
});
afterAll(() => {
  rmSync(onlyBusybox, { recursive: true });
});

function run(
  [, shell, isBusybox]: (typeof SHELLS)[number],
  question: ProbeQuestion = { kind: 'node', networks: true },
  environment: Readonly<Record<string, string>> = {},
): string {
  const [, ...args] = probeCommand(MARKER, question);
  const [program = '', ...before] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...before, ...args], {
    encoding: 'utf8',
    env: { PATH: isBusybox ? onlyBusybox : process.env['PATH'], ...environment },
    // bash reads ~/.bashrc where its standard input is a socket.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const inode = (pid: number | 'self', kind: string): number =>
  Number(/\d+/.exec(readlinkSync(`/proc/${String(pid)}/ns/${kind}`))?.[0]);
const namespacesOf = (pid: number | 'self'): NodeView['node'] => ({
  net: inode(pid, 'net'),
  pid: inode(pid, 'pid'),
  ipc: inode(pid, 'ipc'),
});

const KINDS = ['net', 'pid', 'ipc'] as const;
/** Of all processes that this user may look into. */
function allInodes(): Readonly<Record<(typeof KINDS)[number], ReadonlyMap<number, number>>> {
  const of = (kind: string): ReadonlyMap<number, number> =>
    new Map(
      readdirSync('/proc').flatMap((name) => {
        try {
          return /^[0-9]+$/.test(name) ? [[Number(name), inode(Number(name), kind)] as const] : [];
        } catch {
          return [];
        }
      }),
    );
  return { net: of('net'), pid: of('pid'), ipc: of('ipc') };
}

const devicesOf = (file: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(2)
    .flatMap((line) => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trim()] : []));

test('fits into a URL with room to spare', () => {
  for (const question of [
    { kind: 'node', networks: true },
    { kind: 'devices', pid: 4_194_303 },
  ] as const) {
    const words = probeCommand(MARKER, question).map((word) => ['command', word]);
    expect(new URLSearchParams(words).toString().length).toBeLessThan(6000);
  }
});

onLinux.each(here)('the probe’s script by %s', (...shell) => {
  test('reports this machine, and the process that has started it as the node’s', () => {
    const output = run(shell);
    const view = readNodeView(output, MARKER, 'no-such-uid');
    // Here it is the test that stands where the runtime's shim does.
    expect(view.node).toEqual(namespacesOf('self'));
    const { sections, isComplete } = parseReport(output, MARKER);
    expect(isComplete).toBe(true);
    expect([...sections.keys()]).toEqual([
      ...OF_PROCESSES,
      'sysfs',
      'ip',
      'net-dev',
      'if-inet6',
      'route',
      'fib-trie',
    ]);
    expect(sections.get('parent')?.text).toBe(`PPid:\t${String(process.pid)}\n`);
  });

  test('leaves out the interfaces where nobody asks for them', () => {
    const { sections, isComplete } = parseReport(run(shell, { kind: 'node', networks: false }), MARKER);
    expect([[...sections.keys()], isComplete]).toEqual([OF_PROCESSES, true]);
  });

  test('shows every process that lives on in the namespaces that it is in', () => {
    const before = allInodes();
    const { sections } = parseReport(run(shell), MARKER);
    const after = allInodes();
    for (const kind of KINDS) {
      const shown = parseLabelledLines(sections.get(kind)?.text ?? '', `ns/${kind}`);
      expect(shown.get(process.pid)).toBe(String(inode('self', kind)));
      const lasting = [...before[kind]].filter(([pid, number]) => after[kind].get(pid) === number);
      expect(lasting.map(([pid]) => [pid, Number(shown.get(pid))])).toEqual(lasting);
    }
  });

  test('reads each network once, however many processes are in it', () => {
    const { sections } = parseReport(run(shell), MARKER);
    const text = (name: string): string => sections.get(name)?.text ?? '';
    const nets = parseLabelledLines(text('net'), 'ns/net');
    const readers = [...parseLabelledLines(text('net-dev'), 'net/dev').keys()];
    expect(readers.length).toBeGreaterThan(0);
    expect(new Set(readers.map((pid) => nets.get(pid))).size).toBe(readers.length);
  });

  test('reads the interfaces of its own network with all that /sys and ip tell', () => {
    const view = readNodeView(run(shell), MARKER, 'no-such-uid');
    const seen = view.interfacesOf(inode('self', 'net'));
    expect(seen?.interfaces.map(({ name }) => name)).toEqual(devicesOf('/proc/self/net/dev'));
    const known = networkInterfaces();
    for (const name of Object.keys(known)) {
      const device = seen?.interfaces.find((one) => one.name === name);
      const addresses = known[name]?.map(({ address }) => address) ?? [];
      expect(device?.addresses.map(({ address }) => address)).toEqual(expect.arrayContaining(addresses));
      expect(device?.mtu).toBe(Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8')));
    }
    expect(seen?.warnings).toEqual([]);
  });

  test('tells the devices that a process sees', () => {
    const shown = readDevices(run(shell, { kind: 'devices', pid: process.pid }), MARKER);
    const there = readdirSync('/sys/class/net').filter((name) =>
      existsSync(`/sys/class/net/${name}/ifindex`),
    );
    expect(shown.map(({ name }) => name).sort()).toEqual(there.sort());
    expect(shown.find(({ name }) => name === 'lo')?.type).toBe(772);
  });

  test('tells none of a process that has ended', () => {
    const { pid } = spawnSync('/bin/true');
    expect(readDevices(run(shell, { kind: 'devices', pid }), MARKER)).toEqual([]);
  });
});

/** A hierarchy of cgroup v1 or v2 that this user can make groups in, or null. */
function writableHierarchy(): string | null {
  const candidates = [
    '/sys/fs/cgroup/systemd',
    '/sys/fs/cgroup/unified',
    '/sys/fs/cgroup',
    '/sys/fs/cgroup/pids',
  ];
  for (const folder of candidates) {
    const own = join(folder, `hostns-test-${randomBytes(4).toString('hex')}`);
    try {
      if (!existsSync(join(folder, 'cgroup.procs'))) continue;
      mkdirSync(own);
      rmdirSync(own);
      return folder;
    } catch {
      continue;
    }
  }
  return null;
}

const hierarchy = process.platform === 'linux' && process.getuid?.() === 0 ? writableHierarchy() : null;
const withGroups = hierarchy === null ? describe.skip : describe;
if (hierarchy === null)
  process.stderr.write('Skipped: the probe’s script among Pods, for no control group can be made here.\n');

const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const PROBE_UID = '00000000-0000-4000-8000-0000000000aa';
/** The other thread unshares the network (CLONE_NEWNET of include/uapi/linux/sched.h), and says so. */
const LEAVING_THREAD = `
import ctypes, sys, threading
def leave():
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) == 0: print("up", flush=True)
    sys.stdin.read()
threading.Thread(target=leave).start()
`;
const ids = ['9b', '5a', 'c0'].map((digits) => digits.padEnd(64, '0'));
const [PROBE_ID = '', SANDBOX = '', CONTAINER = ''] = ids;

withGroups('the probe’s script among Pods', () => {
  const root = join(hierarchy ?? '', `hostns-test-${randomBytes(4).toString('hex')}`);
  const podFolder = join(root, 'kubepods/besteffort', `pod${POD_UID}`);
  const probeFolder = join(root, 'kubepods/burstable', `pod${PROBE_UID}`, PROBE_ID);
  const started: ChildProcess[] = [];

  /** A process in this group, which says a line as soon as it is where it will be. */
  async function start(folder: string | Buffer, command: readonly string[]): Promise<number> {
    const [program = '', ...args] = command;
    mkdirSync(folder, { recursive: true });
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(child);
    const { pid = 0 } = child;
    writeFileSync(Buffer.concat([Buffer.from(folder), Buffer.from('/cgroup.procs')]), String(pid));
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => {
        reject(new Error(`${program} has ended before it was up.`));
      });
    });
    return pid;
  }

  /** What is run becomes the process itself; it ends with its standard input. */
  const idle = 'echo up; exec cat';
  /** As a runtime starts the script, from outside, into the probe's own group. */
  function look(
    shell: (typeof SHELLS)[number],
    environment: Readonly<Record<string, string>> = {},
  ): NodeView {
    const [, [program = '', ...before], isBusybox] = shell;
    const [, ...args] = probeCommand(MARKER, { kind: 'node', networks: true });
    const enter = `echo $$ >"$1/cgroup.procs" && shift && PATH=$1 && export PATH && shift && exec "$@"`;
    const path = isBusybox ? onlyBusybox : (process.env['PATH'] ?? '');
    const { stdout, stderr } = spawnSync(
      '/bin/sh',
      ['-c', enter, 'sh', probeFolder, path, program, ...before, ...args],
      { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 },
    );
    expect(stderr).toBe('');
    return readNodeView(stdout, MARKER, PROBE_UID);
  }

  const pids = { sandbox: 0, alone: 0, hostile: 0, bytes: 0, threads: 0 };
  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  const unshares = spawnSync('unshare', ['--net', '--ipc', 'true']).status === 0;
  const UNKNOWN_BYTE = Buffer.from([0xff]);
  const odd = Buffer.concat([Buffer.from(join(podFolder, CONTAINER, 'x')), UNKNOWN_BYTE]);

  beforeAll(async () => {
    mkdirSync(probeFolder, { recursive: true });
    pids.sandbox = await start(join(podFolder, SANDBOX), ['/bin/sh', '-c', idle]);
    pids.hostile = await start(join(podFolder, CONTAINER, `pod${PROBE_UID}`, PROBE_ID), [
      '/bin/sh',
      '-c',
      idle,
    ]);
    pids.bytes = await start(odd, ['/bin/sh', '-c', idle]);
    if (unshares && hasPython) {
      pids.threads = await start(join(podFolder, CONTAINER), ['python3', '-c', LEAVING_THREAD]);
    } else {
      process.stderr.write('Not tried: a thread that leaves its process’s network, which takes Python.\n');
    }
    if (unshares) {
      // Another device is there only where the kernel has it.
      const build = `for t in dummy bridge; do ip link add hostns-own type $t 2>/dev/null && break; done; ${idle}`;
      pids.alone = await start(join(podFolder, CONTAINER), [
        'unshare',
        '--net',
        '--ipc',
        '/bin/sh',
        '-c',
        build,
      ]);
    } else {
      process.stderr.write('Not tried: a process in a network of its own, which cannot be made here.\n');
    }
  });

  afterAll(async () => {
    await Promise.all(
      started.map(
        (child) =>
          new Promise((resolve) => {
            if (child.exitCode !== null) resolve(null);
            child.once('exit', resolve);
            child.kill('SIGKILL');
          }),
      ),
    );
    removeGroups(Buffer.from(root));
  });

  test.each(here)('%s shows each in its Pod, its container and its namespaces', (...shell) => {
    const view = look(shell);
    const own = view.processes.filter(
      ({ podUid, namespaces }) => podUid === POD_UID && namespaces.pid !== null,
    );
    const expected = Object.entries(pids)
      .filter(([, pid]) => pid !== 0)
      .map(([name, pid]) => ({
        pid,
        podUid: POD_UID,
        container: name === 'sandbox' ? SANDBOX : CONTAINER,
        namespaces: namespacesOf(pid),
      }));
    expect(own.toSorted((a, b) => a.pid - b.pid)).toEqual(expected.toSorted((a, b) => a.pid - b.pid));
    // What the test itself is in is the node here: it has started the script.
    expect(view.node).toEqual(namespacesOf('self'));
  });

  test.each(here)('%s shows itself', (...shell) => {
    const view = look(shell);
    const self = view.processes.filter(({ podUid }) => podUid === PROBE_UID);
    expect(self.length).toBeGreaterThan(0);
    expect(self.map(({ container }) => container)).toEqual(self.map(() => PROBE_ID));
    expect(self[0]?.namespaces).toEqual(namespacesOf('self'));
  });

  test.each(here)('%s shows the groups that the kernel prints', (...shell) => {
    // The path has all that lies between the root of the hierarchy and the Pod.
    const [line = ''] = readFileSync(`/proc/${String(pids.sandbox)}/cgroup`, 'utf8')
      .split('\n')
      .filter((one) => one.includes('pod'));
    expect(line.endsWith(`/${basename(root)}/kubepods/besteffort/pod${POD_UID}/${SANDBOX}`)).toBe(true);
    expect(look(shell).processes.find(({ pid }) => pid === pids.sandbox)?.container).toBe(SANDBOX);
  });

  (unshares ? test : test.skip).each(here)(
    '%s shows a network of its own with its own interfaces',
    (...shell) => {
      const view = look(shell);
      const alone = view.processes.find(({ pid }) => pid === pids.alone)?.namespaces;
      expect(alone?.net).not.toBe(view.node?.net);
      expect(alone?.ipc).not.toBe(view.node?.ipc);
      expect(alone?.pid).toBe(view.node?.pid);
      const names = view.interfacesOf(alone?.net ?? 0)?.interfaces.map(({ name }) => name);
      expect(names).toEqual(devicesOf(`/proc/${String(pids.alone)}/net/dev`));
      expect(names).toContain('lo');
      const ofNode = view.interfacesOf(view.node?.net ?? 0)?.interfaces.map(({ name }) => name);
      expect(ofNode).toEqual(devicesOf('/proc/self/net/dev'));
    },
  );

  (unshares && hasPython ? test : test.skip).each(here)(
    '%s shows a thread that has left its process',
    (...shell) => {
      const seen = look(shell).processes.filter(({ pid }) => pid === pids.threads);
      const nets = readdirSync(`/proc/${String(pids.threads)}/task`).map((thread) =>
        // What is a thread of one process is in /proc, too, though it is not listed there.
        inode(Number(thread), 'net'),
      );
      expect(new Set(seen.map(({ namespaces }) => namespaces.net))).toEqual(new Set(nets));
      expect(seen.map(({ namespaces }) => namespaces.pid)).toEqual([inode('self', 'pid'), null]);
    },
  );

  // GNU grep calls what is no text of the locale binary, and prints none of its lines.
  test.each(here)('%s overlooks nothing that a container has named in bytes of no text', (...shell) => {
    const languages = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
    expect(readFileSync(`/proc/${String(pids.bytes)}/cgroup`)).toContain(0xff);
    expect(look(shell, languages).processes.find(({ pid }) => pid === pids.bytes)?.container).toBe(CONTAINER);
  });
});

/** The deepest first; the files in them are the kernel's. */
function removeGroups(folder: Buffer): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) removeGroups(Buffer.concat([folder, Buffer.from('/'), entry.name]));
  }
  rmdirSync(folder);
}
