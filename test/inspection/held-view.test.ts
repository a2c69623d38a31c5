import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type HeldView, readHeldView } from '../../src/inspection/held-view.ts';
import { UNREAD } from '../../src/inspection/node-view.ts';
import { ReportError } from '../../src/inspection/report-error.ts';
import { ProcfsError } from '../../src/procfs/procfs-error.ts';
import {
  containerId,
  heldReport,
  HIDDEN,
  namespacesIn,
  NODE,
  OWN,
  type ReportedProcess,
  type ReportedRounds,
} from '../support/node-views.ts';

const MARKER = '0123456789abcdef0123456789abcdef';
const PROBE_UID = '00000000-0000-4000-8000-0000000000aa';
const POD_UID = '8b383731-b9c8-4947-b710-021fa332ebc2';
const [PROBE_ID, SANDBOX, CONTAINER] = ['9b', '5a', 'c0'].map(containerId) as [string, string, string];
const SELF_PATH = `/kubepods/burstable/pod${PROBE_UID}/${PROBE_ID}`;

const inPod = (id: string, below = ''): string => `/kubepods/besteffort/pod${POD_UID}/${id}${below}`;
const sandbox: ReportedProcess = { pid: 50, path: inPod(SANDBOX), namespaces: OWN };
const container: ReportedProcess = { pid: 60, path: inPod(CONTAINER), namespaces: OWN };

function report(rounds: ReportedRounds['rounds'], change: Partial<ReportedRounds> = {}): string {
  return heldReport({ marker: MARKER, self: 1000, selfPath: SELF_PATH, rounds, ...change });
}

const read = (output: string): HeldView => readHeldView(output, MARKER, PROBE_UID);

/** Returns the readings of each process by its ID, as a plain object. */
function roundsOf(view: HeldView): Readonly<Record<number, readonly (readonly [number, unknown])[]>> {
  return Object.fromEntries(view.processes.map(({ pid, rounds }) => [pid, [...rounds]]));
}

describe('readHeldView', () => {
  test('returns the namespaces of each process of a Pod in each reading', () => {
    const view = read(
      report([[sandbox, container], [sandbox], [sandbox, { ...container, namespaces: NODE }]]),
    );
    expect(view).toEqual({
      rounds: 3,
      processes: [
        {
          pid: 50,
          podUid: POD_UID,
          container: SANDBOX,
          rounds: new Map([0, 1, 2].map((round) => [round, namespacesIn(OWN)])),
        },
        {
          pid: 60,
          podUid: POD_UID,
          container: CONTAINER,
          rounds: new Map([
            [0, namespacesIn(OWN)],
            [2, namespacesIn(NODE)],
          ]),
        },
      ],
    });
  });

  test('returns all namespaces of a process that moves during one reading', () => {
    const threads = { net: [OWN.net, NODE.net], ipc: [OWN.ipc] };
    expect(roundsOf(read(report([[{ ...container, threads }]])))).toEqual({
      60: [[0, { net: [OWN.net, NODE.net], pid: [OWN.pid], ipc: [OWN.ipc] }]],
    });
  });

  test('keeps a process that ended before its namespaces could be read', () => {
    expect(roundsOf(read(report([[{ ...container, namespaces: HIDDEN }]])))).toEqual({ 60: [[0, UNREAD]] });
  });

  test('leaves out a zombie, and keeps a process whose first thread alone has ended', () => {
    const zombie = { ...container, namespaces: HIDDEN, isZombie: true };
    const leaderless = { ...sandbox, isZombie: true };
    expect(roundsOf(read(report([[zombie, leaderless]])))).toEqual({ 50: [[0, namespacesIn(OWN)]] });
  });

  test('distinguishes two processes that have the same ID one after the other', () => {
    const view = read(report([[container], [{ ...container, path: inPod(SANDBOX) }]]));
    expect(view.processes.map(({ container: id, rounds }) => [id, [...rounds.keys()]])).toEqual([
      [CONTAINER, [0]],
      [SANDBOX, [1]],
    ]);
  });

  test('leaves out processes outside Pods, and namespaces of processes without a control group', () => {
    const others = [
      { pid: 70, path: '/system.slice/pod', namespaces: NODE },
      { pid: 80, path: null, namespaces: NODE, threads: { net: [NODE.net] } },
    ];
    expect(roundsOf(read(report([[...others, container]])))).toEqual({ 60: [[0, namespacesIn(OWN)]] });
  });

  test('counts the readings of a report without processes', () => {
    expect(read(report([[], [], []]))).toEqual({ rounds: 3, processes: [] });
    expect(read(report([]))).toEqual({ rounds: 0, processes: [] });
  });

  test('accepts a probe Pod in a cgroup namespace of its own', () => {
    expect(read(report([[container]], { selfPath: '/' })).processes).toHaveLength(1);
  });
});

describe('readHeldView refuses a report', () => {
  test('that is cut off at any place', () => {
    const whole = report([[sandbox, container], [sandbox]]);
    for (let length = 0; length < whole.length - 1; length += 1) {
      expect(() => read(whole.slice(0, length))).toThrow('the report was cut off');
    }
    expect(read(whole).rounds).toBe(2);
  });

  test.each([
    ['a group of another Pod', inPod(CONTAINER)],
    ['of the node', '/system.slice/containerd.service'],
    ['missing', null],
  ])('with a control group of the probe Pod that is %s', (_title, selfPath) => {
    expect(() => read(report([[container]], { selfPath }))).toThrow(
      "the report does not show the probe Pod's own control group",
    );
  });

  test('with another marker', () => {
    expect(() => readHeldView(report([[container]]), 'f'.repeat(32), PROBE_UID)).toThrow(ReportError);
  });
});

describe('readHeldView with names that a container chooses', () => {
  test.each([
    ['the word that begins a round', inPod(CONTAINER, '/round')],
    ['a line of another process', inPod(CONTAINER, '/proc/50/ns/net 1')],
    ['the status of a process', inPod(CONTAINER, '/proc/50/status')],
    ['another Pod', inPod(CONTAINER, `/pod${PROBE_UID}/${PROBE_ID}`)],
  ])('ignores a control group named like %s', (_title, path) => {
    const plain = read(report([[sandbox, container]]));
    expect(read(report([[sandbox, { ...container, path }]]))).toEqual(plain);
  });
});

test('readHeldView reads or refuses a report with any damage', () => {
  const whole = report([[sandbox, container], [sandbox], [container]]);
  const piece = fc.oneof(
    fc.constantFrom(
      'round\n',
      '/proc/50/ns/net ',
      '/proc/50/cgroup:',
      `\n${MARKER} end 0\n`,
      '\0',
      '9'.repeat(20),
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const damage = fc.record({ from: fc.nat(whole.length), length: fc.nat(60), into: piece });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
      const damaged = all.reduce(
        (text, { from, length, into }) => text.slice(0, from) + into + text.slice(from + length),
        whole,
      );
      try {
        const { rounds, processes } = read(damaged);
        for (const process of processes) {
          for (const round of process.rounds.keys()) expect(round).toBeLessThan(rounds);
        }
      } catch (error) {
        if (!(error instanceof ReportError) && !(error instanceof ProcfsError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});

test('readHeldView reads a thousand processes in 25 rounds within ten seconds', () => {
  const processes = Array.from({ length: 1000 }, (_, index): ReportedProcess => ({
    pid: 10_000 + index,
    path: inPod(CONTAINER, `/${'pod'.repeat(60)}`),
    namespaces: { ...OWN, net: 4026540000 + index },
  }));
  const start = performance.now();
  const view = read(report(Array.from({ length: 25 }, () => processes)));
  expect([view.rounds, view.processes.length]).toEqual([25, 1000]);
  expect(performance.now() - start).toBeLessThan(10_000);
});
