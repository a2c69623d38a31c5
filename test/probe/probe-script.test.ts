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
import { setTimeout as sleep } from 'node:timers/promises';
import { type HeldView, readHeldView } from '../../src/inspection/held-view.ts';
import { parseLabelledLines } from '../../src/inspection/labelled-lines.ts';
import { type NodeView, readDevices, readNodeView } from '../../src/inspection/node-view.ts';
import { probeCommand, type ProbeQuestion, ROUNDS } from '../../src/probe/probe-script.ts';
import { parseReport } from '../../src/inspection/report.ts';
import { type Inodes, namespacesIn } from '../support/node-views.ts';

/** Number of readings: each list of processes is read four times. */
const READINGS = 4 * ROUNDS;
const MARKER = '0123456789abcdef0123456789abcdef';
const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const PROBE_UID = '00000000-0000-4000-8000-0000000000aa';
/** Sections about processes, in their order. */
const OF_PROCESSES = [
  'self',
  'cgroups',
  'pid',
  'ipc',
  'net',
  'threads-net',
  'threads-ipc',
  'threads-pid',
  'zombies',
  'cgroups-again',
  'parent',
];
const NEEDED = ['xargs', 'grep', 'stat', 'awk', 'cat'];

/** Shells and programs that an image of the probe Pod may have: this machine's, and busybox alone. */
const SHELLS: readonly (readonly [name: string, shell: readonly string[], isBusybox: boolean])[] = [
  ['sh', ['/bin/sh'], false],
  ['dash', ['/bin/dash'], false],
  ['bash', ['/bin/bash'], false],
  ['busybox', ['/bin/busybox', 'sh'], true],
];
const here = SHELLS.filter(([, [path = '']]) => existsSync(path));
for (const [name] of SHELLS.filter((shell) => !here.includes(shell))) {
  process.stderr.write(`Not tested: the probe Pod's script in ${name}, which is not installed.\n`);
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  process.stderr.write('Skipped: the probe Pod’s script needs /proc of Linux.\n');

/** The programs of the busybox image. */
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
  question: ProbeQuestion = { kind: 'node', probeUid: PROBE_UID, networks: true },
  environment: Readonly<Record<string, string>> = {},
): string {
  const [, ...args] = probeCommand(MARKER, question);
  const [program = '', ...before] = shell;
  const { stdout, stderr, status } = spawnSync(program, [...before, ...args], {
    encoding: 'utf8',
    env: { PATH: isBusybox ? onlyBusybox : process.env['PATH'], ...environment },
    // bash reads ~/.bashrc if its standard input is a socket.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const inode = (pid: number | 'self', kind: string): number =>
  Number(/\d+/.exec(readlinkSync(`/proc/${String(pid)}/ns/${kind}`))?.[0]);
const namespacesOf = (pid: number | 'self'): Inodes => ({
  net: inode(pid, 'net'),
  pid: inode(pid, 'pid'),
  ipc: inode(pid, 'ipc'),
});

const KINDS = ['net', 'pid', 'ipc'] as const;
/** Namespaces of all processes that this user can read. */
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

test('the command of the probe Pod is short enough for a URL', () => {
  for (const question of [
    { kind: 'node', probeUid: PROBE_UID, networks: true },
    { kind: 'hold', probeUid: PROBE_UID, podUids: Array.from({ length: 16 }, () => POD_UID) },
    { kind: 'hold', probeUid: PROBE_UID, podUids: Array.from({ length: 1000 }, () => POD_UID) },
    { kind: 'devices', pid: 4_194_303 },
  ] as const) {
    const words = probeCommand(MARKER, question).map((word) => ['command', word]);
    expect(new URLSearchParams(words).toString().length).toBeLessThan(6000);
  }
});

/**
 * Returns the node from a script that runs outside a probe Pod. The script has no Pod's control group, unless it is in
 * the root of a hierarchy, where a probe Pod in a cgroup namespace of its own always is.
 */
function readMachine(output: string): NodeView {
  const rooted = output.replace(/(?<= begin self\n\d+\n)(?=\n)/, '0::/\n');
  return readNodeView(rooted, MARKER, 'no-such-uid');
}

onLinux.each(here)('the probe Pod’s script in %s', (...shell) => {
  test('reports this machine, with the process that started the script as the node’s', () => {
    const output = run(shell);
    const view = readMachine(output);
    // Here the test started the script, instead of the runtime's shim.
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

  test('leaves out the interfaces unless they are requested', () => {
    const { sections, isComplete } = parseReport(
      run(shell, { kind: 'node', probeUid: PROBE_UID, networks: false }),
      MARKER,
    );
    expect([[...sections.keys()], isComplete]).toEqual([OF_PROCESSES, true]);
  });

  test('reports the namespaces of every process that does not end meanwhile', () => {
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

  test('reads each network once', () => {
    const { sections } = parseReport(run(shell), MARKER);
    const text = (name: string): string => sections.get(name)?.text ?? '';
    const nets = parseLabelledLines(text('net'), 'ns/net');
    const readers = [...parseLabelledLines(text('net-dev'), 'net/dev').keys()];
    expect(readers.length).toBeGreaterThan(0);
    expect(new Set(readers.map((pid) => nets.get(pid))).size).toBe(readers.length);
  });

  test('reads the interfaces of its own network with details from /sys and ip', () => {
    const view = readMachine(run(shell));
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

  test('reports the devices in the /sys of a process', () => {
    const shown = readDevices(run(shell, { kind: 'devices', pid: process.pid }), MARKER);
    const there = readdirSync('/sys/class/net').filter((name) =>
      existsSync(`/sys/class/net/${name}/ifindex`),
    );
    expect(shown.map(({ name }) => name).sort()).toEqual(there.sort());
    expect(shown.find(({ name }) => name === 'lo')?.type).toBe(772);
  });

  test('reports no devices of a process that has ended', () => {
    const { pid } = spawnSync('/bin/true');
    expect(readDevices(run(shell, { kind: 'devices', pid }), MARKER)).toEqual([]);
  });
});

/** Directory of a cgroup hierarchy in which this user can create groups; null if there is none. */
function writableHierarchy(): string | null {
  const candidates = [
    '/sys/fs/cgroup/pids',
    '/sys/fs/cgroup',
    '/sys/fs/cgroup/systemd',
    '/sys/fs/cgroup/unified',
  ];
  for (const directory of candidates) {
    const own = join(directory, `hostns-test-${randomBytes(4).toString('hex')}`);
    try {
      if (!existsSync(join(directory, 'cgroup.procs'))) continue;
      mkdirSync(own);
      rmdirSync(own);
      return directory;
    } catch {
      continue;
    }
  }
  return null;
}

const hierarchy = process.platform === 'linux' && process.getuid?.() === 0 ? writableHierarchy() : null;
const withGroups = hierarchy === null ? describe.skip : describe;
if (hierarchy === null)
  process.stderr.write(
    'Skipped: the probe Pod’s script among Pods needs permission to create control groups.\n',
  );

/** Program whose second thread unshares the network (CLONE_NEWNET of include/uapi/linux/sched.h) and then prints a line. */
const LEAVING_THREAD = `
import ctypes, sys, threading
def leave():
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) == 0: print("up", flush=True)
    sys.stdin.read()
threading.Thread(target=leave).start()
`;
/** Program whose first thread ends while another one runs in a network of its own. */
const WITHOUT_LEADER = `
import ctypes, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
def leave():
    libc.unshare(0x40000000)
    print("up", flush=True)
    sys.stdin.read()
threading.Thread(target=leave).start()
libc.pthread_exit(None)
`;
/** Program that moves between its first network and another one every 10 ms. */
const FLIPPING = `
import ctypes, os, select, sys
libc = ctypes.CDLL(None, use_errno=True)
first = os.open("/proc/self/ns/net", os.O_RDONLY)
libc.unshare(0x40000000)
own = os.open("/proc/self/ns/net", os.O_RDONLY)
print(os.fstat(own).st_ino, flush=True)
while not select.select([sys.stdin], [], [], 0.01)[0]:
    first, own = own, first
    libc.setns(own, 0x40000000)
`;
/** Program with a zombie: a child that has ended and whose exit code it does not read. */
const WITH_ZOMBIE =
  'import os, sys\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(pid, flush=True)\nsys.stdin.read()';
/** Program that starts and ends processes. */
const SHORT_LIVED = 'echo up; while :; do sleep 0.03; done';
const ids = ['9b', '5a', 'c0'].map((digits) => digits.padEnd(64, '0'));
const [PROBE_ID = '', SANDBOX = '', CONTAINER = ''] = ids;

withGroups('the probe Pod’s script among Pods', () => {
  const root = join(hierarchy ?? '', `hostns-test-${randomBytes(4).toString('hex')}`);
  const podDirectory = join(root, 'kubepods/besteffort', `pod${POD_UID}`);
  const probeDirectory = join(root, 'kubepods/burstable', `pod${PROBE_UID}`, PROBE_ID);
  const started: ChildProcess[] = [];

  /** Starts a process in this group. It prints a line when it has reached its namespaces. */
  async function start(directory: string | Buffer, command: readonly string[]): Promise<number> {
    return (await startSaying(directory, command)).pid;
  }

  async function startSaying(
    directory: string | Buffer,
    command: readonly string[],
  ): Promise<{ readonly pid: number; readonly said: string }> {
    const [program = '', ...args] = command;
    mkdirSync(directory, { recursive: true });
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(child);
    const { pid = 0 } = child;
    writeFileSync(Buffer.concat([Buffer.from(directory), Buffer.from('/cgroup.procs')]), String(pid));
    const said = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data) => {
        resolve(String(data).trim());
      });
      child.once('exit', () => {
        reject(new Error(`${program} ended before it printed a line.`));
      });
    });
    return { pid, said };
  }

  /** Command of a process that does nothing until its standard input is closed. The shell becomes that process. */
  const idle = 'echo up; exec cat';
  /** Runs the script in the probe Pod's group, as a runtime does. */
  function ask(
    shell: (typeof SHELLS)[number],
    question: ProbeQuestion,
    environment: Readonly<Record<string, string>> = {},
  ): string {
    const [, [program = '', ...before], isBusybox] = shell;
    const [, ...args] = probeCommand(MARKER, question);
    const enter = `echo $$ >"$1/cgroup.procs" && shift && PATH=$1 && export PATH && shift && exec "$@"`;
    const path = isBusybox ? onlyBusybox : (process.env['PATH'] ?? '');
    const { stdout, stderr } = spawnSync(
      '/bin/sh',
      ['-c', enter, 'sh', probeDirectory, path, program, ...before, ...args],
      { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 },
    );
    expect(stderr).toBe('');
    return stdout;
  }

  function look(
    shell: (typeof SHELLS)[number],
    environment: Readonly<Record<string, string>> = {},
  ): NodeView {
    const question = { kind: 'node', probeUid: PROBE_UID, networks: true } as const;
    return readNodeView(ask(shell, question, environment), MARKER, PROBE_UID);
  }

  function hold(shell: (typeof SHELLS)[number], podUids: readonly string[] = [POD_UID]): HeldView {
    return readHeldView(ask(shell, { kind: 'hold', probeUid: PROBE_UID, podUids }), MARKER, PROBE_UID);
  }

  const pids = { sandbox: 0, alone: 0, hostile: 0, bytes: 0, threads: 0 };
  const hasPython = spawnSync('python3', ['-c', '']).status === 0;
  const unshares = spawnSync('unshare', ['--net', '--ipc', 'true']).status === 0;
  const UNKNOWN_BYTE = Buffer.from([0xff]);
  const odd = Buffer.concat([Buffer.from(join(podDirectory, CONTAINER, 'x')), UNKNOWN_BYTE]);

  beforeAll(async () => {
    mkdirSync(probeDirectory, { recursive: true });
    pids.sandbox = await start(join(podDirectory, SANDBOX), ['/bin/sh', '-c', idle]);
    pids.hostile = await start(join(podDirectory, CONTAINER, `pod${PROBE_UID}`, PROBE_ID), [
      '/bin/sh',
      '-c',
      idle,
    ]);
    pids.bytes = await start(odd, ['/bin/sh', '-c', idle]);
    if (unshares && hasPython) {
      pids.threads = await start(join(podDirectory, CONTAINER), ['python3', '-c', LEAVING_THREAD]);
    } else {
      process.stderr.write('Not tested: a thread that leaves its process’s network, which needs Python.\n');
    }
    if (unshares) {
      // Not every kernel can create another device.
      const build = `for t in dummy bridge; do ip link add hostns-own type $t 2>/dev/null && break; done; ${idle}`;
      pids.alone = await start(join(podDirectory, CONTAINER), [
        'unshare',
        '--net',
        '--ipc',
        '/bin/sh',
        '-c',
        build,
      ]);
    } else {
      process.stderr.write(
        'Not tested: a process in another network, which this machine refuses to create.\n',
      );
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
    await removeEndedGroups(root);
  });

  /** Network namespaces of all threads, the first thread's first. */
  function netsOf(pid: number): readonly number[] {
    const threads = readdirSync(`/proc/${String(pid)}/task`).map(Number);
    // A thread has a directory in /proc, although /proc does not list it.
    const nets = threads.toSorted((a, b) => a - b).map((thread) => inode(thread, 'net'));
    return [...new Set(nets)];
  }

  test.each(here)('%s reports the Pod, the container and the namespaces of each process', (...shell) => {
    const view = look(shell);
    const own = view.processes.filter(
      ({ podUid, namespaces }) => podUid === POD_UID && namespaces.pid.length > 0,
    );
    const expected = Object.entries(pids)
      .filter(([, pid]) => pid !== 0)
      .map(([name, pid]) => ({
        pid,
        podUid: POD_UID,
        container: name === 'sandbox' ? SANDBOX : CONTAINER,
        namespaces: {
          ...namespacesIn(namespacesOf(pid)),
          ...(name === 'threads' ? { net: netsOf(pid) } : {}),
        },
      }));
    expect(own.toSorted((a, b) => a.pid - b.pid)).toEqual(expected.toSorted((a, b) => a.pid - b.pid));
    // The node's namespaces are the test's here, because the test started the script.
    expect(view.node).toEqual(namespacesOf('self'));
  });

  test.each(here)('%s reports its own process', (...shell) => {
    const view = look(shell);
    const self = view.processes.filter(({ podUid }) => podUid === PROBE_UID);
    expect(self.length).toBeGreaterThan(0);
    expect(self.map(({ container }) => container)).toEqual(self.map(() => PROBE_ID));
    expect(self.map(({ namespaces }) => namespaces)).toContainEqual(namespacesIn(namespacesOf('self')));
  });

  test.each(here)('%s reports the control groups that the kernel prints', (...shell) => {
    // The path has all groups between the root of the hierarchy and the Pod.
    const [line = ''] = readFileSync(`/proc/${String(pids.sandbox)}/cgroup`, 'utf8')
      .split('\n')
      .filter((one) => one.includes('pod'));
    expect(line.endsWith(`/${basename(root)}/kubepods/besteffort/pod${POD_UID}/${SANDBOX}`)).toBe(true);
    expect(look(shell).processes.find(({ pid }) => pid === pids.sandbox)?.container).toBe(SANDBOX);
  });

  (unshares ? test : test.skip).each(here)('%s reports another network with its interfaces', (...shell) => {
    const view = look(shell);
    const alone = view.processes.find(({ pid }) => pid === pids.alone)?.namespaces;
    expect(alone?.net).not.toEqual([view.node?.net]);
    expect(alone?.ipc).not.toEqual([view.node?.ipc]);
    expect(alone?.pid).toEqual([view.node?.pid]);
    const names = view.interfacesOf(alone?.net[0] ?? 0)?.interfaces.map(({ name }) => name);
    expect(names).toEqual(devicesOf(`/proc/${String(pids.alone)}/net/dev`));
    expect(names).toContain('lo');
    const ofNode = view.interfacesOf(view.node?.net ?? 0)?.interfaces.map(({ name }) => name);
    expect(ofNode).toEqual(devicesOf('/proc/self/net/dev'));
  });

  (unshares && hasPython ? test : test.skip).each(here)(
    '%s reports a thread that left the network of its process',
    (...shell) => {
      const [seen] = look(shell).processes.filter(({ pid }) => pid === pids.threads);
      expect(new Set(seen?.namespaces.net)).toEqual(new Set(netsOf(pids.threads)));
      expect(seen?.namespaces.net).toHaveLength(2);
      expect(seen?.namespaces.pid).toEqual([inode('self', 'pid')]);
    },
  );

  // GNU grep takes text that is invalid in the locale for binary data, and prints none of its lines.
  test.each(here)('%s reports a process whose cgroup name is not valid text', (...shell) => {
    const languages = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
    expect(readFileSync(`/proc/${String(pids.bytes)}/cgroup`)).toContain(0xff);
    expect(look(shell, languages).processes.find(({ pid }) => pid === pids.bytes)?.container).toBe(CONTAINER);
  });

  describe('processes that move or end', () => {
    const tried = hasPython && unshares;
    if (!tried) process.stderr.write('Not tested: processes that move, which need Python and unshare.\n');
    const withPython = tried ? test : test.skip;
    const uids = {
      leaderless: uidOf(1),
      flipping: uidOf(2),
      zombie: uidOf(3),
      short: uidOf(4),
      foreign: uidOf(5),
    };
    const pidOf: Partial<Record<keyof typeof uids, number>> = {};
    let zombie = 0;
    let unmountForeign: (() => Promise<void>) | null = null;

    const folderOf = (name: keyof typeof uids): string =>
      join(root, 'kubepods/besteffort', `pod${uids[name]}`, CONTAINER);

    beforeAll(async () => {
      if (!tried) return;
      pidOf.leaderless = await start(folderOf('leaderless'), ['python3', '-c', WITHOUT_LEADER]);
      pidOf.flipping = await start(folderOf('flipping'), ['python3', '-c', FLIPPING]);
      const { pid, said } = await startSaying(folderOf('zombie'), ['python3', '-c', WITH_ZOMBIE]);
      pidOf.zombie = pid;
      zombie = Number(said);
      pidOf.short = await start(folderOf('short'), ['/bin/sh', '-c', SHORT_LIVED]);
      for (const ended of [pidOf.leaderless, zombie]) await untilZombie(ended);
    });

    const seenIn = <T extends { readonly podUid: string }>(
      view: { readonly processes: readonly T[] },
      name: keyof typeof uids,
    ): readonly T[] => view.processes.filter(({ podUid }) => podUid === uids[name]);

    withPython.each(here)(
      '%s assigns a process whose first thread has ended by its other threads',
      (...shell) => {
        const expected = { pid: pidOf.leaderless, podUid: uids.leaderless, container: CONTAINER };
        const view = look(shell);
        const [seen, ...others] = seenIn(view, 'leaderless');
        expect([seen, others]).toMatchObject([expected, []]);
        expect(seen?.namespaces).toMatchObject({ pid: [inode('self', 'pid')], ipc: [inode('self', 'ipc')] });
        expect(seen?.namespaces.net).toHaveLength(1);
        expect(seen?.namespaces.net).not.toEqual([view.node?.net]);
        const held = hold(shell, [uids.leaderless]);
        expect(held.processes).toMatchObject([expected]);
        expect(held.processes[0]?.rounds.size).toBe(READINGS);
      },
    );

    withPython.each(here)('%s finds a process that moves in both of its networks', (...shell) => {
      const held = hold(shell, [uids.flipping]);
      expect(held.rounds).toBe(READINGS);
      expect(held.processes.map(({ pid }) => pid)).toEqual([pidOf.flipping]);
      const rounds = [...(held.processes[0]?.rounds.values() ?? [])];
      const nets = new Set(rounds.flatMap(({ net }) => net));
      expect(nets.size).toBe(2);
      expect(nets).toContain(inode('self', 'net'));
    });

    withPython.each(here)('%s leaves out a zombie', (...shell) => {
      for (const view of [look(shell), hold(shell, [uids.zombie])]) {
        expect(
          seenIn<{ readonly podUid: string; readonly pid: number }>(view, 'zombie').map(({ pid }) => pid),
        ).toEqual([pidOf.zombie]);
      }
      expect(statusOf(zombie)).toMatch(/^State:\tZ/m);
    });

    withPython.each(here)(
      '%s reports short-lived processes in the readings that they live in',
      (...shell) => {
        const seen = seenIn(hold(shell, [uids.short]), 'short');
        const lasting = seen.find(({ pid }) => pid === pidOf.short);
        expect(lasting?.rounds.size).toBe(READINGS);
        const short = seen.filter(({ pid }) => pid !== pidOf.short);
        expect(short.length).toBeGreaterThan(0);
        for (const { rounds } of short) expect(rounds.size).toBeLessThan(READINGS);
      },
    );

    test.each(here)('%s reads only the requested Pods, unless there are too many to name', (...shell) => {
      const some = new Set(hold(shell).processes.map(({ podUid }) => podUid));
      expect(some).toEqual(new Set([POD_UID]));
      const all = hold(
        shell,
        Array.from({ length: 17 }, () => POD_UID),
      ).processes.map(({ podUid }) => podUid);
      expect(all).toContain(POD_UID);
      expect(all).toContain(PROBE_UID);
    });

    test('a hierarchy that a container mounted assigns no process to a Pod', () => {
      const foreign = mountForeign();
      if (foreign === null) {
        process.stderr.write(
          'Not tested: a hierarchy that a container mounts, which this machine refuses.\n',
        );
        return;
      }
      unmountForeign = foreign.unmount;
      const claimed = join(foreign.directory, 'kubepods/besteffort', `pod${uids.foreign}`, CONTAINER);
      mkdirSync(claimed, { recursive: true });
      writeFileSync(join(claimed, 'cgroup.procs'), String(pids.sandbox));
      const [line = ''] = readFileSync(`/proc/${String(pids.sandbox)}/cgroup`, 'utf8').split('\n');
      expect(line).toContain(`:name=${foreign.name}:/kubepods/besteffort/pod${uids.foreign}/`);
      for (const shell of here) {
        const { processes } = look(shell);
        expect(processes.filter(({ pid }) => pid === pids.sandbox)).toMatchObject([
          { podUid: POD_UID, container: SANDBOX },
        ]);
        expect(processes.some(({ podUid }) => podUid === uids.foreign)).toBe(false);
        const held = hold(shell, [POD_UID, uids.foreign]);
        expect(new Set(held.processes.map(({ podUid }) => podUid))).toEqual(new Set([POD_UID]));
      }
    });

    afterAll(async () => {
      await unmountForeign?.();
    });
  });
});

function uidOf(number: number): string {
  return `00000000-0000-4000-8000-00000000000${String(number)}`;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${String(pid)}/status`, 'utf8');
}

async function untilZombie(pid: number): Promise<void> {
  for (let tries = 0; !/^State:\tZ/m.test(statusOf(pid)); tries += 1) {
    if (tries > 200) throw new Error(`The process ${String(pid)} has not ended.`);
    await sleep(20);
  }
}

/** Mounts a named hierarchy of cgroup v1, as any container with CAP_SYS_ADMIN can; returns null if that is refused. */
function mountForeign(): {
  readonly name: string;
  readonly directory: string;
  readonly unmount: () => Promise<void>;
} | null {
  const name = `hostns-test-${randomBytes(4).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'hostns-hierarchy-'));
  const mount = (): boolean =>
    spawnSync('mount', ['-t', 'cgroup', '-o', `none,name=${name}`, 'none', directory]).status === 0;
  if (!mount()) {
    rmdirSync(directory);
    return null;
  }
  const isThere = (): boolean => readFileSync('/proc/self/cgroup', 'utf8').includes(`:name=${name}:`);
  const unmount = async (): Promise<void> => {
    moveToRoot(directory);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroups(Buffer.from(join(directory, entry.name)));
    }
    for (let tries = 0; tries < 5; tries += 1) {
      // The kernel removes a group some time after rmdir(2), and keeps a hierarchy that still has a group.
      await sleep(200);
      spawnSync('umount', [directory]);
      for (let waits = 0; waits < 20 && isThere(); waits += 1) await sleep(50);
      if (!isThere() || !mount()) break;
    }
    rmdirSync(directory);
  };
  return { name, directory, unmount };
}

/** Moves the processes of all groups of a hierarchy to its root. */
function moveToRoot(directory: string, root = directory): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const group = join(directory, entry.name);
    moveToRoot(group, root);
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
      writeFileSync(join(root, 'cgroup.procs'), pid);
    }
  }
}

/** Removes groups in which a process may still be ending, such as the child of a killed one. */
async function removeEndedGroups(directory: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      removeGroups(Buffer.from(directory));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 100) throw error;
      await sleep(50);
    }
  }
}

/** Removes the deepest groups first. The files in them belong to the kernel. */
function removeGroups(directory: Buffer): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) removeGroups(Buffer.concat([directory, Buffer.from('/'), entry.name]));
  }
  rmdirSync(directory);
}
