import { isIPv4 } from 'node:net';
import { readContainerView } from '../../../src/inspection/container-view.ts';
import { type IpAddress, parseIpAddresses } from '../../../src/inspection/ip-addresses.ts';
import { readHeldView } from '../../../src/inspection/held-view.ts';
import { parseLabelledLines } from '../../../src/inspection/labelled-lines.ts';
import { readDevices, readNodeView } from '../../../src/inspection/node-view.ts';
import { parseReport } from '../../../src/inspection/report.ts';
import { ReportError } from '../../../src/inspection/report-error.ts';
import { parseSysfsDevices, type SysfsDevice } from '../../../src/inspection/sysfs-devices.ts';
import { ProcfsError } from '../../../src/procfs/procfs-error.ts';
import { fixtures } from '../../procfs/fixtures.ts';
import { fixture, interfaceCases } from '../../support/interface-fixtures.ts';
import {
  heldReport,
  HIDDEN,
  labelledNetDev,
  NODE,
  OWN,
  probeReport,
  type ReportedProcess,
} from '../../support/node-views.ts';
import { LineSource } from '../lines.ts';
import { bytesOf, Mutator } from '../mutate.ts';
import { Random } from '../random.ts';
import { accepted, demand, demandBounded, demandEqual, demandMessage, type Target } from '../target.ts';
import { textTarget } from './texts.ts';

const MARKER = '0123456789abcdef';
const GRAMMAR = [
  `${MARKER} `,
  `${MARKER} begin `,
  `${MARKER} end 0\n`,
  `\n${MARKER} end 1\n`,
  `\n${MARKER} done\n`,
  'begin',
  '\n',
];

/** What stands in a section, in a few lines. */
type Sections = ReadonlyMap<string, LineSource>;

function printReport(
  sections: readonly (readonly [name: string, text: string])[],
  isComplete: boolean,
): string {
  const shown = sections.map(([name, text]) => `${MARKER} begin ${name}\n${text}\n${MARKER} end 0\n`);
  return shown.join('') + (isComplete ? `\n${MARKER} done\n` : '');
}

/** A report of some of the sections; the text of one of them may be damaged. */
function makeReport(sections: Sections, random: Random, always: readonly string[]): string {
  const names = [...sections.keys()].filter((name) => always.includes(name) || !random.once(2));
  const damaged = random.once(2) ? random.pick([...sections.keys()]) : null;
  const shown = names.map((name): readonly [string, string] => {
    const text = sections.get(name)?.make(random) ?? '';
    if (name !== damaged) return [name, text];
    const mutator = mutatorOf(random);
    return [name, mutator.mutate(bytesOf(text), 1 + random.below(2), () => bytesOf(text)).toString('utf8')];
  });
  return printReport(shown, !random.once(8));
}

const mutators = new WeakMap<Random, Mutator>();
function mutatorOf(random: Random): Mutator {
  const known = mutators.get(random) ?? new Mutator(random, []);
  mutators.set(random, known);
  return known;
}

/** A few lines of the fixtures of a parser, and of the interfaces. */
function linesOf(parser: string, headings = 0, more: readonly string[] = []): LineSource {
  const own = fixtures.filter(({ name }) => name.startsWith(`${parser}.`)).map(({ text }) => text);
  return new LineSource([...own, ...more], headings, 2);
}

const ofCases = (file: string): readonly string[] => interfaceCases.map((name) => fixture(name, file));
const OWN_SOCKETS =
  'total 0\nlrwx------ 1 0 0 64 Jan 1 00:00 3 -> socket:[1005347]\nlr-x------ 1 0 0 64 Jan 1 00:00 4 -> /dev/null\n';

const CONTAINER_SECTIONS: Sections = new Map([
  ['boot-id', new LineSource(['5a1e7c0d-93b4-4f26-8c1d-b27f0e64a9d8\n'], 1, 0)],
  ['inode net', linesOf('fdinfo', 4)],
  ['inode pid', linesOf('fdinfo', 4)],
  ['link ipc', new LineSource(['ipc:[4026531839]\n'], 1, 0)],
  ['cgroup', linesOf('cgroup')],
  ['cgroup-1', linesOf('cgroup')],
  ['status', linesOf('status')],
  ['mountinfo', linesOf('mountinfo')],
  ['net-dev', linesOf('net-dev', 2)],
  ['if-inet6', linesOf('if-inet6')],
  ['ip', new LineSource([...ofCases('ip-busybox'), ...ofCases('ip-iproute2')], 0, 2)],
  ['sysfs', new LineSource(ofCases('sysfs'), 0, 2)],
  ['fib-trie', new LineSource(ofCases('fib-trie'), 3, 6)],
  ['route', linesOf('route', 1)],
  ['tcp', linesOf('sockets', 1)],
  ['udp6', linesOf('sockets6', 1)],
  ['own-sockets', new LineSource([OWN_SOCKETS], 1, 2)],
]);

const containerViewTarget: Target = {
  name: 'container-view',
  words: [...GRAMMAR, 'net-dev\n', 'inode net\n', 'ip\n', 'sysfs\n', 'route\n'],
  seeds: Array.from({ length: 16 }, (_, index) =>
    bytesOf(makeReport(CONTAINER_SECTIONS, new Random(index), [])),
  ),
  make: (random) => bytesOf(makeReport(CONTAINER_SECTIONS, random, [])),
  attempt: (input) => {
    const output = input.toString('utf8');
    const read = accepted({ errors: [ReportError] }, () => readContainerView(output, MARKER));
    if (read === null) return false;
    const { garbled, interfaces } = read.value;
    demandBounded(read.value, input.length, 30);
    for (const reason of garbled) demandMessage(reason);
    demand(garbled.length <= 64, 'each section is garbled but once');
    demand(
      (interfaces?.warnings ?? []).every((warning) => warning.length < 700),
      'a warning is short',
    );
    return garbled.length === 0;
  },
};

const PROBE_UID = '00000000-0000-4000-8000-0000000000aa';
const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const IDS = ['9b', '5a', 'c0'].map((digits) => digits.padEnd(64, '0'));

const PROBE_PATH = `/kubepods/burstable/pod${PROBE_UID}/${IDS[0] ?? ''}`;

/** Some processes of a Pod, and of none. */
function makeProcesses(random: Random): readonly ReportedProcess[] {
  const container = (): string =>
    `/kubepods/besteffort/pod${POD_UID}/${random.pick(IDS)}${random.once(4) ? '/init' : ''}`;
  return Array.from({ length: random.below(4) }, (): ReportedProcess => ({
    pid: 40 + random.below(9),
    path: random.once(5) ? null : container(),
    namespaces: random.pick([NODE, OWN, HIDDEN]),
    ...(random.once(3) ? { threads: { net: [random.pick([NODE, OWN]).net], ipc: [] } } : {}),
    ...(random.once(6) ? { pathAgain: null } : {}),
    isZombie: random.once(4),
  }));
}

/** A node of some processes, the probe Pod among them. */
function makeNode(random: Random): string {
  const others = makeProcesses(random);
  const network = {
    'net-dev': labelledNetDev(50, ['lo', 'eth0']),
    'if-inet6': `/proc/50/net/if_inet6:00000000000000000000000000000001 01 80 10 80       lo\n`,
    sysfs: random.once(2) ? (CONTAINER_SECTIONS.get('sysfs')?.make(random) ?? '') : '',
    ip: random.once(2) ? (CONTAINER_SECTIONS.get('ip')?.make(random) ?? '') : '',
  };
  return probeReport({
    marker: MARKER,
    self: 1000,
    parent: 900,
    processes: [
      { pid: 900, path: null, namespaces: NODE },
      { pid: 1000, path: PROBE_PATH, namespaces: NODE },
      ...others,
    ],
    sections: random.once(2) ? network : {},
  });
}

const nodeViewTarget: Target = {
  name: 'node-view',
  words: [
    ...GRAMMAR,
    '/proc/50/',
    '/proc/50/net/dev:',
    '/proc/1000/ns/net ',
    'PPid:\t',
    'cgroups-again\n',
    `pod${POD_UID}`,
    '4026531833',
  ],
  seeds: Array.from({ length: 16 }, (_, index) => bytesOf(makeNode(new Random(index)))),
  make: (random) => bytesOf(makeNode(random)),
  attempt: (input) => {
    const output = input.toString('utf8');
    const errors = [ReportError, ProcfsError];
    const devices = accepted({ errors }, () => readDevices(output, MARKER));
    const read = accepted({ errors }, () => readNodeView(output, MARKER, PROBE_UID));
    if (read === null) return false;
    const { node, processes, interfacesOf } = read.value;
    demandBounded({ node, processes }, input.length, 30);
    demand(
      processes.every(({ podUid }) => podUid !== ''),
      'a process is in a Pod',
    );
    for (const net of new Set([node?.net ?? 0, ...processes.flatMap(({ namespaces }) => namespaces.net)])) {
      demandEqual(interfacesOf(net), interfacesOf(net), 'the interfaces of a network are the same each time');
      if (devices !== null) interfacesOf(net, devices.value);
    }
    return true;
  },
};

const heldViewTarget: Target = {
  name: 'held-view',
  words: [
    ...GRAMMAR,
    'round\n',
    '\nround',
    '/proc/50/cgroup:0::/',
    '/proc/50/ns/net ',
    '/proc/50/status\n',
    `pod${POD_UID}`,
    '4026531833',
  ],
  seeds: Array.from({ length: 16 }, (_, index) => bytesOf(makeRounds(new Random(index)))),
  make: (random) => bytesOf(makeRounds(random)),
  attempt: (input) => {
    const output = input.toString('utf8');
    const errors = [ReportError, ProcfsError];
    const read = accepted({ errors }, () => readHeldView(output, MARKER, PROBE_UID));
    if (read === null) return false;
    const { rounds, processes } = read.value;
    const listed = processes.flatMap((process) =>
      [...process.rounds].map(([round, namespaces]) => ({ ...process, round, namespaces })),
    );
    demandBounded(listed, input.length, 30);
    demand(
      listed.every(({ round, podUid }) => round >= 0 && round < rounds && podUid !== ''),
      'a process is in a Pod, in a round that there was',
    );
    demand(
      processes.every((process) => process.rounds.size > 0),
      'a process is in some round',
    );
    return true;
  },
};

function makeRounds(random: Random): string {
  return heldReport({
    marker: MARKER,
    self: 1000,
    selfPath: random.once(4) ? '/' : PROBE_PATH,
    rounds: Array.from({ length: random.below(4) }, () => makeProcesses(random)),
  });
}

function printIpAddresses(addresses: readonly IpAddress[]): string {
  return addresses
    .map(
      (one) =>
        `1: ${one.interface}    inet ${one.address}${one.peer === null ? '' : ` peer ${one.peer}`}/${String(one.prefixLength)}` +
        `${one.broadcast === null ? '' : ` brd ${one.broadcast}`} scope ${one.scope} ${one.label}` +
        '\\       valid_lft forever preferred_lft forever\n',
    )
    .join('');
}

function printSysfs(devices: readonly SysfsDevice[]): string {
  return devices
    .map((one) => {
      const flags = one.flags === null ? '-' : `0x${one.flags.toString(16)}`;
      const numbers = [one.ifindex, one.type, one.mtu, flags, one.txQueueLength, one.operstate, one.address];
      return `${[one.name, ...numbers.map((value) => value ?? '-')].join(' ')}\n`;
    })
    .join('');
}

const LABELLED = [
  '/proc/50/net/dev:Inter-|   Receive\n/proc/50/net/dev:  eth0: 0 0\n/proc/1000/net/dev:\n/proc/7/net/dev    lo: 1\n',
];

/** Of sections with anything in them. */
const reportTarget: Target = {
  ...textTarget({
    name: 'report',
    error: ReportError,
    headings: 0,
    texts: [''],
    words: GRAMMAR,
    parse: (text) => parseReport(text, MARKER),
    print: ({ sections, isComplete }) =>
      [...sections]
        .map(
          ([name, { text, failed }]) =>
            `${MARKER} begin ${name}\n${text}\n${MARKER} end ${failed ? '1' : '0'}\n`,
        )
        .join('') + (isComplete ? `\n${MARKER} done\n` : ''),
  }),
  seeds: containerViewTarget.seeds,
  make: containerViewTarget.make,
};

export const inspectionTargets: readonly Target[] = [
  reportTarget,
  containerViewTarget,
  nodeViewTarget,
  heldViewTarget,
  textTarget({
    name: 'labelled-lines',
    error: ReportError,
    headings: 0,
    texts: LABELLED,
    words: ['/proc/', '/proc/50/net/dev:', '/net/dev', ':', '/proc/9999999/net/dev:', 'net/dev'],
    parse: (text) => parseLabelledLines(text, 'net/dev'),
    print: (processes) =>
      [...processes]
        .flatMap(([pid, text]) => text.split('\n').map((line) => `/proc/${String(pid)}/net/dev:${line}\n`))
        .join(''),
  }),
  textTarget({
    name: 'ip-addresses',
    error: ReportError,
    headings: 0,
    texts: [...ofCases('ip-busybox'), ...ofCases('ip-iproute2')],
    words: [
      ' peer ',
      '/32',
      ' brd ',
      ' scope ',
      ' global ',
      ' secondary',
      ' dynamic',
      ' flags 80',
      ' metric 100',
      '\\       valid_lft forever',
      '300sec',
      '10.0.0.1',
    ],
    parse: (text) => {
      const addresses = parseIpAddresses(text);
      const all = addresses.flatMap(({ address, peer, broadcast }) => [address, peer, broadcast]);
      demand(
        all.every((address) => address === null || isIPv4(address)),
        'an address is an address',
      );
      return addresses;
    },
    print: printIpAddresses,
  }),
  textTarget({
    name: 'sysfs-devices',
    error: ReportError,
    headings: 0,
    texts: ofCases('sysfs'),
    words: [' -', '-', '0x1003', ' up', ' unknown', ' 02:42:ac:11:00:02', ':', ' 1', '-1', 'eth0'],
    parse: parseSysfsDevices,
    print: printSysfs,
  }),
];
