import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { ExecAnswer } from '../api-server/exec.ts';
import { recordedExec } from '../api-server/kubelet.ts';
import { schemaErrors, validator } from '../support/schemas.ts';
import { UNSAFE_TEXT } from '../support/unsafe-text.ts';
import { testCluster } from './cluster.ts';
import type { Screen } from './run.ts';
import { recordedPod, reporting, sample, summary, withSection } from './verifying.ts';

const cluster = testCluster();
const VALIDATE = validator('verification-list');
/** Clears the screen, writes a green tick, turns the line around, and hides what follows. */
const EVIL = '\u001b[2J\u001b[32m✔\u202e\u009b8m\u200b\u0007\r';
const EVIL_SHOWN = '\\u001b[2J\\u001b[32m✔\\u202e\\u009b8m\\u200b\\u0007\\u000d';
/** A name that the kernel takes for a device, control characters and all. */
const EVIL_DEVICE = 'a\u001b[2J\u202e\u0007b';

const HEADER = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

function netDev(...names: readonly string[]): string {
  return HEADER + names.map((name) => `${name}: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n`).join('');
}

/** What plain-2 reports, with another text in a section. */
function forge(section: string, text: string): void {
  cluster.server.exec = (call) =>
    reporting(call, (report, marker) => withSection(report, marker, section, text));
}

function verify(...argv: readonly string[]): Promise<Screen> {
  return cluster.run(['verify', 'plain-2', ...argv]);
}

function lineOf(kind: string, { stdout }: Screen): string {
  return stdout.split('\n').find((line) => line.startsWith(`${kind} `)) ?? '';
}

/** The kubelet's word stands, and of the container's it is said what is wrong with it. */
async function expectUnseen(answer: ExecAnswer, why: string, ...argv: readonly string[]): Promise<void> {
  cluster.server.exec = () => answer;
  const screen = await verify(...argv);
  expect({ code: screen.code, stderr: screen.stderr }).toEqual({ code: 2, stderr: '' });
  expect(lineOf('network', screen)).toMatch(/^network +pod +own +match +kubelet: the sandbox has none of /);
  expect(lineOf('pid', screen)).toMatch(/^pid +container +unknown +inconclusive +container: /);
  expect(lineOf('pid', screen).replace(/^.* container: /, '')).toBe(why);
  expect(screen.stdout + screen.stderr).not.toMatch(UNSAFE_TEXT);
}

describe('an exec that does not end as it should', () => {
  test.each<[string, ExecAnswer, string, readonly string[]]>([
    [
      'hangs',
      { fault: 'hang' },
      'it took too long; its report cannot be read: the report is empty',
      ['--timeout', '300ms'],
    ],
    [
      'floods',
      { fault: 'flood' },
      'it printed without end; its report cannot be read: the report is empty',
      [],
    ],
    [
      'floods standard error',
      { fault: 'stderr-flood' },
      `it printed without end (it says "${'x'.repeat(200)}"); its report cannot be read: the report is empty`,
      [],
    ],
    [
      'is closed early',
      { fault: 'no-status' },
      'the connection was closed; its report cannot be read: the report is empty',
      [],
    ],
    [
      'is broken off',
      { fault: 'cut-frame' },
      'the connection was closed; its report cannot be read: the report is empty',
      [],
    ],
    [
      'does not follow the protocol',
      { fault: 'garbage' },
      'what came does not follow the protocol; its report cannot be read: the report is empty',
      [],
    ],
    ['prints nothing', {}, 'the script ended; its report cannot be read: the report is empty', []],
    [
      'prints something else',
      { stdout: `${EVIL}\nroot:x:0:0\n`, exit: 1 },
      'the script ended; its report cannot be read: the report is empty',
      [],
    ],
    [
      'says why on standard error',
      { stderr: `sh: ${EVIL}\nsh: and more\n`, exit: 2 },
      `the script ended (it says "sh: ${EVIL_SHOWN}"); its report cannot be read: the report is empty`,
      [],
    ],
    [
      'cannot be started, for a reason of somebody else',
      { exit: `no${EVIL}\nno` },
      `the script could not be started: Internal error occurred: no${EVIL_SHOWN}\\u000ano`,
      [],
    ],
  ])('%s', async (_, answer, why, argv) => {
    await expectUnseen(answer, why, ...argv);
  });
});

describe('a report that is cut off', () => {
  test.each(['no-status', 'hang'] as const)('says what it has said until then: %s', async (fault) => {
    cluster.server.exec = (call) => {
      const report = String(recordedExec(call).stdout);
      return { stdout: report.slice(0, report.indexOf('begin sysfs') - 33), fault };
    };
    const screen = await verify('--timeout', '500ms');
    expect(screen.code).toBe(2);
    expect(screen.stderr).toBe(
      'Note: The report of the container c of the Pod plain-2 was cut off; what had come is used.\n',
    );
    expect(lineOf('pid', screen)).toMatch(
      / match \(self-reported\) +container: its PID 1 is in the container's own/,
    );
    expect(screen.stdout).toMatch(/^eth0 +no +its own +10\.244\.3\.\d+\/24 fe80::\S+\/64$/m);
  });

  test('in the midst of a section leaves that out', async () => {
    cluster.server.exec = (call) => {
      const report = String(recordedExec(call).stdout);
      return { stdout: report.slice(0, report.indexOf('begin net-dev') + 300), fault: 'no-status' };
    };
    const screen = await verify();
    expect(screen.stderr).toContain('was cut off');
    expect(screen.stdout).not.toMatch(/^lo /m);
  });
});

describe('a report without the kubelet that does not show all of its addresses', () => {
  const without = (report: string, marker: string, ...sections: readonly string[]): string =>
    sections.reduce(
      (rest, section) =>
        rest.replace(new RegExp(`${marker} begin ${section}\n[^]*?\n${marker} end \\d+\n`), ''),
      report,
    );

  test.each<[string, (report: string, marker: string) => string]>([
    ['has none', (report, marker) => without(report, marker, 'fib-trie', 'ip')],
    [
      'has garbled ones',
      (report, marker) =>
        withSection(withSection(report, marker, 'fib-trie', 'hello'), marker, 'ip', 'hello'),
    ],
    ['is cut off behind them', (report, marker) => report.slice(0, report.indexOf(`${marker} begin route`))],
  ])('because it %s, says nothing of the network', async (_, change) => {
    cluster.server.exec = (call) => reporting(call, change);
    const KUBECONFIG = await cluster.kubeconfigOf('insider');
    const screen = await cluster.run(['verify', 'plain-2'], { KUBECONFIG });
    expect(screen.code).toBe(2);
    expect(lineOf('network', screen)).toMatch(/^network +pod +unknown +inconclusive +kubelet: /);
    expect(screen.stdout).toMatch(/^ +container: it did not report all of its addresses$/m);
  });

  test.each(['fib-trie', 'ip'])('shows them where it lacks but %s', async (section) => {
    cluster.server.exec = (call) => reporting(call, (report, marker) => without(report, marker, section));
    const KUBECONFIG = await cluster.kubeconfigOf('insider');
    const screen = await cluster.run(['verify', 'plain-2'], { KUBECONFIG });
    expect(lineOf('network', screen)).toMatch(
      /^network +pod +own +match \(self-reported\) +container: it does not have the node's address /,
    );
  });
});

describe('a report from another kernel', () => {
  test('than the node, by its boot ID, is noted', async () => {
    forge('boot-id', '00000000-0000-4000-8000-000000000009\n');
    const screen = await verify();
    expect({ code: screen.code, stderr: screen.stderr }).toEqual({
      code: 2,
      stderr:
        'Note: By its boot ID the container c of the Pod plain-2 runs in another kernel than its node: what the kubelet sees is the sandbox on the node, and not the network of a virtual machine in it.\n',
    });
    expect(lineOf('network', screen)).toMatch(/^network +pod +own +match +kubelet: /);
    expect(lineOf('ipc', screen)).toMatch(
      / inconclusive +container: its IPC namespace \(ipc:\[\d+\]\) belongs to another kernel than the node's /,
    );
    const { items } = JSON.parse((await verify('-o', 'json')).stdout) as { items: { notes: string[] }[] };
    expect(items[0]?.notes).toEqual([expect.stringMatching(/^By its boot ID the container c of /)]);
  });

  test('is not noted where the node is not known', async () => {
    forge('boot-id', '00000000-0000-4000-8000-000000000009\n');
    const KUBECONFIG = await cluster.kubeconfigOf('stranger');
    expect((await cluster.run(['verify', 'plain-2'], { KUBECONFIG })).stderr).toBe('');
  });
});

describe('a forged report', () => {
  test('with escape sequences in the names of devices shows them escaped', async () => {
    forge('net-dev', netDev('lo', EVIL_DEVICE));
    for (const format of ['table', 'wide']) {
      const { code, stdout, stderr } = await verify('-o', format);
      expect(code).toBe(2);
      expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
      expect(stdout).toMatch(/^a\\u001b\S+ +no +no, though the container shows one/m);
    }
    for (const [format, read] of [
      ['json', (text: string): unknown => JSON.parse(text)],
      ['yaml', (text: string): unknown => load(text)],
    ] as const) {
      const { stdout } = await verify('-o', format);
      expect(stdout).not.toMatch(UNSAFE_TEXT);
      const { items } = read(stdout) as { items: { interfaces: { name: string }[] }[] };
      expect(items[0]?.interfaces.map(({ name }) => name)).toContain(EVIL_DEVICE);
    }
  });

  test.each([
    'boot-id',
    'inode net',
    'inode ipc',
    'cgroup',
    'cgroup-1',
    'status',
    'mountinfo',
    'net-dev',
    'route',
    'fib-trie',
    'if-inet6',
    'sysfs',
    'ip',
  ])('with escape sequences in %s', async (section) => {
    for (const text of [
      EVIL,
      `${EVIL}\n${EVIL}\n`,
      `0::/${EVIL}`,
      `1: ${EVIL} inet ${EVIL}/24 scope ${EVIL}`,
    ]) {
      forge(section, text);
      for (const format of ['table', 'wide', 'json', 'yaml']) {
        const { code, stdout, stderr } = await verify('-o', format);
        expect([1, 2]).toContain(code);
        expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
        expect(stderr).not.toContain('defect');
        if (format === 'json') expect(schemaErrors(VALIDATE, JSON.parse(stdout))).toEqual([]);
      }
    }
  });

  test('that is what no kernel prints is named', async () => {
    forge('net-dev', 'no such file');
    const screen = await verify();
    expect(screen.stderr).toMatch(
      /^Note: The report of the container c of the Pod plain-2 has what no kernel prints: .+\.\n$/,
    );
    expect(lineOf('network', screen)).toMatch(/ match +kubelet: /);
  });

  test.each([
    ['twice the same section', (report: string) => report + report],
    [
      'sections without number',
      (report: string, marker: string) => report + `${marker} begin x\n\n${marker} end 0\n`.repeat(9),
    ],
    ['a status that is none', (report: string) => report.replaceAll(/ end 0$/gm, ' end zero')],
    ['something behind its end', (report: string, marker: string) => `${report}${marker} begin more\n`],
  ])('with %s is none', async (_, change) => {
    cluster.server.exec = (call) => reporting(call, change);
    const screen = await verify();
    expect(screen.code).toBe(2);
    expect(lineOf('pid', screen)).toMatch(
      / inconclusive +container: the script ended; its report cannot be read: /,
    );
  });

  test('that differs from what the kubelet sees of the sandbox makes a mismatch, by its own report', async () => {
    const host = recordedPod('pod-use-hostnetwork-2').metadata;
    cluster.server.exec = (call) =>
      recordedExec({ ...call, pod: host.name, namespace: host.namespace, container: 'myapp' });
    const screen = await verify();
    expect(screen.code).toBe(1);
    expect(lineOf('network', screen)).toMatch(
      /^network +pod +host +mismatch \(self-reported\) +container: it has the node's address 198\.51\.100\.2/,
    );
    expect(screen.stdout).toMatch(/^ +the kubelet says otherwise: the sandbox has none of /m);
    expect(screen.stdout).toMatch(/^cni0 +yes +no, though the container shows one +/m);
  });

  test('that contradicts itself is worth nothing', async () => {
    cluster.server.summary = () => summary(sample(0, { ens192: [5000, 5000] }), []);
    // The interfaces are the node's, the addresses are not.
    forge('net-dev', `${HEADER}ens192: 5000 9 0 0 0 0 0 0 5000 9 0 0 0 0 0 0\n`);
    const screen = await verify();
    expect(screen.code).toBe(2);
    expect(lineOf('network', screen)).toMatch(/^network +pod +unknown +inconclusive +/);
    expect(screen.stdout).toContain('container: its report contradicts itself: ');
  });
});

describe('a hostile cluster', () => {
  test('in the names of the interfaces that the kubelet reports', async () => {
    const evil = { [EVIL]: [5000, 5000], eth0: [5000, 5000] } as const;
    cluster.server.summary = () => summary(sample(0, evil), [[recordedPod('plain-2'), sample(0, evil)]]);
    for (const format of ['table', 'wide', 'json', 'yaml']) {
      const { code, stdout, stderr } = await verify('-o', format);
      expect(code).toBe(1);
      expect(stdout + stderr).not.toMatch(UNSAFE_TEXT);
    }
  });

  test('in the words of a refusal', async () => {
    cluster.server.respond = ({ path }) =>
      /\/(?:exec|summary)$/.test(path)
        ? { kind: 'status', status: { code: 403, reason: 'Forbidden', message: `${EVIL}\nerror: ${EVIL}` } }
        : null;
    const { code, stdout, stderr } = await verify();
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr.trimEnd()).not.toMatch(/\n|[^ -~✔]/);
  });

  test('on the command line', async () => {
    const { code, stderr } = await verify(EVIL, `pod/${EVIL}`, '-c', EVIL);
    expect(code).toBe(3);
    expect(stderr).not.toMatch(UNSAFE_TEXT);
  });
});

test('devices of Pods are folded by what their plugin begins every name with', async () => {
  forge('net-dev', netDev('lo', 'lxca1b2', 'lxcb2c3', 'lxc_health', 'calia1', 'cali2b'));
  const { stdout } = await verify();
  expect(stdout.match(/^(?:lxc|cali)\S* \(\d+\)/gm)).toEqual(['cali* (2)', 'lxc* (3)']);
});

describe('a node with a thousand veths', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `veth${index.toString(16).padStart(8, '0')}`);

  test('has one line for them, and a line for each with -o wide', async () => {
    forge('net-dev', netDev('lo', ...names));
    const { stdout } = await verify();
    expect(stdout).toMatch(/^veth\* \(1000\) +\(not reported\) +its own \(self-reported\)$/m);
    expect(stdout.split('\n').length).toBeLessThan(20);
    const { stdout: wide } = await verify('-o', 'wide');
    expect(wide.match(/^veth[\da-f]{8} /gm)).toHaveLength(1000);
    const { stdout: json } = await verify('-o', 'json');
    const { items } = JSON.parse(json) as { items: { interfaces: unknown[] }[] };
    expect(items[0]?.interfaces).toHaveLength(1005);
  });
});
