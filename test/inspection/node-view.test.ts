import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type NodeView, readDevices, readNodeView, UNREAD } from '../../src/inspection/node-view.ts';
import { ReportError } from '../../src/inspection/report-error.ts';
import { wantedSides } from '../../src/model/declared.ts';
import { namespaceKinds } from '../../src/model/sharing.ts';
import { ProcfsError } from '../../src/procfs/procfs-error.ts';
import { interfacesOfPod } from '../../src/verdict/pod-parts.ts';
import { probeEvidence } from '../../src/verdict/probe-evidence.ts';
import { decodePodJson } from '../../src/wire/pod-json.ts';
import { recordedPods, recordedProbes } from '../api-server/recorded.ts';
import {
  containerId,
  HIDDEN,
  labelledNetDev,
  namespacesIn,
  NODE,
  OWN,
  probeReport,
  type ReportedNode,
  type ReportedProcess,
} from '../support/node-views.ts';

const MARKER = '0123456789abcdef0123456789abcdef';
const PROBE_UID = '00000000-0000-4000-8000-0000000000aa';
const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const [PROBE_ID, SANDBOX, CONTAINER] = ['9b', '5a', 'c0'].map(containerId) as [string, string, string];
const SHIM = 900;
const SELF = 1000;

const inPod = (id: string, below = ''): string => `/kubepods/besteffort/pod${POD_UID}/${id}${below}`;

/** A node with systemd, a shim, the probe Pod, and a Pod with a sandbox and one container. */
const PROCESSES: readonly ReportedProcess[] = [
  { pid: 1, path: null, namespaces: NODE },
  { pid: SHIM, path: null, namespaces: NODE },
  { pid: SELF, path: `/kubepods/burstable/pod${PROBE_UID}/${PROBE_ID}`, namespaces: NODE },
  { pid: 50, path: inPod(SANDBOX), namespaces: OWN },
  { pid: 60, path: inPod(CONTAINER), namespaces: { ...OWN, pid: 4026532950 } },
];

const node = (overrides: Partial<ReportedNode> = {}): string =>
  probeReport({ marker: MARKER, self: SELF, parent: SHIM, processes: PROCESSES, ...overrides });
const read = (output: string): NodeView => readNodeView(output, MARKER, PROBE_UID);
const replaced = (pid: number, change: Partial<ReportedProcess>): readonly ReportedProcess[] =>
  PROCESSES.map((process) => (process.pid === pid ? { ...process, ...change } : process));

describe('readNodeView', () => {
  test('returns the processes of Pods with their namespaces', () => {
    const { interfacesOf, ...seen } = read(node());
    expect(seen).toEqual({
      isComplete: true,
      node: NODE,
      processes: [
        { pid: SELF, podUid: PROBE_UID, container: PROBE_ID, namespaces: namespacesIn(NODE) },
        { pid: 50, podUid: POD_UID, container: SANDBOX, namespaces: namespacesIn(OWN) },
        {
          pid: 60,
          podUid: POD_UID,
          container: CONTAINER,
          namespaces: namespacesIn({ ...OWN, pid: 4026532950 }),
        },
      ],
    });
    expect(interfacesOf(NODE.net)).toBeNull();
  });

  test('refuses a report that is cut off before the interfaces', () => {
    const whole = node();
    const needed = whole.indexOf(`${MARKER} end 0\n`, whole.indexOf('PPid:')) + `${MARKER} end 0\n`.length;
    for (let length = 0; length < needed; length += 7) {
      expect(() => read(whole.slice(0, length))).toThrow(ReportError);
    }
    expect(() => read(whole.slice(0, needed - 1))).toThrow('the report was cut off');
    const seen = read(whole);
    for (let length = needed; length <= whole.length; length += 7) {
      const { node: own, processes, isComplete } = read(whole.slice(0, length));
      expect({ own, processes }).toEqual({ own: seen.node, processes: seen.processes });
      // The report is complete without the last line feed.
      if (length < whole.length - 1) expect(isComplete).toBe(false);
    }
  });

  test('returns the same processes without interfaces', () => {
    const sections = {
      sysfs: null,
      ip: null,
      'net-dev': null,
      'if-inet6': null,
      route: null,
      'fib-trie': null,
    };
    const view = read(node({ sections }));
    expect(view.processes).toEqual(read(node()).processes);
    expect(view.interfacesOf(NODE.net)).toBeNull();
  });

  test('refuses a report with another marker', () => {
    expect(() => readNodeView(node({ marker: 'f'.repeat(32) }), MARKER, PROBE_UID)).toThrow(
      'the report was cut off',
    );
    expect(() => readNodeView(node(), 'f'.repeat(32), PROBE_UID)).toThrow('the report was cut off');
  });

  test.each([
    ['nothing', null],
    ['no number', 'self\n'],
    ['zero', '0\n'],
    ['a process ID that is too large', '12345678\n'],
    ['two numbers', '1 2\n'],
  ])('refuses a report with %s instead of the script’s process ID', (_title, self) => {
    expect(() => read(node({ sections: { self } }))).toThrow('the report has no process ID of its script');
  });

  test.each([
    ['no control group', null],
    ['the group of another Pod', inPod(CONTAINER)],
    ['a group of the node', '/system.slice/containerd.service'],
    ['a relative path', `/../pod${PROBE_UID.replace('aa', 'ab')}/${PROBE_ID}`],
  ])('refuses a report whose script has %s', (_title, selfPath) => {
    expect(() => read(node({ selfPath }))).toThrow(
      "the report does not show the probe Pod's own control group",
    );
  });

  test('accepts a probe Pod in a cgroup namespace of its own', () => {
    expect(read(node({ selfPath: '/' })).processes).toEqual(read(node()).processes);
  });

  test.each([
    ['net', 'net', '/proc/1/ns/net net:[4026531833]\n', 'a net namespace has an invalid inode'],
    ['pid', 'pid', '/proc/1/ns/pid 0\n', 'a pid namespace has an invalid inode'],
    ['ipc', 'ipc', '/proc/1/ns/ipc 12345678901234567\n', 'a ipc namespace has an invalid inode'],
    [
      'net of another kind',
      'net',
      '/proc/1/ns/pid 4026531836\n',
      'a line of ns/net has the label of another file',
    ],
    ['a message of stat', 'net', 'stat: cannot stat\n', 'a line of ns/net has the label of another file'],
    ['a group', 'cgroups', '/proc/1/cgroup:pod\n', 'no two colons'],
  ])('refuses an invalid line: %s', (_title, section, text, message) => {
    const sections = { [section]: text, ...(section === 'cgroups' ? { 'cgroups-again': text } : {}) };
    expect(() => read(node({ sections }))).toThrow(message);
  });

  test('accepts a report without some sections', () => {
    const absent = (...names: readonly string[]): NodeView =>
      read(node({ sections: Object.fromEntries(names.map((name) => [name, null])) }));
    // A process that is in only one of the two lists may be in any namespace.
    for (const section of ['cgroups', 'cgroups-again']) {
      expect(absent(section).processes.map(({ namespaces }) => namespaces)).toEqual([UNREAD, UNREAD, UNREAD]);
    }
    expect(absent('cgroups', 'cgroups-again').processes).toEqual([]);
    expect(() => absent('parent')).toThrow('the report was cut off');
    expect(() => absent('self')).toThrow('the report has no process ID of its script');
    expect(absent('threads-net', 'threads-ipc', 'threads-pid', 'zombies').processes).toEqual(
      read(node()).processes,
    );
    // Only the PID namespaces show that the parent is visible.
    expect(absent('pid').node).toBeNull();
    expect(absent('net').node).toEqual({ ...NODE, net: null });
    expect(absent('net', 'threads-net').processes.map(({ namespaces }) => namespaces.net)).toEqual([
      [],
      [],
      [],
    ]);
    expect(absent('ip', 'sysfs', 'net-dev', 'fib-trie', 'route', 'if-inet6').node).toEqual(NODE);
  });
});

describe('readNodeView for a process whose control group changes between the two lists', () => {
  const ofContainer = { pid: 60, podUid: POD_UID, container: CONTAINER, namespaces: UNREAD };

  test.each([
    ['another container', inPod(SANDBOX), [{ ...ofContainer, container: SANDBOX }]],
    [
      'no container of the same Pod',
      `/kubepods/besteffort/pod${POD_UID}`,
      [{ ...ofContainer, container: null }],
    ],
    ['another Pod', inPod(CONTAINER).replace(POD_UID, PROBE_UID), [{ ...ofContainer, podUid: PROBE_UID }]],
    ['the node', '/system.slice/podman.service', []],
    ['none, because it has ended', null, []],
  ])('returns it without namespaces in both groups, then in %s', (_title, pathAgain, then) => {
    const view = read(node({ processes: replaced(60, { pathAgain }) }));
    expect(view.processes.filter(({ pid }) => pid === 60)).toEqual([ofContainer, ...then]);
  });

  test('keeps it in its container if it moves between groups below the container’s', () => {
    const hopping = { path: inPod(CONTAINER, '/a'), pathAgain: inPod(CONTAINER, '/b'), namespaces: NODE };
    expect(read(node({ processes: replaced(60, hopping) })).processes.at(-1)).toEqual({
      ...ofContainer,
      namespaces: namespacesIn(NODE),
    });
  });

  test('returns it without namespaces if it is only in the second list', () => {
    const late = { pid: 70, path: null, pathAgain: inPod(CONTAINER), namespaces: NODE };
    expect(read(node({ processes: [...PROCESSES, late] })).processes.at(-1)).toEqual({
      ...ofContainer,
      pid: 70,
    });
  });

  test('returns it without namespaces if it ended before they were read', () => {
    const view = read(node({ processes: replaced(60, { namespaces: HIDDEN }) }));
    expect(view.processes.at(-1)).toEqual(ofContainer);
  });
});

describe('readNodeView for the threads of a process', () => {
  const inodesOfOne = (
    change: Partial<ReportedProcess>,
  ): NodeView['processes'][number]['namespaces'] | undefined =>
    read(node({ processes: replaced(60, change) })).processes.find(({ pid }) => pid === 60)?.namespaces;

  test('adds no namespaces if the threads are in those of the process', () => {
    expect(
      inodesOfOne({ namespaces: OWN, threads: { net: [OWN.net], pid: [OWN.pid], ipc: [OWN.ipc] } }),
    ).toEqual(namespacesIn(OWN));
    expect(inodesOfOne({ namespaces: OWN, threads: { net: [], ipc: [] } })).toEqual(namespacesIn(OWN));
  });

  test('adds namespaces of threads after those of the first thread', () => {
    const threads = { net: [NODE.net, OWN.net, 4026539999], pid: [OWN.pid, NODE.pid], ipc: [NODE.ipc] };
    expect(inodesOfOne({ namespaces: OWN, threads })).toEqual({
      net: [OWN.net, NODE.net, 4026539999],
      pid: [OWN.pid, NODE.pid],
      ipc: [OWN.ipc, NODE.ipc],
    });
  });

  test('returns the namespaces of the threads if the first thread has ended', () => {
    const threads = { net: [NODE.net], pid: [OWN.pid], ipc: [OWN.ipc] };
    for (const isZombie of [true, false]) {
      expect(inodesOfOne({ namespaces: HIDDEN, threads, isZombie })).toEqual({
        net: [NODE.net],
        pid: [OWN.pid],
        ipc: [OWN.ipc],
      });
    }
  });

  test('ignores threads of a process outside Pods', () => {
    const processes = PROCESSES.map((process) =>
      process.pid === SHIM ? { ...process, threads: { net: [OWN.net], ipc: [OWN.ipc] } } : process,
    );
    expect(read(node({ processes })).processes).toEqual(read(node()).processes);
  });

  test('refuses an invalid line', () => {
    for (const text of ['/proc/60/ns/net x\n', '/proc/60/task/61/ns/net 1\n', '/proc/60/ns/ipc 1\n']) {
      expect(() => read(node({ sections: { 'threads-net': text } }))).toThrow(ReportError);
    }
  });
});

describe('readNodeView for a zombie', () => {
  test('leaves it out, unlike a process whose namespaces were not read', () => {
    const pidsWith = (change: Partial<ReportedProcess>): readonly number[] =>
      read(node({ processes: replaced(60, { namespaces: HIDDEN, ...change }) })).processes.map(
        ({ pid }) => pid,
      );
    expect(pidsWith({ isZombie: true })).toEqual([SELF, 50]);
    expect(pidsWith({ isZombie: false })).toEqual([SELF, 50, 60]);
  });

  test('keeps it if any of its namespaces could be read', () => {
    const { processes } = read(node({ processes: replaced(60, { isZombie: true }) }));
    expect(processes.map(({ pid }) => pid)).toEqual([SELF, 50, 60]);
  });

  test('recognizes it only by the line of its own status file', () => {
    const zombies =
      '/proc/60/status extra\n/proc/60/task/60/status\n x/proc/60/status\n/proc/12345678/status\n';
    const { processes } = read(
      node({ processes: replaced(60, { namespaces: HIDDEN }), sections: { zombies } }),
    );
    expect(processes.map(({ pid }) => pid)).toEqual([SELF, 50, 60]);
  });
});

describe('readNodeView for the node’s own namespaces', () => {
  test('returns those of the runtime process that started the probe Pod', () => {
    const odd = { net: 4026533001, pid: 4026533002, ipc: 4026533003 };
    expect(read(node({ processes: replaced(SHIM, { namespaces: odd }) })).node).toEqual(odd);
  });

  test.each([
    ['the parent is outside the probe Pod’s PID namespace', { parent: 0 }],
    ['the parent has ended', { parent: 901 }],
    ['the parent is in a container', { parent: 60 }],
    ['the parent is in the sandbox', { parent: 50 }],
    ['the parent is the script’s own container', { parent: SELF }],
    ['the parent’s namespaces cannot be read', { processes: replaced(SHIM, { namespaces: HIDDEN }) }],
    ['the parent’s ID is invalid', { sections: { parent: 'PPid:\tx\n' } }],
    ['there are two parents', { sections: { parent: 'PPid:\t900\nPPid:\t1\n' } }],
    ['the line is not PPid', { sections: { parent: 'TracerPid:\t900\n' } }],
  ] satisfies readonly (readonly [string, Partial<ReportedNode>])[])(
    'returns none if %s',
    (_title, change) => {
      expect(read(node(change)).node).toBeNull();
    },
  );

  test('accepts conmon as the parent, which is in the Pod’s group but in no container', () => {
    const path = `/kubepods/burstable/pod${PROBE_UID}/crio-conmon-${PROBE_ID}`;
    expect(read(node({ processes: replaced(SHIM, { path }) })).node).toEqual(NODE);
  });
});

describe('readNodeView for a node that is itself in a container', () => {
  const outer = `/kubepods/besteffort/pod00000000-0000-4000-8000-00000000000f/${containerId('0f')}`;

  test('finds its Pods below the path of that container', () => {
    const processes = PROCESSES.map((process) => ({
      ...process,
      path: process.path === null ? `${outer}/system.slice/containerd.service` : `${outer}${process.path}`,
    }));
    const view = read(node({ processes }));
    expect(view.node).toEqual(NODE);
    expect(view.processes.map(({ pid, podUid }) => [pid, podUid])).toEqual([
      [SELF, PROBE_UID],
      [50, POD_UID],
      [60, POD_UID],
    ]);
  });

  test('finds its Pods by relative paths if the probe Pod’s group is the root', () => {
    const processes = [
      { pid: SHIM, path: null, namespaces: NODE },
      { pid: SELF, path: null, namespaces: NODE },
      { pid: 50, path: `/../../../besteffort/pod${POD_UID}/${SANDBOX}`, namespaces: OWN },
    ];
    expect(read(node({ processes, selfPath: '/' })).processes).toEqual([
      { pid: 50, podUid: POD_UID, container: SANDBOX, namespaces: namespacesIn(OWN) },
    ]);
  });
});

describe('interfacesOf', () => {
  const [nodeNet, podNet] = [NODE.net, OWN.net];
  const names = (view: NodeView, net: number): readonly string[] | undefined =>
    view.interfacesOf(net)?.interfaces.map(({ name }) => name);

  test('reads the files of the first process that has them', () => {
    const sections = { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, ['lo', 'eth0']) };
    const view = read(node({ sections }));
    expect(names(view, nodeNet)).toEqual(['lo', 'ens192']);
    expect(names(view, podNet)).toEqual(['lo', 'eth0']);
    expect(view.interfacesOf(4026539999)).toBeNull();
  });

  test('ignores a process whose network namespace is unknown', () => {
    const sections = { 'net-dev': labelledNetDev(77, ['lo', 'eth0']) };
    const view = read(node({ sections }));
    expect(view.interfacesOf(podNet)).toBeNull();
  });

  test.each([
    ['escape sequences', '\u001b[2J'],
    ['line separators other than a line feed', 'a\u2028b\u0085c'],
    ['text like a heading', 'face|'],
    ['the marker', MARKER.slice(0, 15)],
    ['a single hyphen', '-'],
    ['bytes that are not UTF-8', '\ufffd'],
    ['a word that the script filters by', 'pod'],
  ])('accepts interface names with %s', (_title, name) => {
    const sections = { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, ['lo', name]) };
    const view = read(node({ sections }));
    expect(names(view, podNet)).toEqual(['lo', name]);
    expect(names(view, nodeNet)).toEqual(['lo', 'ens192']);
  });

  test('returns null for a network that cannot be read, and reads the others', () => {
    const garbled = [
      labelledNetDev(50, ['eth0', 'eth0']),
      labelledNetDev(50, ['a name that is too long for a device']),
      '/proc/50/net/dev:Inter-|\n',
      '/proc/50/net/dev:nothing of the kind\n',
    ];
    for (const text of garbled) {
      const view = read(node({ sections: { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + text } }));
      expect(view.interfacesOf(podNet)).toBeNull();
      expect(names(view, nodeNet)).toEqual(['lo', 'ens192']);
    }
  });

  test('uses the probe Pod’s /sys for its own network only, and the given devices for others', () => {
    const sections = {
      'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, ['lo', 'eth0']),
      sysfs:
        'lo 1 772 65536 0x9 1000 unknown 00:00:00:00:00:00\nens192 2 1 1500 0x1003 1000 up 00:0c:29:ad:a8:d2\n',
    };
    const view = read(node({ sections }));
    const mtus = (net: number, told?: Parameters<NodeView['interfacesOf']>[1]): unknown =>
      view.interfacesOf(net, told)?.interfaces.map(({ mtu }) => mtu);
    expect(mtus(nodeNet)).toEqual([65536, 1500]);
    expect(mtus(podNet)).toEqual([null, null]);
    const devices = readDevices(
      `${MARKER} begin sysfs\nlo 1 772 65536 0x9 1000 unknown 00:00:00:00:00:00\neth0 2 1 1450 0x1003 0 up 7a:c6:ee:13:41:cc\n\n${MARKER} end 0\n\n${MARKER} done\n`,
      MARKER,
    );
    expect(mtus(podNet, devices)).toEqual([65536, 1450]);
    // Devices of another network namespace are not accepted.
    expect(mtus(nodeNet, devices)).toEqual([65536, 1500]);
  });

  test('has neither details nor warnings if /sys shows no devices', () => {
    const sections = { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, ['lo', 'eth0']) };
    const view = read(node({ sections }));
    for (const shown of [view.interfacesOf(nodeNet), view.interfacesOf(podNet, [])]) {
      expect(shown?.interfaces.map(({ mtu }) => mtu)).toEqual([null, null]);
      expect(shown?.warnings).toEqual([]);
    }
  });
});

describe('readDevices', () => {
  const devices = (text: string): string => `${MARKER} begin sysfs\n${text}\n${MARKER} end 0\n`;

  test('refuses a report that is cut off, and other text', () => {
    const line = 'lo 1 772 65536 0x9 1000 unknown 00:00:00:00:00:00\n';
    for (const output of ['', 'sh: not found\n', devices(line), devices(line).slice(0, 70)]) {
      expect(() => readDevices(output, MARKER)).toThrow('the report was cut off');
    }
    expect(readDevices(`${devices(line)}\n${MARKER} done\n`, MARKER)).toHaveLength(1);
  });

  test('returns no devices of a process that has ended', () => {
    expect(readDevices(`${MARKER} begin sysfs\n\n${MARKER} end 1\n\n${MARKER} done\n`, MARKER)).toEqual([]);
  });
});

/** The recorded report, unchanged. */
function recorded(name: string): { readonly output: string; readonly marker: string; readonly uid: string } {
  const probe = recordedProbes[name];
  if (probe?.kind !== 'report') throw new Error(`There is no recorded report of a probe Pod on ${name}.`);
  const { parts, marker } = probe;
  const text = parts['node'] ?? '';
  const uid =
    new RegExp(`^${marker} begin self\\n[0-9]+\\n.*/pod([0-9a-f-]{36})/`, 'm').exec(text)?.[1] ?? '';
  return { output: `${text}\n${marker} done\n`, marker, uid };
}

describe('readNodeView for the recorded report', () => {
  const NAME = 'kube-node-2';
  const { output, marker, uid } = recorded(NAME);
  const view = readNodeView(output, marker, uid);
  const pods = recordedPods
    .map(({ json }) => decodePodJson({ ...json }))
    .filter(({ spec, status }) => spec.nodeName === NAME && status.phase === 'Running');
  /** Pods for which the cluster's runtime deliberately ignores the spec. */
  const ignoringSpec: Readonly<Record<string, readonly string[]>> = {
    'stubborn-2': ['network'],
    'leaky-2': ['network', 'pid', 'ipc'],
  };

  test('returns the node’s own namespaces', () => {
    const self = view.processes.filter(({ podUid }) => podUid === uid);
    // A program of the script may end before it is read.
    const read = self.filter(({ namespaces }) => namespaces.pid.length > 0);
    expect(read.length).toBeGreaterThan(1);
    for (const { namespaces } of read) expect(namespaces).toEqual(namespacesIn(view.node ?? HIDDEN));
    expect(Object.values(view.node ?? {}).every((inode) => Number(inode) > 4026531832)).toBe(true);
  });

  test.each(pods.map((pod) => [pod.name, pod] as const))(
    'finds %s in the declared namespaces, or in others if the runtime ignores the spec',
    (_, pod) => {
      const wanted = wantedSides(pod, {});
      for (const kind of namespaceKinds) {
        const isIgnored = ignoringSpec[pod.name]?.includes(kind) === true;
        const other = wanted[kind] === 'host' ? 'own' : 'host';
        const isStarting = pod.status.containerStatuses.every(({ state }) => state.running !== true);
        const observed = isIgnored ? other : isStarting && kind === 'pid' ? 'unknown' : wanted[kind];
        const readings = { view, held: null };
        expect([kind, probeEvidence(kind, pod, readings, wanted).observed]).toEqual([kind, observed]);
      }
    },
  );

  test('returns the address of every Pod and of the node', () => {
    const own = (pod: (typeof pods)[number]): readonly string[] =>
      interfacesOfPod(pod, view, pod.spec.containers[0]?.name ?? '')?.interfaces.flatMap(({ addresses }) =>
        addresses.map(({ address }) => address),
      ) ?? [];
    for (const pod of pods) {
      if (ignoringSpec[pod.name] === undefined) expect(own(pod)).toContain(pod.status.podIP);
    }
    const ofNode = view.interfacesOf(view.node?.net ?? 0);
    const [uplink] =
      ofNode?.interfaces.filter(({ addresses }) =>
        addresses.some(({ address }) => address === pods[0]?.status.hostIP),
      ) ?? [];
    expect(uplink?.mtu).toBe(1500);
    expect(uplink?.hardwareAddress).toMatch(/^[0-9a-f:]{17}$/);
    expect([ofNode?.warnings, ofNode?.unattributed]).toEqual([[], []]);
  });

  test('refuses it if it is cut off before the end of the processes', () => {
    const needed = output.indexOf(`${marker} begin parent`);
    for (let length = 0; length < needed; length += 997) {
      expect(() => readNodeView(output.slice(0, length), marker, uid)).toThrow(ReportError);
    }
  });

  test('returns only the probe Pod if the other Pods are below another path', () => {
    const moved = output.replaceAll(/^(\/proc\/[0-9]+\/cgroup:[^:]*:[^:]*:)(?=.*\n)/gm, '$1/elsewhere');
    const back = moved.replaceAll(new RegExp(`/elsewhere(?=.*/pod${uid}/)`, 'g'), '');
    expect(readNodeView(back, marker, uid).processes.map(({ podUid }) => podUid)).toEqual(
      view.processes.flatMap(({ podUid }) => (podUid === uid ? [uid] : [])),
    );
  });
});

describe('readNodeView with arbitrary reports', () => {
  /** Reads everything from a report. @throws errors other than a refusal */
  function expectViewOrRefusal(output: string, marker: string, uid: string): void {
    try {
      const view = readNodeView(output, marker, uid);
      for (const { namespaces } of view.processes) {
        for (const inode of Object.values(namespaces).flat()) expect(inode).toBeGreaterThan(0);
        const net = namespaces.net[0] ?? 0;
        view.interfacesOf(net);
        view.interfacesOf(net, []);
      }
      view.interfacesOf(view.node?.net ?? 0);
    } catch (error) {
      if (!(error instanceof ReportError) && !(error instanceof ProcfsError)) throw error;
      expect(error.message.length).toBeLessThan(1000);
    }
  }

  const piece = fc.oneof(
    fc.constantFrom(
      '/proc/1/cgroup:',
      '/proc/50/net/dev:',
      '/proc/50/net/fib_trie:',
      '/proc/1/ns/net ',
      '/proc/50/ns/pid 4026531836\n',
      `${MARKER} begin net-dev\n`,
      `\n${MARKER} end 0\n`,
      `\n${MARKER} done\n`,
      `0::${inPod(CONTAINER)}`,
      '\n',
      '0',
      '9'.repeat(20),
      '\0',
      '\u2028',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const noise = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

  test('reads or refuses sections with any contents', () => {
    const section = fc.constantFrom(
      'self',
      'threads-net',
      'threads-ipc',
      'threads-pid',
      'zombies',
      'cgroups',
      'pid',
      'ipc',
      'net',
      'cgroups-again',
      'sysfs',
      'ip',
      'net-dev',
      'if-inet6',
      'route',
      'fib-trie',
      'parent',
    );
    fc.assert(
      fc.property(fc.dictionary(section, noise, { maxKeys: 4 }), (sections) => {
        expectViewOrRefusal(node({ sections }), MARKER, PROBE_UID);
      }),
      { numRuns: 1000 },
    );
  });

  test('reads or refuses any text', () => {
    fc.assert(
      fc.property(noise, (output) => {
        expectViewOrRefusal(output, MARKER, PROBE_UID);
      }),
      { numRuns: 500 },
    );
  });

  test('reads or refuses the recorded report with any damage', () => {
    const { output, marker, uid } = recorded('kube-node-2');
    const damage = fc.record({ from: fc.nat(output.length), length: fc.nat(300), into: noise });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
        const damaged = all.reduce(
          (text, { from, length, into }) => text.slice(0, from) + into + text.slice(from + length),
          output,
        );
        expectViewOrRefusal(damaged, marker, uid);
      }),
      { numRuns: 300 },
    );
  });

  test('returns the same for other processes, whatever names a container chooses', () => {
    const groupName = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 60 })
      .map((name) => name.replaceAll(/[/\n\0]/g, ':'))
      .filter((name) => name !== '.' && name !== '..');
    const deviceName = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 15 })
      .filter((name) => !/[/:\s\0]/.test(name) && name !== '.' && name !== '..');
    const plain = read(
      node({ sections: { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, ['lo']) } }),
    );
    fc.assert(
      fc.property(fc.array(groupName), fc.uniqueArray(deviceName), (groups, devices) => {
        const path = [inPod(CONTAINER), ...groups].join('/');
        const view = read(
          node({
            processes: replaced(60, { path }),
            sections: { 'net-dev': labelledNetDev(1, ['lo', 'ens192']) + labelledNetDev(50, devices) },
          }),
        );
        expect(view.processes).toEqual(plain.processes);
        expect(view.node).toEqual(plain.node);
        expect(view.interfacesOf(NODE.net)).toEqual(plain.interfacesOf(NODE.net));
      }),
      { numRuns: 500 },
    );
  });
});

test('readNodeView reads thirty thousand processes with as many networks quickly', () => {
  const count = 30_000;
  const processes = Array.from({ length: count }, (_, index): ReportedProcess => ({
    pid: 10_000 + index,
    path: inPod(CONTAINER, `/${'pod'.repeat(60)}`),
    namespaces: { net: 4026540000 + index, pid: 4026532901, ipc: 4026532900 },
  }));
  const netDev = processes.map(({ pid }) => labelledNetDev(pid, ['lo'])).join('');
  const report = node({ processes: [...PROCESSES, ...processes], sections: { 'net-dev': netDev } });
  const start = performance.now();
  const view = read(report);
  expect(view.processes).toHaveLength(count + 3);
  expect(view.interfacesOf(4026540000 + count - 1)?.interfaces.map(({ name }) => name)).toEqual(['lo']);
  expect(performance.now() - start).toBeLessThan(10_000);
});
